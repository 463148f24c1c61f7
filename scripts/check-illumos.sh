#!/usr/bin/env bash
# Type-checks and lints everything for illumos, where it is not run: library, program, tests and benchmarks; then the library and
# program for a system that mapstorm does not know (`src/os/unsupported.rs`). The standard library is built along, because no toolchain here ships one for illumos.
# `--link` builds and links an executable besides (`build-illumos.sh`), which takes 6 minutes more on two CPUs: before releases.
set -euo pipefail
cd "$(dirname "$0")/.."
me=check-illumos more=()
# shellcheck source-path=SCRIPTDIR source=illumos/toolchain.sh
. scripts/illumos/toolchain.sh

link=0
case ${1:-} in
    --link) link=1 ;;
    '') ;;
    *) echo "$me: unknown option $1; the only one is --link" >&2; exit 2 ;;
esac

install_toolchain
# A directory of its own: another compiler made what is in target/.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target/check-illumos}

lint() {
    local target=$1
    shift
    echo "$me: $target, $*" >&2
    /usr/bin/cargo-clippy clippy --quiet "${std[@]}" --target "$target" "$@" -- -D warnings
}

# Clippy checks all that check does. Parquet needs more of the system than one would think (the time zone).
lint x86_64-unknown-illumos --all-targets --features parquet
lint x86_64-unknown-freebsd --lib --bins

if [ "$link" = 1 ]; then scripts/build-illumos.sh --dev --out "$CARGO_TARGET_DIR/mapstorm-dev"; fi
