//! The names of `linux/process.rs` on a system that is not supported: everything is unavailable, nothing pretends.
//! Callers already handle `None` and `ENOSYS`, because a Linux machine may lack these too.

use nix::{errno::Errno, unistd::Pid};

pub use super::facts::TaskState;

/// Unavailable: a driver that is killed leaves its workers behind.
pub struct Leash;

impl Leash {
    /// Nothing to prepare.
    pub fn prepare() -> Leash {
        Leash
    }

    /// Unavailable.
    pub fn put_on(self, _: Pid) -> nix::Result<bool> {
        Err(Errno::ENOSYS)
    }
}

/// Nothing is kept.
pub fn forget_ended() {}

/// Unavailable.
pub fn set_name(_: &std::ffi::CStr) -> nix::Result<()> {
    Err(Errno::ENOSYS)
}

/// Unavailable.
pub fn exact_timers() -> nix::Result<()> {
    Err(Errno::ENOSYS)
}

/// Unavailable.
pub fn adopt_orphans() -> nix::Result<()> {
    Err(Errno::ENOSYS)
}

/// Unavailable: none are known.
pub fn descendants_of(_: Pid) -> Vec<Pid> {
    Vec::new()
}

/// Unavailable.
pub fn threads_alive() -> Option<usize> {
    None
}

/// Unavailable.
pub fn oom_adjustment() -> Option<i32> {
    None
}

/// Unavailable.
pub fn set_oom_adjustment(_: i32) -> std::io::Result<()> {
    Err(Errno::ENOSYS.into())
}

/// Unavailable.
pub fn page_table_bytes() -> Option<u64> {
    None
}

/// Unavailable.
pub fn load_average() -> Option<f64> {
    None
}

/// Unavailable.
pub fn runnable() -> Option<u64> {
    None
}

/// Unavailable.
pub fn state_of(_: Pid) -> Option<TaskState> {
    None
}
