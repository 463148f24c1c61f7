#!/usr/bin/env bash
# Tests the playbook on five hosts made of namespaces (network, mounts, host name, processes), an sshd in each: two are good, one is slow,
# one lacks space, one is killed in the middle. Needs root and Debian; installs ansible and openssh. MAPSTORM is the executable.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
me=fleet/ansible/test.sh
# shellcheck source-path=SCRIPTDIR source=../test-common.sh
. "$here/../test-common.sh"
need ansible-playbook=ansible sshd=openssh-server ssh=openssh-client ip=iproute2 setsid=util-linux

hosts=(good1 good2 slow full dying)
net=10.213.7 bridge=msfleet0
gathered=$temporary/gathered quota='' playbook=''
declare -A init=()

clean_up() {
    set +e
    local host
    kill_playbook
    for host in "${hosts[@]}"; do kill_host "$host"; done
    remove_network
    if [ -n "$quota" ]; then
        within 20 "! grep -q . $quota/cgroup.procs"
        rmdir "$quota"
    fi
    remove_temporary
}
trap clean_up EXIT

# A host's processes end with the first one of its process namespace.
kill_host() {
    [ -n "${init[$1]:-}" ] || return 0
    kill -KILL "${init[$1]}" 2>/dev/null || true
    wait "${init[$1]}" 2>/dev/null || true
    init[$1]=''
}

kill_playbook() {
    [ -n "$playbook" ] || return 0
    local session
    session=$(pgrep -P "$playbook") && kill -KILL -- "-$session"
    wait "$playbook" 2>/dev/null || true
    playbook=''
}

# Also what an earlier test left that was killed outright. A network namespace ends a moment after its last process.
remove_network() {
    local host number
    for host in "${hosts[@]}"; do ip netns del "msfleet-$host" 2>/dev/null || true; done
    for number in "${!hosts[@]}"; do ip link del "msf$((number + 1))" 2>/dev/null || true; done
    ip link del "$bridge" 2>/dev/null || true
    within 20 "! ip -brief link | grep -q '^msf'" || say "left behind: $(ip -brief link | grep '^msf')"
}

make_network() {
    local host number=1
    remove_network
    ip link add "$bridge" type bridge
    ip address add "$net.254/24" dev "$bridge"
    ip link set "$bridge" up
    ssh-keygen -q -t ed25519 -N '' -f "$temporary/user"
    for host in "${hosts[@]}"; do
        ip netns add "msfleet-$host"
        ip link add "msf$number" type veth peer name eth0 netns "msfleet-$host"
        ip link set "msf$number" master "$bridge" up
        ip -n "msfleet-$host" link set lo up
        ip -n "msfleet-$host" address add "$net.$number/24" dev eth0
        ip -n "msfleet-$host" link set eth0 up
        mkdir -p "$temporary/$host/home"
        ssh-keygen -q -t ed25519 -N '' -f "$temporary/$host/key"
        printf '%s %s\n' "$net.$number" "$(cut -d' ' -f1,2 "$temporary/$host/key.pub")" >>"$temporary/known_hosts"
        cat >"$temporary/$host/sshd_config" <<EOF
ListenAddress $net.$number
HostKey $temporary/$host/key
AuthorizedKeysFile $temporary/user.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
EOF
        echo "$host ansible_host=$net.$number" >>"$temporary/inventory.ini"
        number=$((number + 1))
    done
    cat >>"$temporary/inventory.ini" <<EOF
[all:vars]
ansible_user=root
ansible_ssh_private_key_file=$temporary/user
ansible_ssh_extra_args=-o UserKnownHostsFile=$temporary/known_hosts -o StrictHostKeyChecking=yes
EOF
}

# What runs first in a host: names, its own home directory, sshd.
cat >"$temporary/init" <<'EOF'
set -eu
host=$1 temporary=$2 size=$3
hostname "$host"
mount --make-rprivate /
if [ -n "$size" ]; then
    mount -t tmpfs -o "size=$size" home "$temporary/$host/home"
