//! A scenario: the TOML file that says which load to make, validated into a [`Scenario`](struct@Scenario).
