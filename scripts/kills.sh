#!/usr/bin/env bash
# Kills processes of small runs at moments that follow from a seed: the driver, the writer (also with the lock held), a reader, a noise probe, all
# workers, all processes. Checks after each that no process and no stray file is left, that earlier results are as they were, and that what was lost is
# named. `scripts/kills.sh 200` makes 200 of them (about 1.5 s each); the tests make 20.
set -euo pipefail
cd "$(dirname "$0")/.."
MAPSTORM_KILLS=${1:-200} exec cargo test --locked --test faults -- --nocapture killed
