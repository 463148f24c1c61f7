//! Forking a worker: the child runs one function and leaves by `_exit`, whatever happens inside it.
//! Call it only while the process has no other thread, or a lock held by one of them would stay locked in the child.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::unistd::{ForkResult, Pid};

/// Exit status of a worker that panicked: told apart from every status that a worker returns itself.
pub const PANICKED: i32 = 101;

/// Forks; the child runs `body` and exits with the status that it returns, the parent gets the child's process id.
pub fn fork_worker(body: impl FnOnce() -> i32) -> nix::Result<Pid> {
    // SAFETY: the driver has no other thread while it forks (a rule of the house, asserted by `threads_alive` there), so
    // the child inherits no lock that nobody can release.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED);
            // SAFETY: `_exit` never returns and runs no destructor or buffer flush that belongs to the parent.
            unsafe { libc::_exit(status) }
        }
    }
}