fi
mount --bind "$temporary/$host/home" /root
mount -t tmpfs run /run
mkdir -m 755 /run/sshd
/usr/sbin/sshd -D -e -f "$temporary/$host/sshd_config" &
# This shell stays the first process, and takes over those whose parents have ended.
while true; do wait -n || sleep 1; done
EOF

start_host() {
    local host=$1 size=${2:-} group=${3:-}
    (
        [ -z "$group" ] || echo "$BASHPID" >"$group/cgroup.procs"
        # It goes if the test is killed outright.
        exec setpriv --pdeathsig KILL nsenter "--net=/run/netns/msfleet-$host" unshare --uts --mount --pid --fork --kill-child --mount-proc \
            bash "$temporary/init" "$host" "$temporary" "$size"
    ) >"$temporary/$host/log" 2>&1 </dev/null &
    init[$host]=$!
    within 20 "ssh-keyscan -T 1 -t ed25519 $net.$(number_of "$host") 2>/dev/null | grep -q ed25519" || die "$host does not answer: $(cat "$temporary/$host/log")"
}

number_of() {
    local number
    for number in "${!hosts[@]}"; do [ "${hosts[number]}" != "$1" ] || echo $((number + 1)); done
}

# The first process within a host, by which its mounts can be entered.
inside() { pgrep -P "${init[$1]}" | head -n 1; }
# A path in a host's home directory.
in_home() { echo "/proc/$(inside "$1")/root/root/$2"; }

# A third of a CPU.
make_quota() {
    if grep -qsw cpu /sys/fs/cgroup/cgroup.controllers; then
        quota=/sys/fs/cgroup/msfleet-slow
        echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
        mkdir -p "$quota"
        echo '30000 100000' >"$quota/cpu.max"
        say "the slow host is slow by cgroup v2's cpu.max"
    elif [ -e /sys/fs/cgroup/cpu/cpu.cfs_quota_us ]; then
        quota=/sys/fs/cgroup/cpu/msfleet-slow
        mkdir -p "$quota"
        echo 30000 >"$quota/cpu.cfs_quota_us"
        say "the slow host is slow by cgroup v1's cpu.cfs_quota_us: no cpu controller of cgroup v2 is here"
    else
        die "no CPU quota can be set: neither cgroup v2 nor v1 offers the cpu controller"
    fi
}

# fleet ARGUMENTS…: the playbook, in a session of its own, its output in $temporary/out.
fleet() {
    (
        cd "$here"
        exec setsid env HOME="$temporary/controller" ANSIBLE_CONFIG="$here/ansible.cfg" ANSIBLE_HOME="$temporary/ansible" ANSIBLE_LOCAL_TEMP="$temporary/ansible/tmp" \
            ANSIBLE_SSH_CONTROL_PATH_DIR="$temporary/cp" timeout --foreground 400 \
            ansible-playbook -i "$temporary/inventory.ini" fleet.yml -e "mapstorm=$mapstorm" -e "gather_to=$gathered" \
            -e "{\"command\": \"$load\"}" -e poll=1 -e reconnect=2 "$@"
    ) >"$temporary/out" 2>&1
}

# outcome HOST PATTERN: its line of the summary.
outcome() {
    tr -s ' \n' ' ' <"$gathered/summary.txt" | grep -qE "(^| )$1 $2" || die "$1 is not: $2; $(cat "$gathered/summary.txt" "$temporary/out")"
}

# Nothing but the first process and sshd, nothing in the home directory.
nothing_left() {
    local host=$1
    within 20 "[ -z \"\$(ls -A $(in_home "$host" .))\" ]" || die "$host: left in the home directory: $(ls -A "$(in_home "$host" .)")"
    within 20 "! ps -o comm= -p \"\$(ip netns pids msfleet-$host | paste -sd,)\" | grep -q 'mapstorm'" || die "$host: mapstorm still runs"
}

