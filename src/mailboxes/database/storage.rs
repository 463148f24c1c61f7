//! How an open database is written: `lseek` and `write` or `writev`, never through the mapping, as Cyrus does.
//! The mapping shows what was written at once; the file is mapped again when it outgrows the mapping.

use std::{
    io::IoSlice,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use nix::{
    sys::uio::writev,
    unistd::{Whence, fdatasync, fsync, ftruncate, lseek, write},
};

use super::Database;
use crate::mailboxes::{Bytes, Error, Storage};

/// Most parts of one record: skiplist's delete mark, head, key, value, their padding, and the pointers.
const MOST_PARTS: usize = 8;

/// An open file, and whether it is synced where a format wants it.
pub(super) struct Descriptor {
    pub(super) file: OwnedFd,
    pub(super) sync: bool,
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Descriptor {
    fn seek(&self, offset: u64) -> Result<(), Error> {
        lseek(&self.file, offset as libc::off_t, Whence::SeekSet).map(|_| ()).map_err(Error::call("lseek"))
    }

    /// One `writev` of all parts that are not empty; how many bytes.
    fn write_parts(&self, offset: u64, parts: &[&[u8]]) -> Result<u64, Error> {
        self.seek(offset)?;
        let mut slices = [IoSlice::new(&[]); MOST_PARTS];
        let full = parts.iter().filter(|part| !part.is_empty());
        let count = slices.iter_mut().zip(full).map(|(slice, part)| *slice = IoSlice::new(part)).count();
        let written = writev(&self.file, &slices[..count]).map_err(Error::call("writev"))?;
        all_of(parts.iter().map(|part| part.len()).sum(), written)
    }

    fn write_one(&self, offset: u64, bytes: &[u8]) -> Result<u64, Error> {
        self.seek(offset)?;
        all_of(bytes.len(), write(&self.file, bytes).map_err(Error::call("write"))?)
    }
}

/// A new file, which nobody reads while it is written: it is not mapped.
impl Storage for Descriptor {
    fn bytes(&self) -> Bytes<'_> {
        Bytes::new(&[])
    }

    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        self.write_parts(offset, parts).map(|_| ())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        self.write_one(offset, bytes).map(|_| ())
    }

    fn sync_data(&mut self) -> Result<(), Error> {
        if self.sync { fdatasync(&self.file).map_err(Error::call("fdatasync")) } else { Ok(()) }
    }

    fn sync_all(&mut self) -> Result<(), Error> {
        if self.sync { fsync(&self.file).map_err(Error::call("fsync")) } else { Ok(()) }
    }

    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        ftruncate(&self.file, size as libc::off_t).map_err(Error::call("ftruncate"))
    }
}

fn all_of(wanted: usize, written: usize) -> Result<u64, Error> {
    if written == wanted {
        return Ok(written as u64);
    }
    // A short write to a file is a full disk or a limit; a second write would only return that error, after a torn one.
    Err(Error::Io { call: "write", source: std::io::ErrorKind::StorageFull.into() })
}

impl Database<'_> {
    fn wrote(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        let end = offset + length;
        self.written.push(offset..end);
        self.size = self.size.max(end);
        if self.size > self.mapped() { self.remap() } else { Ok(()) }
    }
}

impl Storage for Database<'_> {
    fn bytes(&self) -> Bytes<'_> {
        self.map.as_ref().map_or(Bytes::new(&[]), |map| map.bytes(self.size))
    }

    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        let length = self.file.write_parts(offset, parts)?;
        self.wrote(offset, length)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let length = self.file.write_one(offset, bytes)?;
        self.wrote(offset, length)
    }

    fn sync_data(&mut self) -> Result<(), Error> {
        self.synced.push(self.written.len());
        self.file.sync_data()
    }

    fn sync_all(&mut self) -> Result<(), Error> {
        self.synced.push(self.written.len());
        self.file.sync_all()
    }

    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        self.file.truncate(size)?;
        self.size = size;
        Ok(())
    }
}
