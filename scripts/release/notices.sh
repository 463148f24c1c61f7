#!/usr/bin/env bash
# notices.sh TARGET: the licences of everything that a mapstorm for this target contains, with their texts, each once. A program that is linked
# statically is a copy of them all, and most of them ask that their notice comes with every copy.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${1:?a target, such as x86_64-unknown-linux-gnu}

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cargo tree --locked --edges normal --target "$target" --prefix none --format '{p}' | cut -d' ' -f1,2 | sort -u >"$directory/used"
cargo metadata --locked --format-version 1 --filter-platform "$target" |
    jq -r '.packages[] | select(.source) | ["\(.name) v\(.version)", .license // "see its text", (.manifest_path | rtrimstr("/Cargo.toml"))] | @tsv' |
    sort >"$directory/all"

declare -A names_of
order=()
echo "mapstorm contains these crates, under the licences behind their names; the texts follow. And the standard library of Rust, MIT OR Apache-2.0;"
case $target in
    *-gnu) echo "and, where it is linked statically, the GNU C library, LGPL-2.1-or-later (<https://www.gnu.org/software/libc/>): mapstorm's own source is enough to link it again." ;;
    *-musl) echo "and the C library musl, MIT (<https://musl.libc.org/>)." ;;
    *) echo "the C library is the system's." ;;
esac
echo
while IFS=$'\t' read -r crate licence place; do
    grep -qxF "$crate" "$directory/used" || continue
    echo "$crate: $licence"
    for file in "$place"/{LICEN[CS]E,COPYING,NOTICE,UNLICENSE,licen[cs]e}*; do
        [ -f "$file" ] || continue
        sum=$(sha256sum <"$file")
        if [ -z "${names_of[$sum]:-}" ]; then
            order+=("$sum")
            cp "$file" "$directory/${sum%% *}"
        fi
        names_of[$sum]+="${names_of[$sum]:+, }${crate% *}"
    done
done <"$directory/all"
for sum in "${order[@]}"; do
    printf '\n%s\n%s\n\n' "-------- ${names_of[$sum]}" "$(cat "$directory/${sum%% *}")"
done
