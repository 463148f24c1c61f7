//! What a worker does on a signal: a request to stop only interrupts the system call that it waits in.
//! Without `SA_RESTART`, a sleep or a lock wait then returns, and the worker looks at the stop flag. And what the driver does on a second request.

use std::{
    ffi::{CString, OsString},
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// The signal that makes a blocked worker look at the stop flag.
pub const WAKE: Signal = Signal::SIGUSR1;

extern "C" fn do_nothing(_: libc::c_int) {}

/// Sets the actions of signals.
///
/// # Safety
/// A handler must be safe at any moment.
unsafe fn handle(signals: &[Signal], handler: SigHandler) -> nix::Result<()> {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: as the caller says.
    signals.iter().try_for_each(|signal| unsafe { sigaction(*signal, &action) }.map(|_| ()))
}

/// A write past RLIMIT_FSIZE becomes an error (EFBIG), as one to a full disk is, instead of the end of the program. Inherited by forked
/// workers. To be called first of all.
pub fn survive_file_size_limit() -> nix::Result<()> {
    // SAFETY: to ignore a signal needs no handler.
    unsafe { handle(&[Signal::SIGXFSZ], SigHandler::SigIgn) }
}

/// Lets the signals that ask a program to end do so (and the one of RLIMIT_FSIZE), also where this process was started with them ignored:
/// shells start what they put into the background so, and a program that finds a signal ignored often leaves it so.
pub(super) fn restore_end_signals() -> nix::Result<()> {
    // SAFETY: the default needs no handler.
    unsafe { handle(&[Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGXFSZ], SigHandler::SigDfl) }
}

/// Keeps the signals that ask a program to end from ending this process, but not the programs that it starts: they inherit no handler, as
/// they would inherit that a signal is ignored.
pub fn outlive_requests_to_end() -> nix::Result<()> {
    let signals = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP];
    // SAFETY: the handler does nothing, so it is safe at any moment.
    unsafe { handle(&signals, SigHandler::Handler(do_nothing)) }
}

/// Lets this process learn how its children end, also where it was started with that signal ignored: then the system would forget them,
/// and nobody could say which were lost.
pub(super) fn restore_child_signal() -> nix::Result<()> {
    // SAFETY: the default needs no handler.
    unsafe { handle(&[Signal::SIGCHLD], SigHandler::SigDfl) }
}

/// Makes [`WAKE`] interrupt system calls and do nothing else. Inherited by forked workers.
pub fn interrupt_on_wake() -> nix::Result<()> {
    // SAFETY: the handler does nothing, so it is safe at any moment.
    unsafe { handle(&[WAKE], SigHandler::Handler(do_nothing)) }
}

/// Lets the calling thread take no [`WAKE`], so that the system sends one to another thread of its process; those that it starts inherit that.
pub fn leave_wake_to_others() -> nix::Result<()> {
    SigSet::from(WAKE).thread_block()
}

/// Lets the calling thread take it again.
pub fn take_wake() -> nix::Result<()> {
    SigSet::from(WAKE).thread_unblock()
}

struct Exec {
    program: CString,
    _arguments: Vec<CString>,
    pointers: Vec<*const libc::c_char>,
}

// SAFETY: the pointers lead into `_arguments`, which is never changed, and go wherever it goes.
unsafe impl Send for Exec {}
// SAFETY: as above; nobody writes through them.
unsafe impl Sync for Exec {}

impl Exec {
    fn new(arguments: &[OsString]) -> io::Result<Exec> {
        let here = std::env::current_exe()?;
        // By this name Linux finds the program even if another one has its path by now.
        let program = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { here };
        let name = std::iter::once(OsString::from("mapstorm"));
        let arguments = name.chain(arguments.iter().cloned()).map(|argument| CString::new(argument.into_vec()));
        let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        let pointers = arguments.iter().map(|argument| argument.as_ptr()).chain([std::ptr::null()]).collect();
        Ok(Exec { program: CString::new(program.as_os_str().as_bytes())?, _arguments: arguments, pointers })
    }

    /// Becomes the program. Only a failure returns.
    fn now(&self) {
        // SAFETY: the program and the list, which ends with a null pointer, live as long as `self`; execv(2) may be called in a signal handler.
        unsafe { libc::execv(self.program.as_ptr(), self.pointers.as_ptr()) };
    }
}

/// Lets a signal that comes when `first` is set already turn this process into its own program again, with other arguments: that is the only thing
/// with a memory of its own that a process can become at any moment. Its children die when that ends. In a child the signal ends just the child.
pub fn second_becomes(signal: i32, first: Arc<AtomicBool>, arguments: &[OsString]) -> io::Result<()> {
    let exec = Exec::new(arguments)?;
    let this = nix::unistd::getpid();
    let action = move || {
        if !first.load(SeqCst) {
            return;
        }
        if nix::unistd::getpid() == this {
            exec.now();
        }
        // SAFETY: `_exit` may be called in a handler, and does not return.
        unsafe { libc::_exit(128 + signal) }
    };
    // SAFETY: the action reads an atomic and memory of its own, asks for the process's number, and calls execv(2) and _exit(2): all of that is
    // allowed in a handler (signal-safety(7)).
    unsafe { signal_hook::low_level::register(signal, action) }.map(|_| ())
}
