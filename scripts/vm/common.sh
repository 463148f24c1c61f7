# shellcheck shell=bash
# What the scripts for virtual machines share: words to the user, packages, quoting, QEMU's end. Read with `.`, not run;
# the script that reads it sets `me` (its name in messages) and `dry` (1: print commands, start nothing).
# shellcheck disable=SC2154

# Exit codes: mapstorm's own are handed through; these two are the scripts'.
# shellcheck disable=SC2034 # used by the scripts that read this
readonly INVALID=2 NO_GUEST=10

say() { printf '%s: %s\n' "$me" "$*" >&2; }

# fail CODE WORDS…: says what is wrong, where, and what to do next.
fail() {
    local code=$1
    shift
    say "$*"
    exit "$code"
}

# Prints a command as it can be typed again.
show() {
    local word line=''
    for word; do
        if [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]]; then line+=" $word"; else line+=" $(quote "$word")"; fi
    done
    printf '%s\n' "${line# }"
}

# Runs a command, or with --dry-run prints it.
act() { if [ "$dry" = 1 ]; then show "$@"; else "$@"; fi; }

# One word, quoted for any POSIX shell.
quote() {
    local word=$1
    printf "'%s'" "${word//\'/\'\\\'\'}"
}

# need COMMAND=PACKAGE…: installs what is missing where that is possible, else says what to install.
need() {
    local pair missing=()
    [ "$dry" = 0 ] || return 0
    for pair; do
        command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        say "installing ${missing[*]}"
        if apt-get update -qq >&2 &&
            DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
            return 0
        fi
    fi
    fail 1 "not installed: ${missing[*]}; install these packages (Debian: apt-get install ${missing[*]}) and start again"
}

# static_target ARCHITECTURE: for what static programs are built, in `target`, and the flags for it: musl where that target is installed, else glibc.
# False: this toolchain has neither.
static_target() {
    local libc libraries
    for libc in musl gnu; do
        target=$1-unknown-linux-$libc flags=''
        if [ "$libc" = gnu ]; then flags='-C target-feature=+crt-static'; fi
        libraries=$(rustc --print target-libdir --target "$target" 2>/dev/null || true)
        if [ -n "$libraries" ] && [ -d "$libraries" ]; then return 0; fi
    done
    return 1
}

# build_static ARCHITECTURE: a static mapstorm; its path in `binary`. Built in a place of its own, and without what a developer sets for quicker builds.
build_static() {
    local target flags directory=$root/target/vm/build
    static_target "$1" || fail 1 "this Rust has no standard library for static programs on $1: rustup target add $1-unknown-linux-musl"
    if [ "$dry" = 0 ]; then say "building a static mapstorm ($target)"; fi
    act timeout 3600 env -u CARGO_ENCODED_RUSTFLAGS -u CARGO_INCREMENTAL "RUSTFLAGS=$flags" cargo build --quiet --release --locked \
        --manifest-path "$root/Cargo.toml" --bin mapstorm --target "$target" --target-dir "$directory" ||
        fail 1 "mapstorm could not be built statically for $target; the errors are above"
    binary=$directory/$target/release/mapstorm
}

# number OPTION VALUE LEAST: a whole number, or out.
number() {
    if ! [[ $2 =~ ^[0-9]{1,7}$ ]] || [ "$2" -lt "$3" ]; then
        fail "$INVALID" "$1 $2: must be a whole number, $3 or more"
    fi
}

# The process to end in every case, and the directory to remove.
qemu='' temporary=''

# start_qemu COMMAND…: in a session of its own, so that Ctrl-C reaches the script alone; it goes if the script is killed outright.
start_qemu() {
    local guard=()
    if command -v setpriv >/dev/null; then guard=(setpriv --pdeathsig KILL); fi
    setsid ${guard[@]+"${guard[@]}"} "$@" </dev/null >"$temporary/qemu.log" 2>&1 &
    qemu=$!
    # Otherwise the shell itself reports its end.
    disown
}

stop_qemu() {
    [ -n "$qemu" ] || return 0
    local waited=0
    kill "$qemu" 2>/dev/null || true
    while kill -0 "$qemu" 2>/dev/null && [ "$waited" -lt 30 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    kill -9 "$qemu" 2>/dev/null || true
    qemu=''
}

clean_up() {
    stop_qemu
    if [ -n "$temporary" ]; then rm -rf "$temporary"; fi
}

# A directory of our own that goes away with us, however we go.
make_temporary() {
    local place=${TMPDIR:-/var/tmp} old pid
    # What a script left that was killed outright: its number is in the name.
    for old in "$place"/mapstorm-vm.*; do
        pid=${old##*/mapstorm-vm.} pid=${pid%%.*}
        if [[ $pid =~ ^[0-9]+$ ]] && [ -O "$old" ] && ! kill -0 "$pid" 2>/dev/null; then rm -rf "$old"; fi
    done
    temporary=$(mktemp -d "$place/mapstorm-vm.$$.XXXXXX")
    trap clean_up EXIT
    trap 'say "interrupted: the virtual machine is ended"; exit 130' INT
    trap 'exit 143' TERM HUP
}

# seconds_since MOMENT
seconds_since() { echo $((SECONDS - $1)); }

# check_file_systems LIST: those that mkfs can make here and Linux mounts, separated by commas, each once.
check_file_systems() {
    local kind seen=,
    [ -n "$1" ] || fail "$INVALID" "--file-systems: no file system; give some of ext4, xfs, btrfs"
    for kind in ${1//,/ }; do
        case $kind in ext4 | xfs | btrfs) ;; *) fail "$INVALID" "--file-systems $1: $kind is none of ext4, xfs, btrfs" ;; esac
        case $seen in *",$kind,"*) fail "$INVALID" "--file-systems $1: $kind twice" ;; esac
        seen+=$kind,
    done
}

# check_suite NAME: of Debian, as it stands in an address; may be empty.
check_suite() { [[ $1 =~ ^[a-z-]*$ ]] || fail "$INVALID" "--debian $1: must be a suite of Debian, such as bookworm or trixie"; }

# need_file_systems KIND…: what makes them.
need_file_systems() {
    local kind
    for kind; do
        case $kind in ext4) need mkfs.ext4=e2fsprogs ;; xfs) need mkfs.xfs=xfsprogs ;; btrfs) need mkfs.btrfs=btrfs-progs ;; esac
    done
}

# make_file_system KIND IMAGE: complete from the start, so that nothing initialises it in the background of a run.
make_file_system() {
    case $1 in
        ext4) act mkfs.ext4 -q -F -N 16384 -E lazy_itable_init=0,lazy_journal_init=0 "$2" ;;
        xfs) act mkfs.xfs -q -f "$2" ;;
        btrfs) act mkfs.btrfs -q -f "$2" ;;
    esac
}
