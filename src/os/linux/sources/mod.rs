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

use std::{fs::File, time::Instant};

use nix::sys::uio::pread;

use super::{
    counters::{Open, Source, Subject, open_files, or_absent},
    facts::{Column, Probe},
    proc_text::field,
};

pub(in crate::os) const SOURCES: [(&str, Open); 10] = [
    ("interrupts TLB, CAL, RES, LOC per CPU (/proc/interrupts)", interrupts::open),
    (
        "tracepoints tlb:tlb_flush by reason, mmap_lock:*, removals of the files' pages (perf_event_open)",
        tracepoints::open,
    ),
    ("kprobes on write-back's walk over all mappers, timed (tracefs, hist trigger)", walks::open),
    ("pressure stall information (/proc/pressure)", texts::open_pressure),
    ("throttling by the CPU quotas of control groups (cpu.stat)", quota::open),
    ("run queue, blocked, switches, CPU time, steal (/proc/stat)", texts::open_stat),
    ("faults, reclaim, dirty, write-back, page tables (/proc/vmstat)", texts::open_vmstat),
    ("busy time of the files' device (/proc/diskstats)", device::open),
    ("lock holders and waiters on the files (/proc/locks)", locks::open),
    ("size and identity of the files (stat)", open_files),
];

pub(in crate::os) const INTERRUPTS: Open = interrupts::open;
pub(in crate::os) const WALKS: Open = walks::open;

/// What shows on a live machine how some processes fare, and costs little to read; of the first of them, the quotas.
pub(in crate::os) fn live(subject: Subject<'_>, process: Option<u32>) -> Vec<Source> {
    vec![interrupts::open(subject), texts::open_pressure(subject), quota::of_process(process)]
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
#[derive(Default)]
pub(in crate::os) struct ReadThrottle {
    not_before: Option<Instant>,
}

impl ReadThrottle {
    /// Runs `costly`, unless it ran too lately for what it took then.
    pub(in crate::os) fn run<T>(&mut self, costly: impl FnOnce() -> Option<T>) -> Option<T> {
        let began = Instant::now();
        if self.not_before.is_some_and(|moment| began < moment) {
            return None;
        }
        let outcome = costly();
        self.not_before = Some(Instant::now() + began.elapsed() * COSTLY_SHARE);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_costly_source_is_read_seldom() {
        let mut throttle = ReadThrottle::default();
        let slow = || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            Some(())
        };
        assert!(throttle.run(slow).is_some());
        assert!(throttle.run(|| Some(())).is_none(), "not again for two seconds");
    }
}
