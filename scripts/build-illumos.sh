#!/usr/bin/env bash
# Builds mapstorm for illumos on x86_64, where no machine with it is at hand: standard library and program with Debian's Rust, linked by
# scripts/illumos/linker.sh with start-up code and stubs of our own; then looks at the executable as far as that can be done without running it.
# What it makes has NEVER been run. `--help` has the options; `scripts/check-illumos.sh --link` does the same without optimisation.
set -euo pipefail
cd "$(dirname "$0")/.."
me=build-illumos more=(lld-22 binutils gcc libc6-dev)
# shellcheck source-path=SCRIPTDIR source=illumos/toolchain.sh
. scripts/illumos/toolchain.sh

usage() {
    cat <<'HELP'
scripts/build-illumos.sh [--dev] [--out FILE]

  --dev        without optimisation: only to see whether it can be linked
  --out FILE   where the executable goes [mapstorm-illumos-x86_64 in target/]

It needs Debian, and root for what is not installed: Rust with its sources, lld-22, binutils, gcc.
HELP
}

profile=release out=''
while [ $# -gt 0 ]; do
    case $1 in
        --dev) profile=dev ;;
        --out) out=${2:?--out needs a value}; shift ;;
        --help | -h) usage; exit 0 ;;
        *) echo "$me: unknown option $1; --help shows the options" >&2; exit 2 ;;
    esac
    shift
done

install_toolchain
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target/check-illumos}
out=${out:-target/mapstorm-illumos-x86_64}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The start-up code runs here too: where it is wrong nothing else matters.
libraries=/lib/x86_64-linux-gnu
as -o "$work/crt1.o" scripts/illumos/crt1.s
gcc -std=c99 -Wall -Wextra -Werror -O1 -fno-omit-frame-pointer -fno-pie -funwind-tables -c -o "$work/test.o" scripts/illumos/crt1-test.c
ld.lld-22 --defsym='__eh_frame_start=ADDR(.eh_frame)' --export-dynamic-symbol=environ --export-dynamic-symbol=_environ \
    --dynamic-linker /lib64/ld-linux-x86-64.so.2 -o "$work/test" "$work/crt1.o" "$work/test.o" "$libraries/libc.so.6" "$libraries/libgcc_s.so.1"
code=0
MAPSTORM_CRT1=there "$work/test" one || code=$?
[ "$code" = 7 ] || { echo "$me: scripts/illumos/crt1.s does not start a program as it should: crt1-test.c ended with $code, not 7" >&2; exit 1; }

echo "$me: building ($profile)" >&2
export CARGO_TARGET_X86_64_UNKNOWN_ILLUMOS_LINKER=$PWD/scripts/illumos/linker.sh
/usr/bin/cargo build --quiet "${std[@]}" --target x86_64-unknown-illumos --profile "$profile" --bin mapstorm
built=$CARGO_TARGET_DIR/x86_64-unknown-illumos/${profile/dev/debug}/mapstorm
mkdir -p "$(dirname "$out")"
# Names of functions stay, for backtraces and DTrace; what debuggers read does not.
objcopy --strip-debug "$built" "$out"

wrong=0
complain() { echo "$me: $out: $*" >&2; wrong=1; }
readelf -hlW "$out" >"$work/headers"
readelf -dW "$out" >"$work/dynamic"
grep -q 'Type: *EXEC' "$work/headers" || complain "not an executable with a fixed place"
grep -q 'interpreter: /lib/amd64/ld.so.1\]' "$work/headers" || complain "the interpreter is not /lib/amd64/ld.so.1"
grep -q '^  TLS ' "$work/headers" && complain "has a TLS segment, which the Rust target for illumos never makes"
grep -q '^  GNU_EH_FRAME ' "$work/headers" || complain "has no program header of its unwind tables"
grep -Eq 'VERNEED|VERDEF|VERSYM' "$work/dynamic" && complain "refers to versions of libraries: the stubs have none"
if ! grep -q '(HASH)' "$work/dynamic" || grep -q '(GNU_HASH)' "$work/dynamic"; then
    complain "must have a hash table of the System V kind, and no other"
fi
needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$work/dynamic" | tr '\n' ' ')
# In the order in which linker.sh names them; libsocket is left out where nothing of it is called.
[[ $needed =~ ^libcontract\.so\.1\ libkstat\.so\.1\ (libsocket\.so\.1\ )?libgcc_s\.so\.1\ libm\.so\.2\ libc\.so\.1\ $ ]] || complain "needs other libraries, or in another order: $needed"
readelf --dyn-syms -W "$out" | awk '$7 == "UND" && $8 != "" { print $8 }' | sort >"$work/undefined"
awk '!/^#/ { print $1 }' scripts/illumos/symbols.txt | sort >"$work/listed"
unlisted=$(comm -23 "$work/undefined" "$work/listed" | tr '\n' ' ')
[ -z "$unlisted" ] || complain "names that are not in scripts/illumos/symbols.txt: $unlisted"
readelf --dyn-syms -W "$out" | grep -qE 'OBJECT +GLOBAL .* _environ$' || complain "does not export _environ, by which libc finds the environment"
[ "$wrong" = 0 ] || exit 1
echo "$me: $out: $(stat -c %s "$out") bytes, $(wc -l <"$work/undefined") functions of the system; never run" >&2
