//! A barrier that thousands of workers wait at without polling, and that opens for all of them at once.
//! It is a pipe nobody writes to: opening is closing its last write end, which wakes every blocked reader.

use std::os::fd::OwnedFd;

use nix::{errno::Errno, fcntl::OFlag, unistd};

/// The driver's side: the barrier is shut while this lives.
pub struct Barrier {
    wait: OwnedFd,
    hold: OwnedFd,
}

impl Barrier {
    pub fn shut() -> nix::Result<Barrier> {
        let (wait, hold) = unistd::pipe2(OFlag::O_CLOEXEC)?;
        Ok(Barrier { wait, hold })
    }

    /// In a worker, at once: gives up its copy of the end that the driver holds. While any copy is open, nobody wakes.
    pub fn enter(self) -> Waiting {
        Waiting(self.wait)
    }

    pub fn open(self) {
        drop(self.hold);
    }
}

pub struct Waiting(OwnedFd);

impl Waiting {
    /// Blocks until the driver opens the barrier or is gone.
    pub fn wait(&self) {
        let mut nothing = [0];
        while unistd::read(&self.0, &mut nothing) == Err(Errno::EINTR) {}
    }
}
