//! Reading a whole file without changing it: check every rule of its format, or list its records.
//! The file is opened read-only, under a shared lock, so a writer at work is waited for.

use std::{fmt, io, os::fd::AsFd, path::Path};

use super::{
    Bytes, Error, Format, LockKind, Piece,
    cursor::Cursor,
    flat,
    lock::{Hold, lock},
    mapping::Mapping,
    skiplist, twoskip,
};

/// What a consistent file holds.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    /// The format.
    pub format: Format,
    /// Live records.
    pub records: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// False if a writer died in the middle of a commit; the next writer repairs it.
    pub clean: bool,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} records, {} bytes", self.format.name(), self.records, self.bytes)?;
        if !self.clean {
            write!(f, ", left unclean by a writer that died (the next writer repairs it)")?;
        }
        Ok(())
    }
}

fn with_bytes<T>(path: &Path, read: impl FnOnce(Bytes<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let file = std::fs::File::open(path).map_err(Error::io("open"))?;
    lock(file.as_fd(), LockKind::Fcntl, Hold::Shared)?;
    let size = file.metadata().map_err(Error::io("fstat"))?.len();
    let map = Mapping::of(&file, size)?;
    let outcome = read(map.bytes(size));
    map.is_whole().and(outcome)
}

/// Verifies everything that the format lets one verify. The first broken rule is the error.
pub fn check(path: &Path, format: Format) -> Result<Summary, Error> {
    with_bytes(path, |bytes| {
        let (records, clean) = match format {
            Format::Skiplist => skiplist::check(bytes).map(|report| (report.records, report.clean))?,
            Format::Twoskip => twoskip::check(bytes).map(|report| (report.records, report.clean))?,
            Format::Flat => (flat::check(bytes)?, true),
        };
        Ok(Summary { format, records, bytes: bytes.len(), clean })
    })
}

/// Gives every live record to `each`, in the format's own order; returns how many there were.
pub fn dump(path: &Path, format: Format, mut each: impl FnMut(&[u8], &[u8]) -> io::Result<()>) -> Result<u64, Error> {
    with_bytes(path, |bytes| {
        let mut records = 0;
        let mut give = |key: &[u8], value: &[u8]| {
            records += 1;
            each(key, value).map_err(Error::io("write"))
        };
        let mut cursor = Cursor::seek(format, bytes, b"")?;
        while let Some((key, value)) = cursor.next(bytes)? {
            give(key, value)?;
        }
        Ok(records)
    })
}

/// Gives everything on disk to `each`, in file order, pads and dead records too; returns how many pieces there were.
pub fn dump_layout(path: &Path, format: Format, mut each: impl FnMut(&Piece) -> io::Result<()>) -> Result<u64, Error> {
    with_bytes(path, |bytes| {
        let mut pieces = 0;
        let mut give = |piece: Piece| {
            pieces += 1;
            each(&piece).map_err(Error::io("write"))
        };
        match format {
            Format::Skiplist => skiplist::pieces(bytes, &mut give)?,
            Format::Twoskip => twoskip::pieces(bytes, &mut give)?,
            Format::Flat => return Err(Error::Unsupported { what: "a flat file is nothing but pages of 4096 bytes" }),
        }
        Ok(pieces)
    })
}
