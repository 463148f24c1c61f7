#!/usr/bin/env bash
# UNTRIED: no illumos image was at hand. Runs a scenario in a guest made from an OmniOS cloud image, on UFS, ZFS and tmpfs in turn.
# The image is only read: an overlay is booted with a NoCloud seed, reached by ssh, and removed; `--help` has the options.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
me=vm/illumos.sh dry=0
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

usage() {
    cat <<'HELP'
UNTRIED: no illumos image was at hand when this was written.

scripts/vm/illumos.sh [options] IMAGE SCENARIO [-- more arguments of `mapstorm run`]

IMAGE is an OmniOS cloud image (omnios-r1510NN.cloud.qcow2 from https://downloads.omnios.org/media/), or another with cloud-init.

  --cpus N              virtual CPUs [4]
  --memory MIB          [6144]
  --accel auto|kvm|tcg  [auto]: KVM if it can be opened
  --file-systems NAMES  of ufs, zfs, tmpfs, separated by commas [ufs,zfs,tmpfs]
  --port N              of this machine's loopback, for ssh [2222]
  --boot-timeout SECS   until ssh answers [kvm: 300, tcg: 1800]
  --build-timeout SECS  for installing Rust and building in the guest [3600]
  --timeout SECS        for each run [1800]
  --binary FILE         a mapstorm for illumos [target/mapstorm-illumos-x86_64, which scripts/build-illumos.sh makes; without that
                        one is built in the guest]
  --out DIR             where results go, a directory for each file system [results/vm-illumos-TIME]
  --dry-run DIR         write the seed to DIR, print every command, start nothing

The exit code is that of the first run that was not fine; 10 if the guest could not be used.
HELP
}

image='' scenario='' cpus=4 memory=6144 accel=auto file_systems=ufs,zfs,tmpfs port=2222 boot_timeout='' build_timeout=3600
timeout=1800 binary='' out='' more=()
value() { [ $# -ge 2 ] || fail "$INVALID" "$1 needs a value; --help shows the options"; }
while [ $# -gt 0 ]; do
    case $1 in
        --cpus) value "$@"; number "$1" "$2" 1; cpus=$2; shift ;;
        --memory) value "$@"; number "$1" "$2" 1024; memory=$2; shift ;;
        --accel) value "$@"; accel=$2; shift ;;
        --file-systems) value "$@"; file_systems=$2; shift ;;
        --port) value "$@"; number "$1" "$2" 1; port=$2; shift ;;
        --boot-timeout) value "$@"; number "$1" "$2" 1; boot_timeout=$2; shift ;;
        --build-timeout) value "$@"; number "$1" "$2" 1; build_timeout=$2; shift ;;
        --timeout) value "$@"; number "$1" "$2" 10; timeout=$2; shift ;;
        --binary) value "$@"; binary=$2; shift ;;
        --out) value "$@"; out=$2; shift ;;
        --dry-run) value "$@"; dry=1 temporary=$2; shift ;;
        --help | -h) usage; exit 0 ;;
        --) shift; more=("$@"); break ;;
        -*) fail "$INVALID" "unknown option $1; --help shows the options, and what is mapstorm's goes behind --" ;;
        *)
            if [ -z "$image" ]; then image=$1
            elif [ -z "$scenario" ]; then scenario=$1
            else fail "$INVALID" "$1: one image and one scenario are enough; what is mapstorm's goes behind --"
            fi
            ;;
    esac
    shift
done

case $accel in auto | kvm | tcg) ;; *) fail "$INVALID" "--accel $accel: must be auto, kvm or tcg" ;; esac
made=${MAPSTORM_ILLUMOS:-$root/target/mapstorm-illumos-x86_64}
if [ -z "$binary" ] && [ -e "$made" ]; then binary=$made; fi
[ -n "$image" ] || fail "$INVALID" "no image: fetch omnios-r1510NN.cloud.qcow2 from https://downloads.omnios.org/media/ and give its path"
[ -r "$image" ] || fail "$INVALID" "$image: no such image, or not readable; https://downloads.omnios.org/media/ has omnios-r1510NN.cloud.qcow2"
[ -n "$scenario" ] || fail "$INVALID" "no scenario: give one of scenarios/*.toml behind the image"
for file in "$scenario" "$binary"; do
    [ -z "$file" ] || [ -r "$file" ] || fail "$INVALID" "$file: no such file, or not readable"
done
case $image in
    *.qcow2) format=qcow2 ;;
    *.raw | *.img) format=raw ;;
    *) fail "$INVALID" "$image: must be a .qcow2 or .raw image; unpack a compressed one first (zstd -d)" ;;
