//! The names of `linux/limits.rs` on a system whose limits are not read yet: all unavailable, so nothing is refused for them.

use std::path::PathBuf;

/// A control group's bound, with what it leaves free now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLimit {
    /// The file that sets it.
    pub file: PathBuf,
    /// Its value.
    pub max: u64,
    /// The value less what is used already.
    pub free: u64,
}

/// Unavailable.
pub fn available_memory() -> Option<u64> {
    None
}

/// Unavailable.
pub fn pid_max() -> Option<u64> {
    None
}

/// Unavailable.
pub fn threads_max() -> Option<u64> {
    None
}

/// Unavailable.
pub fn group_processes() -> Option<GroupLimit> {
    None
}

/// Unavailable.
pub fn group_memory() -> Option<GroupLimit> {
    None
}
