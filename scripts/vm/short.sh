#!/usr/bin/env bash
# Runs scenarios/vm-short.toml in a Linux guest of 32 emulated CPUs, and checks what arrives: whole, valid, all CPUs, ext4, kprobes.
# It takes half a minute and, without `--binary FILE`, the building of a static mapstorm before the first. Options go to linux.sh
# (`--accel kvm`). Without QEMU it is skipped, unless CI is set: then it is installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
me=vm/short.sh dry=0
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

cpus=32
if [ -z "${CI:-}" ]; then
    for command in qemu-system-x86_64 mkfs.ext4 busybox cpio jq; do
        command -v "$command" >/dev/null || { say "skipped: $command is not installed; with CI=1 it is installed first"; exit 0; }
    done
fi
need jq=jq
make_temporary
out=$temporary/out

wrong() {
    say "what was brought out of the guest is in this state:"
    find "$out" -type f | sed 's/^/    /' >&2
    tail -n 20 "$out/stderr.txt" 2>/dev/null | sed 's/^/    /' >&2
    fail 1 "$*"
}

guest() {
    code=0
    "$here/linux.sh" --cpus "$cpus" --memory 2048 --disk-size 1G --accel tcg --boot-timeout 150 --timeout 240 --out "$out" "$@" \
        "$root/scenarios/vm-short.toml" >"$temporary/stdout" || code=$?
}
guest "$@"
if [ "$code" = "$NO_GUEST" ]; then
    say "the guest did not come to its end, whatever mapstorm did in it: one more is tried"
    rm -rf "$out"
    guest "$@"
fi
# 4 is a run that is whole but missed its objectives, or was judged invalid: emulated CPUs may be too slow for any schedule, which is no
# fault of the machinery that is tried here. That the code is the verdict's is checked below.
[ "$code" = 0 ] || [ "$code" = 4 ] || wrong "the run ended with $code, not 0 or 4; the guest's own words are above"
result=$(find "$out" -maxdepth 2 -name run.json)
[ -n "$result" ] || wrong "no run.json arrived"
for file in latency.hlog timeline.csv counters.csv slots.csv stalls.jsonl; do
    [ -f "$(dirname "$result")/$file" ] || wrong "no $file arrived"
done

# expect WORDS FILTER: what must be true of run.json.
expect() {
    jq -e "$2" "$result" >/dev/null ||
        wrong "$1: not so. jq '$2' of run.json says: $(jq -c "$2" "$result" 2>&1); environment: $(jq -c '.environment | del(.limits)' "$result")"
}
expect "the run is complete" '.summary.complete and (.summary.lost_workers | length) == 0'
expect "readers and writer worked" '.summary.readers.completed > 0 and .summary.writers.completed > 0 and .summary.errors == 0'
expect "the guest has $cpus CPUs" ".environment.cpus_online == $cpus"
expect "the file was on ext4" '.environment.file_system.kind == "ext4"'
expect "walks over mappers are traced" '[.environment.evidence[] | select(.source | startswith("kprobes")) | .available] == [true]'
expect "exit code $code is that of the verdict" ".diagnosis.verdict.outcome | . != null and (. == \"not_met\" or . == \"invalid\") == ($code == 4)"
expect "a diagnosis was made" '.diagnosis.format_version != null or (.diagnosis | type) == "object"'
awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == "mkclean_walks") walks = i; else if ($i == "mkclean_ns") ns = i; next }
    $1 >= 0 { sum += $walks; time += $ns }
    END { exit !(walks && ns && sum > 0 && time > 0) }
' "$(dirname "$result")/counters.csv" || wrong "counters.csv has no walk in mkclean_walks and mkclean_ns"
say "passed in $SECONDS s: $(jq -r '"\(.summary.readers.completed) lookups, \(.summary.writers.completed) commits; clock \(.environment.clock_source)"' "$result")"
