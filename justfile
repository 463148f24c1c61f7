# Recipes for everyday work; `just` lists them. Each is one command that can be typed by hand too.

_list:
    @just --list --unsorted

# All tests; installs what they need on Debian
test *arguments:
    scripts/test.sh {{arguments}}

# What must pass before a change lands
ci:
    .ci/run

# Write the generated pages, tables and schemas in docs/ again
docs:
    MAPSTORM_WRITE_DOCS=1 cargo test --locked --lib docgen

# The documentation of all rooms in target/doc; a broken link is an error
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

# Licences, duplicate versions and sources of the dependencies; `just deny advisories` needs GitHub
deny *checks:
    scripts/deny.sh {{checks}}

# The benchmarks, interleaved in pairs; keep the machine quiet
bench *arguments:
    cargo bench --locked --bench claims -- {{arguments}}

# Type-check and lint for illumos, and for a system without any support
illumos:
    scripts/check-illumos.sh

# Fuzz everything that reads files of others
fuzz seconds="60":
    scripts/fuzz.sh {{seconds}}

# Kill runs at random moments, and look at what is left
kills count="20":
    scripts/kills.sh {{count}}

# A fleet of hosts or nodes on this machine (ansible, slurm or reframe); root, installs packages, takes minutes
fleet engine:
    scripts/fleet/{{engine}}/test.sh

# The files of a release in target/release-files; root, installs packages, takes minutes
release *arguments:
    scripts/release.sh {{arguments}}
