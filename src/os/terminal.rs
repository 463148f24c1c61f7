//! The only place that writes to standard output and standard error.
//! A terminal that is gone, a pipe that nobody reads or a full disk behind it never stops a measurement: what is said on the way is said if it
//! can be, and only results have an outcome.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

/// Writes a line to standard error. Whether anybody can read it changes nothing.
pub fn note(line: impl Display) {
    // One write(2), so that lines of several processes do not mix.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Writes results to standard output, and hands them to the system. A reader that has seen enough closes the pipe: that is no failure.
///
/// # Errors
/// They could not be written: the disk behind standard output is full, or the terminal is gone.
pub fn print(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    as_read(out.write_all(text).and_then(|()| out.flush()))
}

/// An outcome of writing to standard output, in which a closed pipe or a terminal that is gone is as good as all of it read.
///
/// # Errors
/// As before, but for these.
pub fn as_read(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe || is_gone_terminal(&error) => Ok(()),
        Err(error) => Err(io::Error::new(error.kind(), format!("standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Whether the error is that of a terminal that has hung up: it is one no more, but still a device.
fn is_gone_terminal(error: &io::Error) -> bool {
    let is_device = || {
        let facts = nix::sys::stat::fstat(io::stdout());
        facts.is_ok_and(|facts| facts.st_mode & libc::S_IFMT == libc::S_IFCHR)
    };
    error.raw_os_error() == Some(libc::EIO) && is_device()
}

/// Writes a formatted line with [`note`](crate::os::terminal::note).
#[macro_export]
macro_rules! note {
    ($($line:tt)*) => { $crate::os::terminal::note(format_args!($($line)*)) };
}
