//! The cycle around every operation: lock, `fstat`, `stat`, remap if needed, …, unlock.
//! Cyrus's `mappedfile_readlock` and its twins; a reader that finds a twoskip file unclean repairs it first.

use std::{os::fd::AsFd, sync::Arc};

use nix::{
    fcntl::{OFlag, open},
    sys::stat::{Mode, fstat, stat},
    unistd::dup2,
};

use super::{Database, OpenOptions};
use crate::mailboxes::{
    Error, Format, LockKind, Mapping, OpenMode, Phase, PhaseClock, RemapRule, Storage,
    lock::{Hold, lock, lock_patiently},
    recovery,
};

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
        self.lock_and_fit(hold, clock)?;
        if hold != Hold::Shared || self.seems_clean().inspect_err(|_| self.release())? {
            return Ok(());
        }
        // The lock cannot be raised in place: in between somebody else may have repaired the file.
        self.unlock()?;
        if self.options.mode == OpenMode::ReadOnly {
            return Err(Error::Unclean);
        }
        self.lock_and_fit(Hold::Exclusive, clock)?;
        clock.began(Phase::Recover);
        let recovered = self.recover();
        clock.ended(Phase::Recover);
        self.unlock()?;
        recovered?;
        self.lock_and_fit(Hold::Shared, clock)
    }

    /// Whether a reader may go on. A skiplist reader sees no uncommitted tail, Cyrus's neither; and without a lock a commit
    /// under way looks the same as one that was cut.
    fn seems_clean(&self) -> Result<bool, Error> {
        match self.options.format {
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
    fn lock_and_fit(&mut self, hold: Hold, clock: &mut impl PhaseClock) -> Result<(), Error> {
        loop {
            clock.began(Phase::Lock);
            match &mut self.patience {
                Some(patience) => lock_patiently(&self.file, hold, patience.as_mut())?,
                None => lock(self.file.as_fd(), self.options.lock, hold)?,
            }
            clock.ended(Phase::Lock);
            clock.began(Phase::Remap);
            let fitted = self.fit();
            clock.ended(Phase::Remap);
            match fitted {
                Ok(true) => {
                    clock.began(Phase::Search);
                    return Ok(());
                }
                Ok(false) => {}
                Err(error) => {
                    self.release();
                    return Err(error);
                }
            }
        }
    }

    /// `fstat`, `stat`, and whatever follows from them. False if the file was replaced: the new one is open, not locked.
    fn fit(&mut self) -> Result<bool, Error> {
        let mine = fstat(&self.file).map_err(Error::call("fstat"))?;
        let named = stat(&*self.name).map_err(Error::call("stat"))?;
        if mine.st_ino != named.st_ino {
            let new = open_file(&self.name, self.options.mode)?;
            // The same number goes on to mean this database; the lock on the old file goes with its descriptor.
            dup2(&new, &mut self.file.file).map_err(Error::call("dup2"))?;
            return Ok(false);
        }
        let (size, inode) = (mine.st_size as u64, mine.st_ino as u64);
        let must_map = inode != self.inode || size > self.mapped() || self.options.remap == RemapRule::EveryLock;
        self.size = size;
        self.inode = inode;
        if must_map {
            self.remap()?;
        }
        Ok(true)
    }

    /// Unmaps the file, then maps it: never twice at a time. After an error nothing is mapped, and the next operation tries.
    pub(super) fn remap(&mut self) -> Result<(), Error> {
        self.map = None;
        let is_new = self.options.remap == RemapRule::EveryLock;
        self.map = Some(match self.common {
            Some(common) => common.of(&self.file, (self.inode, self.size), is_new)?,
            None => Arc::new(Mapping::of(&self.file, self.size)?),
        });
        Ok(())
    }

    /// Ends an operation: its outcome, or that the file was cut short beneath it.
    pub(super) fn end<T>(&mut self, outcome: Result<T, Error>, clock: &mut impl PhaseClock) -> Result<T, Error> {
        let whole = self.map.as_ref().map_or(Ok(()), |map| map.is_whole());
        if whole.is_err() {
            self.map = None;
        }
        clock.began(Phase::Unlock);
        self.unlock()?;
        clock.ended(Phase::Unlock);
        whole.and(outcome)
    }

    fn unlock(&self) -> Result<(), Error> {
        lock(self.file.as_fd(), self.options.lock, Hold::Released)
    }

    /// Unlocks on the way out of an error, which says more than a failed unlock could.
    fn release(&self) {
        let _ = self.unlock();
    }
}
