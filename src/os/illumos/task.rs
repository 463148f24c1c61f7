//! What this process has used so far, as illumos usage for it: CPU time, waiting for a CPU, sleeping in page faults, switches.
//! Microstate accounting is always on. Read in a worker's loop, so it allocates nothing and keeps its descriptor.

use std::{fs::File, os::fd::OwnedFd};

use nix::sys::uio::pread;

use super::facts::TaskUsage;
use super::{illumos_facts::usage, unsupported};

/// Reads the usage of the process that opened it: the sum over its threads, of which a worker has one.
pub struct TaskUsageReader {
    usage: Option<OwnedFd>,
}

impl TaskUsageReader {
    pub fn open() -> TaskUsageReader {
        TaskUsageReader { usage: File::open("/proc/self/usage").ok().map(OwnedFd::from) }
    }

    /// What was used until now: one system call. Without /proc it is what `getrusage` reports.
    pub fn read(&self) -> TaskUsage {
        let mut bytes = [0; usage::LENGTH];
        let length = self.usage.as_ref().and_then(|file| pread(file, &mut bytes, 0).ok());
        length
            .and_then(|length| usage::parse(bytes.get(..length)?))
            .unwrap_or_else(|| unsupported::task::TaskUsageReader.read())
    }
}
