//! `flock(2)`, which nix offers only as an owned guard; the lock cycle here keeps its descriptor open between locks.
//! BSD locks belong to the open file description, not to the process.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

/// Applies `operation` (`LOCK_SH`, `LOCK_EX` or `LOCK_UN`), waiting for it.
pub fn flock(file: BorrowedFd<'_>, operation: libc::c_int) -> nix::Result<()> {
    // SAFETY: flock takes no pointers, and the borrowed descriptor is open for the length of the call.
    Errno::result(unsafe { libc::flock(file.as_raw_fd(), operation) }).map(|_| ())
}
