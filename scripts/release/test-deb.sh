#!/usr/bin/env bash
# test-deb.sh DEB: installs the package in a Debian that holds nothing else (mmdebstrap; about a minute), uses what it brought, measures, removes
# it, and looks for what is left. Root; the Debian is that of this machine, or the one that SUITE names.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
me=release/test-deb.sh dry=0
# shellcheck source-path=SCRIPTDIR source=../vm/common.sh
. "$here/../vm/common.sh"

deb=${1:?a package, such as target/release-files/mapstorm_0.1.0-1_amd64.deb}
[ -r "$deb" ] || fail "$INVALID" "$deb: no such file, or not readable"
[ "$(id -u)" = 0 ] || fail 1 "a Debian of its own needs root: run it as root, or install $deb on a machine that may be spoilt"
need mmdebstrap=mmdebstrap unshare=util-linux
suite=${SUITE:-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)}

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
debian=$work/debian
say "making a Debian ($suite)"
mmdebstrap --quiet --variant=minbase --include=man-db "$suite" "$debian" || fail 1 "mmdebstrap could not make it; the reason is above"

# Everything but what the system itself keeps about packages, caches and logs.
files() { (cd "$debian" && find . \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log \) -prune -o -print | sort); }

files >"$work/before"
cp "$deb" "$debian/tmp/mapstorm.deb"
cat >"$debian/tmp/steps" <<'INSIDE'
export LC_ALL=C.UTF-8 COLUMNS=100
step() { printf '  %s\n' "$*"; }
step install
dpkg -i /tmp/mapstorm.deb >/tmp/log || { cat /tmp/log; exit 1; }
step version
mapstorm --version
version=$(dpkg-query -W -f '${Version}' mapstorm)
mapstorm -V | grep -qxF "mapstorm ${version%-*}"
step 'manual pages'
for page in /usr/share/man/man1/mapstorm*.1.gz; do man -w "$(basename "$page" .1.gz)" >/dev/null; done
man mapstorm-run | grep -q '^EXIT STATUS'
step completions
bash -c 'source /usr/share/bash-completion/completions/mapstorm && complete -p mapstorm' >/dev/null
test -s /usr/share/zsh/vendor-completions/_mapstorm
test -s /usr/share/fish/vendor_completions.d/mapstorm.fish
step scenarios
names=$(mapstorm list --scenarios --json | grep -o '"name": *"[^"]*"' | cut -d'"' -f4)
for name in $names; do test -s "/usr/share/mapstorm/scenarios/$name.toml"; done
step documents
for file in README.md docs/guide.md copyright THIRD-PARTY.txt.gz changelog.Debian.gz; do test -s "/usr/share/doc/mapstorm/$file" || { echo "no $file"; exit 1; }; done
# Not the one that cargo-deb makes up.
grep -qxF 'License: Apache-2.0' /usr/share/doc/mapstorm/copyright
step 'a short run'
code=0
mapstorm run /usr/share/mapstorm/scenarios/quick.toml --set readers.count=20 --set run.warm-up=1s --set run.duration=3s --out /tmp/out >/tmp/log 2>&1 || code=$?
# 4: objectives that a busy machine missed are no fault of the package.
[ "$code" = 0 ] || [ "$code" = 4 ] || { cat /tmp/log; exit 1; }
test -s /tmp/out/run.json
test -s /tmp/out/report.html
mapstorm list /tmp | grep quick
step 'what the default build leaves out'
refused() { code=0; mapstorm "$@" >/tmp/log 2>&1 || code=$?; [ "$code" = 2 ] && grep -q -- '--features' /tmp/log || { cat /tmp/log; exit 1; }; }
refused report /tmp/out --png
refused export /tmp/out --format parquet
step remove
dpkg --purge mapstorm >/tmp/log || { cat /tmp/log; exit 1; }
INSIDE
# With processes and devices of its own namespace, for as long as that takes.
# shellcheck disable=SC2016 # the inner shell is to expand it
unshare --mount --pid --fork sh -c 'mount -t proc proc "$1/proc" && mount -t sysfs -o ro sysfs "$1/sys" && exec chroot "$1" /bin/bash -eu -o pipefail /tmp/steps' \
    sh "$debian" </dev/null || fail 1 "the package is not fit: what failed is the last step above"
files >"$work/after"
diff "$work/before" "$work/after" >&2 || fail 1 "the package leaves files behind, or takes others with it: < is gone, > is left"
say "passed in $SECONDS s: installed, used and removed on Debian $suite; nothing is left"
