//! `flock(2)`, which nix offers only as an owned guard; the lock cycle here keeps its descriptor open between locks.
//! BSD locks belong to the open file description, not to the process. And what `fcntl(2)` takes, which differs between systems.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

/// A record lock of `kind` (`F_RDLCK`, `F_WRLCK` or `F_UNLCK`) on the whole file, however it grows.
pub fn whole_file(kind: impl Into<libc::c_int>) -> libc::flock {
    bytes(kind, 0, 0)
}

/// The same on `length` bytes from `start` on; 0: on all of them. Systems differ in which other fields the structure has (illumos: a
/// system's number, padding); all of them are zero.
pub fn bytes(kind: impl Into<libc::c_int>, start: u64, length: u64) -> libc::flock {
    // SAFETY: `struct flock` is plain numbers, of which zero is a valid value for each.
    let zeroed: libc::flock = unsafe { std::mem::zeroed() };
    libc::flock {
        l_type: kind.into() as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: start as libc::off_t,
        l_len: length as libc::off_t,
        ..zeroed
    }
}

/// Takes a record lock for the open file description, waiting for it if `waits`; else `EAGAIN` if somebody else has it. illumos knows such
/// locks on whole files only: on a part it answers `EINVAL` (uts/common/syscall/fcntl.c).
pub fn lock_description(file: BorrowedFd<'_>, lock: &libc::flock, waits: bool) -> nix::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "illumos"))]
    {
        let operation = if waits { libc::F_OFD_SETLKW } else { libc::F_OFD_SETLK };
        // SAFETY: the borrowed descriptor is open, and `lock` is a valid structure, for the length of the call.
        Errno::result(unsafe { libc::fcntl(file.as_raw_fd(), operation, lock) }).map(|_| ())
    }
    #[cfg(not(any(target_os = "linux", target_os = "illumos")))]
    {
        let _ = (file, lock, waits);
        Err(Errno::ENOSYS)
    }
}

/// Applies `operation` (`LOCK_SH`, `LOCK_EX` or `LOCK_UN`), waiting for it.
pub fn flock(file: BorrowedFd<'_>, operation: libc::c_int) -> nix::Result<()> {
    // SAFETY: flock takes no pointers, and the borrowed descriptor is open for the length of the call.
    Errno::result(unsafe { libc::flock(file.as_raw_fd(), operation) }).map(|_| ())
}
