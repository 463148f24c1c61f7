//! What a worker does on a signal: a request to stop only interrupts the system call that it waits in.
//! Without `SA_RESTART`, a sleep or a lock wait then returns, and the worker looks at the stop flag.

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// The signal that makes a blocked worker look at the stop flag.
pub const WAKE: Signal = Signal::SIGUSR1;

extern "C" fn do_nothing(_: libc::c_int) {}

/// Lets the signals that ask a program to end do so, also where this process was started deaf to them: shells start what they put
/// into the background so, and a program that finds a signal ignored often leaves it so.
pub(super) fn hear_requests_to_end() -> nix::Result<()> {
    [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM].into_iter().try_for_each(|signal| {
        let action = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        // SAFETY: the default needs no handler.
        unsafe { sigaction(signal, &action) }.map(|_| ())
    })
}

/// Makes [`WAKE`] interrupt system calls and do nothing else. Inherited by forked workers.
pub fn interrupt_on_wake() -> nix::Result<()> {
    let action = SigAction::new(SigHandler::Handler(do_nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing, so it is safe at any moment.
    unsafe { sigaction(WAKE, &action) }.map(|_| ())
}
