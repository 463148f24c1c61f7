//! The names of `linux/task.rs` on a system that is not asked: only what POSIX's `getrusage` tells.
//! The rest is unavailable.

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};

pub use super::facts::TaskUsage;

/// Reads the accounts of this process.
pub struct Accounts;

impl Accounts {
    /// Nothing to open.
    pub fn open() -> Accounts {
        Accounts
    }

    /// What was used until now.
    pub fn read(&self) -> TaskUsage {
        let Ok(counted) = getrusage(UsageWho::RUSAGE_SELF) else { return TaskUsage::default() };
        let micros = counted.user_time().num_microseconds() + counted.system_time().num_microseconds();
        TaskUsage {
            cpu_ns: micros as u64 * 1000,
            run_delay_ns: None,
            fault_wait_ns: None,
            // POSIX has no such field: a system may leave it at zero for ever.
            minor_faults: None,
            major_faults: counted.major_page_faults() as u64,
            voluntary_switches: counted.voluntary_context_switches() as u64,
            involuntary_switches: counted.involuntary_context_switches() as u64,
        }
    }
}
