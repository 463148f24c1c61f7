#!/usr/bin/env bash
# Passes the tests, and installs first what they need: Debian's cyrus-imapd (the real program to agree with) and strace.
# Where packages cannot be installed, the tests that need them say so and are skipped; with CI set they fail instead.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
[ -x /usr/lib/cyrus/bin/cyr_dbtool ] || missing+=(cyrus-imapd)
command -v strace >/dev/null || missing+=(strace)
if [ ${#missing[@]} -gt 0 ]; then
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        echo "installing ${missing[*]}" >&2
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "not installed: ${missing[*]} (needs Debian and root); tests against them are skipped unless CI is set" >&2
    fi
fi
cargo test --locked "$@"
