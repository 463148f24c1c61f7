#!/usr/bin/env bash
# Runs mapstorm on every node of a Slurm cluster, each alone on its node, gathers the results in a shared directory, ranks them.
# A job for each node, not one array: a task of an array runs on any node, and two of them may run on the same one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
    cat <<'HELP'
scripts/fleet/slurm/submit.sh --mapstorm FILE --gather-to DIR [options] -- COMMAND…

  --mapstorm FILE   a static executable
  --gather-to DIR   a directory that all nodes share; results go to DIR/NODE
  --partition NAME  [the cluster's default]
  --nodes LIST      such as node[1-4] [all of the partition]
  --at-once N       nodes that measure at the same time: more than one only if they share neither storage nor hypervisor [1]
  --place DIR       a directory of the node's own, on the file system to be judged [/var/tmp]
  --limit SECONDS   for one node [3600]
  --again           also nodes whose result is gathered already

COMMAND is mapstorm's: qualify --processes 6000 --size 150MiB. Interrupted, it leaves the jobs in the queue; started again, it waits for
them, and submits only what has no result. Exit codes: 0 all fit, 4 one is not, 5 one has no result, 2 wrong usage.
HELP
}

say() { printf 'fleet/slurm/submit.sh: %s\n' "$*" >&2; }
invalid() { say "$*; --help shows the options"; exit 2; }

mapstorm='' shared='' partition=() nodes='' at_once=1 place=/var/tmp limit=3600 again=0
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage; exit 0 ;;
        --again) again=1; shift; continue ;;
        --) shift; break ;;
    esac
    [ $# -ge 2 ] || invalid "$1 needs a value"
    case $1 in
        --mapstorm) mapstorm=$2 ;;
        --gather-to) shared=$2 ;;
        --partition) partition=(--partition "$2") ;;
        --nodes) nodes=$2 ;;
        --at-once) at_once=$2 ;;
        --place) place=$2 ;;
        --limit) limit=$2 ;;
        *) invalid "unknown option $1" ;;
    esac
    shift 2
done
[ -x "$mapstorm" ] || invalid "--mapstorm ${mapstorm:-is missing}: must be an executable"
[ -n "$shared" ] || invalid "--gather-to is missing: the directory for the results"
[ $# -gt 0 ] || invalid "no command behind --: such as qualify --processes 6000"
for number in "$at_once" "$limit"; do [[ $number =~ ^[1-9][0-9]{0,6}$ ]] || invalid "$number: must be a whole number, 1 or more"; done
command=$(printf ' %q' "$@")
command=${command# }

mkdir -p "$shared/.programs"
shared=$(cd "$shared" && pwd -P)
install -m 755 "$mapstorm" "$shared/.programs/mapstorm"
install -m 755 "$here/../job.sh" "$shared/.programs/job.sh"
if [ -n "$nodes" ]; then
    mapfile -t nodes < <(scontrol show hostnames "$nodes")
else
    mapfile -t nodes < <(sinfo --noheader --Node "${partition[@]}" --format %N | sort -u)
fi
[ "${#nodes[@]}" -gt 0 ] || invalid "no nodes: sinfo lists none"

# in_queue JOB: pending, running or about to end.
in_queue() { [ -n "$(squeue --noheader --jobs "$1" 2>/dev/null)" ]; }

# Why a node takes no jobs now; nothing if it does. A `*` behind the state: it does not answer.
unusable() {
    local state
    state=$(sinfo --noheader --nodes "$1" --format %t | head -n 1)
    case $state in
        down* | drain* | drng* | fail* | *'*')
            printf 'the node is %s: %s; mend it, then scontrol update nodename=%s state=resume' \
                "$state" "$(sinfo --noheader --nodes "$1" --format %E | head -n 1)" "$1"
            ;;
    esac
}

declare -A jobs=()
lane=0
for node in "${nodes[@]}"; do
    own=$shared/$node
    if [ "$again" = 0 ] && [ "$(cat "$own/command" 2>/dev/null)" = "$command" ]; then
        case $(cat "$own/exit-code" 2>/dev/null) in 0 | 4) continue ;; esac
        if [ -s "$own/job" ] && in_queue "$(cat "$own/job")"; then
            jobs[$node]=$(cat "$own/job")
            continue
        fi
    fi
    if [ -e "$own" ]; then
        mkdir -p "$shared/.earlier"
        mv "$own" "$shared/.earlier/$node-$(date -u +%Y%m%dT%H%M%SZ)"
    fi
    mkdir "$own"
    echo "$command" >"$own/command"
    unusable "$node" >"$own/failed"
    [ ! -s "$own/failed" ] || continue
    rm "$own/failed"
    # Jobs of one name and one user wait for each other (singleton): as many names as may measure at once. The job ends itself at its
    # limit, and has three minutes to write; then Slurm ends it.
    jobs[$node]=$(sbatch --parsable "${partition[@]}" --job-name "mapstorm-fleet-$((lane % at_once))" --dependency singleton \
        --nodes 1 --nodelist "$node" --exclusive --no-requeue --time "$((limit / 60 + 4))" --output "$own/slurm.txt" \
        "$here/node.sh" "$shared" "$place" "$limit")
    echo "${jobs[$node]}" >"$own/job"
    lane=$((lane + 1))
done

say "${#jobs[@]} of ${#nodes[@]} nodes measure; the others have a result, or are down"
for node in "${!jobs[@]}"; do
    job=${jobs[$node]}
    while in_queue "$job"; do
        sleep 2
        # It would wait for as long as the node is away.
        if [ "$(squeue --noheader --jobs "$job" --format %T 2>/dev/null)" = PENDING ]; then
            why=$(unusable "$node")
            [ -z "$why" ] || { echo "$why" >"$shared/$node/failed"; scancel "$job"; }
        fi
    done
done
for node in "${!jobs[@]}"; do
    own=$shared/$node
    if [ -s "$own/failed" ] || [ -s "$own/exit-code" ]; then continue; fi
    # Slurm remembers an ended job for some minutes only (MinJobAge).
    ended=$(scontrol --oneliner show job "${jobs[$node]}" 2>/dev/null | grep -oE '(JobState|Reason|ExitCode)=[^ ]*' | xargs || true)
    last=$(tail -n 1 "$own/slurm.txt" 2>/dev/null || true)
    echo "job ${jobs[$node]} left no result: ${ended:-Slurm does not remember it}${last:+; $last}" >"$own/failed"
done
exec "$here/../summary.py" "$shared" "$mapstorm" "${nodes[@]}"
