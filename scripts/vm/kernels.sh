#!/usr/bin/env bash
# What mappers add to an update under several kernels and on several file systems, side by side: `mapstorm cost` with the same options in
# guests with Debian's kernels, each with the same CPUs, and on this machine; then one table and one chart of all. See docs/kernels.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
me=vm/kernels.sh dry=0
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

usage() {
    cat <<'HELP'
scripts/vm/kernels.sh [options]

  --debian LIST        suites of Debian whose cloud kernels are measured in a guest, separated by commas, or none: bookworm has Linux 6.1,
                       trixie 6.12 [bookworm,trixie]
  --kernel IMAGE       one more kernel, a bzImage; may be repeated
  --modules DIR        modules of the --kernel before it, lib/modules/VERSION; without them the file systems must be built in
  --no-host            leave this machine out; else its own kernel is measured too, as root on loop devices
  --file-systems LIST  some of ext4, xfs, btrfs; tmpfs comes with them [ext4,xfs,btrfs]
  --cpus N             virtual CPUs of every guest [4]
  --memory MIB         of every guest [3072]
  --accel auto|kvm|tcg of the guests, as in linux.sh [auto]
  --max-mappers N      the most processes that map a file, in every result [500]
  --method NAMES       update methods [commit-replace,pwrite+fdatasync]
  --budget SECONDS     of the guests' clock, for each of them; emulated ones need much [400]
  --host-budget SECONDS  for this machine [200]
  --timeout SECS       for each guest with all that belongs to it [3600]
  --binary FILE        a mapstorm, instead of building a static one; on this machine it measures and compares too
  --out DIR            where results go, a directory for each kernel [results/kernels-TIME]; what is there already is not measured again
  --dry-run            print the commands, start nothing

The comparison is in DIR/comparison: report.html, charts/, comparison.json.
Exit codes: mapstorm's, or 10 if a guest did not come to its end.
HELP
}

debian=bookworm,trixie kernels=() modules=() host=1 file_systems=ext4,xfs,btrfs cpus=4 memory=3072 accel=auto mappers=500
methods=commit-replace,pwrite+fdatasync budget=400 host_budget=200 timeout=3600 binary='' out=''
value() { [ $# -ge 2 ] || fail "$INVALID" "$1 needs a value; --help shows the options"; }
while [ $# -gt 0 ]; do
    case $1 in
        --debian) value "$@"; debian=$2; shift ;;
        --kernel) value "$@"; kernels+=("$2"); modules+=(''); shift ;;
        --modules)
            value "$@"
            [ ${#kernels[@]} -gt 0 ] || fail "$INVALID" "--modules before --kernel: give the kernel first, then its modules"
            modules[-1]=$2
            shift
            ;;
        --no-host) host=0 ;;
        --file-systems) value "$@"; file_systems=$2; shift ;;
        --cpus) value "$@"; number "$1" "$2" 1; cpus=$2; shift ;;
        --memory) value "$@"; number "$1" "$2" 256; memory=$2; shift ;;
        --accel) value "$@"; accel=$2; shift ;;
        --max-mappers) value "$@"; number "$1" "$2" 8; mappers=$2; shift ;;
        --method) value "$@"; methods=$2; shift ;;
        --budget) value "$@"; number "$1" "$2" 10; budget=$2; shift ;;
        --host-budget) value "$@"; number "$1" "$2" 10; host_budget=$2; shift ;;
        --timeout) value "$@"; number "$1" "$2" 10; timeout=$2; shift ;;
        --binary) value "$@"; binary=$2; shift ;;
        --out) value "$@"; out=$2; shift ;;
        --dry-run) dry=1 ;;
        --help | -h) usage; exit 0 ;;
        *) fail "$INVALID" "unknown option $1; --help shows the options" ;;
    esac
    shift
done

case $accel in auto | kvm | tcg) ;; *) fail "$INVALID" "--accel $accel: must be auto, kvm or tcg" ;; esac
[[ $methods =~ ^[a-z0-9,+-]+$ ]] || fail "$INVALID" "--method $methods: names of update methods, separated by commas; mapstorm cost --list shows them"
check_file_systems "$file_systems"
suites=()
if [ "$debian" != none ]; then IFS=, read -ra suites <<<"$debian"; fi
for suite in ${suites[@]+"${suites[@]}"}; do check_suite "$suite"; done
for file in ${kernels[@]+"${kernels[@]}"} ${binary:+"$binary"}; do
    [ -r "$file" ] || fail "$INVALID" "$file: no such file, or not readable"
done
for directory in ${modules[@]+"${modules[@]}"}; do
    [ -z "$directory" ] || [ -d "$directory" ] || fail "$INVALID" "$directory: no such directory; it is lib/modules/VERSION of the kernel"
