#!/usr/bin/env bash
# Runs a scenario in a Linux guest of QEMU with the topology of a Sun T2000 (32 CPUs: 8 cores of 4 threads), and brings out its results.
# A static mapstorm, busybox and a kernel's drivers make the initramfs, fresh file systems the disks; `--help` has the options.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
me=vm/linux.sh dry=0
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux-kernel.sh
. "$here/linux-kernel.sh"

usage() {
    cat <<'HELP'
scripts/vm/linux.sh [options] SCENARIO [-- more arguments of `mapstorm run`]
scripts/vm/linux.sh [options] --command "cost --max-mappers 200"

  --command WORDS      any command of mapstorm instead of `run`; split at spaces, or quoted as for a shell
  --cpus N             virtual CPUs [32]; a multiple of 4 becomes cores of four threads
  --memory MIB         [4096]
  --disk-size SIZE     each of the guest's disks, sparse files [4G]
  --file-systems LIST  ext4, xfs, btrfs, separated by commas: a disk for each; the command runs in the first, the others are mounted at
                       /disk/xfs and so on [ext4]
  --results-size SIZE  the most that can be brought out [1G]
  --sync               hand the guest's flushes on to the host's disk; otherwise a sync costs no time on a device
  --accel auto|kvm|tcg auto tries KVM, and TCG if the guest does not come alive [auto]
  --tcg-threads HOW    single: one thread of the host emulates all CPUs in turn; multi: a thread for each, slower where the host has
                       few CPUs, and QEMU 7.2 then may go on executing what the guest's kernel has rewritten since: two of five
                       guests that set probes stood still [single]
  --boot-timeout SECS  until that first sign of life [kvm: 60, tcg: 300]
  --timeout SECS       for all but building [1800]; after four fifths the command in the guest is interrupted, so that it can still report
  --debian SUITE       whose cloud kernel: bookworm has 6.1, trixie 6.12 [the newest that this machine's package lists have]
  --kernel IMAGE       a bzImage, instead of Debian's cloud kernel
  --modules DIR        its modules, lib/modules/VERSION; not needed if virtio_pci, virtio_blk and the file systems are built in
  --binary FILE        a mapstorm, instead of building a static one; if it is not static its libraries go with it
  --out DIR            where results go [results/vm-linux-TIME]
  --dry-run            print the commands, start nothing

The exit code is mapstorm's; 10 if the guest did not come to its end.
HELP
}

scenario='' command='' cpus=32 memory=4096 disk_size=4G results_size=1G cache=unsafe accel=auto tcg_threads=single boot_timeout=''
timeout=1800 file_systems=ext4 debian='' kernel='' modules='' binary='' out='' more=()
value() { [ $# -ge 2 ] || fail "$INVALID" "$1 needs a value; --help shows the options"; }
while [ $# -gt 0 ]; do
    case $1 in
        --command) value "$@"; command=$2; shift ;;
        --cpus) value "$@"; number "$1" "$2" 1; cpus=$2; shift ;;
        --memory) value "$@"; number "$1" "$2" 256; memory=$2; shift ;;
        --disk-size) value "$@"; disk_size=$2; shift ;;
        --file-systems) value "$@"; file_systems=$2; shift ;;
        --results-size) value "$@"; results_size=$2; shift ;;
        --sync) cache=writeback ;;
        --accel) value "$@"; accel=$2; shift ;;
        --tcg-threads) value "$@"; tcg_threads=$2; shift ;;
        --boot-timeout) value "$@"; number "$1" "$2" 1; boot_timeout=$2; shift ;;
        --timeout) value "$@"; number "$1" "$2" 10; timeout=$2; shift ;;
        --debian) value "$@"; debian=$2; shift ;;
        --kernel) value "$@"; kernel=$2; shift ;;
        --modules) value "$@"; modules=$2; shift ;;
        --binary) value "$@"; binary=$2; shift ;;
        --out) value "$@"; out=$2; shift ;;
        --dry-run) dry=1 ;;
        --help | -h) usage; exit 0 ;;
        --) shift; more=("$@"); break ;;
        -*) fail "$INVALID" "unknown option $1; --help shows the options, and what is mapstorm's goes behind --" ;;
        *)
            [ -z "$scenario" ] || fail "$INVALID" "two scenarios, $scenario and $1: give one; what is mapstorm's goes behind --"
            scenario=$1
            ;;
    esac
    shift
