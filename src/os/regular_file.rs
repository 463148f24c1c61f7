//! Opening what must be a regular file: anything else is named for what it is, at once.
//! A FIFO would block whoever opens or reads it, a device may act on being opened, a directory fails only at the first read.

use std::{
    fs::{File, FileType, OpenOptions},
    io,
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
    path::Path,
};

/// What a path leads to, if it is no regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Irregular(&'static str);

impl Irregular {
    pub const DIRECTORY: Irregular = Irregular("a directory");

    fn of(kind: FileType) -> Option<Irregular> {
        let name = match kind {
            _ if kind.is_file() => return None,
            _ if kind.is_dir() => return Some(Irregular::DIRECTORY),
            _ if kind.is_fifo() => "a FIFO (named pipe)",
            _ if kind.is_socket() => "a socket",
            _ if kind.is_char_device() => "a character device",
            _ if kind.is_block_device() => "a block device",
            _ => "of an unknown kind",
        };
        Some(Irregular(name))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{call}: {error}")]
    Io {
        call: &'static str,
        /// Part of the message, and so no source of it, which would be shown a second time.
        error: io::Error,
    },
    #[error("this is {0}, not a regular file")]
    Irregular(Irregular),
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> io::Error {
        match error {
            OpenError::Io { error, .. } => error,
            irregular => io::Error::new(io::ErrorKind::InvalidInput, irregular.to_string()),
        }
    }
}

/// Whether an error is about the path that was named, which is absent, taken, of the wrong kind or closed to this user; as opposed to a
/// system that fails.
pub fn is_wrong_path(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AlreadyExists, InvalidFilename, IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem,
    };
    let wrong =
        [AlreadyExists, InvalidFilename, IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem];
    wrong.contains(&error.kind())
}

/// Opens a regular file for reading. Never waits, whatever is there.
pub fn open_regular(path: &Path) -> Result<File, OpenError> {
    open_regular_with(OpenOptions::new().read(true), path)
}

/// Opens a regular file for reading, and leaves no trace of that: its time of access stays as it is, where this user may ask for that
/// (the owner of the file and root), and the system reads nothing ahead of what is read.
pub fn open_unnoticed(path: &Path) -> Result<File, OpenError> {
    let with = |flags| open_regular_flagged(OpenOptions::new().read(true), path, flags);
    let file = match with(QUIETLY) {
        Err(OpenError::Io { error, .. }) if error.kind() == io::ErrorKind::PermissionDenied => with(0),
        other => other,
    }?;
    // Advice about this descriptor alone. Without it the file is read all the same.
    #[cfg(target_os = "linux")]
    let _ = nix::fcntl::posix_fadvise(&file, 0, 0, nix::fcntl::PosixFadviseAdvice::POSIX_FADV_RANDOM);
    Ok(file)
}

/// Keeps the time of access as it is. Only Linux has it.
#[cfg(target_os = "linux")]
const QUIETLY: libc::c_int = libc::O_NOATIME;
#[cfg(not(target_os = "linux"))]
const QUIETLY: libc::c_int = 0;

/// Opens a regular file with options of the caller's own; custom flags are added here.
pub fn open_regular_with(options: &mut OpenOptions, path: &Path) -> Result<File, OpenError> {
    open_regular_flagged(options, path, 0)
}

fn open_regular_flagged(options: &mut OpenOptions, path: &Path, flags: libc::c_int) -> Result<File, OpenError> {
    let io = |call| move |error| OpenError::Io { call, error };
    let is_regular = |kind| Irregular::of(kind).map_or(Ok(()), |other| Err(OpenError::Irregular(other)));
    // A device is not even opened: some act on it. O_NONBLOCK serves against a FIFO that takes the name in between; for a regular
    // file it means nothing.
    is_regular(std::fs::metadata(path).map_err(io("stat"))?.file_type())?;
    let file = options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | flags).open(path).map_err(io("open"))?;
    is_regular(file.metadata().map_err(io("fstat"))?.file_type())?;
    Ok(file)
}

/// The major and the minor number of a device.
pub fn device_numbers(device: u64) -> (u64, u64) {
    #[cfg(target_os = "linux")]
    {
        (nix::sys::stat::major(device), nix::sys::stat::minor(device))
    }
    // illumos, sys/mkdev.h: 32 bits each, of 64-bit programs.
    #[cfg(not(target_os = "linux"))]
    {
        (device >> 32, device & u64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use nix::{sys::stat::Mode, unistd::mkfifo};

    use super::*;

    #[test]
    fn everything_but_a_regular_file_is_named_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let (fifo, socket, regular) =
            (directory.path().join("fifo"), directory.path().join("socket"), directory.path().join("regular"));
        mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        let _listener = UnixListener::bind(&socket).unwrap();
        std::fs::write(&regular, b"content").unwrap();
        std::os::unix::fs::symlink(&fifo, directory.path().join("link")).unwrap();
        for (path, expected) in [
            (directory.path().to_owned(), "a directory"),
            (fifo, "a FIFO (named pipe)"),
            (directory.path().join("link"), "a FIFO (named pipe)"),
            (socket, "a socket"),
            ("/dev/null".into(), "a character device"),
        ] {
            for options in [OpenOptions::new().read(true), OpenOptions::new().read(true).write(true)] {
                match open_regular_with(options, &path) {
                    Err(OpenError::Irregular(kind)) => assert_eq!(kind, Irregular(expected)),
                    other => panic!("{}: {other:?}", path.display()),
                }
            }
            let error = io::Error::from(open_regular(&path).unwrap_err());
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert_eq!(io::read_to_string(open_regular(&regular).unwrap()).unwrap(), "content");
        let missing = open_regular(&directory.path().join("missing")).unwrap_err();
        assert_eq!(io::Error::from(missing).kind(), io::ErrorKind::NotFound);
    }
}
