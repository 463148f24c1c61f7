//! `stat` of the mapped files: their size, and whether another file took a file's place.
//! A source of counters that is the same on all systems.

use std::{os::unix::fs::MetadataExt, path::PathBuf};

use super::{
    counters::{Source, Subject},
    facts::Column,
};

/// Of more files than this, the first so many are watched.
const MOST: usize = 64;

struct Files {
    paths: Vec<PathBuf>,
    inodes: Vec<u64>,
    replaced: u64,
}

pub(super) fn open(subject: Subject<'_>) -> Box<dyn Source> {
    let paths: Vec<PathBuf> = subject.files.iter().take(MOST).cloned().collect();
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
