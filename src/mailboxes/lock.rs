//! Locking the whole file, as Cyrus does: a POSIX record lock by default.
//! A signal interrupts the wait (`EINTR`, nothing held), so that a blocked worker can be stopped.

use std::{
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, fcntl},
};

use super::{Error, LockKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    Shared,
    Exclusive,
    Released,
}

impl Hold {
    fn as_record_lock(self) -> libc::flock {
        crate::os::flock::whole_file(match self {
            Hold::Shared => libc::F_RDLCK,
            Hold::Exclusive => libc::F_WRLCK,
            Hold::Released => libc::F_UNLCK,
        })
    }
}

pub fn lock(file: BorrowedFd<'_>, kind: LockKind, hold: Hold) -> Result<(), Error> {
    match kind {
        LockKind::None => Ok(()),
        LockKind::Fcntl => {
            let whole = hold.as_record_lock();
            fcntl(file, FcntlArg::F_SETLKW(&whole)).map(|_| ()).map_err(Error::call("fcntl(F_SETLKW)"))
        }
        LockKind::Ofd => {
            crate::os::flock::lock_description(file, &hold.as_record_lock()).map_err(Error::call("fcntl(F_OFD_SETLKW)"))
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

/// What a command does while it waits for a lock: it reports to its user, and gives up when it is asked to end.
pub trait Patience {
    /// Somebody has held the lock for a second, and still does: `holder` is the process, where the system knows it. Called once a wait.
    fn still_waiting(&mut self, holder: Option<u32>);

    fn is_over(&self) -> bool {
        false
    }
}

pub struct Silent;

impl Patience for Silent {
    fn still_waiting(&mut self, _: Option<u32>) {}
}

/// How long a wait may go on before it is reported.
const SILENCE: Duration = Duration::from_secs(1);
const RETRY: Duration = Duration::from_millis(10);

/// Takes the record lock of the whole file, however long that takes, and reports the wait after a second. Not fair, unlike a wait in the
/// system: not for workers.
pub fn lock_patiently(file: impl AsFd, hold: Hold, patience: &mut dyn Patience) -> Result<(), Error> {
    let wanted = hold.as_record_lock();
    let began = Instant::now();
    let mut reported = false;
    loop {
        match fcntl(file.as_fd(), FcntlArg::F_SETLK(&wanted)) {
            Ok(_) => return Ok(()),
            Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) if patience.is_over() => return Err(Error::Interrupted),
            Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) => {}
            Err(number) => return Err(Error::call("fcntl(F_SETLK)")(number)),
        }
        if !reported && began.elapsed() >= SILENCE {
            reported = true;
            patience.still_waiting(holder(file.as_fd(), wanted));
        }
        std::thread::sleep(RETRY);
    }
}

fn holder(file: BorrowedFd<'_>, mut wanted: libc::flock) -> Option<u32> {
    fcntl(file, FcntlArg::F_GETLK(&mut wanted)).ok()?;
    let is_held = wanted.l_type != crate::os::flock::whole_file(libc::F_UNLCK).l_type;
    // Zero and below: a lock of an open file description, or of a process that this one cannot see.
    u32::try_from(wanted.l_pid).ok().filter(|pid| is_held && *pid > 0)
}
