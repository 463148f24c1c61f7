//! The counters of Linux: one file per kind of source.
//! What all systems have in common about them is in `os/counters.rs`.

mod device;
mod interrupts;
mod locks;
mod owner;
mod quota;
mod texts;
pub(super) mod tracepoints;
mod walks;

use std::{
    fs::File,
    time::{Duration, Instant},
};

use nix::sys::uio::pread;

pub(in crate::os) use self::{interrupts::open as open_interrupts, walks::open as open_walks};
use super::{
    counters::{Open, Source, Subject, open_files, or_absent},
    facts::{Column, Probe},
    proc_text::field,
};

pub(in crate::os) const SOURCES: [(&str, Open); 10] = [
    ("interrupts TLB, CAL, RES, LOC per CPU (/proc/interrupts)", |_| open_interrupts()),
    (
        "tracepoints tlb:tlb_flush by reason, mmap_lock:*, removals of the files' pages (perf_event_open)",
        tracepoints::open,
    ),
    ("kprobes on write-back's walk over all mappers, timed (tracefs, hist trigger)", |_| open_walks()),
    ("pressure stall information (/proc/pressure)", |_| texts::open_pressure()),
    ("throttling by the CPU quotas of control groups (cpu.stat)", |_| quota::open(None)),
    ("run queue, blocked, switches, CPU time, steal (/proc/stat)", |_| texts::open_stat()),
    ("faults, reclaim, dirty, write-back, page tables (/proc/vmstat)", |_| texts::open_vmstat()),
    ("busy time of the files' device (/proc/diskstats)", device::open),
    ("lock holders and waiters on the files (/proc/locks)", locks::open),
    ("size and identity of the files (stat)", open_files),
];

/// What shows on a live machine how some processes fare, and costs little to read; of the first of them, the quotas.
pub(in crate::os) fn open_live(process: Option<u32>) -> Vec<Source> {
    vec![open_interrupts(), texts::open_pressure(), quota::open(process)]
}

/// A file of the proc file system that is read again and again.
pub(in crate::os) struct ProcFile {
    file: File,
    text: Vec<u8>,
}

impl ProcFile {
    pub(in crate::os) fn open(path: &str, remedy: &str) -> Probe<ProcFile> {
        let file = File::open(path).map_err(|error| format!("{path}: {error}; {remedy}"))?;
        Ok(ProcFile { file, text: vec![0; 16 << 10] })
    }

    /// The whole text, as one reading where it fits. `None` if it cannot be read.
    pub(in crate::os) fn read(&mut self) -> Option<&str> {
        let mut length = 0;
        loop {
            match pread(&self.file, &mut self.text[length..], length as libc::off_t) {
                Ok(0) => break,
                Ok(got) => length += got,
                Err(nix::Error::EINTR) => continue,
                Err(_) => return None,
            }
            if length == self.text.len() {
                self.text.resize(2 * length, 0);
            }
        }
        std::str::from_utf8(&self.text[..length]).ok()
    }
}

/// Reads a costly source seldom enough that it takes at most this share of one CPU.
const COSTLY_SHARE: u32 = 100;

/// When a costly source may be read again.
pub(in crate::os) struct ReadThrottle {
    shortest_pause: Duration,
    not_before: Option<Instant>,
}

impl ReadThrottle {
    /// Between two readings is this pause, or a longer one after a reading that took long.
    pub(in crate::os) fn new(shortest_pause: Duration) -> ReadThrottle {
        ReadThrottle { shortest_pause, not_before: None }
    }

    /// Runs `costly`, unless it ran too lately for what it took then.
    pub(in crate::os) fn run<T>(&mut self, costly: impl FnOnce() -> Option<T>) -> Option<T> {
        let began = Instant::now();
        if self.not_before.is_some_and(|moment| began < moment) {
            return None;
        }
        let outcome = costly();
        self.not_before = Some(Instant::now() + self.shortest_pause.max(began.elapsed() * COSTLY_SHARE));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_costly_source_is_read_seldom() {
        let mut throttle = ReadThrottle::new(Duration::ZERO);
        let slow = || {
            std::thread::sleep(Duration::from_millis(20));
            Some(())
        };
        assert!(throttle.run(slow).is_some());
        assert!(throttle.run(|| Some(())).is_none(), "not again for two seconds");
    }
}
