#!/bin/sh
# Fuzzes everything that reads files of others: scenarios, databases, and every file of every kind of result. All targets together take
# SECONDS (default 60); the inputs that are kept stay in fuzz/corpus, new ones of this run go to fuzz/found (or $FOUND).
#
#   scripts/fuzz.sh [SECONDS] [TARGET…]
#
# Needs cargo-fuzz (`cargo install cargo-fuzz`) and a C++ compiler. Its flags are those of a nightly toolchain; where there is none,
# RUSTC_BOOTSTRAP=1 makes the stable one take them, which this script sets. SANITIZER=none builds faster and finds no errors of memory
# in unsafe code (default: address). A line for each target says how often it ran and what it found; exit code 1 if any found something.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=${1:-60}
[ $# -gt 0 ] && shift
sanitizer=${SANITIZER:-address}
found=${FOUND:-$PWD/fuzz/found}
command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is missing: cargo install cargo-fuzz" >&2; exit 1; }
export RUSTC_BOOTSTRAP=1
[ $# -gt 0 ] && targets="$*" || targets=$(cargo fuzz list)
each=$((seconds / $(echo "$targets" | wc -w)))
[ "$each" -ge 1 ] || each=1
triple=$(rustc -vV | sed -n 's/^host: //p')
if [ $# -gt 0 ]; then
    for target in $targets; do cargo fuzz build --sanitizer "$sanitizer" "$target" || exit 1; done
else
    cargo fuzz build --sanitizer "$sanitizer" || exit 1
fi
status=0
for target in $targets; do
    mkdir -p "$found/$target" "fuzz/artifacts/$target"
    log=$found/$target.log
    # What commands print is not wanted; an input that takes over 10 s, or 2 GiB, is a finding.
    "fuzz/target/$triple/release/$target" "$found/$target" "fuzz/corpus/$target" -max_total_time="$each" -timeout=10 \
        -rss_limit_mb=2048 -close_fd_mask=1 -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target/" </dev/null >"$log" 2>&1
    code=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$code" -eq 0 ]; then
        echo "$target: ${runs:-0} executions in $each s, no finding"
    else
        status=1
        echo "$target: ${runs:-?} executions, FINDING (exit code $code): $(grep -m1 -E 'panicked at|ERROR: ' "$log"); see $log and fuzz/artifacts/$target"
    fi
    rm -rf /dev/shm/mapstorm-fuzz-* "${TMPDIR:-/tmp}"/mapstorm-fuzz-* 2>/dev/null
done
exit $status
