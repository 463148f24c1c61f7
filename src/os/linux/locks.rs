//! `/proc/locks` (proc(5)), read for the counters of a run and for a look at a live server alike.

use std::time::Duration;

use nix::sys::stat::makedev;

use super::sources::{ProcFile, ReadThrottle};
use crate::os::{
    facts::Probe,
    file_users::{FileId, HeldLock, LockFlavour, LockWaiter},
};

/// The kernel stops all locking of files while it lists the locks, after a wait for all CPUs: a few times a second is enough.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// A line: `NUMBER: [->] POSIX|OFDLCK|FLOCK|LEASE|DELEG ADVISORY READ|WRITE PID MAJOR:MINOR:INODE START END`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockLine {
    pub flavour: LockFlavour,
    pub exclusive: bool,
    /// `None`: it belongs to an open file description (the kernel writes -1).
    pub pid: Option<i32>,
    pub file: FileId,
    pub start: u64,
    /// `None`: to the end of the file.
    pub end: Option<u64>,
    /// 0: it is held; otherwise it waits, for the one of the next lower depth above it.
    pub depth: u32,
}

/// The lines of the list; what is no lock on a file is left out.
pub fn parse(text: &str) -> impl Iterator<Item = LockLine> {
    text.lines().filter_map(line)
}

fn line(text: &str) -> Option<LockLine> {
    let (_, rest) = text.split_once(": ")?;
    // The kernel indents those who wait for a waiter by one blank more.
    let depth = match rest.trim_start_matches(' ').strip_prefix("-> ") {
        Some(_) => (rest.len() - rest.trim_start_matches(' ').len()) as u32 + 1,
        None => 0,
    };
    let mut words = rest.split_whitespace().skip(usize::from(depth > 0));
    let flavour = match words.next()? {
        "POSIX" | "ACCESS" => LockFlavour::Posix,
        "OFDLCK" => LockFlavour::Ofd,
        "FLOCK" => LockFlavour::Flock,
        "LEASE" | "DELEG" => LockFlavour::Lease,
        _ => return None,
    };
    let exclusive = words.nth(1)? == "WRITE";
    let pid: i32 = words.next()?.parse().ok()?;
    let mut place = words.next()?.split(':');
    let mut number = |radix| u64::from_str_radix(place.next()?, radix).ok();
    let file = FileId { device: makedev(number(16)?, number(16)?), inode: number(10)? };
    let (start, end) = (words.next()?.parse().ok()?, words.next()?);
    Some(LockLine { flavour, exclusive, pid: (pid >= 0).then_some(pid), file, start, end: end.parse().ok(), depth })
}

/// Locks on a file that are held, each with those that wait for it.
fn held(text: &str, files: &[FileId]) -> Vec<HeldLock> {
    let mut held: Vec<HeldLock> = Vec::new();
    for line in parse(text).filter(|line| files.contains(&line.file)) {
        // Zero is a process outside of this namespace.
        let pid = line.pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid != 0);
        match (line.depth, held.last_mut()) {
            (0, _) | (_, None) => held.push(HeldLock {
                flavour: line.flavour,
                exclusive: line.exclusive,
                pid,
                perhaps: Vec::new(),
                start: line.start,
                end: line.end,
                waiters: Vec::new(),
            }),
            (depth, Some(last)) => {
                last.waiters.push(LockWaiter { pid, exclusive: line.exclusive, depth: depth - 1 });
            }
        }
    }
    held
}

/// Reads the locks on a file, again and again but not too often.
pub struct LockReader {
    file: Probe<ProcFile>,
    throttle: ReadThrottle,
}

impl LockReader {
    pub fn open() -> LockReader {
        let file = ProcFile::open("/proc/locks", "the kernel needs CONFIG_FILE_LOCKING, and /proc must be mounted");
        LockReader { file, throttle: ReadThrottle::new(SHORTEST_PAUSE) }
    }

    /// Locks on a file, by each of its names; `None`: they were read only a moment ago.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn read(&mut self, files: &[FileId]) -> Option<Probe<Vec<HeldLock>>> {
        let file = match &mut self.file {
            Ok(file) => file,
            Err(why) => return Some(Err(why.clone())),
        };
        self.throttle.run(|| {
            let text = file.read().map(|text| held(text, files));
            Some(text.ok_or_else(|| "/proc/locks cannot be read".to_owned()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "1: POSIX  ADVISORY  WRITE 70 fe:00:55 0 EOF\n\
        1: -> POSIX  ADVISORY  READ  71 fe:00:55 0 EOF\n\
        1:  -> POSIX  ADVISORY  WRITE 72 fe:00:55 100 199\n\
        1: -> POSIX  ADVISORY  READ  73 fe:00:55 0 EOF\n\
        2: FLOCK  ADVISORY  WRITE 99 fe:00:66 0 EOF\n\
        3: OFDLCK ADVISORY  READ -1 fe:00:55 5 9\n\
        4: LEASE  ACTIVE    READ 98 fe:00:55 0 EOF\n\
        5: POSIX  ADVISORY  WRITE 97 fd:00:55 0 EOF\n\
        6: POSIX  *NOINODE* WRITE 97 <none>:0 0 EOF\n\
        7: POSIX  ADVISORY  WRITE 0 fe:00:55 20 EOF\n";

    fn file(major: u64, inode: u64) -> FileId {
        FileId { device: makedev(major, 0), inode }
    }

    #[test]
    fn holders_have_their_waiters_as_a_tree() {
        let found = held(TEXT, &[file(0xfe, 55)]);
        let holders: Vec<_> =
            found.iter().map(|lock| (lock.flavour, lock.exclusive, lock.pid, lock.start, lock.end)).collect();
        let expected = [
            (LockFlavour::Posix, true, Some(70), 0, None),
            (LockFlavour::Ofd, false, None, 5, Some(9)),
            (LockFlavour::Lease, false, Some(98), 0, None),
            (LockFlavour::Posix, true, None, 20, None),
        ];
        assert_eq!(holders, expected);
        let waiters: Vec<_> =
            found[0].waiters.iter().map(|waiter| (waiter.pid, waiter.exclusive, waiter.depth)).collect();
        assert_eq!(waiters, [(Some(71), false, 0), (Some(72), true, 1), (Some(73), false, 0)]);
        assert!(found[1..].iter().all(|lock| lock.waiters.is_empty()));
        assert_eq!(held(TEXT, &[file(0xfd, 55)]).len(), 1, "the same inode of another device is another file");
        assert_eq!(held(TEXT, &[file(0xfe, 66)])[0].flavour, LockFlavour::Flock);
        assert!(held(TEXT, &[]).is_empty() && held("", &[file(0xfe, 55)]).is_empty());
    }

    #[test]
    fn the_system_lists_a_lock_of_this_process() {
        use std::os::fd::AsFd;
        let place = tempfile::NamedTempFile::new().unwrap();
        crate::os::flock::flock(place.as_file().as_fd(), libc::LOCK_EX).unwrap();
        let files = [FileId::from(&place.path().metadata().unwrap())];
        let mut reader = LockReader::open();
        let found = reader.read(&files).expect("the first look is never too early").unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].pid, found[0].exclusive), (Some(std::process::id()), true));
        assert!(reader.read(&files).is_none(), "not again at once");
    }
}