done

case $accel in auto | kvm | tcg) ;; *) fail "$INVALID" "--accel $accel: must be auto, kvm or tcg" ;; esac
case $tcg_threads in single | multi) ;; *) fail "$INVALID" "--tcg-threads $tcg_threads: must be single or multi" ;; esac
for size in "$disk_size" "$results_size"; do
    [[ $size =~ ^[0-9]+[KMGT]?$ ]] || fail "$INVALID" "$size: a size is a number of bytes, or one with K, M, G or T behind it"
done
check_file_systems "$file_systems"
IFS=, read -ra disks <<<"$file_systems"
check_suite "$debian"
if [ -n "$debian" ] && [ -n "$kernel" ]; then fail "$INVALID" "--debian and --kernel: give one of them"; fi
if [ -n "$command" ]; then
    if [ -n "$scenario" ] || [ ${#more[@]} -gt 0 ]; then
        fail "$INVALID" "--command stands alone: give either a scenario or a command"
    fi
elif [ -z "$scenario" ]; then
    fail "$INVALID" "no scenario: give one of scenarios/*.toml, or --command; --help shows the options"
fi
for file in "$scenario" "$kernel" "$binary"; do
    [ -z "$file" ] || [ -r "$file" ] || fail "$INVALID" "$file: no such file, or not readable"
done
[ -z "$modules" ] || [ -d "$modules" ] || fail "$INVALID" "$modules: no such directory; it is lib/modules/VERSION of the kernel"
if [ -n "$modules" ] && [ -z "$kernel" ]; then fail "$INVALID" "--modules without --kernel: Debian's kernel brings its own"; fi
for word in ${more[@]+"${more[@]}"}; do
    case $word in --out | --out=*) fail "$INVALID" "--out goes before --: it is a directory of the host" ;; esac
done
out=${out:-$root/results/vm-linux-$(date -u +%Y%m%dT%H%M%SZ)}
if [ -e "$out" ]; then fail "$INVALID" "$out exists already; give another --out, or move it away"; fi

need qemu-system-x86_64=qemu-system-x86 busybox=busybox-static cpio=cpio tar=tar
need_file_systems "${disks[@]}"
if [ "$dry" = 1 ]; then temporary=TEMPORARY; else make_temporary; fi
cache_directory=$root/target/vm

# What the guest runs, as a file for its shell.
guest_command() {
    local word
    if [ -n "$command" ]; then
        printf 'exec mapstorm %s\n' "$command"
        return
    fi
    printf 'exec mapstorm run /run/%s' "$(quote "$(basename "$scenario")")"
    for word in ${more[@]+"${more[@]}"}; do printf ' %s' "$(quote "$word")"; done
    printf '\n'
}

make_initramfs() {
    initramfs=$temporary/initramfs
    mkdir -p "$initramfs"/{bin,dev,proc,sys,tmp,run,modules}
    cp "$(command -v busybox)" "$initramfs/bin/busybox"
    cp "$binary" "$initramfs/bin/mapstorm"
    strip --strip-debug "$initramfs/bin/mapstorm" 2>/dev/null || true
    if file_is_dynamic "$initramfs/bin/busybox"; then
        fail 1 "$(command -v busybox) is not static; install Debian's busybox-static"
    fi
    if file_is_dynamic "$initramfs/bin/mapstorm"; then add_libraries; fi
    install -m 755 "$here/guest-init" "$initramfs/init"
    [ -z "$scenario" ] || cp "$scenario" "$initramfs/run/$(basename "$scenario")"
    guest_command >"$initramfs/run/command"
    # A guest's clock begins with the host's.
    echo $(($(date +%s) + timeout * 4 / 5)) >"$initramfs/run/deadline"
    printf '%s\n' "${disks[@]}" >"$initramfs/run/disks"
    : >"$initramfs/modules/order"
    local module
    # The checksum is no dependency that the modules of file systems name.
    for module in virtio_pci virtio_blk crc32c_generic "${disks[@]}"; do
        [ -z "$modules" ] || add_module "$module"
    done
    (cd "$initramfs" && find . -print0 | cpio --quiet --null -o -H newc -R 0:0) | gzip -1 >"$temporary/initramfs.gz"
}

# The libraries of a mapstorm that is not static, and what loads them, by the paths at which it looks for them.
add_libraries() {
    local library
    while read -r library; do
        install -D "$library" "$initramfs$library"
    done < <(ldd "$binary" | grep -o '/[^ ]*')
    [ -n "$(find "$initramfs" -name 'libc.so*')" ] ||
        fail "$INVALID" "$binary: its libraries were not found with ldd; give a static mapstorm"
}

# An interpreter is what a dynamic program names.
file_is_dynamic() { LC_ALL=C head -c 4096 "$1" | grep -qa 'ld-linux\|ld-musl'; }

topology="$cpus,sockets=1,cores=$cpus,threads=1"
if [ $((cpus % 4)) = 0 ]; then topology="$cpus,sockets=1,cores=$((cpus / 4)),threads=4"; fi

# boot ACCEL CPU: starts QEMU with fresh disks.
boot() {
    if [ "$dry" = 0 ]; then
        rm -f "$temporary"/*.raw "$temporary"/*.log
        touch "$temporary"/{console,command,qemu}.log
    fi
    local kind drives=()
    for kind in "${disks[@]}"; do
        act truncate -s "$disk_size" "$temporary/$kind.raw"
        make_file_system "$kind" "$temporary/$kind.raw"
        drives+=(-drive "file=$temporary/$kind.raw,if=virtio,format=raw,cache=$cache")
    done
    act truncate -s "$results_size" "$temporary/results.raw"
    local line=(qemu-system-x86_64 -accel "$1" -cpu "$2" -smp "$topology" -m "$memory"
        -kernel "$kernel" -initrd "$temporary/initramfs.gz"
        -append 'console=ttyS0 quiet panic=-1'
        "${drives[@]}"
        -drive "file=$temporary/results.raw,if=virtio,format=raw,cache=$cache"
        -serial "file:$temporary/console.log" -serial "file:$temporary/command.log"
        -nodefaults -no-user-config -display none -no-reboot)
    if [ "$dry" = 1 ]; then
        show "${line[@]}"
        return
    fi
    start_qemu "${line[@]}"
}

reported() { grep -am1 "^mapstorm-vm: $1" "$temporary/console.log" | tr -d '\r' | cut -d' ' -f3-; }

# Waits for the guest's first word; false if it does not come.
comes_alive() {
    local from=$SECONDS limit=$1
    while [ "$(seconds_since "$from")" -lt "$limit" ]; do
        if grep -aq '^mapstorm-vm: alive' "$temporary/console.log"; then return 0; fi
        kill -0 "$qemu" 2>/dev/null || return 1
        sleep 0.2
    done
    return 1
}

why_dead() {
    { cat "$temporary/qemu.log"; tail -n 20 "$temporary/console.log"; } | tr -d '\r' | sed 's/^/    /' >&2
}

complained='Kernel panic|Oops|BUG:|general protection fault|soft lockup|rcu.*stall|Out of memory'

# Hands the guest's progress on until it ends.
follow() {
    local shown=0 off=0 size
    while kill -0 "$qemu" 2>/dev/null; do
        size=$(stat -c %s "$temporary/command.log")
        if [ "$size" -gt "$shown" ]; then
            tail -c +$((shown + 1)) "$temporary/command.log" | head -c $((size - shown)) | tr -d '\r' | sed -u 's/^/guest: /' >&2
            shown=$size
        fi
        if grep -aq 'Kernel panic' "$temporary/console.log"; then break; fi
        if grep -aq '^mapstorm-vm: done' "$temporary/console.log"; then off=$((off + 1)); fi
        # The machine is off a moment after; one that does not get there has brought out its results all the same.
        if [ "$off" -gt 20 ]; then break; fi
        if [ "$(seconds_since "$began")" -gt "$timeout" ]; then
            say "the guest is not done after $timeout s: it is ended; give a longer --timeout, or a shorter run"
            break
        fi
        sleep 0.5
    done
    size=$(stat -c %s "$temporary/command.log")
    if [ "$size" -gt "$shown" ]; then
        tail -c +$((shown + 1)) "$temporary/command.log" | tr -d '\r' | sed 's/^/guest: /' >&2
    fi
    stop_qemu
}

[ -n "$kernel" ] || unpack_kernel
[ -n "$binary" ] || build_static x86_64
began=$SECONDS
if [ "$dry" = 1 ]; then
    printf '# /run/command in the guest:\n'
    guest_command
else
    make_initramfs
fi

from=$SECONDS used=''
if [ "$accel" != tcg ]; then
    if [ -w /dev/kvm ] || [ "$dry" = 1 ]; then
        if [ "$dry" = 0 ]; then say "starting a guest of $cpus CPUs (KVM)"; fi
        boot kvm host
        if [ "$dry" = 1 ] || comes_alive "${boot_timeout:-60}"; then
            used=KVM
        else
            stop_qemu
            [ "$accel" = auto ] || { why_dead; fail "$NO_GUEST" "no sign of life under KVM within ${boot_timeout:-60} s; try --accel tcg"; }
            say "no sign of life under KVM within $(seconds_since "$from") s: emulation (TCG) instead, which is many times slower"
            head -n 3 "$temporary/qemu.log" | sed 's/^/    /' >&2
        fi
    elif [ "$accel" = kvm ]; then
        fail "$NO_GUEST" "/dev/kvm cannot be opened: load the module kvm, or join the group kvm; or give --accel tcg"
    else
        say "/dev/kvm cannot be opened: emulation (TCG), which is many times slower"
    fi
fi
if [ -z "$used" ]; then
    if [ "$dry" = 0 ]; then say "starting a guest of $cpus CPUs (TCG)"; fi
    from=$SECONDS
    # A processor without the features that are expensive to emulate.
    boot "tcg,thread=$tcg_threads,tb-size=512" qemu64
    if [ "$dry" = 0 ] && ! comes_alive "${boot_timeout:-300}"; then
        stop_qemu
        why_dead
        fail "$NO_GUEST" "no sign of life under TCG within ${boot_timeout:-300} s; give a longer --boot-timeout, or fewer --cpus"
    fi
    used=TCG
fi
if [ "$dry" = 1 ]; then exit 0; fi
say "alive after $(seconds_since "$from") s: Linux $(reported alive) ($used)"

follow
mkdir -p "$out"
tar -xf "$temporary/results.raw" -C "$out" 2>/dev/null || true
cp "$temporary/console.log" "$out/console.log"
tr -d '\r' <"$temporary/command.log" >"$out/stderr.txt"
if grep -aqE "$complained" "$temporary/console.log"; then
    say "the guest's kernel complained; all of it is in $out/console.log:"
    grep -aE "$complained" "$temporary/console.log" | tr -d '\r' | head -n 5 | sed 's/^/    /' >&2
fi
code=$(cat "$out/.exit-code" 2>/dev/null || true)
if ! [[ $code =~ ^[0-9]+$ ]]; then
    why_dead
    why=$(reported failed || true)
    fail "$NO_GUEST" "the guest did not come to its end${why:+: $why}; what there is of it is in $out"
fi
probes_left=$(cat "$out/.probes-left" 2>/dev/null || true)
rm -f "$out/.exit-code" "$out/.probes-left"
if [[ $probes_left =~ ^[1-9] ]]; then say "the run left kprobes behind in the guest: that is a fault of mapstorm, please report it"; fi
[ -s "$out/stdout.txt" ] && cat "$out/stdout.txt"
say "$used, ready with $(reported ready); the guest's clock was $(reported clock) at its end; all in $(seconds_since "$began") s; results in $out"
exit "$code"
