//! The system's own counters, read at the end of every interval: what is the same on every system.
//! Each figure is available or not by itself: one that this machine does not tell has a column without values, and the reason.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{
    facts::{Column, Probe, SourceFacts},
    sources::{INTERRUPTS, SOURCES},
};

#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub files: &'a [PathBuf],
    pub directory: &'a Path,
}

pub(super) trait Source {
    /// What it tells; fixed for its life.
    fn columns(&self) -> Vec<Column>;
    /// Reads all of its columns, in order, onto the end of `values`. `ours` says whether a process belongs to the workers.
    fn read(&mut self, ours: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>);
}

pub(super) type Open = fn(Subject<'_>) -> Box<dyn Source>;

/// A source that this machine does not offer: its columns have the reason.
struct Absent(Vec<Column>);

impl Source for Absent {
    fn columns(&self) -> Vec<Column> {
        self.0.clone()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        values.extend(self.0.iter().map(|_| None));
    }
}

/// A source, or in its place the columns that it would have, with the reason why there is none.
pub(super) fn or_absent(opened: Probe<Box<dyn Source>>, columns: Vec<Column>) -> Box<dyn Source> {
    let absent = |why: String| columns.into_iter().map(|column| column.unavailable(why.clone())).collect();
    opened.unwrap_or_else(|why| Box::new(Absent(absent(why))))
}

/// `stat` of the mapped files, their size and whether another took a file's place: of more files than this, the first so many are watched.
const MOST_FILES: usize = 64;

struct Files {
    paths: Vec<PathBuf>,
    inodes: Vec<u64>,
    replaced: u64,
}

pub(super) fn open_files(subject: Subject<'_>) -> Box<dyn Source> {
    let paths: Vec<PathBuf> = subject.files.iter().take(MOST_FILES).cloned().collect();
    let inodes = paths.iter().map(inode).collect();
    Box::new(Files { paths, inodes, replaced: 0 })
}

fn inode(path: &PathBuf) -> u64 {
    std::fs::metadata(path).map_or(0, |status| status.ino())
}

impl Source for Files {
    fn columns(&self) -> Vec<Column> {
        vec![Column::level("file_bytes"), Column::counted("files_replaced")]
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        let sizes: Option<u64> = self.paths.iter().map(|path| Some(std::fs::metadata(path).ok()?.len())).sum();
        for (path, known) in self.paths.iter().zip(&mut self.inodes) {
            let now = inode(path);
            if now != 0 && now != *known {
                *known = now;
                self.replaced += 1;
            }
        }
        values.extend([sizes, Some(self.replaced)]);
    }
}

pub struct Counters {
    sources: Vec<Box<dyn Source>>,
    columns: Vec<Column>,
    before: Vec<Option<u64>>,
    now: Vec<Option<u64>>,
}

impl Counters {
    pub fn open(subject: Subject<'_>) -> Counters {
        Counters::of(SOURCES.iter().map(|(_, open)| open(subject)).collect())
    }

    /// Opens those of interrupts alone, which are cheap to read: `tlb_interrupts.cpu0` and so on, or `cross_calls.cpu0`.
    pub fn open_interrupts(subject: Subject<'_>) -> Counters {
        Counters::of(vec![INTERRUPTS(subject)])
    }

    fn of(sources: Vec<Box<dyn Source>>) -> Counters {
        let columns: Vec<Column> = sources.iter().flat_map(|source| source.columns()).collect();
        let mut counters = Counters { sources, columns, before: Vec::new(), now: Vec::new() };
        counters.read(&|_| false);
        counters
    }

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
        each.collect()
    }
}

/// What each source tells on this machine, and why it does not tell the rest.
pub fn probe(subject: Subject<'_>) -> Vec<SourceFacts> {
    SOURCES.iter().map(|(name, open)| SourceFacts { name, columns: open(subject).columns() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::pages::page_size;

    #[test]
    fn what_is_not_to_be_had_keeps_its_place_and_is_no_zero() {
        struct Half;
        impl Source for Half {
            fn columns(&self) -> Vec<Column> {
                vec![Column::level("told"), Column::level("not_told").unavailable("no such row")]
            }
            fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
                values.extend([Some(7), Some(0)]);
            }
        }
        let absent = or_absent(Err("no such file".to_owned()), vec![Column::counted("a"), Column::counted("b")]);
        assert!(absent.columns().iter().all(|column| column.unavailable.as_deref() == Some("no such file")));
        let mut counters = Counters::of(vec![absent, Box::new(Half)]);
        assert_eq!(counters.columns(), ["a", "b", "told", "not_told"]);
        assert_eq!(counters.read(&|_| true), [None, None, Some(7.0), None]);
        let names = ["tlb_interrupts.cpu10", "tlb_flush.local", "runnable"].map(Column::family);
        assert_eq!(names, ["tlb_interrupts", "tlb_flush.local", "runnable"]);
    }

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
