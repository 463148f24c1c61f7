//! How an open database is written, as Cyrus does: `lseek` and `write` or `writev`, and the mapping shows what was written at once; twom
//! alone is stored to through its mapping. The file is mapped again when it outgrows the mapping.

use std::{
    io::IoSlice,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use nix::{
    sys::uio::writev,
    unistd::{Whence, fdatasync, fsync, ftruncate, lseek, write},
};

use super::Database;
use crate::mailboxes::{Bytes, Error, Format, Mapping, Storage, SyncCall, mapping::MapAs};

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

    fn sync(&mut self, what: SyncCall) -> Result<(), Error> {
        match what {
            _ if !self.sync => Ok(()),
            SyncCall::Data => fdatasync(&self.file).map_err(Error::call("fdatasync")),
            SyncCall::All => fsync(&self.file).map_err(Error::call("fsync")),
            SyncCall::First(_) => Err(Error::Unsupported { what: "only what is mapped can be synced in part" }),
        }
    }

    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        ftruncate(&self.file, size as libc::off_t).map_err(Error::call("ftruncate"))
    }
}

fn all_of(wanted: usize, written: usize) -> Result<u64, Error> {
    if written == wanted {
        return Ok(written as u64);
    }
    // A second write would only return that error, after a torn one.
    Err(Error::no_room("write"))
}

/// A new file that is stored to through its mapping: what a repack makes of a twom file.
pub(super) struct Stored {
    pub(super) descriptor: Descriptor,
    /// `None` while the file grows, and after that failed.
    pub(super) map: Option<Mapping>,
}

impl Stored {
    /// Maps a file of `size` bytes.
    pub(super) fn of(descriptor: Descriptor, size: u64) -> Result<Stored, Error> {
        let map = Some(Mapping::with(&descriptor, MapAs::Writable, size)?);
        Ok(Stored { descriptor, map })
    }

    fn map(&self) -> Result<&Mapping, Error> {
        self.map.as_ref().ok_or(Error::Truncated { offset: 0 })
    }
}

impl Storage for Stored {
    fn bytes(&self) -> Bytes<'_> {
        self.map.as_ref().map_or(Bytes::new(&[]), |map| map.bytes(map.length()))
    }

    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        store_parts(self.map()?, offset, parts).map(drop)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        self.map()?.store(offset, bytes)
    }

    fn sync(&mut self, what: SyncCall) -> Result<(), Error> {
        let SyncCall::First(length) = what else { return self.descriptor.sync(what) };
        // Nobody else has the file: a page that is missing could not be had.
        self.map()?.is_whole().map_err(|_| Error::no_room("store"))?;
        if self.descriptor.sync { self.map()?.sync(length) } else { Ok(()) }
    }

    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        self.map = None;
        self.descriptor.truncate(size)?;
        self.map = Some(Mapping::with(&self.descriptor, MapAs::Writable, size)?);
        Ok(())
    }
}

/// Stores `parts` one after the other; how many bytes.
fn store_parts(map: &Mapping, offset: u64, parts: &[&[u8]]) -> Result<u64, Error> {
    let mut length = 0;
    for part in parts {
        map.store(offset + length, part)?;
        length += part.len() as u64;
    }
    Ok(length)
}

impl Database<'_> {
    fn wrote(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        let end = offset + length;
        self.written.push(offset..end);
        self.size = self.size.max(end);
        if self.size > self.mapped() { self.remap() } else { Ok(()) }
    }

    /// The mapping that is stored to, of a format whose files are.
    fn stored_map(&self) -> Option<&Mapping> {
        self.map.as_deref().filter(|_| self.options.format == Format::Twom)
    }
}

impl Storage for Database<'_> {
    fn bytes(&self) -> Bytes<'_> {
        self.map.as_ref().map_or(Bytes::new(&[]), |map| map.bytes(self.size))
    }

    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        let length = match self.stored_map() {
            Some(map) => store_parts(map, offset, parts)?,
            None => self.file.write_parts(offset, parts)?,
        };
        self.wrote(offset, length)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let length = match self.stored_map() {
            Some(map) => store_parts(map, offset, &[bytes])?,
            None => self.file.write_one(offset, bytes)?,
        };
        self.wrote(offset, length)
    }

    fn sync(&mut self, what: SyncCall) -> Result<(), Error> {
        self.synced.push(self.written.len());
        let SyncCall::First(length) = what else { return self.file.sync(what) };
        // What was stored to a page that is missing went nowhere: the transaction must not go on.
        self.is_whole()?;
        match self.stored_map() {
            Some(map) if self.file.sync => map.sync(length),
            _ => Ok(()),
        }
    }

    /// Twom unmaps a file before it grows.
    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        let is_stored = self.stored_map().is_some();
        if is_stored {
            self.map = None;
        }
        self.file.truncate(size)?;
        self.size = size;
        if is_stored { self.remap() } else { Ok(()) }
    }
}
