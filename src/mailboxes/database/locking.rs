//! The cycle around every operation: lock, `fstat`, `stat`, remap if needed, …, unlock.
//! Cyrus's `mappedfile_readlock` and its twins, and twom's `read_lock` and `write_lock`; a reader that finds a twoskip file unclean
//! repairs it first.

use std::{os::fd::AsFd, sync::Arc};

use nix::{
    fcntl::{OFlag, open},
    sys::stat::{Mode, fstat, stat},
    unistd::dup2,
};

use super::{Database, OpenOptions};
use crate::mailboxes::{
    Error, Format, LockKind, Mapping, OpenMode, Phase, PhaseClock, RemapRule, Storage,
    lock::{Hold, Locked, lock, lock_patiently},
    mapping::MapAs,
    recovery,
};

/// Whether a lock of twom goes through its gate. Other formats have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Through,
    /// By whoever has just held the lock.
    Past,
}

/// The descriptor behind a mapping. Like Cyrus's it is inherited by programs that the process starts (it starts none).
pub(super) fn open_file(name: &std::ffi::CStr, mode: OpenMode) -> Result<std::os::fd::OwnedFd, Error> {
    let access = match mode {
        OpenMode::ReadWrite => OFlag::O_RDWR,
        OpenMode::ReadOnly => OFlag::O_RDONLY,
    };
    open(name, access, Mode::empty()).map_err(Error::call("open"))
}

