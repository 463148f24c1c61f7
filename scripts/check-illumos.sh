#!/usr/bin/env bash
# Type-checks and lints everything for illumos, where it is not run: library, program, tests and benchmarks; then the library and
# program for a system that mapstorm does not know (`src/os/unsupported.rs`). The standard library is built along, because no toolchain here ships one for illumos;
# that takes Debian's Rust with its sources (rustc-web, cargo-web, rust-web-src, rust-web-clippy), whose versions must be the same.
# Where those cannot be installed the check is skipped with a message; with CI set it fails instead.
set -euo pipefail
cd "$(dirname "$0")/.."

give_up() {
    echo "check-illumos: $*" >&2
    [ -z "${CI:-}" ] || exit 1
    echo "check-illumos: skipped" >&2
    exit 0
}

packages=(rustc-web cargo-web rust-web-src rust-web-clippy)
command -v dpkg-query >/dev/null || give_up "needs Debian (packages ${packages[*]})"
version() { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p'; }
missing=()
for package in "${packages[@]}"; do
    [ -n "$(version "$package")" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || give_up "not installed: ${missing[*]} (needs root)"
    echo "check-illumos: installing ${missing[*]}" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
        >/dev/null || give_up "could not install ${missing[*]}"
fi
# The sources of the standard library build with the compiler that they belong to, and with no other.
for package in "${packages[@]:1}"; do
    [ "$package" = cargo-web ] && continue
    [ "$(version "$package")" = "$(version rustc-web)" ] ||
        give_up "$package $(version "$package") does not belong to rustc-web $(version rustc-web): apt-get install ${packages[*]}"
done
for program in /usr/bin/rustc /usr/bin/cargo /usr/bin/cargo-clippy /usr/bin/clippy-driver; do
    [ -x "$program" ] || give_up "$program is missing although its package is installed"
done
[ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ] || give_up "rust-web-src holds no library sources"

# Not rustup's programs of the same names, nor what wraps or replaces them.
unset RUSTUP_TOOLCHAIN RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
export CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1
# A directory of its own: another compiler made what is in target/.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target/check-illumos}
std=(--locked -Zbuild-std=std,panic_abort)

lint() {
    local target=$1
    shift
    echo "check-illumos: $target, $*" >&2
    PATH="/usr/bin:$PATH" /usr/bin/cargo-clippy clippy --quiet "${std[@]}" --target "$target" "$@" -- -D warnings
}

# Clippy checks all that check does. Parquet needs more of the system than one would think (the time zone).
lint x86_64-unknown-illumos --all-targets --features parquet
lint x86_64-unknown-freebsd --lib --bins
