//! How an open database is written: `lseek` and `write` or `writev`, never through the mapping, as Cyrus does.
//! The mapping shows what was written at once; it is made anew when the file outgrows it.

use std::io::IoSlice;

use nix::{
    sys::uio::writev,
    unistd::{Whence, fdatasync, fsync, ftruncate, lseek, write},
};

use super::Database;
use crate::mailboxes::{Bytes, Error, Storage};

/// Most parts of one record: skiplist's delete mark, head, key, value, their padding, and the pointers.
const MOST_PARTS: usize = 8;

pub(super) fn seek(file: &impl std::os::fd::AsFd, offset: u64) -> Result<(), Error> {
    lseek(file, offset as libc::off_t, Whence::SeekSet).map(|_| ()).map_err(Error::call("lseek"))
}

/// One `writev` of all that is not empty; how many bytes.
pub(super) fn write_parts(file: &impl std::os::fd::AsFd, parts: &[&[u8]]) -> Result<u64, Error> {
    let mut slices = [IoSlice::new(&[]); MOST_PARTS];
    let full = parts.iter().filter(|part| !part.is_empty());
    let count = slices.iter_mut().zip(full).map(|(slice, part)| *slice = IoSlice::new(part)).count();
    let written = writev(file, &slices[..count]).map_err(Error::call("writev"))?;
    all_of(parts.iter().map(|part| part.len()).sum(), written)
}

pub(super) fn write_one(file: &impl std::os::fd::AsFd, bytes: &[u8]) -> Result<u64, Error> {
    all_of(bytes.len(), write(file, bytes).map_err(Error::call("write"))?)
}

fn all_of(wanted: usize, written: usize) -> Result<u64, Error> {
    if written == wanted {
        return Ok(written as u64);
    }
    // A short write to a file is a full disk or a limit; the error that a second one would give is not worth a tear.
    Err(Error::Io { call: "write", source: std::io::ErrorKind::StorageFull.into() })
}

impl Database {
    fn grew(&mut self, end: u64) -> Result<(), Error> {
        self.size = self.size.max(end);
        if self.size > self.mapped() { self.remap() } else { Ok(()) }
    }
}

impl Storage for Database {
    fn bytes(&self) -> Bytes<'_> {
        self.map.as_ref().map_or(Bytes::new(&[]), |map| map.bytes(self.size))
    }

    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        seek(&self.file, offset)?;
        let written = write_parts(&self.file, parts)?;
        self.written.push(offset..offset + written);
        self.grew(offset + written)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        seek(&self.file, offset)?;
        let written = write_one(&self.file, bytes)?;
        self.written.push(offset..offset + written);
        self.grew(offset + written)
    }

    fn sync_data(&mut self) -> Result<(), Error> {
        if !self.options.sync {
            return Ok(());
        }
        fdatasync(&self.file).map_err(Error::call("fdatasync"))
    }

    fn sync_all(&mut self) -> Result<(), Error> {
        if !self.options.sync {
            return Ok(());
        }
        fsync(&self.file).map_err(Error::call("fsync"))
    }

    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        ftruncate(&self.file, size as libc::off_t).map_err(Error::call("ftruncate"))?;
        self.size = size;
        Ok(())
    }
}
