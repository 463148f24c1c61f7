//! Which mapstorm this is: what results record, and what `--version` says. `build.rs` finds it out.

/// As results record it and pages say it: the version, and where the build recorded it the commit, such as `0.1.0 (77f239d0c3a1)`.
pub const MAPSTORM_VERSION: &str = env!("MAPSTORM_VERSION");

/// For `--version`: the version, the commit or why it is unknown, the target, and the features, a line each.
pub const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\n",
    env!("MAPSTORM_COMMIT"),
    "\ntarget ",
    env!("MAPSTORM_TARGET"),
    "\nfeatures ",
    env!("MAPSTORM_FEATURES"),
);
