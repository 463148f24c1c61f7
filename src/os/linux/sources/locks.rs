//! `/proc/locks`: who holds a lock on the mapped files, and how many wait. Reading it takes the kernel's own lock on the list,
//! so with thousands of waiters it is read seldom.

use std::time::Duration;

use super::{
    super::{counters::inode, locks::parse},
    Column, ProcFile, ReadThrottle, Source, Subject, or_absent,
};

const NAMES: [&str; 3] = ["lock_waiters", "write_locks_of_workers", "write_locks_of_others"];

pub fn open(subject: Subject<'_>) -> Source {
    let paths = subject.files.to_vec();
    let columns = NAMES.map(Column::level).to_vec();
    let opened = ProcFile::open("/proc/locks", "the kernel needs CONFIG_FILE_LOCKING").map(|mut file| {
        let mut throttle = ReadThrottle::new(Duration::ZERO);
        Source::new(columns.clone(), move |ours, row| {
            let counted = throttle.run(|| {
                // The inodes are read again each time: a checkpoint puts another file in the place.
                Some(count(file.read()?, &paths.iter().filter_map(|path| inode(path)).collect::<Vec<u64>>(), ours))
            });
            row.extend(counted.map_or([None; NAMES.len()], |counted| counted.map(Some)));
        })
    });
    or_absent(opened, columns)
}

/// Waiters, and write locks held by the workers and by others. The lock of an open file description belongs to no process: who holds it is
/// not known, and it is counted for neither.
fn count(text: &str, inodes: &[u64], ours: &dyn Fn(i32) -> bool) -> [u64; 3] {
    let mut counted = [0; 3];
    for line in parse(text).filter(|line| inodes.contains(&line.file.inode)) {
        match (line.depth, line.exclusive, line.pid) {
            (0, true, Some(pid)) if ours(pid) => counted[1] += 1,
            (0, true, Some(_)) => counted[2] += 1,
            (0, ..) => {}
            _ => counted[0] += 1,
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn holders_and_waiters_are_counted_apart() {
        let text = "1: POSIX  ADVISORY  WRITE 70 fe:00:55 0 EOF\n\
                    1: -> POSIX  ADVISORY  READ  71 fe:00:55 0 EOF\n\
                    1:  -> POSIX  ADVISORY  READ  72 fe:00:55 0 EOF\n\
                    2: FLOCK  ADVISORY  WRITE 99 fe:00:66 0 EOF\n\
                    3: POSIX  ADVISORY  WRITE 98 fe:00:77 0 EOF\n\
                    4: OFDLCK ADVISORY  READ -1 fe:00:55 0 EOF\n\
                    5: OFDLCK ADVISORY  WRITE -1 fe:00:66 0 EOF\n";
        assert_eq!(count(text, &[55, 66], &|pid| pid == 70), [2, 1, 1]);
        assert_eq!(count("", &[55], &|_| true), [0; 3]);
    }
}