esac
IFS=, read -ra systems <<<"$file_systems"
[ ${#systems[@]} -gt 0 ] || fail "$INVALID" "--file-systems: name at least one of ufs, zfs, tmpfs"
for system in "${systems[@]}"; do
    case $system in ufs | zfs | tmpfs) ;; *) fail "$INVALID" "--file-systems $system: must be of ufs, zfs, tmpfs" ;; esac
done
for word in ${more[@]+"${more[@]}"}; do
    case $word in --out | --out=*) fail "$INVALID" "--out goes before --: it is a directory of the host" ;; esac
done
out=${out:-$root/results/vm-illumos-$(date -u +%Y%m%dT%H%M%SZ)}
if [ -e "$out" ]; then fail "$INVALID" "$out exists already; give another --out, or move it away"; fi

say "UNTRIED: no illumos image was at hand when this was written; please report what had to be changed"
need qemu-system-x86_64=qemu-system-x86 qemu-img=qemu-utils ssh=openssh-client ssh-keygen=openssh-client
iso=xorriso
if [ "$dry" = 0 ] && ! command -v xorriso >/dev/null && command -v genisoimage >/dev/null; then iso=genisoimage; fi
[ "$iso" = genisoimage ] || need xorriso=xorriso
if [ "$dry" = 1 ]; then mkdir -p "$temporary"; else make_temporary; fi

# The seed: cloud-init lets root in with a key that was made for this run.
act ssh-keygen -q -t ed25519 -N '' -C mapstorm-vm -f "$temporary/key"
if [ "$dry" = 1 ]; then key='ssh-ed25519 KEY-OF-THE-RUN mapstorm-vm'; else key=$(cat "$temporary/key.pub"); fi
cat >"$temporary/user-data" <<SEED
#cloud-config
disable_root: false
ssh_pwauth: false
users:
  - name: root
    ssh_authorized_keys:
      - $key
SEED
cat >"$temporary/meta-data" <<SEED
instance-id: mapstorm-vm-1
local-hostname: mapstorm-vm
SEED
label=(-volid cidata -joliet -rock -output "$temporary/seed.iso" "$temporary/user-data" "$temporary/meta-data")
case $iso in
    xorriso) act xorriso -as mkisofs -quiet "${label[@]}" ;;
    *) act genisoimage -quiet "${label[@]}" ;;
esac

act qemu-img create -q -f qcow2 -F "$format" -b "$(readlink -f "$image")" "$temporary/work.qcow2" 20G

if [ "$accel" = auto ]; then
    accel=tcg
    # What is printed is the same wherever it is printed.
    if [ "$dry" = 1 ] || [ -w /dev/kvm ]; then accel=kvm; fi
fi
case $accel in
    kvm) cpu=host boot_timeout=${boot_timeout:-300} ;;
    tcg) cpu=qemu64 boot_timeout=${boot_timeout:-1800} ;;
esac
# shellcheck disable=SC2054 # QEMU's own commas
line=(qemu-system-x86_64 -accel "$accel" -cpu "$cpu" -smp "$cpus" -m "$memory"
    -drive "file=$temporary/work.qcow2,if=virtio,format=qcow2,cache=unsafe"
    -drive "file=$temporary/seed.iso,if=virtio,format=raw,readonly=on"
    -netdev "user,id=n0,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=n0
    -display none -serial "file:$temporary/console.log" -monitor none -no-reboot)

options=(-i "$temporary/key" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
    -o LogLevel=ERROR -o ConnectTimeout=10 -o ServerAliveInterval=30)

# guest SECONDS COMMAND: runs a line of shell in the guest.
guest() { act timeout -k 10 "$1" ssh "${options[@]}" -p "$port" root@127.0.0.1 "$2"; }

give_up() {
    if [ -s "$temporary/console.log" ]; then tail -n 20 "$temporary/console.log" | tr -d '\r' | sed 's/^/    /' >&2; fi
    fail "$NO_GUEST" "$*"
}

if [ "$dry" = 1 ]; then
    show "${line[@]}"
else
    say "starting a guest of $cpus CPUs ($accel)"
    start_qemu "${line[@]}"
fi

