//! The only place that writes to standard output and standard error.
//! A terminal that is gone, a pipe that nobody reads or a full disk behind it never stops a measurement: what is said on the way is said if it
//! can be, and only results have an outcome.

use std::{
    fmt::Display,
    io::{self, ErrorKind, IsTerminal, Write},
};

use super::escape::plain;

/// Writes a line to standard error. Whether anybody can read it changes nothing.
pub fn note(line: impl Display) {
    // One write(2), so that lines of several processes do not mix.
    let _ = io::stderr().write_all(format!("{}\n", plain(&line.to_string())).as_bytes());
}

/// Writes results to standard output, and hands them to the system. A reader that has seen enough closes the pipe: that is no failure.
///
/// # Errors
/// They could not be written: the disk behind standard output is full, or the terminal is gone.
pub fn print(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    as_read(out.write_all(text).and_then(|()| out.flush()))
}

/// Writes data to standard output as they are; to a terminal as text in which what is hidden is shown.
pub fn print_data(data: &[u8]) -> io::Result<()> {
    as_read(data_out().write_all(data).and_then(|()| io::stdout().flush()))
}

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Standard output for data, as [`print_data`] writes them. What is written at a time is whole lines or large chunks.
pub fn data_out() -> impl Write {
    let out = io::stdout();
    DataOut { is_terminal: is_terminal(), out }
}

struct DataOut<W> {
    is_terminal: bool,
    out: W,
}

impl<W: Write> Write for DataOut<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.out.write(data);
        }
        for chunk in data.utf8_chunks() {
            self.out.write_all(plain(chunk.valid()).as_bytes())?;
            chunk.invalid().iter().try_for_each(|byte| write!(self.out, "\\x{byte:02x}"))?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
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

/// How many columns what is printed has: those that COLUMNS names, or else those of the terminal behind standard output. `None`: neither
/// is known, as behind a pipe.
pub fn columns() -> Option<usize> {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let of_terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    // Nothing can be laid out in a few columns; some terminals report none at all.
    named.or_else(of_terminal).filter(|columns| *columns >= 20)
}

/// Writes a formatted line with [`note`].
#[macro_export]
macro_rules! note {
    ($($line:tt)*) => { $crate::terminal::note(format_args!($($line)*)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_shown_on_a_terminal_and_stay_what_they_are_elsewhere() {
        const DATA: &[u8] = b"user.\x1b[2Jx\xff\tvalue\n\xc2\x9b";
        let written = |is_terminal| {
            let mut data = DataOut { is_terminal, out: Vec::new() };
            data.write_all(DATA).unwrap();
            data.out
        };
        assert_eq!(written(false), DATA);
        assert_eq!(written(true), b"user.\\u001b[2Jx\\xff\tvalue\n\\u009b");
    }
}
