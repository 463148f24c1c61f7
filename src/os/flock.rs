//! `flock(2)`, which nix offers only as an owned guard; the lock cycle here keeps its descriptor open between locks.
//! BSD locks belong to the open file description, not to the process. And what `fcntl(2)` takes, which differs between systems.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

/// A record lock of `kind` (`F_RDLCK`, `F_WRLCK` or `F_UNLCK`) on the whole file, however it grows. Systems differ in which other
/// fields the structure has (illumos: a system's number, padding); all of them are zero.
pub fn whole_file(kind: impl Into<libc::c_int>) -> libc::flock {
    // SAFETY: `struct flock` is plain numbers, of which zero is a valid value for each.
    let zeroed: libc::flock = unsafe { std::mem::zeroed() };
    libc::flock { l_type: kind.into() as libc::c_short, l_whence: libc::SEEK_SET as libc::c_short, ..zeroed }
}

/// Takes a record lock for the open file description, waiting for it.
pub fn lock_description(file: BorrowedFd<'_>, lock: &libc::flock) -> nix::Result<()> {
    #[cfg(target_os = "linux")]
    return nix::fcntl::fcntl(file, nix::fcntl::FcntlArg::F_OFD_SETLKW(lock)).map(|_| ());
    // illumos has them too; its libc crate does not.
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, lock);
        Err(Errno::ENOSYS)
    }
}

/// Applies `operation` (`LOCK_SH`, `LOCK_EX` or `LOCK_UN`), waiting for it.
pub fn flock(file: BorrowedFd<'_>, operation: libc::c_int) -> nix::Result<()> {
    // SAFETY: flock takes no pointers, and the borrowed descriptor is open for the length of the call.
    Errno::result(unsafe { libc::flock(file.as_raw_fd(), operation) }).map(|_| ())
}
