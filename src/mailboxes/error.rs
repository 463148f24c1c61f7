//! What can be wrong with a mailbox file: each error says what, and at which offset.
//! Errors cost little to build (no text is formatted, nothing is allocated), because forked workers make them too.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::Foreign;
use crate::os::regular_file::{Irregular, OpenError, is_wrong_path};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{call}: {source}{}", remedy(source))]
    Io { call: &'static str, source: io::Error },
    #[error(
        "offset {offset:#x}: {what}; the file is damaged: restore it from a backup or run Cyrus's own recovery on a copy"
    )]
    Corrupt { offset: u64, what: &'static str },
    #[error("offset {offset:#x}: the file ends here, in the middle of a record or page it refers to; it was truncated")]
    Truncated {
        /// The first byte that is missing.
        offset: u64,
    },
    /// The file was left unclean by a writer that died, and this descriptor may not repair it.
    #[error("the file was left unclean by a writer that died; open it read-write so that it can be recovered")]
    Unclean,
    #[error("{what}")]
    Unsupported {
        /// What it cannot do.
        what: &'static str,
    },
    #[error("{0}; mapstorm reads Cyrus's skiplist, twoskip and twom, and flat files of its own")]
    Foreign(Foreign),
    #[error("this is {0}, not a regular file; give the mailboxes.db itself")]
    Irregular(Irregular),
    #[error("{what} is larger than the format allows ({limit} bytes)")]
    TooLarge { what: &'static str, limit: u64 },
    #[error("interrupted while somebody else held the file's lock")]
    Interrupted,
}

/// What to do about the limits that writing, or memory for it, can meet; empty for all else.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::FileTooLarge => "; RLIMIT_FSIZE (`ulimit -f`) or the file system allows no larger file",
        io::ErrorKind::StorageFull => "; free some space, or name another place",
        io::ErrorKind::QuotaExceeded => "; free some of your space, have the quota raised, or name another place",
        io::ErrorKind::OutOfMemory => "; allow more (RLIMIT_AS, `ulimit -v`), or make less",
        _ => "",
    }
}

impl Error {
    pub const fn corrupt(offset: u64, what: &'static str) -> Error {
        Error::Corrupt { offset, what }
    }

    /// A failed system call, from the `nix` crate's error number.
    pub fn call(call: &'static str) -> impl FnOnce(nix::Error) -> Error {
        move |number| Error::Io { call, source: number.into() }
    }

    /// A failed system call, from the standard library's error.
    pub fn io(call: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { call, source }
    }

    /// A call that wrote less than it was given, or a store to a page that cannot be had: a full disk, or a limit.
    pub fn no_room(call: &'static str) -> Error {
        Error::Io { call, source: io::ErrorKind::StorageFull.into() }
    }

    pub fn no_memory(_: std::collections::TryReserveError) -> Error {
        Error::Io { call: "malloc", source: io::ErrorKind::OutOfMemory.into() }
    }

    pub fn at(self, path: &Path) -> FileError {
        FileError { path: path.to_owned(), error: self }
    }

    /// Whether this is the wrong file or no file, as opposed to the right one damaged: what exit code 2 is for.
    pub fn is_wrong_input(&self) -> bool {
        match self {
            Error::Io { source, .. } => is_wrong_path(source),
            _ => matches!(self, Error::Foreign(_) | Error::Irregular(_) | Error::Unsupported { .. }),
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Error::Io { .. } => "io",
            Error::Corrupt { .. } => "corrupt",
            Error::Truncated { .. } => "truncated",
            Error::Unclean => "unclean",
            Error::Unsupported { .. } => "unsupported",
            Error::Foreign(foreign) => foreign.name(),
            Error::Irregular(_) => "irregular",
            Error::TooLarge { .. } => "too-large",
            Error::Interrupted => "interrupted",
        }
    }

    pub fn offset(&self) -> Option<u64> {
        match self {
            Error::Corrupt { offset, .. } | Error::Truncated { offset } => Some(*offset),
            _ => None,
        }
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Error {
        match error {
            OpenError::Io { call, error } => Error::Io { call, source: error },
            OpenError::Irregular(kind) => Error::Irregular(kind),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct FileError {
    pub path: PathBuf,
    pub error: Error,
}
