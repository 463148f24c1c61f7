//! The names of `linux/limits.rs` on a system whose limits are not read yet: all unavailable, so nothing is refused for them.

pub use super::facts::GroupLimit;

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