make_network
make_quota
start_host good1
start_host good2
start_host slow '' "$quota"
start_host full 8m
start_host dying
mkdir "$temporary/controller"

say "first run: all at once"
fleet -e at_once=100% &
playbook=$!
job=$(in_home dying .mapstorm-fleet)
within 120 "grep -qs 'step 2' $job/stderr.txt" || die "dying: no job; $(cat "$temporary/out")"
kill_host dying
code=0
wait "$playbook" || code=$?
playbook=''
[ "$code" = 2 ] || die "exit code $code instead of 2: $(cat "$temporary/out")"
cat "$gathered/summary.txt"
outcome full 'failed no space: [0-9]+ MiB free in /root/.mapstorm-fleet, the executable alone needs [0-9]+ MiB'
outcome dying 'failed connection lost while it ran: .*Connection refused'
for host in good1 good2 slow; do
    outcome "$host" '(fit|not fit|undecided) (FIT|NOT FIT|INVALID) for 3 processes'
    [ "$(measured_on "$gathered/$host")" = "$host" ] || die "$host: measured on $(measured_on "$gathered/$host")"
    grep -q "($gathered/$host/result)" <(tr -d '\n' <"$gathered/summary.txt") || die "$host is not ranked"
done
[ -s "$gathered/ranking/report.html" ] || die "no page of all"
for host in good1 good2 slow full; do nothing_left "$host"; done
first=$(stat -c '%n %i' "$gathered"/{good1,good2,slow}/result/qualify.json)

say "second run: one at a time; only those that failed; one is down, the other has space for the executable alone"
nsenter -t "$(inside full)" -m mount -o "remount,size=$(($(stat -c %s "$mapstorm") / 1048576 + 6))m" /root
code=0
fleet || code=$?
[ "$code" = 2 ] || die "exit code $code instead of 2: $(cat "$temporary/out")"
cat "$gathered/summary.txt"
outcome full 'failed exit code 3 \(this machine is too small\): Refused: disk'
outcome dying 'failed unreachable: .*(Connection refused|No route to host)'
[ "$(stat -c '%n %i' "$gathered"/{good1,good2,slow}/result/qualify.json)" = "$first" ] || die "results were measured again"
[ "$(find "$gathered/.earlier" -mindepth 1 -maxdepth 1 | sed 's/.*\///; s/-.*//' | sort | xargs)" = 'dying full' ] || die "not only the failed ran"
nothing_left full

say "third run: all is mended; the playbook is killed on the way: the job goes on, and is taken up"
nsenter -t "$(inside full)" -m mount -o remount,size=1g /root
start_host dying
fleet -e target=full 2>/dev/null &
playbook=$!
job=$(in_home full .mapstorm-fleet)
within 120 "grep -qs 'step 2' $job/stderr.txt" || die "full: no job; $(cat "$temporary/out")"
began=$(cat "$job/pid")
kill_playbook
[ ! -e "$job/exit-code" ] || die "full: the job ended before its playbook was killed"
fleet -e keep=true -e target=full || die "the job was not taken up: $(cat "$temporary/out")"
[ "$(cat "$job/pid")" = "$began" ] || die "full: another job"
fleet || die "the third run failed: $(cat "$temporary/out")"
cat "$gathered/summary.txt"
for host in "${hosts[@]}"; do outcome "$host" '(fit|not fit|undecided) (FIT|NOT FIT|INVALID) for 3 processes'; done
for host in good1 good2 slow dying; do nothing_left "$host"; done
[ ! -e "$temporary/controller/.mapstorm-fleet" ] || die "something of the hosts is left on the controller"
[ -d "$job" ] || die "full: keep=true removed its directory"
fleet -e again=true -e target=full -e at_once=2 || die "the fourth run failed: $(cat "$temporary/out")"
nothing_left full
say "passed"
