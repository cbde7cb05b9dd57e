#!/usr/bin/env bash
# The NEON kernels on an x86-64 Debian machine: tests of tensor-matmul for AArch64, under qemu.
#
#     bash scripts/neon.sh [TEST…]
#
# It needs a Rust compiler with the standard library of AArch64 (Debian's second Rust, beside any rustup), a cross linker
# and qemu, once:
#
#     dpkg --add-architecture arm64 && apt-get update
#     apt-get install -y --no-install-recommends rustc-web libstd-rust-web-dev libstd-rust-web-dev:arm64 \
#         gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
#
# An emulated fused multiply-add is some hundred times slower than a real one, so each property is tried on few cases
# (PROPTEST_CASES, 4 unless told).
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTC=${NEON_RUSTC:-/usr/bin/rustc}
target=aarch64-unknown-linux-gnu
if [ ! -d "$("$RUSTC" --print sysroot 2>/dev/null)/lib/rustlib/$target" ]; then
    echo "neon.sh: $RUSTC has no standard library for $target (the head of this script says how to get one)" >&2
    exit 3
fi
for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v $tool >/dev/null || { echo "neon.sh: there is no $tool (the head of this script says how to get it)" >&2; exit 3; }
done
export CARGO_TARGET_DIR=$PWD/target/neon
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
# Statically linked: a dynamic glibc never comes back from pthread_create under qemu 7.2.
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=qemu-aarch64
export PROPTEST_CASES=${PROPTEST_CASES:-4}
cargo test --release -p tensor-matmul --target $target --lib --tests -- "$@"
