//! The system's own counters, read at the end of every interval: what is the same on every system.
//! Each figure is available or not by itself: one that this machine does not report has a column without values, and the reason.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{
    facts::{Column, Probe, SourceFacts},
    sources::{INTERRUPTS, SOURCES, WALKS, live},
};

#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub files: &'a [PathBuf],
    pub directory: &'a Path,
}

/// One reading, in the order of the columns; `None` where there is no value.
pub(super) type Row = Vec<Option<u64>>;

/// Reads all columns of a source onto the end of a row. The function that it is given says whether a process belongs to the workers.
type ReadRow = dyn FnMut(&dyn Fn(i32) -> bool, &mut Row);

pub(super) struct Source {
    /// Fixed for the life of the source.
    pub(super) columns: Vec<Column>,
    read: Box<ReadRow>,
}

pub(super) type Open = fn(Subject<'_>) -> Source;

impl Source {
    pub(super) fn new(columns: Vec<Column>, read: impl FnMut(&dyn Fn(i32) -> bool, &mut Row) + 'static) -> Source {
        Source { columns, read: Box::new(read) }
    }

    pub(super) fn read_onto(&mut self, ours: &dyn Fn(i32) -> bool, row: &mut Row) {
        (self.read)(ours, row);
    }

    #[cfg(test)]
    pub(super) fn read(&mut self) -> Row {
        let mut row = Row::new();
        self.read_onto(&|_| true, &mut row);
        row
    }
}

/// A source, or in its place the columns that it would have, with the reason why there is none.
pub(super) fn or_absent(opened: Probe<Source>, columns: Vec<Column>) -> Source {
    opened.unwrap_or_else(|why| {
        let count = columns.len();
        let absent = columns.into_iter().map(|column| column.unavailable(why.clone())).collect();
        Source::new(absent, move |_, row| row.extend(std::iter::repeat_n(None, count)))
    })
}

/// At most so many of the mapped files are watched.
const MOST_FILES: usize = 64;

/// The size of the mapped files (stat), and how often another file took the place of one.
pub(super) fn open_files(subject: Subject<'_>) -> Source {
    let paths: Vec<PathBuf> = subject.files.iter().take(MOST_FILES).cloned().collect();
    let mut inodes: Vec<u64> = paths.iter().map(inode).collect();
    let mut replaced = 0;
    Source::new(vec![Column::level("file_bytes"), Column::counted("files_replaced")], move |_, row| {
        let sizes = paths.iter().map(|path| Some(std::fs::metadata(path).ok()?.len())).sum();
        for (path, known) in paths.iter().zip(&mut inodes) {
            let now = inode(path);
            if now != 0 && now != *known {
                *known = now;
                replaced += 1;
            }
        }
        row.extend([sizes, Some(replaced)]);
    })
}

fn inode(path: &PathBuf) -> u64 {
    std::fs::metadata(path).map_or(0, |status| status.ino())
}

pub struct Counters {
    sources: Vec<Source>,
    columns: Vec<Column>,
    before: Row,
    now: Row,
}

impl Counters {
    pub fn open(subject: Subject<'_>) -> Counters {
        Counters::of(SOURCES.iter().map(|(_, open)| open(subject)).collect())
    }

    /// Opens the counters of interrupts alone, which cost little to read: `tlb_interrupts.cpu0` and so on, or `cross_calls.cpu0`.
    pub fn open_interrupts(subject: Subject<'_>) -> Counters {
        Counters::of(vec![INTERRUPTS(subject)])
    }

    /// Opens the counters of write-back's walks over all mappers alone, where the system has them: their number, their time in nanoseconds,
    /// and the longest. It sets probes in the kernel, which slow every walk down until they are dropped.
    pub fn open_walks() -> Counters {
        Counters::of(vec![WALKS(Subject { files: &[], directory: Path::new("/") })])
    }

    /// Opens what shows on a live machine how others fare, and costs little to read: interrupts, pressure, and the quotas of a process
    /// (`None`: of this one). No probe is set in the kernel.
    pub fn open_live(process: Option<u32>) -> Counters {
        Counters::of(live(Subject { files: &[], directory: Path::new("/") }, process))
    }

    fn of(sources: Vec<Source>) -> Counters {
        let columns = sources.iter().flat_map(|source| source.columns.clone()).collect();
        let mut counters = Counters { sources, columns, before: Row::new(), now: Row::new() };
        counters.read(&|_| false);
        counters
    }

    /// What is read, and why some of it is not.
    pub fn described(&self) -> &[Column] {
        &self.columns
    }

    pub fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// TLB interrupts (illumos: cross calls) of all CPUs since the last reading; `None`: not counted, or not of each.
    pub fn tlb_interrupts(&mut self) -> Option<f64> {
        let values = self.read(&|_| false);
        let is_tlb = |name: &str| name.starts_with("tlb_interrupts") || name.starts_with("cross_calls");
        let tlb = self.columns.iter().zip(values).filter(|(column, _)| is_tlb(&column.name)).map(|(_, value)| value);
        tlb.reduce(|sum, value| Some(sum? + value?))?
    }

    /// Of what is counted, the change since the last reading; of what is a level, the level now.
    pub fn read(&mut self, ours: &dyn Fn(i32) -> bool) -> Vec<Option<f64>> {
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.clear();
        for source in &mut self.sources {
            source.read_onto(ours, &mut self.now);
        }
        let values = self.columns.iter().enumerate().map(|(place, column)| {
            if column.unavailable.is_some() {
                return None;
            }
            let now = self.now.get(place).copied().flatten()?;
            if !column.counted {
                return Some(now as f64);
            }
            let before = self.before.get(place).copied().flatten()?;
            // A counter that goes back was reset: then nothing is known of the interval.
            Some(now.checked_sub(before)? as f64)
        });
        values.collect()
    }
}

/// The columns of every source on this machine, with the reason where one is unavailable.
pub fn probe(subject: Subject<'_>) -> Vec<SourceFacts> {
    SOURCES.iter().map(|(name, open)| SourceFacts { name, columns: open(subject).columns }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::pages::page_size;

    #[test]
    fn an_unavailable_column_keeps_its_place_and_is_no_zero() {
        let columns = vec![Column::level("reported"), Column::level("unreported").unavailable("no such row")];
        let half = Source::new(columns, |_, row| row.extend([Some(7), Some(0)]));
        let absent = or_absent(Err("no such file".to_owned()), vec![Column::counted("a"), Column::counted("b")]);
        assert!(absent.columns.iter().all(|column| column.unavailable.as_deref() == Some("no such file")));
        let mut counters = Counters::of(vec![absent, half]);
        assert_eq!(counters.columns(), ["a", "b", "reported", "unreported"]);
        assert_eq!(counters.read(&|_| true), [None, None, Some(7.0), None]);
        let names = ["tlb_interrupts.cpu10", "tlb_flush.local", "runnable"].map(Column::family);
        assert_eq!(names, ["tlb_interrupts", "tlb_flush.local", "runnable"]);
    }

    #[test]
    fn every_column_has_a_value_or_a_reason() {
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
        fresh.iter().step_by(page_size() as usize).for_each(|byte| byte.store(1, std::sync::atomic::Ordering::Relaxed));
        let values = counters.read(&|_| false);
        assert_eq!(values.len(), columns.len());
        let value = |name: &str| values[columns.iter().position(|column| column == name).unwrap()];
        if cfg!(target_os = "linux") {
            assert!(value("minor_faults").unwrap() > 0.0);
            assert!(value("context_switches").is_some());
        }
        assert_eq!(value("file_bytes"), Some(1.0));
        for source in probe(subject) {
            assert!(!source.columns.is_empty(), "{}", source.name);
            for column in source.columns {
                let value = columns.iter().position(|name| *name == column.name).map(|place| values[place]);
                if let Some(why) = column.unavailable {
                    assert!(why.contains(';') || why.contains(':'), "{}: {why}", column.name);
                    assert_eq!(value, Some(None), "{}: its column is there, without a value", column.name);
                }
            }
        }
        std::fs::remove_file(file).unwrap();
    }
}
