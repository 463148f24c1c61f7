//! What this thread has used so far, as Linux counts it: CPU time, run-queue delay, faults, switches.
//! Read in a worker's loop, so it allocates nothing and keeps its descriptor.

use std::{fs::File, os::fd::OwnedFd};

use nix::{
    sys::{
        resource::{UsageWho, getrusage},
        uio::pread,
    },
    time::{ClockId, clock_gettime},
};

use super::facts::TaskUsage;
use super::{super::clock::ns_of, proc_text::schedstat};

/// Reads the usage of the thread that opened it.
pub struct TaskUsageReader {
    schedstat: Option<OwnedFd>,
}

impl TaskUsageReader {
    /// Opens them; without `/proc/thread-self/schedstat` the run-queue delay is unavailable, the rest is there.
    pub fn open() -> TaskUsageReader {
        TaskUsageReader { schedstat: File::open("/proc/thread-self/schedstat").ok().map(OwnedFd::from) }
    }

    /// What was used until now: three system calls.
    pub fn read(&self) -> TaskUsage {
        // The CPU clock is exact at any moment; the first field of schedstat only as of the last tick or switch.
        let cpu_ns = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(0, ns_of);
        let mut usage = TaskUsage { cpu_ns, run_delay_ns: self.run_delay_ns(), ..TaskUsage::default() };
        if let Ok(counted) = getrusage(UsageWho::RUSAGE_THREAD) {
            usage.minor_faults = Some(counted.minor_page_faults() as u64);
            usage.major_faults = counted.major_page_faults() as u64;
            usage.voluntary_switches = counted.voluntary_context_switches() as u64;
            usage.involuntary_switches = counted.involuntary_context_switches() as u64;
        }
        usage
    }

    fn run_delay_ns(&self) -> Option<u64> {
        let mut text = [0; 64];
        let length = pread(self.schedstat.as_ref()?, &mut text, 0).ok()?;
        schedstat(std::str::from_utf8(&text[..length]).ok()?).map(|(_, waited)| waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::tests::fault_in_fresh_pages;

    #[test]
    fn using_the_cpu_shows() {
        let usage = TaskUsageReader::open();
        let before = usage.read();
        fault_in_fresh_pages();
        let after = usage.read();
        assert!(after.cpu_ns > before.cpu_ns);
        assert!(after.minor_faults > before.minor_faults, "{before:?} {after:?}");
        assert!(after.run_delay_ns >= before.run_delay_ns);
    }
}
