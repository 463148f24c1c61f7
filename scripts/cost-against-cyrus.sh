#!/usr/bin/env bash
# Sets new keys with real Cyrus's cyr_dbtool in a file that so many processes map, times its three syncs with strace, and compares them with
# `mapstorm cost --method commit-store --file` on the same file system, both by turns. The table goes into docs/cost.md. About a quarter of
# an hour, as root, on a quiet machine, with Debian's cyrus-imapd, strace and jq.
#   --mappers "1000 4000"  --writes "1MiB 4KiB"  --open "read-write read-only"   what is combined
#   --repeats 4   how often both are measured    --sets 7   keys that are set each time   --budget 25s   time of each `mapstorm cost`
#   --size 34MiB  of the file                    --dir DIR  where the files are           --print        leave docs/cost.md alone
# MAPSTORM names another executable than the one that is built.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
mappers="1000 4000" writes="1MiB 4KiB" open="read-write read-only" repeats=4 sets=7 budget=25s size=34MiB dir=. print=
options "--mappers= --writes= --open= --repeats= --sets= --budget= --size= --dir= --print" "$@"
dbtool=/usr/lib/cyrus/bin/cyr_dbtool
needs_root "to run cyr_dbtool as the user cyrus"
prepare cyrus "$dbtool=cyrus-imapd" strace=strace jq=jq runuser=util-linux
# The tool insists on its own user and on a configuration directory. Records of 2.3: a new mailbox is one record, as a key that is set.
mkdir -p "$place/conf/db"
echo "configdirectory: $place/conf" >"$place/conf/imapd.conf"
"$MAPSTORM" mailboxes generate --format twoskip --records cyrus-2.3 --size "$size" "$place/source.db" >/dev/null
"$MAPSTORM" mailboxes dump "$place/source.db" | cut -f1 | cut -d. -f1,2 | sort -u | shuf >"$place/users"
chmod -R a+rwX "$place"

# Milliseconds of the three syncs of a set, the median of several, with $1 processes that map a copy made with writes of $2, opened $3.
real() {
    local files="$place/run" key=0
    rm -rf "$files" && mkdir -m 777 "$files"
    # This is a shell of its own: its mappers end with it.
    trap wake EXIT
    asleep "$1" "$3" "source = '$place/source.db'"$'\n'"write-size = '$2'" "$files"
    chmod a+rwX "${mapped%/*}" "$mapped"
    for user in $(shuf -n "$sets" "$place/users"); do
        key=$((key + 1))
        runuser -u cyrus -- strace -f -y -T -e trace=fdatasync,fsync -o "$place/trace" \
            "$dbtool" -C "$place/conf/imapd.conf" "$mapped" twoskip \
            set "$user.mapstorm-999999-$key" "0 default ${user#user.}	lrswipcda	anyone	p	"
        # One line a sync: `1234 fdatasync(3</dir/mailboxes-0.db>) = 0 <0.000123>`.
        awk -F'[<>]' '/mailboxes-0\.db/ { sum += $(NF - 1); count++ }
            END { if (count != 3) { print count " syncs, not three" >"/dev/stderr"; exit 1 } print 1000 * sum }' "$place/trace"
    done | median
}

# Milliseconds of a commit-store with $1 mappers, after other work, under the same conditions.
cost() {
    "$MAPSTORM" cost --dir "$place" --file "$place/source.db" --method commit-store --max-mappers "$1" --write-size "$2" --open "$3" \
        --budget "$budget" --seed "$RANDOM" --out "$place/cost" --no-report --json 2>"$place/log" >"$place/cost.json" || { cat "$place/log" >&2; return 1; }
    rm -rf "$place/cost"
    jq -e '.rows[0].outcome.measured.levels[-1].apart_ns / 1e6' "$place/cost.json"
}

# Real time, mapstorm's and their ratio, the last with a 95 % interval of the mean of logarithms (Student's t).
summary() {
    awk '{ real[NR] = $1; cost[NR] = $2; log_ratio[NR] = log($2 / $1); sum += log_ratio[NR]; reals += $1; costs += $2 }
        END {
            split("12.71 4.30 3.18 2.78 2.57 2.45 2.36 2.31 2.26", t, " ")
            mean = sum / NR
            for (i = 1; i <= NR; i++) squares += (log_ratio[i] - mean) ^ 2
            interval = "one repeat"
            if (NR > 1) {
                half = (NR - 1 in t ? t[NR - 1] : 2.26) * sqrt(squares / (NR - 1) / NR)
                interval = sprintf("%.2f to %.2f", exp(mean - half), exp(mean + half))
            }
            printf "%.2f ms | %.2f ms | %.2f (%s)", reals / NR, costs / NR, exp(mean), interval
        }'
}

table=$place/table
{
    echo "| mappers | mapped | writes of | \`cyr_dbtool set\`, its three syncs | \`commit-store\` | mapstorm / real |"
    echo "|---|---|---|---|---|---|"
} >"$table"
for count in $mappers; do
    for mode in $open; do
        for write in $writes; do
            : >"$place/pairs"
            for repeat in $(seq "$repeats"); do
                # By turns in the order A B B A: what drifts falls on both.
                [ $((repeat % 2)) = 0 ] || a=$(real "$count" "$write" "$mode")
                b=$(cost "$count" "$write" "$mode")
                [ $((repeat % 2)) = 1 ] || a=$(real "$count" "$write" "$mode")
                echo "$a $b" >>"$place/pairs"
                echo "$count mappers, $mode, writes of $write, repeat $repeat: real $a ms, mapstorm $b ms" >&2
            done
            echo "| $count | $mode | $write | $(summary <"$place/pairs") |" >>"$table"
        done
    done
done

kind=$(findmnt -no FSTYPE -T "$place" || echo "an unknown file system")
cat "$table"
[ -n "$print" ] && exit 0
scripts/publish.sh "against Cyrus" docs/cost.md "$kind, a twoskip file of $size, $repeats repeats of $sets sets" <"$table"
