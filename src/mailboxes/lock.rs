//! Locking the whole file, as Cyrus does: a POSIX record lock by default.
//! A signal interrupts the wait (`EINTR`, nothing held), so that a blocked worker can be told to stop.

use std::os::fd::BorrowedFd;

use nix::fcntl::{FcntlArg, fcntl};

use super::{Error, LockKind};

/// What to do with the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Share it with other readers.
    Shared,
    /// Keep everybody else out.
    Exclusive,
    /// Give it back.
    Released,
}

/// Takes or gives back the lock of `kind`, waiting as long as it takes.
pub fn lock(file: BorrowedFd<'_>, kind: LockKind, hold: Hold) -> Result<(), Error> {
    match kind {
        LockKind::None => Ok(()),
        LockKind::Fcntl => {
            let l_type = match hold {
                Hold::Shared => libc::F_RDLCK,
                Hold::Exclusive => libc::F_WRLCK,
                Hold::Released => libc::F_UNLCK,
            };
            let whole = crate::os::flock::whole_file(l_type);
            fcntl(file, FcntlArg::F_SETLKW(&whole)).map(|_| ()).map_err(Error::call("fcntl(F_SETLKW)"))
        }
        LockKind::Flock => {
            let operation = match hold {
                Hold::Shared => libc::LOCK_SH,
                Hold::Exclusive => libc::LOCK_EX,
                Hold::Released => libc::LOCK_UN,
            };
            crate::os::flock::flock(file, operation).map_err(Error::call("flock"))
        }
    }
}
