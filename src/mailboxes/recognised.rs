//! What a file is and what its header says, without a lock and without its records: for files that others use at this moment.

use std::{fs::File, io, os::unix::fs::FileExt};

use super::{
    Bytes, Error, Foreign, Format, HeaderFacts, foreign_header,
    lock::Locked,
    recognise::{LOOK, format_of},
};

/// What the content of a file is.
#[derive(Debug)]
pub enum Contents {
    /// A database that mapstorm reads.
    Known(Format),
    Foreign(Foreign),
    /// Nothing more can be said: the file ends within its magic.
    Unreadable(Error),
}

/// What a file is, and what its header says.
#[derive(Debug)]
pub struct Recognised {
    pub contents: Contents,
    /// Syncs of this file that one commit makes; `None`: not known.
    pub syncs_per_commit: Option<u32>,
    /// Or why its header cannot be read: it is damaged, cut, or written at this moment.
    pub header: Result<HeaderFacts, Error>,
}

/// A header that is written at this moment is read again so often.
const ATTEMPTS: usize = 8;

impl Recognised {
    /// Reads the beginning of a file. A writer may be at work: it is read until two readings agree and make sense, a few times.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(file: &File) -> io::Result<Recognised> {
        let mut before = start(file)?;
        let mut found = Recognised::of_start(file, &before)?;
        for _ in 1..ATTEMPTS {
            let now = start(file)?;
            if now == before && found.header.is_ok() {
                break;
            }
            found = Recognised::of_start(file, &now)?;
            before = now;
        }
        Ok(found)
    }

    fn of_start(file: &File, start: &[u8]) -> io::Result<Recognised> {
        let size = file.metadata()?.len();
        Ok(match format_of(start) {
            Ok(format) => Recognised {
                contents: Contents::Known(format),
                syncs_per_commit: Some(format.syncs_per_commit()),
                header: format.header_facts(Bytes::new(start), size),
            },
            Err(Error::Foreign(foreign)) => Recognised {
                contents: Contents::Foreign(foreign),
                syncs_per_commit: foreign_header::syncs_per_commit(foreign, start),
                header: Ok(foreign_header::facts(foreign, start, |offset| from(file, offset))),
            },
            Err(error) => Recognised {
                contents: Contents::Unreadable(error),
                syncs_per_commit: None,
                header: Err(Error::Truncated { offset: start.len() as u64 }),
            },
        })
    }

    /// What a process of Cyrus locks while it uses the file; `None`: it is no database of Cyrus.
    pub fn locked(&self) -> Option<Locked> {
        match self.contents {
            Contents::Known(format) => Some(Locked::in_use(format)),
            _ => None,
        }
    }
}

pub(super) fn start(file: &File) -> io::Result<Vec<u8>> {
    from(file, 0)
}

/// As many bytes as a header has, from `offset` on; fewer at the end of the file.
fn from(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    read_at(file, offset, LOOK)
}

/// Up to `length` bytes from `offset` on; fewer at the end of the file.
pub(super) fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut read = 0;
    while read < length {
        match file.read_at(&mut bytes[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}
