#!/usr/bin/env bash
# Runs the check for ReFrame with its local scheduler: once it has to pass, once to fail by a reference, once by too few values.
# Installs the pinned ReFrame in an environment of its own. MAPSTORM is the executable.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
me=fleet/reframe/test.sh
# shellcheck source-path=SCRIPTDIR source=../test-common.sh
. "$here/../test-common.sh"
trap remove_temporary EXIT

python3 -m venv "$temporary/python"
"$temporary/python/bin/pip" install --quiet -r "$here/requirements.txt"

# check SECONDS REFERENCE: reader_p99's reference in ms; the output is in $temporary/out.
check() {
    cat >"$temporary/references.json" <<EOF
{ "here:local": {
    "reader_p99": [$2, null, 0.2, "ms"], "commit_p99": [60000, null, 0.2, "ms"],
    "reader_rate": [1, -0.5, null, "completed"], "commit_rate": [1, -0.5, null, "completed"] } }
EOF
    # In memory, where a commit waits for no device and there are enough of them soon.
    TMPDIR=$temporary "$temporary/python/bin/reframe" -C "$here/settings.py" -c "$here/mapstorm_check.py" --prefix "$temporary/reframe" --run --nocolor \
        -S "mapstorm=$mapstorm" -S "references=$temporary/references.json" \
        -S "command=run quick --no-report --set readers.count=3 --set file.size=1MiB --set file.directory=/dev/shm --set run.duration=$1 \
--set run.warm-up=500ms --set run.control=0ms --set run.stall=1min --set readers.rate=100/s --set writer.rate=100/s \
--slo reader.p99<=1min,commit.p99<=1min,reader.rate>=0.1,commit.rate>=0.1" >"$temporary/out" 2>&1
}

says() { grep -qE "$1" "$temporary/out" || die "not in ReFrame's output: $1; $(cat "$temporary/out")"; }

# Measures for longer while the values are too few: what else this machine does makes them depend on each other.
check_enough() {
    local seconds
    for seconds in 20 40 80 160; do
        if check "${seconds}s" "$1"; then return 0; fi
        grep -q 'too few to compare' "$temporary/out" || return 1
        say "too few values in $seconds s"
    done
    return 1
}

say "a reference that holds"
check_enough 60000 || die "does not pass: $(cat "$temporary/out")"
cat "$temporary/out"
says 'PASSED.*Ran 1/1 test'
for figure in reader_p99 commit_p99 reader_rate commit_rate; do says "$figure: [0-9.]+ (ms|completed)"; done
[ -n "$(find "$temporary/reframe/output" -name run.json)" ] || die "the result is not kept"
[ -n "$(find "$temporary/reframe/perflogs" -name 'MapstormCheck.log')" ] || die "no record of figures"

say "a reference that cannot hold"
if check_enough 0.000001; then die "passes: $(cat "$temporary/out")"; fi
cat "$temporary/out"
says 'failed to meet reference.*reader_p99='

say "too few values"
if check 300ms 60000; then die "passes: $(cat "$temporary/out")"; fi
says 'rests on [0-9]+ values.*, too few to compare'
say "passed"
