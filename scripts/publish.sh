#!/usr/bin/env bash
# publish.sh NAME DOCUMENT [CONDITIONS]: puts its standard input into DOCUMENT, between `<!-- NAME -->` and `<!-- end of NAME -->`, under a line
# that says on what machine it was measured, and when.
set -euo pipefail
name=$1 document=$2 conditions=${3:-}
machine="$(nproc) CPUs, $(uname -s) $(uname -r | cut -d- -f1) $(uname -m)${conditions:+, $conditions}, $(date -u +%Y-%m-%d)"
for mark in "<!-- $name -->" "<!-- end of $name -->"; do
    grep -qxF -- "$mark" "$document" || { echo "$document has no line $mark" >&2; exit 1; }
done
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v begin="<!-- $name -->" -v end="<!-- end of $name -->" -v machine="$machine" '
    $0 == begin { print $0 "\n\nMeasured on " machine ".\n"; while ((getline line < "-") > 0) print line; print ""; skip = 1 }
    $0 == end { skip = 0 }
    !skip
' "$document" >"$new"
cat "$new" >"$document"
