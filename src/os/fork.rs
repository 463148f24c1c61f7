//! Forking a worker: the child runs one function and leaves by `_exit`, whatever happens inside it.
//! Call it only while the process has no other thread, or a lock held by one of them would stay locked in the child.

use std::{
    os::unix::process::CommandExt,
    panic::{AssertUnwindSafe, catch_unwind},
    process::{Child, Command},
};

use nix::unistd::{ForkResult, Pid, getpid};

use super::{process::Leash, signal::hear_requests_to_end};

/// Exit status of a worker that panicked: told apart from every status that a worker returns itself.
pub const PANICKED: i32 = 101;

/// Forks; the child runs `body` and exits with the status that it returns, the parent gets the child's process id.
///
/// The child dies with its parent, if the system can do that: Linux lets the child ask for it, illumos the parent before the
/// fork. Where it cannot (an old kernel, a zone without contracts), a driver that is killed leaves its children behind.
pub fn fork_worker(body: impl FnOnce() -> i32) -> nix::Result<Pid> {
    let parent = getpid();
    let leash = Leash::prepare();
    // SAFETY: the driver has no other thread while it forks (a rule of the house, asserted by `threads_alive` there), so
    // the child inherits no lock that nobody can release.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            // Only a parent that is known to be gone ends it: then nobody waits for what it would do.
            let is_orphan = leash.put_on(parent) == Ok(false);
            let body = || if is_orphan { 0 } else { body() };
            let status = catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED);
            // SAFETY: `_exit` never returns and runs no destructor or buffer flush that belongs to the parent.
            unsafe { libc::_exit(status) }
        }
    }
}

/// Starts a program that dies with this process, as forked workers do, and hears requests to end; what it starts in turn does so on illumos only.
pub fn spawn_leashed(mut command: Command) -> std::io::Result<Child> {
    let parent = getpid();
    let mut leash = Some(Leash::prepare());
    let put_on = move || {
        hear_requests_to_end()?;
        match leash.take().map(|leash| leash.put_on(parent)) {
            Some(Ok(false)) => Err(std::io::ErrorKind::NotConnected.into()),
            // Not to be had: then it may outlive a driver that is killed.
            _ => Ok(()),
        }
    };
    // SAFETY: between fork and exec it makes system calls, and allocates nothing.
    unsafe { command.pre_exec(put_on) };
    command.spawn()
}
