//! A file mapped whole and shared, as Cyrus maps its databases: read-only and a little longer than the file, so that the file may grow
//! before it must be remapped; or, for twom, exactly, and writable by whoever may write the file.

use std::{
    os::fd::{AsFd, AsRawFd},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU8},
};

use memmap2::{MmapOptions, MmapRaw};

use super::{Bytes, Error, Format, OpenMode};
use crate::os::{advice, bus_guard::Guarded};

/// Cyrus maps in steps of this size, one to two of them beyond the end of the file.
const SLOP: u64 = 8192;

/// How a file is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapAs {
    /// Read-only, and beyond its end.
    WithSlop,
    /// Read-only, no more than there is.
    Exactly,
    /// The same, to be stored to.
    Writable,
}

impl MapAs {
    /// As Cyrus maps files of a format that it opened so.
    pub fn of(format: Format, mode: OpenMode) -> MapAs {
        match (format, mode) {
            (Format::Twom, OpenMode::ReadWrite) => MapAs::Writable,
            (Format::Twom, OpenMode::ReadOnly) => MapAs::Exactly,
            _ => MapAs::WithSlop,
        }
    }

    /// Whether who wants this can do with a mapping that was made as `other`.
    fn is_met_by(self, other: MapAs) -> bool {
        self == other || (self == MapAs::Exactly && other == MapAs::Writable)
    }
}

/// The mapping that threads of one process have in common: each takes the newest, and the last that lets go of an old one unmaps it.
#[derive(Default)]
pub struct CommonMapping(Mutex<Option<Newest>>);

struct Newest {
    inode: u64,
    map_as: MapAs,
    map: Arc<Mapping>,
}

impl CommonMapping {
    /// The mapping of a file (`inode`) of at least `size` bytes: the one that there is, or a new one. `is_new`: whether there must be a new one.
    pub fn of(
        &self,
        file: impl AsFd,
        map_as: MapAs,
        (inode, size): (u64, u64),
        is_new: bool,
    ) -> Result<Arc<Mapping>, Error> {
        // A thread that panicked ends its whole process.
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |newest: &&Newest| {
            let Newest { inode: known, map_as: other, map } = newest;
            *known == inode && map_as.is_met_by(*other) && map.length() >= size && map.is_whole().is_ok()
        };
        if let Some(Newest { map, .. }) = newest.as_ref().filter(|_| !is_new).filter(fits) {
            return Ok(Arc::clone(map));
        }
        let map = Arc::new(Mapping::with(file, map_as, size)?);
        *newest = Some(Newest { inode, map_as, map: Arc::clone(&map) });
        Ok(map)
    }
}

/// A mapping of a whole file. If the file is cut short beneath it, what is missing reads as zeros, and
/// [`is_whole`](Mapping::is_whole) says so.
pub struct Mapping {
    guarded: Guarded,
}

impl Mapping {
    /// Read-only, and beyond the end of the file.
    pub fn of(file: impl AsFd, size: u64) -> Result<Mapping, Error> {
        Mapping::with(file, MapAs::WithSlop, size)
    }

    pub fn with(file: impl AsFd, map_as: MapAs, size: u64) -> Result<Mapping, Error> {
        let too_large = || Error::TooLarge { what: "the mapping", limit: isize::MAX as u64 };
        let length = match map_as {
            MapAs::WithSlop => size.checked_add(2 * SLOP - 1).ok_or_else(too_large)? & !(SLOP - 1),
            // No mapping has no bytes; an empty file has no format either, and is refused for that.
            MapAs::Exactly | MapAs::Writable => size.max(1),
        };
        let length = usize::try_from(length).map_err(|_| too_large())?;
        let mut options = MmapOptions::new();
        options.len(length);
        let mapped = match map_as {
            MapAs::Writable => Guarded::writable(&options, file),
            _ => options.map_raw_read_only(file.as_fd().as_raw_fd()).map(Guarded::new),
        };
        Ok(Mapping { guarded: mapped.map_err(Error::io("mmap"))? })
    }

    /// Stores to a writable mapping. A page that cannot be stored to is noted: see [`is_whole`](Mapping::is_whole).
    pub fn store(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.guarded.store(offset, bytes).map_err(Error::call("store"))
    }

    /// `msync(MS_SYNC)` of the first `length` bytes.
    pub fn sync(&self, length: u64) -> Result<(), Error> {
        self.guarded.sync(usize::try_from(length).unwrap_or(usize::MAX)).map_err(Error::call("msync"))
    }

    fn map(&self) -> &MmapRaw {
        self.guarded.map()
    }

    pub fn length(&self) -> u64 {
        self.map().len() as u64
    }

    /// An error if a page was missing when it was read: the file was cut short by somebody who did not take its lock.
    pub fn is_whole(&self) -> Result<(), Error> {
        match self.guarded.missing() {
            None => Ok(()),
            Some(offset) => Err(Error::Truncated { offset }),
        }
    }

    /// Lets the system map the pages of the first `size` bytes at once, where it can.
    pub fn populate(&self, size: u64) -> Result<(), Error> {
        let length = usize::try_from(size).unwrap_or(usize::MAX).min(self.map().len());
        // SAFETY: inside the mapping, which lives as long as `self`; the slice only says which pages are meant, and is one of atomics,
        // which may change beneath it.
        let pages = unsafe { std::slice::from_raw_parts(self.map().as_ptr().cast::<AtomicU8>(), length) };
        advice::populate(pages).map_err(Error::call("madvise(MADV_POPULATE_READ)"))
    }

    /// The first `size` bytes, or all that is mapped if that is less. Callers pass the size that `fstat` gave under the file's lock.
    /// Without a lock a search may see a commit half done: every number is loaded once and checked, so it ends in an error or an
    /// old value.
    pub fn bytes(&self, size: u64) -> Bytes<'_> {
        Bytes::of(self.guarded.view(usize::try_from(size).unwrap_or(usize::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_only_read_do_with_the_mapping_of_one_that_stores() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(16 << 10).unwrap();
        let common = CommonMapping::default();
        let of = |map_as| common.of(&file, map_as, (1, 16 << 10), false).unwrap();
        let read_only = of(MapAs::Exactly);
        assert!(Arc::ptr_eq(&read_only, &of(MapAs::Exactly)));
        assert!(matches!(read_only.store(0, b"x"), Err(Error::Io { .. })), "it is read-only");
        let writable = of(MapAs::Writable);
        assert!(Arc::ptr_eq(&writable, &of(MapAs::Exactly)) && Arc::ptr_eq(&writable, &of(MapAs::Writable)));
        // Whole words, and the bytes before and after them; the other mapping shows them.
        writable.store(3, b"any number of bytes").unwrap();
        assert_eq!(read_only.bytes(22).slice(0, 22).unwrap(), b"\0\0\0any number of bytes");
        assert!(writable.store((16 << 10) - 1, b"xy").is_err(), "past the end");
        writable.sync(22).unwrap();
        // What is stored where the file has no page any more goes nowhere, and is noted.
        file.set_len(0).unwrap();
        writable.store(5000, b"x").unwrap();
        assert!(matches!(writable.is_whole(), Err(Error::Truncated { .. })));
    }
}
