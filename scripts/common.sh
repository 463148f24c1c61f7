# shellcheck shell=bash
# What the scripts share that measure on this machine: options, what they need, mappers that are asleep. Read with `.`, not run; a script that
# reads it has an option --dir.
# shellcheck disable=SC2034,SC2154 # set here and used there, and the other way round
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# fail CODE WORDS…
fail() { echo "${*:2}" >&2; exit "$1"; }

# options NAMES ARGUMENTS…: sets the variable of each option that is given. Of NAMES, `--name=` takes a value, `--name` is set to yes, and OUT is a
# word that is no option.
options() {
    local names=" $1 " name
    shift
    while [ $# -gt 0 ]; do
        name=${1#--}
        name=${name//-/_}
        if [[ $names == *" $1= "* ]]; then
            [ $# -ge 2 ] || fail 2 "$1 needs a value"
            declare -g "$name=$2"
            shift
        elif [[ $names == *" $1 "* ]]; then
            declare -g "$name=yes"
        elif [[ $names == *" OUT "* && $1 != -* ]]; then
            out=$1
        else
            fail 2 "$1: unknown; the beginning of $0 lists what there is"
        fi
        shift
    done
}

# prepare NAME COMMAND=PACKAGE…: checks what is needed, builds mapstorm unless MAPSTORM names one, and makes `place`, a directory for files.
prepare() {
    local name=$1 pair
    shift
    for pair; do command -v "${pair%%=*}" >/dev/null || fail 1 "${pair%%=*} is missing: install ${pair#*=}"; done
    if [ -z "${MAPSTORM:-}" ]; then
        cargo build --release --locked --quiet
        MAPSTORM=$PWD/target/release/mapstorm
    fi
    place=$(mktemp -d "$(realpath "$dir")/$name-XXXXXX")
    trap 'wake; rm -rf "$place"' EXIT
}

needs_root() { [ "$(id -u)" = 0 ] || fail 1 "needs root, $*"; }

median() { sort -g | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }

# asleep MAPPERS MODE FILE-KEYS DIRECTORY: so many processes map a file that is made in DIRECTORY, opened in this mode, and sleep. `mapped` is
# the file; `wake` ends them, which a shell of its own must see to at its exit.
run=
asleep() {
    cat >"$place/asleep.toml" <<EOT
[file]
$3
directory = "$4"
[readers]
count = $1
open = "$2"
rate = "0.1/h"
prefault = "touch"
[writer]
count = 0
[run]
warm-up = "0s"
control = "0ms"
duration = "20min"
evidence = false
EOT
    "$MAPSTORM" run "$place/asleep.toml" --out "$4/result" --no-report >/dev/null 2>"$place/log" &
    run=$!
    until grep -q "^[0-9]*/1200 s, " "$place/log"; do
        kill -0 "$run" 2>/dev/null || { cat "$place/log" >&2; exit 1; }
        sleep 0.2
    done
    sleep 2 # All of them wake when the last one is ready.
    mapped=$(find "$4" -name mailboxes-0.db)
}

# Ends those that are asleep. An interrupted run ends with 5.
wake() {
    [ -n "$run" ] || return 0
    kill "$run" 2>/dev/null || true
    wait "$run" || true
    run=
}
