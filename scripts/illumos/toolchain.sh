# shellcheck shell=bash
# Debian's Rust with the sources of its standard library, for systems that no toolchain here ships one for. Sourced by what builds for them, which
# sets `me`, its name, and `more`, other packages that it needs. Where they cannot be installed it is skipped with a message; with CI set it fails instead.
# shellcheck disable=SC2154,SC2034,SC2054 # by those who source it; `std` has a comma of cargo's own

give_up() {
    echo "$me: $*" >&2
    [ -z "${CI:-}" ] || exit 1
    echo "$me: skipped" >&2
    exit 0
}

# All of the same version: the sources of the standard library build with the compiler that they belong to, and with no other.
of_rust=(rustc-web rust-web-src rust-web-clippy)

version() { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p'; }

install_toolchain() {
    local packages=("${of_rust[@]}" cargo-web ${more[@]+"${more[@]}"}) missing=() package program
    command -v dpkg-query >/dev/null || give_up "needs Debian (packages ${packages[*]})"
    for package in "${packages[@]}"; do
        [ -n "$(version "$package")" ] || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        [ "$(id -u)" = 0 ] || give_up "not installed: ${missing[*]} (needs root)"
        echo "$me: installing ${missing[*]}" >&2
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
            >/dev/null || give_up "could not install ${missing[*]}"
    fi
    for package in "${of_rust[@]:1}"; do
        [ "$(version "$package")" = "$(version rustc-web)" ] ||
            give_up "$package $(version "$package") does not belong to rustc-web $(version rustc-web): apt-get install ${packages[*]}"
    done
    for program in /usr/bin/rustc /usr/bin/cargo /usr/bin/cargo-clippy /usr/bin/clippy-driver; do
        [ -x "$program" ] || give_up "$program is missing although its package is installed"
    done
    [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ] || give_up "rust-web-src holds no library sources"
}

# Not rustup's programs of the same names, nor what wraps or replaces them.
unset RUSTUP_TOOLCHAIN RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
export CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1 PATH="/usr/bin:$PATH"
std=(--locked -Zbuild-std=std,panic_abort)
