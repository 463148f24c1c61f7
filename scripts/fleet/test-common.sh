# shellcheck shell=bash
# What the tests of the fleet engines share. Read with `.`, not run; the script that reads it sets `me` and `root`.
# shellcheck disable=SC2154

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "FAILED: $*"; exit 1; }

# need COMMAND=PACKAGE…: installs what is missing; its services stay off.
need() {
    local pair missing=()
    for pair; do command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    apt-get update -qq >&2
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# within SECONDS CONDITION: waits until a condition of the shell holds.
within() {
    local until=$((SECONDS + $1))
    until eval "$2"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.2
    done
}

# The host that a gathered qualification was measured on.
measured_on() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["machine"]["host"])' "$1/result/qualify.json"; }

remove_temporary() { rm -rf "$temporary"; }

mapstorm=$(readlink -f "${MAPSTORM:-$root/target/debug/mapstorm}")
[ -x "$mapstorm" ] || die "$mapstorm: no such executable; cargo build makes it, or set MAPSTORM=path"
[ "$(id -u)" = 0 ] || die "root is needed, for namespaces and services"
temporary=$(mktemp -d "${TMPDIR:-/var/tmp}/mapstorm-fleet-test.XXXXXX")
# A job of another user's service has to get through.
chmod 755 "$temporary"

# A load that any machine carries, in runs that are as short as can be.
# shellcheck disable=SC2034 # used by the tests
load="qualify --processes 3 --size 1MiB --reads 20/s --commits 20/s --budget 20s --no-report --set run.stall=1min \
--set run.duration=300ms --set run.warm-up=100ms --set run.control=0ms \
--objectives 'reader.p99<=1min,commit.p99<=1min,freeze.longest<=1min'"
