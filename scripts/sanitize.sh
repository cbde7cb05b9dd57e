#!/usr/bin/env bash
# The unsafe code of tensor-matmul under AddressSanitizer, on every instruction set of the machine, and under valgrind, which
# reports no AVX-512: there the AVX2 kernels run. With --all that of tensor-core, too, which takes minutes to compile.
#
#     bash scripts/sanitize.sh [--all] [asan] [valgrind]
#
# Both tools unless told. AddressSanitizer needs a nightly toolchain. Either is slow, so each property is tried on few cases
# (PROPTEST_CASES, 3 unless told), and what needs large arrays is left out. It ends with code 3 where a tool is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

export PROPTEST_CASES=${PROPTEST_CASES:-3}
tests=(-p tensor-matmul --lib --test products -- --skip large)
if [ "${1:-}" = --all ]; then
    shift
    tests=(-p tensor-core --test agreement "${tests[@]}")
fi
missing=0

under_asan() {
    if ! cargo +nightly --version >/dev/null 2>&1; then
        echo "sanitize.sh: AddressSanitizer needs a nightly toolchain" >&2
        missing=3
        return
    fi
    # Less optimised, for the compiler takes longer than the tests.
    RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=target/asan CARGO_PROFILE_TEST_OPT_LEVEL=1 \
        cargo +nightly test --target x86_64-unknown-linux-gnu "${tests[@]}"
}

under_valgrind() {
    if ! command -v valgrind >/dev/null; then
        echo "sanitize.sh: there is no valgrind" >&2
        missing=3
        return
    fi
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="valgrind --quiet --error-exitcode=9" \
        cargo test "${tests[@]}" --skip where_work_is_cut
}

[ $# -gt 0 ] || set -- asan valgrind
for tool in "$@"; do
    "under_$tool"
done
exit $missing
