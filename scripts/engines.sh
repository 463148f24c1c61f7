#!/usr/bin/env bash
# Measures Cyrus's three formats of mailboxes.db against each other, and leaves the results in DIR (default: results/engines-HOST-TIME),
# which must not exist; scripts/engines-tables.sh makes tables of them. An hour and a half, on a quiet machine with
# 16 GiB of memory, with jq.
#   --only "alone load-2007 split fewer load-2026 load-2026-4k cost device herd checkpoint guest"   some of the parts; `guest` starts a virtual machine with 32 CPUs
#   --repeats 2   runs of each format under each load         --readers 6000   processes that map the file
#   --size 150MB  of the file                                 --dir DIR        where files are made (default: .)
# MAPSTORM names another executable than the one that is built.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
only="alone load-2007 split fewer load-2026 load-2026-4k cost device herd checkpoint guest" repeats=2 readers=6000 size=150MB dir=. out=
options "--only= --repeats= --readers= --size= --dir= OUT" "$@"
prepare engines jq=jq
out=${out:-results/engines-$(uname -n)-$(date -u +%Y%m%dT%H%M%SZ)}
mkdir -p "$(dirname "$out")" && mkdir "$out"
formats="skiplist twoskip twom"

# A run that did not keep up or missed an objective (exit code 4) is a result all the same.
run() { "$MAPSTORM" run "$@" || [ $? = 4 ]; }
wanted() { [[ " $only " == *" $1 "* ]]; }
common=(--set "readers.count=$readers" --set "file.directory=$place")

# Where the content of a twom file ends: behind that it is a hole.
committed() { od -A n -t u8 -j 80 -N 8 "$1" | tr -d ' '; }

# One reader and nobody else: what a lookup itself costs, CPU time too.
if wanted alone; then
    run engines --set readers.count=1 --set readers.arrivals=closed --set readers.think=0s --set writer.count=0 \
        --set run.warm-up=1s --set run.duration=3s --set "file.size=$size" --set "file.directory=$place" --repeats 5 --out "$out/alone"
fi
if wanted load-2007; then
    run engines "${common[@]}" --set "file.size=$size" --repeats "$repeats" --out "$out/load-2007"
fi
# The way out of 2007: the same load over twelve files.
if wanted split; then
    run engines "${common[@]}" --set "file.size=$size" --set instances.count=12 --repeats "$repeats" --out "$out/split"
fi
# The same load for each process, and few enough of them that commits get done.
if wanted fewer; then
    run engines "${common[@]}" --set "file.size=$size" --set "readers.count=$((readers / 8))" --set run.duration=20s \
        --repeats "$repeats" --out "$out/fewer"
fi
if wanted load-2026; then
    run fastmail-2026 "${common[@]}" --set "file.size=$size" --axis "file.format=${formats// /,}" --repeats "$repeats" \
        --out "$out/load-2026"
fi
# The same with a file in folios of 4 KiB.
if wanted load-2026-4k; then
    run fastmail-2026 "${common[@]}" --set "file.size=$size" --set file.write-size=4KiB --axis "file.format=${formats// /,}" --repeats 1 \
        --out "$out/load-2026-4k"
fi
if wanted cost; then
    "$MAPSTORM" cost --format "${formats// /,}" --method commit --budget 8min --dir "$place" --out "$out/cost"
fi
# The bytes that 100 stores put on the file's device, by format and by the size of the folios.
if wanted device; then
    device=/sys/dev/block/$(stat -c %Hd:%Ld "$place")/stat
    [ -r "$device" ] || { echo "$device is missing: no block device is under $place" >&2; exit 1; }
    sectors() { sync; awk '{ print $7 }' "$device"; }
    for write_size in 4KiB 1MiB; do
        for format in $formats; do
            "$MAPSTORM" mailboxes generate --format "$format" --records cyrus-2.3 --size 20MB --write-size $write_size "$place/file.db" >/dev/null
            "$MAPSTORM" mailboxes dump "$place/file.db" | shuf -n 100 --random-source=/dev/zero | sed 's/^\([^\t]*\)\t.*/set \1\tnew value\n/' >"$place/edits"
            before=$(sectors)
            "$MAPSTORM" mailboxes apply "$place/file.db" <"$place/edits" >/dev/null
            printf '%s\t%s\t%d\n' "$format" $write_size $(($(sectors) - before)) >>"$out/device.tsv"
            rm "$place/file.db" "$place/edits"
        done
    done
fi

# A file of each format, prepared by a command that is given the format, under the load of 2007 for 20 s.
prepared() {
    local part=$1 prepare=$2 format; shift 2
    for format in $formats; do
        "$MAPSTORM" mailboxes generate --format "$format" --records cyrus-2.3 --size "$size" "$place/source.db" >/dev/null
        "$prepare" "$format"
        run engines --set 'sweep.axes=[]' --set "file={ source = '$place/source.db', directory = '$place', write-size = '1MiB' }" \
            --set "readers.count=$readers" --set run.duration=20s "$@" --out "$out/$part-$format"
        rm "$place/source.db"
    done
}

# Every reader remaps: a twom file without its hole grows at the first commit, the others when what was appended fills the slop.
without_hole() { [ "$1" != twom ] || truncate --size "$(committed "$place/source.db")" "$place/source.db"; }
! wanted herd || prepared herd without_hole --set run.warm-up=1s

# Half of each file is dead, so that the first commit is followed by a checkpoint, or a repack.
half_dead() {
    "$MAPSTORM" mailboxes dump "$place/source.db" | sed 's/^\([^\t]*\)\t.*/set \1\t0 default anyone\tlrswipcda\tanyone\tlrs\tanother-reader\tlrs\tone-more-reader\tlrs\t/' >"$place/edits"
    "$MAPSTORM" mailboxes apply "$place/source.db" <"$place/edits" >/dev/null
    rm "$place/edits"
}
! wanted checkpoint || prepared checkpoint half_dead --set run.warm-up=0s

# What would have happened on the CPUs of a T2000, and with mappings taken away as Solaris may do it (emulated).
if wanted guest; then
    for count in 500 1000 2000; do
        scripts/vm/linux.sh --binary "$MAPSTORM" --memory 8192 --timeout 2400 --out "$out/guest-$count" scenarios/t2000-freeze.toml -- --repeats 1 \
            --set "readers.count=$count" --axis "file.format=${formats// /,}" --axis writer.emulate=nothing,demap || [ $? = 4 ]
    done
fi
