#!/usr/bin/env bash
# Makes the files of a release: static executables for Linux, one for illumos, a package for Debian, each tried as far as that can be done here;
# archives that are the same whoever makes them from the same executables, and their checksums. `--help` has the options.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
me=release.sh dry=0
# shellcheck source-path=SCRIPTDIR source=vm/common.sh
. "$here/vm/common.sh"

usage() {
    cat <<'HELP'
scripts/release.sh [options]

  --out DIR         where the files go; what is there under the same names is replaced [target/release-files]
  --allow-dirty     also from sources that are not committed; `mapstorm --version` then says "changed"
  --skip-aarch64    no executable for Linux on ARM; without the option it is made where this Rust can, and never tried
  --skip-illumos    no executable for illumos
  --skip-deb        no package for Debian
  --skip-deb-test   make the package, but do not install it in a fresh Debian (that needs root and a mirror)
  --dry-run         print the commands, start nothing

It makes mapstorm-VERSION-TARGET.tar.gz for each target, mapstorm_VERSION-1_amd64.deb and SHA256SUMS. The packager named in the package is
MAPSTORM_MAINTAINER, or who git says you are. Needed: cargo-deb (installed from crates.io if it is missing), lintian, jq.
HELP
}

out=$root/target/release-files allow_dirty=0 aarch64=1 illumos=1 deb=1 deb_test=1
while [ $# -gt 0 ]; do
    case $1 in
        --out) [ $# -ge 2 ] || fail "$INVALID" "--out needs a value; --help shows the options"; out=$2; shift ;;
        --allow-dirty) allow_dirty=1 ;;
        --skip-aarch64) aarch64=0 ;;
        --skip-illumos) illumos=0 ;;
        --skip-deb) deb=0 deb_test=0 ;;
        --skip-deb-test) deb_test=0 ;;
        --dry-run) dry=1 ;;
        --help | -h) usage; exit 0 ;;
        *) fail "$INVALID" "unknown option $1; --help shows the options" ;;
    esac
    shift
done

cd "$root"
git rev-parse --verify --quiet HEAD >/dev/null || fail "$INVALID" "$root is no git repository: a release says which commit it is"
if [ "$allow_dirty" = 0 ] && [ -n "$(git status --porcelain)" ]; then
    fail "$INVALID" "the tree has changes: commit them, or give --allow-dirty (git status shows them)"
fi
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
commit=$(git rev-parse HEAD)
# Of everything that is packed: the moment of the commit, not that of packing.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
stage=target/release-stage
need jq=jq
if [ "$dry" = 0 ]; then
    rm -rf "$stage"
    mkdir -p "$stage" "$out"
fi

# pack TARGET EXECUTABLE: the archive for a target.
pack() {
    local name=mapstorm-$version-$1
    local archive=$out/$name.tar.gz
    if [ "$dry" = 1 ]; then
        show tar --sort=name "--mtime=@$SOURCE_DATE_EPOCH" -C "$stage" -czf "$archive" "$name"
        return
    fi
    mkdir "$stage/$name"
    install -m 755 "$2" "$stage/$name/mapstorm"
    cp -r README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE docs scenarios "$stage/share/man" "$stage/share/completions" "$stage/$name/"
    scripts/release/notices.sh "$1" >"$stage/$name/THIRD-PARTY.txt"
    tar --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r-w,a+X "--mtime=@$SOURCE_DATE_EPOCH" -C "$stage" -cf - "$name" |
        gzip -9n >"$archive"
    say "$archive: $(stat -c %s "$archive") bytes; the executable $(stat -c %s "$2")"
}

