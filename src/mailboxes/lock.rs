//! Locking as Cyrus does: a POSIX record lock by default, of the whole file, but for twom of some bytes at its start.
//! A signal interrupts the wait (`EINTR`, nothing held), so that a blocked worker can be stopped.

use std::{
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, fcntl},
};

use super::{Error, Format, LockKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    Shared,
    Exclusive,
    Released,
}

/// Which bytes of a file a lock is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked {
    start: u64,
    /// 0: to the end, however the file grows.
    length: u64,
}

impl Locked {
    pub const WHOLE: Locked = Locked { start: 0, length: 0 };
    /// Twom: taken before its data are, and released as soon as they are held, so that a waiting writer keeps new readers out.
    pub const GATE: Locked = Locked { start: 0, length: 16 };
    /// Twom: held as long as the file is used.
    pub const DATA: Locked = Locked { start: 96, length: 272 };
    /// Twom: held by the one process that repacks the file.
    pub const REPACK: Locked = Locked { start: 40, length: 8 };

    /// What a process of Cyrus holds while it uses a file of that format.
    pub fn in_use(format: Format) -> Locked {
        if format == Format::Twom { Locked::DATA } else { Locked::WHOLE }
    }

    /// Whether some other process holds it exclusively, by `fcntl(2)`. Nothing is taken, and nothing is waited for.
    pub fn is_held_exclusively(self, file: BorrowedFd<'_>) -> Result<bool, Error> {
        let mut wanted = self.as_record_lock(Hold::Shared);
        fcntl(file, FcntlArg::F_GETLK(&mut wanted)).map_err(Error::call("fcntl(F_GETLK)"))?;
        Ok(wanted.l_type != self.as_record_lock(Hold::Released).l_type)
    }

    fn as_record_lock(self, hold: Hold) -> libc::flock {
        let kind = match hold {
            Hold::Shared => libc::F_RDLCK,
            Hold::Exclusive => libc::F_WRLCK,
            Hold::Released => libc::F_UNLCK,
        };
        crate::os::flock::bytes(kind, self.start, self.length)
    }
}

/// Takes a lock, waiting for it. `flock(2)` knows the whole file alone.
pub fn lock(file: BorrowedFd<'_>, kind: LockKind, what: Locked, hold: Hold) -> Result<(), Error> {
    match kind {
        LockKind::None => Ok(()),
        LockKind::Fcntl => {
            let wanted = what.as_record_lock(hold);
            fcntl(file, FcntlArg::F_SETLKW(&wanted)).map(|_| ()).map_err(Error::call("fcntl(F_SETLKW)"))
        }
        LockKind::Ofd => crate::os::flock::lock_description(file, &what.as_record_lock(hold), true)
            .map_err(Error::call("fcntl(F_OFD_SETLKW)")),
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

/// Takes a lock if nobody else has one that excludes it; whether it is taken.
pub fn try_lock(file: BorrowedFd<'_>, kind: LockKind, what: Locked, hold: Hold) -> Result<bool, Error> {
    let wanted = what.as_record_lock(hold);
    let taken = match kind {
        LockKind::Ofd => crate::os::flock::lock_description(file, &wanted, false),
        LockKind::Fcntl => fcntl(file, FcntlArg::F_SETLK(&wanted)).map(|_| ()),
        LockKind::Flock | LockKind::None => Ok(()),
    };
    match taken {
        Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) => Ok(false),
        taken => taken.map(|()| true).map_err(Error::call("fcntl(F_SETLK)")),
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

/// Takes a record lock, however long that takes, and reports the wait after a second. Not fair, unlike a wait in the system: not for
/// workers.
pub fn lock_patiently(file: impl AsFd, what: Locked, hold: Hold, patience: &mut dyn Patience) -> Result<(), Error> {
    let began = Instant::now();
    let mut reported = false;
    while !try_lock(file.as_fd(), LockKind::Fcntl, what, hold)? {
        if patience.is_over() {
            return Err(Error::Interrupted);
        }
        if !reported && began.elapsed() >= SILENCE {
            reported = true;
            patience.still_waiting(holder(file.as_fd(), what.as_record_lock(hold)));
        }
        std::thread::sleep(RETRY);
    }
    Ok(())
}

fn holder(file: BorrowedFd<'_>, mut wanted: libc::flock) -> Option<u32> {
    fcntl(file, FcntlArg::F_GETLK(&mut wanted)).ok()?;
    let is_held = wanted.l_type != crate::os::flock::whole_file(libc::F_UNLCK).l_type;
    // Zero and below: a lock of an open file description, or of a process that this one cannot see.
    u32::try_from(wanted.l_pid).ok().filter(|pid| is_held && *pid > 0)
}
