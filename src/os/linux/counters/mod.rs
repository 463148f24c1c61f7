//! The system's own counters, read at the end of every interval: one file per kind of source.
//! Each source is probed once; what this machine does not offer comes with the reason and what would help.

mod device;
mod files;
mod interrupts;
mod locks;
mod pressure;
mod processor;
mod tracepoints;
mod virtual_memory;
mod walks;

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Instant,
};

use nix::sys::uio::pread;

use super::facts::{Column, SourceFacts, Told};

/// What to watch besides the machine.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The mapped files.
    pub files: &'a [PathBuf],
    /// Where they are.
    pub directory: &'a Path,
}

/// One kind of source.
trait Source {
    /// What it tells; fixed for its life.
    fn columns(&self) -> Vec<Column>;
    /// Reads all of its columns, in order, onto the end of `values`. `ours` says whether a process belongs to the crowd.
    fn read(&mut self, ours: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>);
}

/// How to open a source.
type Open = fn(Subject<'_>) -> Told<Box<dyn Source>>;

/// Every source: its name, and what it takes.
const SOURCES: [(&str, Open); 11] = [
    ("interrupts TLB, CAL, RES, LOC per CPU (/proc/interrupts)", interrupts::open),
    ("tracepoint tlb:tlb_flush, by reason (perf_event_open)", tracepoints::open_flushes),
    ("tracepoints mmap_lock:* (perf_event_open)", tracepoints::open_others),
    ("tracepoint filemap:*, removals of the files' pages (perf_event_open)", tracepoints::open_removals),
    ("kprobes on write-back's walk over all mappers, timed (tracefs, hist trigger)", walks::open),
    ("pressure stall information (/proc/pressure)", pressure::open),
    ("run queue, blocked, switches, CPU time, steal (/proc/stat)", processor::open),
    ("faults, reclaim, dirty, write-back, page tables (/proc/vmstat)", virtual_memory::open),
    ("busy time of the files' device (/proc/diskstats)", device::open),
    ("lock holders and waiters on the files (/proc/locks)", locks::open),
    ("size and identity of the files (stat)", files::open),
];

/// All sources that this machine offers.
pub struct Counters {
    sources: Vec<Box<dyn Source>>,
    columns: Vec<Column>,
    before: Vec<Option<u64>>,
    now: Vec<Option<u64>>,
}

impl Counters {
    /// Opens what can be opened, and reads it a first time.
    pub fn open(subject: Subject<'_>) -> Counters {
        Counters::of(SOURCES.iter().filter_map(|(_, open)| open(subject).ok()).collect())
    }

    /// Opens those of interrupts alone, which are cheap to read: `tlb_interrupts.cpu0` and so on.
    pub fn open_interrupts(subject: Subject<'_>) -> Counters {
        Counters::of(interrupts::open(subject).into_iter().collect())
    }

    fn of(sources: Vec<Box<dyn Source>>) -> Counters {
        let columns: Vec<Column> = sources.iter().flat_map(|source| source.columns()).collect();
        let mut counters = Counters { sources, columns, before: Vec::new(), now: Vec::new() };
        counters.read(&|_| false);
        counters
    }

    /// The names of all columns.
    pub fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Of what is counted, the change since the last reading; of what is a level, the level now.
    pub fn read(&mut self, ours: &dyn Fn(i32) -> bool) -> Vec<Option<f64>> {
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.clear();
        for source in &mut self.sources {
            source.read(ours, &mut self.now);
        }
        let each = self.columns.iter().enumerate().map(|(place, column)| {
            let now = self.now.get(place).copied().flatten()?;
            if !column.counted {
                return Some(now as f64);
            }
            let before = self.before.get(place).copied().flatten()?;
            // A counter that goes back was reset: then nothing is known of the interval.
            Some(now.checked_sub(before)? as f64)
        });
        each.collect()
    }
}

/// What each source tells on this machine, or why it does not.
pub fn probe(subject: Subject<'_>) -> Vec<SourceFacts> {
    let each = SOURCES.iter().map(|(name, open)| SourceFacts {
        name,
        columns: open(subject).map(|source| source.columns().into_iter().map(|column| column.name).collect()),
    });
    each.collect()
}

/// A file of the proc file system that is read again and again.
struct ProcFile {
    file: File,
    text: Vec<u8>,
}

impl ProcFile {
    fn open(path: &str, remedy: &str) -> Told<ProcFile> {
        let file = File::open(path).map_err(|error| format!("{path}: {error}; {remedy}"))?;
        Ok(ProcFile { file, text: vec![0; 16 << 10] })
    }

    /// The whole text, as one reading where it fits. `None` if it cannot be read.
    fn read(&mut self) -> Option<&str> {
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
struct Sparing {
    not_before: Option<Instant>,
}

impl Sparing {
    /// Runs `costly`, unless it ran too lately for what it took then.
    fn run<T>(&mut self, costly: impl FnOnce() -> Option<T>) -> Option<T> {
        let began = Instant::now();
        if self.not_before.is_some_and(|moment| began < moment) {
            return None;
        }
        let outcome = costly();
        self.not_before = Some(Instant::now() + began.elapsed() * COSTLY_SHARE);
        outcome
    }
}

/// `name value` lines (or `name: value`): the value of `name`.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix([' ', ':', '\t']))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_counts_something_and_says_why_not_of_the_rest() {
        let directory = std::env::temp_dir();
        let file = directory.join(format!("mapstorm-counters-{}", std::process::id()));
        std::fs::write(&file, "x").unwrap();
        let files = [file.clone()];
        let subject = Subject { files: &files, directory: &directory };
        let mut counters = Counters::open(subject);
        let columns = counters.columns();
        let mut names = columns.clone();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), columns.len(), "no name twice");
        let fresh = crate::os::shared::Shared::<std::sync::atomic::AtomicU8>::zeroed(4 << 20).unwrap();
        fresh.iter().step_by(4096).for_each(|byte| byte.store(1, std::sync::atomic::Ordering::Relaxed));
        let values = counters.read(&|_| false);
        assert_eq!(values.len(), columns.len());
        let value = |name: &str| values[columns.iter().position(|column| column == name).unwrap()];
        assert!(value("minor_faults").unwrap() > 0.0);
        assert!(value("context_switches").is_some());
        assert_eq!(value("file_bytes"), Some(1.0));
        for source in probe(subject) {
            match source.columns {
                Ok(columns) => assert!(!columns.is_empty(), "{}", source.name),
                Err(why) => assert!(why.contains(';') || why.contains(':'), "{}: {why}", source.name),
            }
        }
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn a_costly_source_is_spared() {
        let mut sparing = Sparing::default();
        let slow = || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            Some(())
        };
        assert!(sparing.run(slow).is_some());
        assert!(sparing.run(|| Some(())).is_none(), "not again for two seconds");
    }
}