# What the package says about itself in Debian's own formats, from what is there already.
debian_files() {
    {
        printf 'mapstorm (%s-1) unstable; urgency=medium\n\n' "$version"
        # The newest section, a paragraph for each of its points.
        awk '/^## / { if (seen++) exit; next } seen' CHANGELOG.md | sed 's/`//g' | awk '
            /^- / { if (text) print text; text = substr($0, 3); next }
            /[^ ]/ { sub(/^ +/, ""); text = text " " $0 }
            END { print text }
        ' | while read -r point; do fold -s -w 72 <<<"$point" | sed -e '1s/^/  * /' -e '2,$s/^/    /' -e 's/ *$//'; done
        printf '\n -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
    } >"$stage/changelog"
    {
        printf '%s\n' 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/' 'Upstream-Name: mapstorm' \
            'Comment: What the executable contains of others is in /usr/share/doc/mapstorm/THIRD-PARTY.txt.gz.' '' \
            'Files: *' 'Copyright: 2026 the authors of mapstorm' 'License: MIT or Apache-2.0' '' 'License: MIT'
        sed -e 's/^$/./' -e 's/^/ /' LICENSE-MIT
        printf '%s\n' '' 'License: Apache-2.0' ' On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.'
    } >"$stage/copyright"
    gzip -9nc "$stage/mapstorm-$version-$target/THIRD-PARTY.txt" >"$stage/THIRD-PARTY.txt.gz"
}

make_deb() {
    local package=$out/mapstorm_$version-1_amd64.deb maintainer=${MAPSTORM_MAINTAINER:-}
    if [ -z "$maintainer" ]; then maintainer="$(git log -1 --format='%cn <%ce>')"; fi
    if [ "$dry" = 0 ]; then
        command -v cargo-deb >/dev/null || { say "installing cargo-deb"; cargo install --quiet --locked cargo-deb >&2; } ||
            fail 1 "cargo-deb could not be installed; check the network, or give --skip-deb"
        debian_files
    fi
    # The very executable of the archive, with the names and line numbers that its backtraces need.
    act env "CARGO_TARGET_DIR=$root/target/vm/build" cargo deb --quiet --locked --no-build --no-strip --target "$target" --maintainer "$maintainer" --output "$package" ||
        fail 1 "cargo deb could not make the package; the reason is above"
    act lintian --allow-root --fail-on error "$package" || fail 1 "lintian found errors in $package; they are above"
    if [ "$dry" = 0 ]; then say "$package: $(stat -c %s "$package") bytes"; fi
    if [ "$deb_test" = 1 ]; then act scripts/release/test-deb.sh "$package"; fi
}

# Manual pages and completions come out of the program; and that is tried before anything is packed.
build_static x86_64
if [ "$dry" = 0 ]; then
    said=$("$binary" --version)
    printf '%s\n' "$said" >&2
    grep -q "^commit $commit" <<<"$said" || fail 1 "$binary does not name the commit $commit; remove target/vm/build and start again"
    mkdir -p "$stage/share/completions"
    "$binary" man --out "$stage/share/man/man1" 2>/dev/null
    "$binary" completions bash >"$stage/share/completions/mapstorm.bash"
    "$binary" completions zsh >"$stage/share/completions/_mapstorm"
    "$binary" completions fish >"$stage/share/completions/mapstorm.fish"
fi
static_target x86_64
pack "$target" "$binary"
if [ "$deb" = 1 ]; then
    need lintian=lintian
    make_deb
fi

if [ "$aarch64" = 1 ]; then
    if static_target aarch64 && command -v aarch64-linux-gnu-gcc >/dev/null; then
        # Its program of the same name links for its own processor.
        export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=aarch64-linux-gnu-gcc CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
        build_static aarch64
        pack "$target-untried" "$binary"
    else
        say "no executable for aarch64: rustup target add aarch64-unknown-linux-musl, and install gcc-aarch64-linux-gnu"
    fi
fi

if [ "$illumos" = 1 ]; then
    # It looks at the executable as check-illumos.sh --link does at one without optimisation. CI: what it needs is not skipped.
    act env CI=1 scripts/build-illumos.sh --out "$root/$stage/mapstorm-illumos"
    pack x86_64-unknown-illumos-untried "$root/$stage/mapstorm-illumos"
fi

if [ "$dry" = 1 ]; then
    show sha256sum "mapstorm-$version-*.tar.gz" "mapstorm_$version-1_amd64.deb"
    exit 0
fi
(cd "$out" && rm -f SHA256SUMS && find . -maxdepth 1 -type f -name 'mapstorm[-_]*' -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
say "all in $SECONDS s; $out:"
cat "$out/SHA256SUMS"
