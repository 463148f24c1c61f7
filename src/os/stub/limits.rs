//! The names of `linux/limits.rs` on a system whose limits are not read.
//! All are unavailable, so nothing is refused for them.

pub use super::facts::{CpuQuota, GroupLimit, ProcessLimit, Told};

/// What the bound on a group is called here.
pub const GROUP: &str = "group";

/// Unavailable.
pub fn available_memory() -> Option<u64> {
    None
}

/// None is known.
pub fn out_of_memory_kills() -> Vec<(String, u64)> {
    Vec::new()
}

/// None is known.
pub fn process_limits() -> Vec<ProcessLimit> {
    Vec::new()
}

/// Unavailable.
pub fn group_processes() -> Option<GroupLimit> {
    None
}

/// Unavailable.
pub fn group_memory() -> Option<GroupLimit> {
    None
}

/// Unavailable.
pub fn cpu_quota() -> Told<Option<CpuQuota>> {
    Err("mapstorm does not know how to ask this system".to_owned())
}