# Twice in a row, because cloud-init restarts sshd once.
answers=0 from=$SECONDS
while [ "$answers" -lt 2 ]; do
    if guest 20 true; then answers=$((answers + 1)); else answers=0; fi
    [ "$dry" = 0 ] || continue
    if ! kill -0 "$qemu" 2>/dev/null; then
        sed 's/^/    /' "$temporary/qemu.log" >&2
        give_up "QEMU ended before the guest answered; is port $port free (--port), and the image whole?"
    fi
    [ "$(seconds_since "$from")" -lt "$boot_timeout" ] ||
        give_up "ssh did not answer within $boot_timeout s; give a longer --boot-timeout or --accel tcg, and see whether the image has cloud-init"
    sleep 3
done
[ "$dry" = 1 ] || say "ssh answers after $(seconds_since "$from") s"

# copy_in SECONDS FILE NAME: by the shell, which every image has.
copy_in() {
    if [ "$dry" = 1 ]; then
        printf '%s <%s\n' "$(guest "$1" "cat >$3")" "$2"
    else
        guest "$1" "cat >$3" <"$2"
    fi
}

guest 60 'mkdir -p /opt/mapstorm'
copy_in 60 "$scenario" /opt/mapstorm/scenario.toml
if [ -n "$binary" ]; then
    say "with $binary, made $(date -u -r "$binary" +%Y-%m-%dT%H:%MZ)"
    copy_in 600 "$binary" /opt/mapstorm/mapstorm
    guest 60 'chmod 755 /opt/mapstorm/mapstorm'
else
    # The tree as it is, without what was built or measured.
    act tar -C "$root" --exclude ./target --exclude ./.git --exclude ./results -czf "$temporary/source.tar.gz" .
    copy_in 600 "$temporary/source.tar.gz" /opt/mapstorm/source.tar.gz
    # shellcheck disable=SC2016 # expanded in the guest
    # pkg answers 4 where all is installed already.
    guest "$build_timeout" 'pkg install -q developer/gcc14 ooce/developer/rust; case $? in 0|4) ;; *) exit 1 ;; esac' ||
        give_up "gcc and Rust could not be installed in the guest: does it reach the network? Or give --binary FILE"
    guest "$build_timeout" 'mkdir -p /opt/mapstorm/source && cd /opt/mapstorm/source && gzip -dc ../source.tar.gz | tar xf - && cargo build --release --locked && cp target/release/mapstorm ..' ||
        give_up "mapstorm could not be built in the guest; the lines above say why. Or give --binary FILE"
fi

# Where each file system comes from: UFS on a file behind lofi, ZFS as the root pool is, tmpfs as /tmp is.
# shellcheck disable=SC2016 # expanded in the guest
prepare() {
    case $1 in
        ufs) echo 'mkfile 4g /opt/ufs.img && device=$(lofiadm -a /opt/ufs.img) && yes | newfs "$(echo "$device" | sed s,/lofi/,/rlofi/,)" && mkdir -p /mapstorm/ufs && mount -F ufs "$device" /mapstorm/ufs' ;;
        zfs) echo 'zfs create -o mountpoint=/mapstorm/zfs rpool/mapstorm' ;;
        tmpfs) echo 'mkdir -p /mapstorm/tmpfs && mount -F tmpfs swap /mapstorm/tmpfs' ;;
    esac
}

words=''
for word in ${more[@]+"${more[@]}"}; do words+=" $(quote "$word")"; done
code=0
for system in "${systems[@]}"; do
    [ "$dry" = 1 ] || say "a run on $system"
    guest 600 "$(prepare "$system")" || give_up "$system could not be made in the guest; the lines above say why. Or leave it out of --file-systems"
    this=0
    guest "$timeout" "cd /opt/mapstorm && NO_COLOR=1 ./mapstorm run scenario.toml --set file.directory=/mapstorm/$system --out /opt/mapstorm/$system$words" || this=$?
    if [ "$this" = 255 ]; then give_up "ssh lost the guest during the run on $system; the lines above are the end of its console"; fi
    if [ "$this" = 124 ]; then say "the run on $system was not done after $timeout s; give a longer --timeout"; fi
    if [ "$code" = 0 ]; then code=$this; fi
    act mkdir -p "$out"
    if [ "$dry" = 1 ]; then
        printf '%s | tar xf - -C %s\n' "$(guest 600 "cd /opt/mapstorm && tar cf - $system")" "$out"
    elif ! guest 600 "cd /opt/mapstorm && tar cf - $system" | tar xf - -C "$out"; then
        say "the run on $system left no result"
        if [ "$code" = 0 ]; then code=$NO_GUEST; fi
    fi
done

guest 60 'poweroff' || true
[ "$dry" = 1 ] || say "all in $SECONDS s; results in $out"
exit "$code"
