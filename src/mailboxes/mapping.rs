//! A file mapped whole, shared and read-only, as Cyrus maps its databases: a little longer than the file, so that the
//! file may grow before it must be remapped.

use std::{
    os::fd::AsFd,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU8},
};

use memmap2::{MmapOptions, MmapRaw};

use super::{Bytes, Error};
use crate::os::{advice, bus_guard::Guarded};

/// Cyrus maps in steps of this size, one to two of them beyond the end of the file.
const SLOP: u64 = 8192;

/// The mapping that threads of one process have in common: each takes the newest, and the last that lets go of an old one unmaps it.
#[derive(Default)]
pub struct CommonMapping(Mutex<Option<(u64, Arc<Mapping>)>>);

impl CommonMapping {
    /// The mapping of a file (`inode`) of at least `size` bytes: the one that there is, or a new one. `is_new`: whether there must be a new one.
    pub fn of(&self, file: impl AsFd, (inode, size): (u64, u64), is_new: bool) -> Result<Arc<Mapping>, Error> {
        // A thread that panicked ends its whole process.
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits =
            |(known, map): &&(u64, Arc<Mapping>)| *known == inode && map.length() >= size && map.is_whole().is_ok();
        if let Some((_, map)) = newest.as_ref().filter(|_| !is_new).filter(fits) {
            return Ok(Arc::clone(map));
        }
        let map = Arc::new(Mapping::of(file, size)?);
        *newest = Some((inode, Arc::clone(&map)));
        Ok(map)
    }
}

/// A mapping of a whole file. If the file is cut short beneath it, what is missing reads as zeros, and
/// [`is_whole`](Mapping::is_whole) says so.
pub struct Mapping {
    guarded: Guarded,
}

impl Mapping {
    pub fn of(file: impl AsFd, size: u64) -> Result<Mapping, Error> {
        use std::os::fd::AsRawFd;
        let too_large = || Error::TooLarge { what: "the mapping", limit: isize::MAX as u64 };
        let length = size.checked_add(2 * SLOP - 1).ok_or_else(too_large)? & !(SLOP - 1);
        let length = usize::try_from(length).map_err(|_| too_large())?;
        let map =
            MmapOptions::new().len(length).map_raw_read_only(file.as_fd().as_raw_fd()).map_err(Error::io("mmap"))?;
        Ok(Mapping { guarded: Guarded::new(map) })
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
