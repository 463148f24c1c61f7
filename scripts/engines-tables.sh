#!/usr/bin/env bash
# engines-tables.sh DIR: puts the tables of docs/engines.md into it, made of what scripts/engines.sh left in DIR. With jq.
#   --print   only prints them
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
print=
[ "${1:-}" != --print ] || { print=yes; shift; }
results=${1:?the directory that scripts/engines.sh made}

# Times with three digits; the values of several runs in their order; the formats by their ages; a run's figures by role and operation.
# shellcheck disable=SC2016 # the variables are jq's
library='
    def digits: if . >= 100 then round elif . >= 10 then (. * 10 | round) / 10 else (. * 100 | round) / 100 end;
    def time: if . == null then "–" elif . >= 1e9 then "\(. / 1e9 | digits) s" elif . >= 1e6 then "\(. / 1e6 | digits) ms"
        else "\(. / 1e3 | digits) µs" end;
    def several(f): map(f) | join(", ");
    def response($role; $operation): first(.responses[] | select(.role == $role and .operation == $operation)) // {};
    def age($format): {skiplist: 1, twoskip: 2, twom: 3}[$format];
    def setting($key): first(.settings[] | select(.key == $key)).value;
    def row: "| " + join(" | ") + " |";
    def freezes($role): map(select(.role == $role)) | if . == [] then "none" else "\(length), up to \(map(.end_ns - .start_ns) | max | time)" end;'

publish() { if [ -n "$print" ]; then cat; echo; else scripts/publish.sh "$1" docs/engines.md "${2:-}"; fi; }

# The freezes of each run of a sweep, by its directory.
freezes() {
    (cd "$1" && jq -n '[inputs | {key: (input_filename | rtrimstr("/run.json")), value: .diagnosis.freezes}] | from_entries' points/*/run.json)
}

# Runs of each format under a load, in the order of the formats' ages.
load() {
    jq -r --argjson runs_freezes "$(freezes "$1")" "$library"'
        ["format", "lookup p50", "lookup p99", "store p50", "store p99", "lock held for a commit", "commits completed", "freezes of all", "of the writer", "cause"],
        ([range(10)] | map("---")), ((.runs | sort_by(.order) | group_by(age(setting("file.format"))))[] | [
            .[0] | setting("file.format")] + (. as $runs | [
            ($runs | several(response("reader"; "lookup").p50_ns | time)), ($runs | several(response("reader"; "lookup").p99_ns | time)),
            ($runs | several(response("writer"; "store").p50_ns | time)), ($runs | several(response("writer"; "store").p99_ns | time)),
            ($runs | several(.hold_ns | time)), ($runs | several("\(100 * .writers.completed / .writers.due | round) %")),
            ($runs | several($runs_freezes[.directory] | freezes(null))), ($runs | several($runs_freezes[.directory] | freezes("writer"))), ($runs | several(if .finding then "`\(.finding.cause)` \(100 * .finding.share | round) %" else "–" end))]))
        | row' "$1/sweep.json"
}

for part in load-2007 split fewer load-2026 load-2026-4k; do
    [ ! -d "$results/$part" ] || load "$results/$part" | publish $part
done
# The reader never sleeps: all that it takes for a lookup is CPU time.
[ ! -d "$results/alone" ] || jq -r "$library"'
    ["format", "lookup p50", "lookup p99", "CPU time of a lookup"], ([range(4)] | map("---")),
    ((.runs | sort_by(.order) | group_by(age(setting("file.format"))))[] | [(.[0] | setting("file.format"))] + (. as $runs | [
        ($runs | several(response("reader"; "lookup").p50_ns | time)), ($runs | several(response("reader"; "lookup").p99_ns | time)),
        ($runs | several(1e9 / .readers.completed_per_s | time))]))
    | row' "$results/alone/sweep.json" | publish alone

# A store in each format, by how the file is mapped and by the size of its folios.
[ ! -d "$results/cost" ] || jq -r "$library"'
    ["format", "mapped", "folios of 4 KiB", "of 64 KiB", "of 1 MiB"], ([range(5)] | map("---")),
    (.rows | map(select(.method == "commit-store")) | group_by([.mode, age(.format)])[] | [.[0].format, .[0].mode] + (. as $rows
        | [4096, 65536, 1048576] | map(. as $bytes | first($rows[] | select(.folio_bytes == $bytes)).outcome.measured.cost_model // null
            | if . then "\(.base_ns.value | time) + \(.per_mapper_ns | "\(.value | time) (\(.low | time) to \(.high | time))")" else "–" end)))
    | row' "$results/cost/cost.json" | publish cost

# One run of each format: what readers met, and for how long nobody got through.
single() {
    jq -rn '["format", "lookup p50", "lookup p99", "longest lookup", "longest remap", "longest checkpoint or repack", "freezes of all", "of the writer", "cause"], ([range(9)] | map("---"))
        | "| " + join(" | ") + " |"'
    for format in skiplist twoskip twom; do
        jq -r --arg format $format "$library"'
            def series($role; $name): [.summary.rows[] | select(.role == $role and .series == $name) | .max_ns] | max;
            (first(.summary.rows[] | select(.operation == "lookup" and .series == "response"))) as $lookup
            | [$format, ($lookup.p50_ns | time), ($lookup.p99_ns | time), ($lookup.max_ns | time), (series("reader"; "remap") | time),
               ([series("writer"; "checkpoint"), series("writer"; "repack")] | max | time),
               (.diagnosis.freezes | freezes(null)), (.diagnosis.freezes | freezes("writer")),
               (.diagnosis.findings[0] | if . then "`\(.cause)` \(100 * .share | round) %" else "–" end)] | row' "$results/$1-$format/run.json"
    done
}

for part in herd checkpoint; do
    [ ! -d "$results/$part-twom" ] || single $part | publish $part
done
# Bytes on the device, of 512 a sector and 100 commits.
[ ! -e "$results/device.tsv" ] || jq -rRn "$library"'
    def size: if . >= 1048576 then "\(. / 1048576 | digits) MiB" else "\(. / 1024 | digits) KiB" end;
    ["format", "folios of 4 KiB", "of 1 MiB"], ([range(3)] | map("---")),
    ([inputs / "\t"] | group_by(age(.[0]))[] | [.[0][0]] + map(.[2] | tonumber * 512 / 100 | size))
    | row' "$results/device.tsv" | publish device
# Each number of readers in the guest.
guests=("$results"/guest-*/*/sweep.json)
[ ! -e "${guests[0]}" ] || {
    jq -rn '["format", "besides", "mappers", "lookup p50", "lookup p99", "store p50", "lock held for a commit", "commits completed", "freezes of all", "of the writer"],
        ([range(10)] | map("---")) | "| " + join(" | ") + " |"'
    for sweep in "${guests[@]}"; do
        jq -c --argjson runs_freezes "$(freezes "${sweep%/*}")" '.runs[] | . + {freezes: $runs_freezes[.directory]}' "$sweep"
    done | jq -rs "$library"'
        sort_by(setting("writer.emulate") != "nothing", age(setting("file.format")), .mappers)[] | [
            setting("file.format"), setting("writer.emulate"), .mappers, (response("reader"; "lookup").p50_ns | time),
            (response("reader"; "lookup").p99_ns | time), (response("writer"; "store").p50_ns | time), (.hold_ns | time),
            "\(100 * .writers.completed / .writers.due | round) %", (.freezes | freezes(null)), (.freezes | freezes("writer"))]
        | row'
} | publish guest "32 emulated CPUs in a guest"
