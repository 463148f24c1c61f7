//! What may follow a commit under its lock: the place where another system's behaviour is imitated.
//! The file code only says what was written; what is done with that is the caller's business.

use std::{ops::Range, os::fd::BorrowedFd};

use super::Error;

/// Told after every commit, under its lock, when all of it is written and synced.
pub trait AfterCommit {
    /// `written` bytes of `file` were written; ranges may touch or overlap.
    ///
    /// # Errors
    /// What it does failed; the commit itself is whole.
    fn committed(&mut self, file: BorrowedFd<'_>, written: &[Range<u64>]) -> Result<(), Error>;
}