done
[ $((${#suites[@]} + ${#kernels[@]} + host)) -gt 0 ] || fail "$INVALID" "nothing to measure: give --debian, --kernel, or leave out --no-host"
# Absolute, because this machine is measured from another directory.
if [ -n "$binary" ]; then binary=$(realpath "$binary"); fi
if [ -n "$out" ]; then out=$(realpath -m "$out"); fi
out=${out:-$root/results/kernels-$(date -u +%Y%m%dT%H%M%SZ)}
IFS=, read -ra kinds <<<"$file_systems"
need_file_systems "${kinds[@]}"
[ "$dry" = 1 ] || make_temporary

# cost_words SECONDS DIRECTORY…: the experiment, the same everywhere. Files written page by page and in large pieces: small and, where the
# kernel and the file system make them, large folios.
cost_words() {
    local seconds=$1 directory
    shift
    printf '%s\n' cost --method "$methods" --open read-write --write-size 4KiB,1MiB --max-mappers "$mappers" --budget "${seconds}s" \
        --no-report
    for directory; do printf '%s\n' --dir "$directory"; done
}

# Runs what says on standard error all that matters here.
quietly() { if [ "$dry" = 1 ]; then show "$@"; else "$@" >/dev/null; fi; }

# keep NAME FROM: the one result of FROM becomes NAME.
keep() {
    local found
    found=$(find "$2" -name cost.json | head -n 1)
    [ -n "$found" ] || fail 1 "no cost.json in $2; what there is of it is kept"
    mkdir -p "$out"
    mv "$(dirname "$found")" "$out/$1"
}

is_measured() {
    if [ -e "$out/$1/cost.json" ]; then say "$out/$1 is there already: it is not measured again"; else return 1; fi
}

# guest NAME OPTIONS…: one guest with the kernel of these options.
guest() {
    local name=$1 words directories=(/disk) kind
    shift
    if is_measured "$name"; then return; fi
    for kind in "${kinds[@]:1}"; do directories+=("/disk/$kind"); done
    words=$(cost_words "$budget" "${directories[@]}" /dev/shm | tr '\n' ' ')
    quietly "$here/linux.sh" --cpus "$cpus" --memory "$memory" --disk-size 2G --accel "$accel" --timeout "$timeout" \
        --file-systems "$file_systems" ${binary:+--binary "$binary"} "$@" --out "$temporary/$name" \
        --command "${words% }" || leave "$name" $?
    [ "$dry" = 1 ] || keep "$name" "$temporary/$name"
}

# An incomplete result is one all the same; it is said to be so wherever it is shown.
leave() { [ "$2" = 5 ] || fail "$2" "the guest $1 ended with $2; the messages are above"; }

# What is mounted must be unmounted before the temporary directory goes.
mounted=()
unmount() {
    local place
    for place in ${mounted[@]+"${mounted[@]}"}; do umount "$place" || say "$place is still mounted"; done
    mounted=()
}

# mount_at PLACE WORDS…: mounts, and remembers to unmount.
mount_at() {
    local place=$1
    shift
    act mkdir -p "$place"
    if ! act mount "$@" "$place"; then return 1; fi
    [ "$dry" = 1 ] || mounted+=("$place")
}

# This machine: a file system of each kind in a file of the temporary directory, so that all are on the same disk.
measure_host() {
    local kind place directories=() words
    if is_measured host; then return; fi
    if [ "$dry" = 0 ] && [ "$(id -u)" != 0 ]; then
        say "not root, which loop devices need: of this machine only the file system of ${TMPDIR:-/var/tmp} and tmpfs are measured"
        directories=(. /dev/shm)
    else
        for kind in "${kinds[@]}"; do
            place=$temporary/$kind
            act truncate -s 2G "$place.raw"
            make_file_system "$kind" "$place.raw"
            if mount_at "$place" -t "$kind" -o loop "$place.raw"; then
                directories+=("$kind")
            else
                say "$kind cannot be mounted here: left out"
            fi
        done
        if mount_at "$temporary/tmpfs" -t tmpfs tmpfs; then directories+=(tmpfs); fi
        [ ${#directories[@]} -gt 0 ] || fail 1 "nothing can be mounted on this machine; give --no-host"
    fi
    mapfile -t words < <(cost_words "$host_budget" "${directories[@]}")
    # There and by that name, so that results say the same wherever they are made.
    act ln -s "$mapstorm" "$temporary/mapstorm"
    if [ "$dry" = 0 ]; then cd "$temporary"; fi
    quietly ./mapstorm "${words[@]}" --out host-result || leave host $?
    cd "$root"
    unmount
    [ "$dry" = 1 ] || keep host "$temporary/host-result"
}

if [ "$dry" = 1 ]; then
    temporary=TEMPORARY
else
    trap 'unmount; clean_up' EXIT
fi
for suite in ${suites[@]+"${suites[@]}"}; do guest "$suite" --debian "$suite"; done
for place in ${kernels[@]+"${!kernels[@]}"}; do
    guest "kernel-$((place + 1))" --kernel "${kernels[place]}" ${modules[place]:+--modules "${modules[place]}"}
done

# The program for this machine: the one that was given, or that linux.sh built.
mapstorm=$binary
if [ -z "$mapstorm" ]; then
    act cargo build --quiet --release --locked --manifest-path "$root/Cargo.toml" --bin mapstorm || fail 1 "mapstorm could not be built; give --binary FILE"
    mapstorm=${CARGO_TARGET_DIR:-$root/target}/release/mapstorm
fi
[ "$host" = 0 ] || measure_host

results=()
for name in ${suites[@]+"${suites[@]}"} ${kernels[@]+"${!kernels[@]}"} host; do
    if [[ $name =~ ^[0-9]+$ ]]; then name=kernel-$((name + 1)); fi
    if [ "$name" = host ] && [ "$host" = 0 ]; then continue; fi
    results+=("$out/$name")
done
if [ ${#results[@]} -lt 2 ]; then
    act "$mapstorm" report "${results[0]}"
    exit
fi
act "$mapstorm" compare "${results[@]}" --out "$out/comparison"
