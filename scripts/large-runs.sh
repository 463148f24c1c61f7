#!/usr/bin/env bash
# The largest runs: 20,000 workers on a small file, and 12,000 on one of 150 MB, at loads that two CPUs can bear. One line for each: time until
# all workers were ready, memory that was used at most beyond that before (all of the machine: MemAvailable), page tables, how many lookups of those
# that were due were done and their percentiles, CPU time of the driver, time from the end of the measurement to that of the command. Five
# minutes on a quiet machine with 24 GiB, with jq.
#   --workers-small 20000   --workers-large 12000   how many    --dir DIR   where the files and results are
# MAPSTORM names another executable than the one that is built.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
workers_small=20000 workers_large=12000 dir=.
options "--workers-small= --workers-large= --dir=" "$@"
prepare large jq=jq
watcher=
trap '[ -z "$watcher" ] || kill "$watcher"; rm -rf "$place"' EXIT

available() { awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }

# Keeps the least memory that was available, and when the last second of the measurement began, by what the run reports.
watch() {
    local least=$1 now
    while sleep 0.1; do
        now=$(available)
        if [ "$now" -lt "$least" ]; then least=$now; echo "$least" >"$place/least"; fi
        if ! [ -e "$place/last" ] && grep -q '^29/30 s' "$place/log"; then date +%s.%N >"$place/last"; fi
    done
}

# measure NAME FILE WORKERS RATE WARM-UP: each worker does so many lookups a second.
measure() {
    local before out=$place/$1 ended code=0
    mkdir "$place/file"
    cat >"$place/$1.toml" <<EOT
name = "$1"
[file]
format = "skiplist"
records = "cyrus-2.3"
size = "$2"
directory = "$place/file"
[readers]
count = $3
rate = "$4"
prefault = "touch"
operations = { lookup = 1 }
[writer]
rate = "2/s"
[run]
warm-up = "$5"
duration = "30s"
[slo]
clauses = ["reader.rate>=0.99"]
EOT
    before=$(available)
    echo "$before" >"$place/least"
    rm -f "$place/last"
    : >"$place/log"
    watch "$before" &
    watcher=$!
    # 4 is a verdict.
    "$MAPSTORM" run "$place/$1.toml" --out "$out" --no-report >/dev/null 2>"$place/log" || code=$?
    ended=$(date +%s.%N)
    kill "$watcher"
    wait "$watcher" 2>/dev/null || true
    watcher=
    [ "$code" = 0 ] || [ "$code" = 4 ] || { cat "$place/log" >&2; exit 1; }
    jq -r --arg name "$1" --argjson workers "$3" --argjson kib "$((before - $(cat "$place/least")))" --argjson ended "$ended" \
        --slurpfile last "$place/last" '
        def tenths: . * 10 | round / 10;
        def ms: . / 1e6 | tenths;
        .summary as $it | first($it.rows[] | select(.operation == "lookup")) as $lookup |
        "| \($name) | \($workers) | \($it.ready_ns / 1e9 | tenths) s | \($kib / 1048576 | tenths) GiB " +
        "| \($it.page_table_bytes / 1073741824 | tenths) GiB | \($it.readers.completed) of \($it.readers.due) " +
        "| \($lookup.p50_ns | ms), \($lookup.p99_ns | ms) ms | \($it.driver_cpu_share * 100 | tenths) % | \($ended - $last[0] - 1 | tenths) s |"
        ' "$out/run.json"
    rm -rf "$place/file"
}

echo "| run | workers | ready | memory | of it page tables | lookups | p50, p99 | driver | end |"
echo "|---|---|---|---|---|---|---|---|---|"
measure many-workers 1MiB "$workers_small" 0.05/s 30s
measure large-file 150MB "$workers_large" 0.1/s 60s
