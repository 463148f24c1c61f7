#!/bin/sh
# The batch script of one node: runs the job in a directory of the node's own file system, then moves what it left to the shared one.
#   node.sh SHARED PLACE LIMIT      SHARED/.programs holds mapstorm and job.sh; PLACE is a directory of the node
set -eu
shared=$1 place=$2 limit=$3
node=${SLURMD_NODENAME:?this is a batch script of Slurm: scripts/fleet/slurm/submit.sh submits it}
job=$shared/.programs/job.sh
# What an earlier job left when this node went down. The place may be one that nodes share, so it is only this node's.
for old in "$place/mapstorm-fleet.$node".*; do
    [ -O "$old" ] || continue
    case $(sh "$job" state "$old") in running*) ;; *) sh "$job" remove "$old" ;; esac
done
own=$place/mapstorm-fleet.$node.$SLURM_JOB_ID child=''
trap '[ -z "$child" ] || kill "$child" 2>/dev/null || true; rm -rf "$own"' EXIT
trap 'exit 143' TERM
mkdir -p "$place"
mkdir -m 700 "$own"
cp "$shared/.programs/mapstorm" "$job" "$own/"
cp "$shared/$node/command" "$own/"
# Waited for as a child, so that a signal is not held back until it ends.
sh "$own/job.sh" run "$own" "$limit" &
child=$!
wait "$child" || true
child=''
sh "$own/job.sh" pack "$own"
tar --exclude=exit-code -xzf "$own/packed.tar.gz" -C "$shared/$node"
# Last: who sees it sees all the rest.
cp "$own/exit-code" "$shared/$node/exit-code.part"
mv "$shared/$node/exit-code.part" "$shared/$node/exit-code"
