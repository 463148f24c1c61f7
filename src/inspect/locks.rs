//! Locks on the file: who holds them, who waits for them, and how often an exclusive one was held.

use crate::{
    os::{facts::Probe, file_users::FileUsers, locks::LockReader},
    results::{Availability, FileLocks, HeldLock, LockFlavour, ProcessOfFile},
};

/// Locks on a file over several looks.
pub struct Locks {
    reader: LockReader,
    looks: u32,
    most_waiters: u32,
    exclusive: u32,
    last: Probe<Vec<HeldLock>>,
}

/// What one look at the locks showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockLook {
    pub waiters: u32,
    /// Whether an exclusive lock was held.
    pub exclusive: bool,
}

impl Locks {
    pub fn open() -> Locks {
        let last = Err("the locks were not looked at".to_owned());
        Locks { reader: LockReader::open(), looks: 0, most_waiters: 0, exclusive: 0, last }
    }

    /// Looks at the locks on the file of `users`. `None`: the last look was only a moment ago. The system stops locking while it lists the locks, so
    /// that this may be called often, and looks seldom.
    ///
    /// # Errors
    /// The system does not show them: why.
    pub fn look(&mut self, users: &FileUsers, processes: &[ProcessOfFile]) -> Option<Probe<LockLook>> {
        let read = self.reader.read(users.ids())?;
        Some(self.take(read, processes))
    }

    fn take(&mut self, read: Probe<Vec<HeldLock>>, processes: &[ProcessOfFile]) -> Probe<LockLook> {
        self.last = read.map(|held| held.into_iter().map(|lock| with_holders(lock, processes)).collect());
        let held = self.last.as_ref().map_err(Clone::clone)?;
        let waiters = held.iter().map(|lock| lock.waiters.len() as u32).sum();
        let look = LockLook { waiters, exclusive: held.iter().any(|lock| lock.exclusive) };
        self.looks += 1;
        self.most_waiters = self.most_waiters.max(look.waiters);
        self.exclusive += u32::from(look.exclusive);
        Ok(look)
    }

    /// The locks at the last look, and what was seen at all of them.
    pub fn summary(&self) -> FileLocks {
        FileLocks {
            held: Availability::from(self.last.clone()),
            looks: self.looks,
            most_waiters: self.most_waiters,
            exclusive_share: (self.looks > 0).then(|| f64::from(self.exclusive) / f64::from(self.looks)),
        }
    }
}

/// A lock of an open file description belongs to no process: whoever has the file open may hold it, for an exclusive one of `fcntl` only those that
/// have it open for writing.
fn with_holders(lock: HeldLock, processes: &[ProcessOfFile]) -> HeldLock {
    // Of a process outside of this namespace nobody here can be the holder.
    if lock.pid.is_some() || lock.flavour == LockFlavour::Posix {
        return lock;
    }
    let needs_writing = lock.flavour == LockFlavour::Ofd && lock.exclusive;
    let may_hold = |process: &&ProcessOfFile| {
        process.open.value().into_iter().flatten().any(|open| open.writable || !needs_writing)
    };
    HeldLock { perhaps: processes.iter().filter(may_hold).map(|process| process.pid).collect(), ..lock }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        inspect::fixtures::{held, process},
        results::{LockWaiter, OpenFile},
    };

    #[test]
    fn looks_are_counted_and_unavailable_is_not_zero() {
        let mut locks = Locks::open();
        assert!(locks.summary().held.value().is_none(), "not looked at is not without locks");
        assert_eq!(locks.summary().exclusive_share, None);
        let waiter = LockWaiter { pid: Some(8), exclusive: false, depth: 0 };
        let busy = HeldLock { waiters: vec![waiter; 3], ..held(Some(7), true) };
        let look = locks.take(Ok(vec![busy]), &[]).unwrap();
        assert_eq!(look, LockLook { waiters: 3, exclusive: true });
        for shared in [vec![held(Some(7), false)], vec![], vec![]] {
            assert!(!locks.take(Ok(shared), &[]).unwrap().exclusive);
        }
        let summary = locks.summary();
        assert_eq!((summary.looks, summary.most_waiters, summary.exclusive_share), (4, 3, Some(0.25)));
        assert_eq!(summary.held, Availability::Value(vec![]));
        assert_eq!(locks.take(Err("closed".to_owned()), &[]), Err("closed".to_owned()));
        assert_eq!(locks.summary().looks, 4);
    }

    #[test]
    fn whoever_may_hold_the_lock_of_a_description_is_named() {
        let mut all: Vec<ProcessOfFile> = (1..=3).map(process).collect();
        all[0].open = Availability::Value(vec![OpenFile { descriptor: 5, writable: false }]);
        all[1].open = Availability::Value(vec![OpenFile { descriptor: 5, writable: true }]);
        let perhaps = |lock| with_holders(lock, &all).perhaps;
        assert_eq!(perhaps(held(None, false)), [1, 2]);
        assert_eq!(perhaps(held(None, true)), [2], "an exclusive one needs a descriptor to write through");
        assert!(perhaps(held(Some(9), true)).is_empty());
    }
}
