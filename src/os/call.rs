//! Calling many processes again and again, without any of them polling: each call lets every one of a group through once.
//! Two pipes take turns, so that nobody can answer a call twice before all have answered it once.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::{
    errno::Errno,
    fcntl::OFlag,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd::{self, pipe2},
};

/// The driver's side.
pub struct Call {
    pipes: [(OwnedFd, OwnedFd); 2],
    turn: usize,
}

impl Call {
    pub fn new() -> nix::Result<Call> {
        Ok(Call { pipes: [pipe2(OFlag::O_CLOEXEC)?, pipe2(OFlag::O_CLOEXEC)?], turn: 0 })
    }

    /// Lets `count` processes through: all that listen, and none of them twice. All must have listened to the last call.
    pub fn call(&mut self, count: u32) -> nix::Result<()> {
        const TOKENS: [u8; 4096] = [0; 4096];
        let mut left = count as usize;
        while left > 0 {
            match unistd::write(&self.pipes[self.turn].1, &TOKENS[..left.min(TOKENS.len())]) {
                Ok(written) => left -= written,
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
        self.turn ^= 1;
        Ok(())
    }

    /// In a called process, at once: gives up its copies of the driver's ends.
    pub fn enter(self) -> Listening {
        let [first, second] = self.pipes;
        Listening { pipes: [first.0, second.0], turn: self.turn }
    }
}

/// A called process's side.
pub struct Listening {
    pipes: [OwnedFd; 2],
    turn: usize,
}

impl Listening {
    /// Blocks until the next call; false if the driver is gone.
    pub fn wait(&mut self) -> bool {
        let mut token = [0];
        loop {
            match unistd::read(&self.pipes[self.turn], &mut token) {
                Ok(1) => {
                    self.turn ^= 1;
                    return true;
                }
                Err(Errno::EINTR) => {}
                _ => return false,
            }
        }
    }

    /// Waits for a call for at most `milliseconds`; whether there is one (or the driver is gone), which [`wait`](Self::wait)
    /// then takes without blocking.
    pub fn is_called_within(&self, milliseconds: u16) -> bool {
        is_readable_within(self.pipes[self.turn].as_fd(), milliseconds)
    }
}

/// The other way: the last of those who were called answers the driver.
pub struct Reply {
    read: OwnedFd,
    write: OwnedFd,
}

impl Reply {
    pub fn new() -> nix::Result<Reply> {
        let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
        Ok(Reply { read, write })
    }

    pub fn send(&self) -> nix::Result<()> {
        unistd::write(&self.write, &[0]).map(|_| ())
    }

    /// In the driver: waits for a reply for at most `milliseconds`, and takes it; whether there was one.
    pub fn comes_within(&self, milliseconds: u16) -> bool {
        is_readable_within(self.read.as_fd(), milliseconds) && unistd::read(&self.read, &mut [0]) == Ok(1)
    }
}

fn is_readable_within(file: BorrowedFd<'_>, milliseconds: u16) -> bool {
    let mut files = [PollFd::new(file, PollFlags::POLLIN)];
    // Interrupted: then there is none yet, and the caller asks again.
    poll(&mut files, PollTimeout::from(milliseconds)).is_ok_and(|ready| ready > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_wakes_as_many_listeners_as_it_counts() {
        let mut call = Call::new().unwrap();
        let (first, second) = (call.pipes[0].0.try_clone().unwrap(), call.pipes[1].0.try_clone().unwrap());
        let mut listener = Listening { pipes: [first, second], turn: 0 };
        assert!(!listener.is_called_within(0));
        call.call(2).unwrap();
        assert!(listener.is_called_within(0) && listener.wait());
        assert!(!listener.is_called_within(0), "the second token is for somebody else");
        call.call(1).unwrap();
        assert!(listener.wait());
        drop(call);
    }

    #[test]
    fn a_reply_is_heard_once() {
        let reply = Reply::new().unwrap();
        assert!(!reply.comes_within(0));
        reply.send().unwrap();
        assert!(reply.comes_within(0) && !reply.comes_within(0));
    }
}