impl Database<'_> {
    /// Takes the lock and makes the mapping fit the file. A reader leaves it clean where its format lets it see that.
    pub(super) fn begin(&mut self, hold: Hold, clock: &mut impl PhaseClock) -> Result<(), Error> {
        self.begin_at(Gate::Through, hold, clock)
    }

    pub(super) fn begin_at(&mut self, gate: Gate, hold: Hold, clock: &mut impl PhaseClock) -> Result<(), Error> {
        self.lock_and_fit(gate, hold, clock)?;
        if hold != Hold::Shared || self.seems_clean().inspect_err(|_| self.release())? {
            return Ok(());
        }
        // The lock cannot be raised in place: in between somebody else may have repaired the file.
        self.unlock()?;
        if self.options.mode == OpenMode::ReadOnly {
            return Err(Error::Unclean);
        }
        self.lock_and_fit(Gate::Through, Hold::Exclusive, clock)?;
        let recovered = clock.timed(Phase::Recover, || self.recover());
        self.unlock()?;
        recovered?;
        self.lock_and_fit(Gate::Through, Hold::Shared, clock)
    }

    /// Whether a reader may go on. A skiplist reader sees no uncommitted tail, Cyrus's neither; and without a lock a commit
    /// under way looks the same as one that was cut. A reader of twom verifies the header, and reads what is committed.
    fn seems_clean(&self) -> Result<bool, Error> {
        match self.options.format {
            Format::Twom => Format::Twom.is_clean(self.bytes()).map(|_| true),
            Format::Twoskip if self.options.lock != LockKind::None => Format::Twoskip.is_clean(self.bytes()),
            _ => Ok(true),
        }
    }

    /// Repairs the file if it is unclean. Under the exclusive lock.
    pub(super) fn recover(&mut self) -> Result<(), Error> {
        let OpenOptions { format, order, .. } = self.options;
        if format.is_clean(self.bytes())? { Ok(()) } else { recovery::recover(self, format, order) }
    }

    /// Locks, and makes the mapping fit, as often as the file is replaced meanwhile.
    fn lock_and_fit(&mut self, mut gate: Gate, hold: Hold, clock: &mut impl PhaseClock) -> Result<(), Error> {
        loop {
            clock.timed(Phase::Lock, || self.take(gate, hold))?;
            match clock.timed(Phase::Remap, || self.fit()) {
                Ok(true) => {
                    clock.began(Phase::Search);
                    return Ok(());
                }
                Ok(false) => gate = Gate::Past,
                Err(error) => {
                    self.release();
                    return Err(error);
                }
            }
        }
    }

    pub(super) fn take(&mut self, gate: Gate, hold: Hold) -> Result<(), Error> {
        if self.options.format != Format::Twom {
            return self.take_one(Locked::WHOLE, hold);
        }
        if gate == Gate::Past {
            return self.take_one(Locked::DATA, hold);
        }
        self.take_one(Locked::GATE, hold)?;
        let taken = self.take_one(Locked::DATA, hold);
        let released = lock(self.file.as_fd(), self.options.lock, Locked::GATE, Hold::Released);
        taken.and(released)
    }

    fn take_one(&mut self, what: Locked, hold: Hold) -> Result<(), Error> {
        match &mut self.patience {
            Some(patience) => lock_patiently(&self.file, what, hold, patience.as_mut()),
            None => lock(self.file.as_fd(), self.options.lock, what, hold),
        }
    }

    /// `fstat`, `stat`, and whatever follows from them. False if the file was replaced: the new one is open, not locked.
    fn fit(&mut self) -> Result<bool, Error> {
        let mine = fstat(&self.file).map_err(Error::call("fstat"))?;
        let named = stat(&*self.name).map_err(Error::call("stat"))?;
        if mine.st_ino != named.st_ino {
            if self.options.format == Format::Twom {
                self.unlock()?;
                let old = std::mem::replace(&mut self.file.file, open_file(&self.name, self.options.mode)?);
                // Twom unmaps and closes it when the new one is mapped.
                self.replaced = Some((self.map.take(), old));
                return Ok(false);
            }
            let new = open_file(&self.name, self.options.mode)?;
            // The same number goes on to mean this database; the lock on the old file goes with its descriptor.
            dup2(&new, &mut self.file.file).map_err(Error::call("dup2"))?;
            return Ok(false);
        }
        let known = std::mem::replace(&mut self.inode, mine.st_ino as u64);
        self.size = mine.st_size as u64;
        if known != self.inode || self.size > self.mapped() || self.options.remap == RemapRule::EveryLock {
            self.remap()?;
        }
        Ok(true)
    }

    /// Notes the open file's size and inode.
    pub(super) fn identify(&mut self) -> Result<(), Error> {
        let status = fstat(&self.file).map_err(Error::call("fstat"))?;
        (self.size, self.inode) = (status.st_size as u64, status.st_ino as u64);
        Ok(())
    }

    /// Unmaps the file, then maps it: never twice at a time. After an error nothing is mapped, and the next operation tries.
    pub(super) fn remap(&mut self) -> Result<(), Error> {
        self.map = None;
        let is_new = self.options.remap == RemapRule::EveryLock;
        let map_as = MapAs::of(self.options.format, self.options.mode);
        self.map = Some(match self.common {
            Some(common) => common.of(&self.file, map_as, (self.inode, self.size), is_new)?,
            None => Arc::new(Mapping::with(&self.file, map_as, self.size)?),
        });
        self.replaced = None;
        Ok(())
    }

    /// Ends an operation: its outcome, or that the file was cut short beneath it.
    pub(super) fn end<T>(&mut self, outcome: Result<T, Error>, clock: &mut impl PhaseClock) -> Result<T, Error> {
        let whole = self.is_whole();
        if whole.is_err() {
            self.map = None;
        }
        clock.timed(Phase::Unlock, || self.unlock())?;
        whole.and(outcome)
    }

    /// An error if a page of the file was missing, or could not be stored to because there is no room for it.
    pub(super) fn is_whole(&self) -> Result<(), Error> {
        let whole = self.map.as_ref().map_or(Ok(()), |map| map.is_whole());
        whole.map_err(|error| match (&error, fstat(&self.file)) {
            (Error::Truncated { offset }, Ok(status)) if status.st_size as u64 > *offset => Error::no_room("store"),
            _ => error,
        })
    }

    pub(super) fn unlock(&self) -> Result<(), Error> {
        let what = Locked::in_use(self.options.format);
        lock(self.file.as_fd(), self.options.lock, what, Hold::Released)
    }

    /// Unlocks on the way out of an error, which says more than a failed unlock could.
    pub(super) fn release(&self) {
        let _ = self.unlock();
    }
}
