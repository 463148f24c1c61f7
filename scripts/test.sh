#!/usr/bin/env bash
# Passes the tests, and installs first what they need: Debian's cyrus-imapd (the real program to agree with), postgresql and lmdb-utils
# (databases that inspect is tried on), strace, compilers for the probe in C (clang, gcc-multilib), chromium (a browser that shows the pages), and
# the PyPI packages lmdb, hdrhistogram, prometheus_client, pyarrow and duckdb (public readers of our histogram logs, metrics and Parquet).
# Where packages cannot be installed, the tests that need them say so and are skipped; with CI set they fail instead.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
[ -x /usr/lib/cyrus/bin/cyr_dbtool ] || missing+=(cyrus-imapd)
command -v strace >/dev/null || missing+=(strace)
command -v mdb_stat >/dev/null || missing+=(lmdb-utils)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
command -v clang >/dev/null || missing+=(clang)
[ "$(uname -m)" != x86_64 ] || [ -e /usr/lib32/crt1.o ] || missing+=(gcc-multilib)
[ -x /usr/bin/chromium ] || missing+=(chromium)
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        echo "installing ${missing[*]}" >&2
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "not installed: ${missing[*]} (needs Debian and root); tests against them are skipped unless CI is set" >&2
    fi
fi

# Public readers of latency.hlog and of exported metrics, and LMDB for a process that holds one, in an environment of their own.
readers=('hdrhistogram==0.10.8' 'prometheus_client==0.26.0' 'lmdb==3.0.0')
modules='hdrh.log, prometheus_client, lmdb'
# Those of Parquet are 250 MB: only where tests of that feature read with them.
if [[ " $* " == *parquet* || " $* " == *--all-features* ]]; then
    readers+=('pyarrow==26.0.1' 'duckdb==2.0.1')
    modules+=', pyarrow.parquet, duckdb'
fi
if ! target/python/bin/python -c "import $modules" 2>/dev/null; then
    mkdir -p target
    if ! { python3 -m venv target/python && target/python/bin/pip install --quiet "${readers[@]}"; } >&2; then
        echo "not installed: ${readers[*]} (needs PyPI); the tests that use them are skipped unless CI is set" >&2
    fi
fi

cargo test --locked "$@"
