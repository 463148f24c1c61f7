//! `/proc/locks`: who holds a lock on the mapped files, and how many wait. Reading it takes the kernel's own lock on the list,
//! so with thousands of waiters it is read seldom.

use std::os::unix::fs::MetadataExt;

use super::{Column, ProcFile, Source, Sparing, Subject, or_absent};

struct Locks {
    file: ProcFile,
    paths: Vec<std::path::PathBuf>,
    sparing: Sparing,
}

const NAMES: [&str; 3] = ["lock_waiters", "write_locks_of_workers", "write_locks_of_others"];

pub fn open(subject: Subject<'_>) -> Box<dyn Source> {
    let file = ProcFile::open("/proc/locks", "the kernel needs CONFIG_FILE_LOCKING");
    let locks = |file| -> Box<dyn Source> {
        Box::new(Locks { file, paths: subject.files.to_vec(), sparing: Sparing::default() })
    };
    or_absent(file.map(locks), NAMES.map(Column::level).to_vec())
}

impl Source for Locks {
    fn columns(&self) -> Vec<Column> {
        NAMES.map(Column::level).to_vec()
    }

    fn read(&mut self, ours: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        let Locks { file, paths, sparing } = self;
        let counted = sparing.run(|| {
            // Again each time: a checkpoint puts another file in the place.
            let inodes: Vec<u64> = paths.iter().filter_map(|path| Some(std::fs::metadata(path).ok()?.ino())).collect();
            Some(count(file.read()?, &inodes, ours))
        });
        match counted {
            Some(counted) => values.extend(counted.map(Some)),
            None => values.extend([None; NAMES.len()]),
        }
    }
}

/// Waiters, and write locks held by the workers and by others. A line is
/// `NUMBER: [->] POSIX|FLOCK ADVISORY READ|WRITE PID MAJOR:MINOR:INODE START END` (proc(5)).
fn count(text: &str, inodes: &[u64], ours: &dyn Fn(i32) -> bool) -> [u64; 3] {
    let mut counted = [0; 3];
    for line in text.lines() {
        let mut words = line.split_whitespace().skip(1).peekable();
        let waits = words.next_if_eq(&"->").is_some();
        let [Some(_), Some(_), Some(kind), Some(pid), Some(place)] = [(); 5].map(|()| words.next()) else { continue };
        let inode = place.rsplit(':').next().and_then(|inode| inode.parse().ok());
        if !inode.is_some_and(|inode| inodes.contains(&inode)) {
            continue;
        }
        match (waits, kind) {
            (true, _) => counted[0] += 1,
            (false, "WRITE") if pid.parse().is_ok_and(ours) => counted[1] += 1,
            (false, "WRITE") => counted[2] += 1,
            _ => {}
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn holders_and_waiters_are_told_apart() {
        let text = "1: POSIX  ADVISORY  WRITE 70 fe:00:55 0 EOF\n\
                    1: -> POSIX  ADVISORY  READ  71 fe:00:55 0 EOF\n\
                    1: -> POSIX  ADVISORY  READ  72 fe:00:55 0 EOF\n\
                    2: FLOCK  ADVISORY  WRITE 99 fe:00:66 0 EOF\n\
                    3: POSIX  ADVISORY  WRITE 98 fe:00:77 0 EOF\n\
                    4: OFDLCK ADVISORY  READ -1 fe:00:55 0 EOF\n";
        assert_eq!(count(text, &[55, 66], &|pid| pid == 70), [2, 1, 1]);
        assert_eq!(count("", &[55], &|_| true), [0; 3]);
    }
}
