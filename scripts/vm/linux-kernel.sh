# shellcheck shell=bash
# The kernel of a Linux guest: Debian's packages, and the modules that go into the initramfs. Read with `.` after common.sh; the script
# that reads it sets `cache_directory`, `temporary`, `debian`, `kernel`, `modules` and, before add_module, `initramfs`.
# shellcheck disable=SC2154

# Where a suite's packages are kept; the machine's own suite has no name.
kept_packages() { printf '%s' "$cache_directory${debian:+/$debian}"; }

# apt_of_suite COMMAND WORDS…: apt-get or apt-cache with the lists of the suite alone, which apt checks against Debian's keys: what is not
# signed by them is refused. Without a suite the lists are those of the machine.
apt_of_suite() {
    local command=$1 state
    shift
    if [ -z "$debian" ]; then
        "$command" "$@"
        return
    fi
    state=$(kept_packages)/apt
    "$command" -o "Dir::State=$state" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" \
        -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=- -o APT::Architecture=amd64 \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o APT::Sandbox::User=root "$@"
}

# Refreshes the lists: those of the suite, or as root those of the machine.
update_lists() {
    local state keys=/usr/share/keyrings/debian-archive-keyring.gpg
    if [ -z "$debian" ]; then
        [ "$(id -u)" != 0 ] || apt-get update -qq >&2 || say "apt-get update failed; the lists may be old"
        return
    fi
    [ -r "$keys" ] || fail 1 "$keys is missing, without which nothing of $debian can be checked; install debian-archive-keyring"
    state=$(kept_packages)/apt
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    : >"$state/status"
    printf "deb [signed-by=$keys] http://deb.debian.org/%s main\n" "debian $debian" "debian-security $debian-security" \
        >"$state/sources.list"
    apt_of_suite apt-get update -qq >&2 || fail 1 "the package lists of Debian's $debian could not be fetched; is that a suite of Debian?"
}

# The kernel: unpacked from Debian's package, which is kept for the next time.
unpack_kernel() {
    local package kept meta=linux-image-cloud-amd64 name
    if [ "$dry" = 1 ]; then
        show apt-get download "$meta${debian:+/$debian}"
        kernel=$temporary/kernel/boot/vmlinuz
        return
    fi
    kept=$(kept_packages)
    mkdir -p "$kept"
    package=$(find "$kept" -maxdepth 1 -name 'linux-image-*-cloud-amd64_*.deb' | sort -V | tail -n 1)
    if [ -z "$package" ]; then
        command -v apt-get >/dev/null ||
            fail 1 "no kernel: this is no Debian, which would offer one; give --kernel IMAGE, and --modules DIR if its drivers are modules"
        update_lists
        name=$(apt_of_suite apt-cache depends "$meta" 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }')
        [ -n "$name" ] || fail 1 "apt-get knows no $meta${debian:+ in $debian}; run apt-get update, or give --kernel IMAGE"
        say "fetching $name"
        (cd "$kept" && apt_of_suite timed_download "$name" >&2) ||
            fail 1 "$name could not be fetched; check the network, or give --kernel IMAGE"
        package=$(find "$kept" -maxdepth 1 -name "${name}_*.deb" | head -n 1)
    fi
    dpkg-deb -x "$package" "$temporary/kernel"
    kernel=$(find "$temporary/kernel/boot" -name 'vmlinuz-*' | head -n 1)
    modules=$(find "$temporary/kernel" -path '*/lib/modules/*' -prune -type d | head -n 1)
    [ -n "$kernel" ] || fail 1 "$package holds no kernel; remove it, or give --kernel IMAGE"
}

# timed_download [apt's options] PACKAGE: into the current directory.
timed_download() { timeout 600 apt-get -qq -o APT::Sandbox::User=root "${@:1:$#-1}" download "${@: -1}"; }

# Copies a module and, before it, those that it depends on; the order goes to modules/order. Built-in ones have no file.
add_module() {
    local name=$1 file copy dependency
    file=$(find "$modules/" -name "$name.ko*" | head -n 1)
    if [ -z "$file" ]; then file=$(find "$modules/" -name "${name//_/-}.ko*" | head -n 1); fi
    copy=$initramfs/modules/$name.ko
    if [ -z "$file" ] || [ -e "$copy" ]; then return 0; fi
    case $file in
        *.ko) cp "$file" "$copy" ;;
        *.ko.xz) xz -dc "$file" >"$copy" ;;
        *.ko.zst) zstd -qdc "$file" >"$copy" ;;
        *.ko.gz) gzip -dc "$file" >"$copy" ;;
        *) fail 1 "$file: compressed in a way this script does not know; give a kernel with plain, xz, zstd or gzip modules" ;;
    esac
    while read -r dependency; do
        add_module "$dependency"
    done < <(tr '\0' '\n' <"$copy" | grep -a '^depends=.' | cut -d= -f2 | tr ',-' '\n_' || true)
    echo "$name.ko" >>"$initramfs/modules/order"
}
