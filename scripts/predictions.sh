#!/usr/bin/env bash
# Searches for fifteen knees and tries the mitigations of fastmail-150m-6000, each predicted before it is measured, and puts the table and the
# chart into docs/predict.md. Four minutes a search, ten for the mitigations: about 70 minutes, as root, on a quiet machine.
# Arguments go to the benchmark: `--only 3` or `--only fastmail`, `--runs 2`, `--keep DIRECTORY`; `--again DIRECTORY` measures nothing, and
# predicts the knees of what was kept there once more.
set -euo pipefail
cd "$(dirname "$0")/.."
table=$(mktemp)
trap 'rm -f "$table"' EXIT
cargo bench --quiet --bench predictions -- --chart docs/predictions.svg "$@" | tee "$table"
grep -q 'were predicted' "$table" || { echo "nothing was predicted and measured" >&2; exit 1; }
{ cat "$table"; printf '\n![predicted against measured](predictions.svg)\n'; } | scripts/publish.sh predictions docs/predict.md
