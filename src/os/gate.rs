//! A gate that thousands of workers wait at without polling, and that opens for all of them at once.
//! It is a pipe nobody writes to: opening is closing its last write end, which wakes every blocked reader.

use std::os::fd::OwnedFd;

use nix::{errno::Errno, fcntl::OFlag, unistd};

/// The driver's side: the gate is shut while this lives.
pub struct Gate {
    wait: OwnedFd,
    hold: OwnedFd,
}

impl Gate {
    /// A shut gate.
    pub fn shut() -> nix::Result<Gate> {
        let (wait, hold) = unistd::pipe2(OFlag::O_CLOEXEC)?;
        Ok(Gate { wait, hold })
    }

    /// In a worker: blocks until the driver opens the gate or is gone.
    pub fn wait(self) {
        let Gate { wait, hold } = self;
        // A worker holds a copy of the write end since the fork; while any copy is open, no reader wakes.
        drop(hold);
        let mut nothing = [0];
        while unistd::read(&wait, &mut nothing) == Err(Errno::EINTR) {}
    }

    /// In the driver: wakes every worker.
    pub fn open(self) {
        drop(self.hold);
    }
}
