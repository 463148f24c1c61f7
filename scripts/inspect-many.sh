#!/usr/bin/env bash
# Times `mapstorm inspect` on a small file that so many processes map, which are asleep. One line for each open mode and user: milliseconds to
# find the processes once, CPU time of the whole look, and whether all of them were found. A minute or two, as root, on a quiet machine, with jq.
#   --mappers 10000   how many    --repeats 5   looks, of which the median is printed    --dir DIR   where the file is
# MAPSTORM names another executable than the one that is built.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
mappers=10000 repeats=5 dir=.
options "--mappers= --repeats= --dir=" "$@"
needs_root "to look as root and as another user"
prepare many jq=jq setpriv=util-linux
# Where the other user finds it too.
chmod 755 "$place"
cp "$MAPSTORM" "$place/mapstorm"
MAPSTORM=$place/mapstorm

echo "| mapped | user | processes found | to find them | CPU time of a look of 1 s |"
echo "|---|---|---|---|---|"
for mode in read-write read-only; do
    mkdir "$place/files"
    asleep "$mappers" "$mode" "mailboxes = 1000" "$place/files"
    chmod a+rX "${mapped%/*}" "$mapped"
    for user in 0 65534; do
        for _ in $(seq "$repeats"); do
            # 4 is a verdict.
            setpriv --reuid "$user" --regid "$user" --clear-groups "$MAPSTORM" inspect "$mapped" --for 1s --json || [ $? = 4 ]
        done >"$place/looks"
        figure() { jq "$1" "$place/looks" | median; }
        echo "| $mode | $(id -nu "$user") | $(figure '.processes | length') | $(figure '.scan_ns / 1e6 | round') ms |" \
            "$(figure '.own_cpu_ns / 1e6 | round') ms |"
    done
    wake
    rm -rf "$place/files"
done
