#!/usr/bin/env bash
# The linker of scripts/build-illumos.sh: rustc calls it with the arguments of a compiler driver. It makes stubs of the system's libraries from
# symbols.txt, and links with them. A name that is not in that list stays undefined, and the link fails.
# Its name must not look like one of the linkers that rustc knows.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

arguments=(--as-needed)
while [ $# -gt 0 ]; do
    case $1 in
        # The system's own way to leave out what is not needed: --as-needed here.
        -Wl,-z,ignore) ;;
        -Wl,*) IFS=, read -ra of_linker <<<"${1#-Wl,}"; arguments+=("${of_linker[@]}") ;;
        # Only a compiler driver knows these.
        -m64 | -std=* | -nodefaultlibs) ;;
        # Rust names more libraries than there is anything in; the list says where each function is.
        -l*) ;;
        *) arguments+=("$1") ;;
    esac
    shift
done

as -o "$work/crt1.o" "$here/crt1.s"
# libgcc_s before libc: both unwind, and every function of that must be the same library's.
libraries=(libcontract.so.1 libkstat.so.1 libsocket.so.1 libgcc_s.so.1 libm.so.2 libc.so.1)
grep -v '^#' "$here/symbols.txt" >"$work/list"
awk -v all=" ${libraries[*]} " '!index(all, " " $2 " ") || NF != 2 { print "symbols.txt: `" $0 "`: must be NAME LIBRARY, of" all; bad = 1 } END { exit bad }' "$work/list" >&2
for library in "${libraries[@]}"; do
    awk -v library="$library" '$2 == library { print ".globl " $1 "\n.type " $1 ", @function\n" $1 ":" }' "$work/list" |
        as -o "$work/stub.o"
    ld -shared --hash-style=sysv -soname "$library" -o "$work/$library" "$work/stub.o"
done

ld.lld-22 --gc-sections --error-limit=0 --hash-style=sysv --eh-frame-hdr --defsym="__eh_frame_start=ADDR(.eh_frame)" \
    --export-dynamic-symbol=environ --export-dynamic-symbol=_environ \
    --dynamic-linker /lib/amd64/ld.so.1 "$work/crt1.o" "${arguments[@]}" "${libraries[@]/#/$work/}"
