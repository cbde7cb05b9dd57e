#!/usr/bin/env bash
# The NEON kernels on an x86-64 Debian machine, under qemu: the tests of tensor-matmul, and the hashes of trained weights,
# which are promised to be the same on every architecture.
#
#     bash scripts/neon.sh [--install] [TEST…]
#
# It needs a Rust compiler with the standard library of AArch64 (Debian's second Rust, beside any rustup), a cross linker
# and qemu; --install gets them (as root) and adds arm64 to the architectures that dpkg knows. It ends with code 3 where
# one is missing.
#
# An emulated fused multiply-add is some hundred times slower than a real one, so each property is tried on few cases
# (PROPTEST_CASES, 3 unless told).
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --install ]; then
    shift
    { dpkg --add-architecture arm64 && apt-get update -qq && apt-get install -y -qq --no-install-recommends rustc-web \
        libstd-rust-web-dev libstd-rust-web-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user; } >&2 ||
        echo "neon.sh: not everything could be installed" >&2
fi
export RUSTC=${NEON_RUSTC:-/usr/bin/rustc}
target=aarch64-unknown-linux-gnu
if [ ! -d "$("$RUSTC" --print sysroot 2>/dev/null)/lib/rustlib/$target" ]; then
    echo "neon.sh: $RUSTC has no standard library for $target (--install gets one)" >&2
    exit 3
fi
for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v $tool >/dev/null || { echo "neon.sh: there is no $tool (--install gets it)" >&2; exit 3; }
done
export CARGO_TARGET_DIR=$PWD/target/neon
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
# Statically linked: a dynamic glibc never comes back from pthread_create under qemu 7.2.
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=qemu-aarch64
export PROPTEST_CASES=${PROPTEST_CASES:-3}
# Less optimised, for the compiler takes longer than the tests; the kernels are inlined all the same.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=1
cargo test --release --target $target -p tensor-matmul --lib --test products -- "$@"
cargo test --release --target $target -p gradus --test bits -- "$@"
