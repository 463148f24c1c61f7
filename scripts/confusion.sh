#!/usr/bin/env bash
# Makes trouble on purpose and puts into docs/diagnosis.md how often it was named right. About ten minutes, as root, on a quiet machine.
# Arguments go to the benchmark: `--runs 6`, `--only lock`.
set -euo pipefail
cd "$(dirname "$0")/.."
table=$(mktemp)
trap 'rm -f "$table"' EXIT
# A run that was named wrong is part of the table: it is written all the same, and the exit code says so.
outcome=0
cargo bench --quiet --bench confusion -- "$@" >"$table" || outcome=$?
grep -q 'runs were named right' "$table" || { echo "the benchmark did not come to its end" >&2; exit 1; }
machine="$(nproc) CPUs, $(uname -s) $(uname -r | cut -d- -f1) $(uname -m), $(date -u +%Y-%m-%d)"
awk -v table="$table" -v machine="$machine" '
    /^<!-- confusion -->/ { print; print ""; print "Measured on " machine ".\n"; while ((getline line < table) > 0) print line; print ""; skip = 1 }
    /^<!-- end of confusion -->/ { skip = 0 }
    !skip
' docs/diagnosis.md >docs/diagnosis.md.new
mv docs/diagnosis.md.new docs/diagnosis.md
cat "$table"
exit "$outcome"
