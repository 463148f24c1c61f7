#!/usr/bin/env bash
# Tests submit.sh on a cluster of five nodes that are slurmd daemons of this machine, with a munge of their own. Two nodes are good, on one
# the program is killed, one goes down in the middle, one was never up. Needs root and Debian; installs slurm and munge. MAPSTORM is the executable.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
me=fleet/slurm/test.sh
# shellcheck source-path=SCRIPTDIR source=../test-common.sh
. "$here/../test-common.sh"
need slurmd=slurmd slurmctld=slurmctld sinfo=slurm-client munged=munge

daemons=()
declare -A pid=()
clean_up() {
    set +e
    local daemon
    for daemon in "${daemons[@]}"; do kill -KILL "$daemon" 2>/dev/null || true; done
    wait 2>/dev/null || true
    remove_temporary
}
trap clean_up EXIT

# start NAME COMMAND…: a daemon in the foreground of its own, by whose number it is ended. It goes if the test is killed outright.
start() {
    local name=$1
    shift
    setpriv --pdeathsig KILL "$@" >"$temporary/$name.log" 2>&1 </dev/null &
    daemons+=("$!")
    pid[$name]=$!
}
mkdir -m 711 "$temporary/munge"
head -c 1024 /dev/urandom >"$temporary/munge/key"
chmod 600 "$temporary/munge/key"
start munged munged --foreground --force --key-file="$temporary/munge/key" --socket="$temporary/munge/socket" --pid-file="$temporary/munge/pid" \
    --log-file="$temporary/munge/log" --seed-file="$temporary/munge/seed"
name=$(hostname -s)
mkdir "$temporary"/{state,spool,place}
export SLURM_CONF=$temporary/slurm.conf
cat >"$SLURM_CONF" <<EOF
ClusterName=msfleet
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=26817
SlurmUser=root
AuthInfo=socket=$temporary/munge/socket
StateSaveLocation=$temporary/state
SlurmdSpoolDir=$temporary/spool/%n
SlurmctldPidFile=$temporary/slurmctld.pid
SlurmdPidFile=$temporary/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
KillWait=5
SelectType=select/cons_tres
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=1
NodeName=node[1-5] NodeHostname=$name NodeAddr=127.0.0.1 Port=[26818-26822] CPUs=1
PartitionName=all Nodes=ALL Default=YES State=UP
EOF
within 20 "[ -S $temporary/munge/socket ]" || die "munged: $(cat "$temporary/munged.log")"
start slurmctld slurmctld -D -c
# A namespace of its own for the processes of each: they all end with it, as with a machine. And a host name of its own.
node() { start "$1" unshare --uts --pid --fork --kill-child --mount-proc sh -c "hostname $1; exec slurmd -D -N $1"; }
for number in 1 2 3 4; do node "node$number"; done
within 60 "[ \"\$(sinfo -hN -t idle -o %N 2>/dev/null | xargs)\" = 'node1 node2 node3 node4' ]" ||
    die "the nodes do not come up: $(sinfo -N; cat "$temporary"/*.log)"
# Never up: a node that does not answer within its time is down.
scontrol update nodename=node5 state=down reason="power supply"

# On one node the program is killed, as the out-of-memory killer would.
cat >"$temporary/mapstorm" <<EOF
#!/bin/sh
if [ "\$SLURMD_NODENAME" = node3 ] && [ "\$1" = qualify ]; then kill -KILL \$\$; fi
exec "$mapstorm" "\$@"
EOF
chmod 755 "$temporary/mapstorm"

gathered=$temporary/gathered
submit() {
    local words
    eval "words=($load)"
    "$here/submit.sh" --mapstorm "$temporary/mapstorm" --gather-to "$gathered" --place "$temporary/place" --limit 200 "$@" -- "${words[@]}"
}
outcome() { tr -s ' \n' ' ' <"$temporary/out" | grep -qE "(^| )$1 $2" || die "$1 is not: $2; $(cat "$temporary/out" "$temporary"/*.log)"; }

say "first run: all at once; node4 goes down in the middle"
submit --at-once 5 >"$temporary/out" &
submitted=$!
within 120 "grep -qs 'step 2' $temporary/place/*/stderr.txt && [ \"\$(squeue -h -w node4 -t running -o %T)\" = RUNNING ]" ||
    die "node4 does not run: $(squeue)"
kill -KILL "${pid[node4]}"
wait "${pid[node4]}" 2>/dev/null || true
code=0
wait "$submitted" || code=$?
cat "$temporary/out"
[ "$code" = 5 ] || die "exit code $code instead of 5"
for node in node1 node2; do
    outcome "$node" '(fit|not fit|undecided) (FIT|NOT FIT|INVALID) for 3 processes'
    tr -d '\n' <"$temporary/out" | grep -q "($gathered/$node/result)" || die "$node is not ranked"
done
outcome node3 'failed exit code 137 \(killed by SIGKILL'
outcome node4 'failed job [0-9]+ left no result: JobState=NODE_FAIL'
for node in node1 node2; do [ "$(measured_on "$gathered/$node")" = "$node" ] || die "$node: measured on $(measured_on "$gathered/$node")"; done
outcome node5 'failed the node is down.*power supply'
first=$(stat -c '%n %i' "$gathered"/node[12]/result/qualify.json)

say "second run: one at a time; all is mended; only those that failed"
ln -sf "$mapstorm" "$temporary/mapstorm"
node node4
node node5
scontrol update nodename=node5 state=resume
within 60 "[ \"\$(sinfo -hN -t idle -o %N | xargs)\" = 'node1 node2 node3 node4 node5' ]" || die "the nodes do not come back: $(sinfo -N)"
submit >"$temporary/out" || die "exit code $?: $(cat "$temporary/out")"
cat "$temporary/out"
for node in node1 node2 node3 node4 node5; do outcome "$node" '(fit|not fit|undecided) (FIT|NOT FIT|INVALID) for 3 processes'; done
[ "$(stat -c '%n %i' "$gathered"/node[12]/result/qualify.json)" = "$first" ] || die "results were measured again"
[ -z "$(ls -A "$temporary/place")" ] || die "left behind: $(ls "$temporary/place")"
say "passed"
