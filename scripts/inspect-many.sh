#!/usr/bin/env bash
# Times `mapstorm inspect` on a small file that so many processes map, which are asleep. One line for each open mode and user: milliseconds to
# find the processes once, CPU time of the whole look, and whether all of them were found. A minute or two, as root, on a quiet machine, with jq.
#   --mappers 10000   how many    --repeats 5   looks, of which the median is printed    --dir DIR   where the file is
# MAPSTORM names another executable than the one that is built.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
mappers=10000 repeats=5 dir=.
while [ $# -gt 0 ]; do
    case $1 in
        --mappers | --repeats | --dir)
            [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
            declare "${1#--}=$2"; shift 2 ;;
        *) echo "$1: unknown; the beginning of $0 lists what there is" >&2; exit 2 ;;
    esac
done
for program in jq setpriv; do
    command -v "$program" >/dev/null || { echo "$program is missing" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "needs root, to look as root and as another user" >&2; exit 1; }
if [ -z "${MAPSTORM:-}" ]; then
    cargo build --release --locked --quiet
    MAPSTORM=$PWD/target/release/mapstorm
fi
place=$(mktemp -d "$(realpath "$dir")/many-XXXXXX")
run=
# An interrupted run ends with 5.
trap '[ -z "$run" ] || { kill "$run" 2>/dev/null; wait "$run" || true; }; rm -rf "$place"' EXIT
chmod 755 "$place"
cp "$MAPSTORM" "$place/mapstorm"

median() { sort -g | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }

echo "| mapped | user | processes found | to find them | CPU time of a look of 1 s |"
echo "|---|---|---|---|---|"
for mode in read-write read-only; do
    mkdir "$place/files"
    cat >"$place/asleep.toml" <<EOT
[file]
mailboxes = 1000
directory = "$place/files"
[readers]
count = $mappers
open = "$mode"
rate = "0.1/h"
prefault = "touch"
[writer]
count = 0
[run]
warm-up = "0s"
control = "0ms"
duration = "20min"
evidence = false
EOT
    "$place/mapstorm" run "$place/asleep.toml" --out "$place/files/result" --no-report >/dev/null 2>"$place/log" &
    run=$!
    until grep -q "^[0-9]*/1200 s, " "$place/log"; do
        kill -0 "$run" 2>/dev/null || { cat "$place/log" >&2; exit 1; }
        sleep 0.2
    done
    sleep 2 # All of them wake when the last one is ready.
    file=$(find "$place/files" -name mailboxes-0.db)
    chmod a+rX "${file%/*}" "$file"
    for user in 0 65534; do
        for _ in $(seq "$repeats"); do
            # 4 is a verdict.
            setpriv --reuid "$user" --regid "$user" --clear-groups "$place/mapstorm" inspect "$file" --for 1s --json || [ $? = 4 ]
        done >"$place/looks"
        figure() { jq "$1" "$place/looks" | median; }
        echo "| $mode | $(id -nu "$user") | $(figure '.processes | length') | $(figure '.scan_ns / 1e6 | round') ms |" \
            "$(figure '.own_cpu_ns / 1e6 | round') ms |"
    done
    kill "$run" && wait "$run" || true
    run=
    rm -rf "$place/files"
done
