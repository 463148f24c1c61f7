//! Forking a worker: the child runs one function and leaves by `_exit`, whatever happens inside it.
//! Only a process with one thread forks: a lock held by another thread would stay locked in the child.

use std::{
    ffi::CStr,
    fmt::Display,
    io::{self, Write},
    os::unix::process::CommandExt,
    panic::{AssertUnwindSafe, catch_unwind},
    process::{Child, Command},
};

use nix::unistd::{ForkResult, Pid, getpid};

use super::{
    process::{ParentDeathGuard, set_name, threads_alive},
    signal::{restore_child_signal, restore_end_signals},
    title::Title,
};

/// Exit status of a worker that panicked: unlike every status that a worker returns itself.
pub const PANICKED: i32 = 101;

/// The names that a child shows, made before its fork: making them in each child would cost a dozen page faults. On the stack: each page of
/// the heap that the parent writes to between two forks is copied.
pub struct Label {
    short: [u8; 16],
    long: [u8; 80],
}

impl Label {
    /// `short` is for `ps -o comm` and `top`, which show 15 bytes; `long` is what `ps -f` shows instead of the command line.
    pub fn new(short: impl Display, long: impl Display) -> Label {
        let mut label = Label { short: [0; 16], long: [0; 80] };
        // What does not fit is cut off; the last byte stays zero.
        let _ = write!(&mut label.short[..15], "{short}");
        let _ = write!(&mut label.long[..79], "{long}");
        label
    }
}

fn text(bytes: &[u8]) -> &CStr {
    CStr::from_bytes_until_nul(bytes).unwrap_or_default()
}

/// Forks; the child runs `body` and exits with the status that it returns, the parent gets the child's process id.
///
/// The child dies with its parent, if the system can do that: Linux lets the child ask for it, illumos the parent before the
/// fork. Where it cannot (an old kernel, a zone without contracts), a driver that is killed leaves its children behind.
///
/// # Errors
/// Another thread is alive, or the system does not say that none is; or the system refuses the fork.
pub fn fork_worker(body: impl FnOnce() -> i32) -> io::Result<Pid> {
    fork_named(None, None, body)
}

/// The same for a child that shows a name. Where the system does not allow that, the child goes on without.
pub fn fork_named(label: Option<&Label>, title: Option<&Title>, body: impl FnOnce() -> i32) -> io::Result<Pid> {
    let parent = getpid();
    let guard = ParentDeathGuard::prepare();
    // Only a parent that is known to be gone ends it: then nobody waits for what it would do.
    fork(label, title, || if guard.apply(parent) == Ok(false) { 0 } else { body() })
}

/// The same for a child that outlives its parent, to clean up what the parent leaves. It must find out by itself that the parent is
/// gone, and end.
pub fn fork_guard(label: &Label, body: impl FnOnce() -> i32) -> io::Result<Pid> {
    fork(Some(label), Title::find().as_ref(), body)
}

fn fork(label: Option<&Label>, title: Option<&Title>, body: impl FnOnce() -> i32) -> io::Result<Pid> {
    // Unit tests are threads of one process. What their children do needs no lock that another test may hold: atomics, sleeping,
    // system calls, and memory, for which the C library sees to its own locks.
    if !cfg!(test) {
        match threads_alive() {
            Some(1) => {}
            Some(threads) => return Err(io::Error::other(format!("{threads} threads are alive: forking is unsafe"))),
            None => return Err(io::Error::other("how many threads are alive is unknown: forking may be unsafe")),
        }
    }
    restore_child_signal()?;
    // SAFETY: this is the only thread (see above), so the child inherits no lock that nobody can release.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            if let Some(label) = label {
                let _ = set_name(text(&label.short));
                // SAFETY: a child begins with one thread, and looks at neither its arguments nor its environment any more.
                title.into_iter().for_each(|title| unsafe { title.set(text(&label.long).to_bytes()) });
            }
            let status = catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED);
            leave(status)
        }
    }
}

/// Ends a forked worker, whichever of its threads calls it.
pub fn leave(status: i32) -> ! {
    // SAFETY: `_exit` never returns and runs no destructor or buffer flush that belongs to the parent.
    unsafe { libc::_exit(status) }
}

/// Starts a program that dies with this process, as forked workers do, and ends at the signals that ask for it; what it starts in turn dies with this process on illumos only.
pub fn spawn_guarded(mut command: Command) -> io::Result<Child> {
    let parent = getpid();
    let mut guard = Some(ParentDeathGuard::prepare());
    let apply = move || {
        restore_end_signals()?;
        match guard.take().map(|guard| guard.apply(parent)) {
            Some(Ok(false)) => Err(io::ErrorKind::NotConnected.into()),
            // Not to be had: then it may outlive a driver that is killed.
            _ => Ok(()),
        }
    };
    // SAFETY: between fork and exec it makes system calls, and allocates nothing.
    unsafe { command.pre_exec(apply) };
    command.spawn()
}
