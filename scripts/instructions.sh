#!/usr/bin/env bash
# Counts the instructions of representative steps with callgrind and compares them with the recorded ones, so that noise
# cannot hide a loss. `scripts/instructions.sh --record` records what this toolchain makes of them now.
#
# One thread, and the AVX2 path: valgrind knows no AVX-512. Counted is what a step takes once everything is warm: the
# difference between a run of 2 n steps and one of n.
set -euo pipefail
cd "$(dirname "$0")/.."

recorded=scripts/instructions.txt
toolchain=$(rustc --version)
export RAYON_NUM_THREADS=1

if ! command -v valgrind >/dev/null; then
    printf '\n!! SKIPPED: counting instructions needs valgrind\n'
    exit 0
fi
if [ "${1:-}" != --record ] && [ "$(head -n 1 $recorded)" != "$toolchain" ]; then
    printf '\n!! SKIPPED: the recorded instructions are those of %s, this is %s\n' "$(head -n 1 $recorded)" "$toolchain"
    exit 0
fi

program=$(cargo bench --bench instructions --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))/\1/p')
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 | sed -n 's/.*Collected : //p'
}

new=$toolchain
while read -r name times; do
    new+=$'\n'"$name $((($(count "$name" $((2 * times))) - $(count "$name" "$times")) / times))"
done <<<"$("$program")"

if [ "${1:-}" = --record ]; then
    echo "$new" | tee $recorded
    exit
fi
awk -v within=3 '
    FNR == 1 { next }
    NR == FNR { recorded[$1] = $2; next }
    !recorded[$1] { printf "%28s %12d, not recorded\n", $1, $2; off = 1; next }
    {
        change = 100 * ($2 / recorded[$1] - 1)
        printf "%28s %12d, recorded %12d: %+.1f %%\n", $1, $2, recorded[$1], change
        if (change > within || change < -within) off = 1
    }
    END {
        if (off) print "more than " within " % off what is recorded; if that is meant, scripts/instructions.sh --record"
        exit off
    }
' $recorded <(echo "$new")
