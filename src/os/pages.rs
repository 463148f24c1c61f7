//! A shared mapping of a file as plain pages: touched, stored to, synced, protected, one page at a time.
//! What mappers and writers of the update methods do to memory. No reference into it is ever handed out.

use std::{
    num::NonZeroUsize,
    ops::Range,
    os::fd::AsFd,
    ptr::NonNull,
    sync::{
        OnceLock,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
};

use nix::{
    errno::Errno,
    sys::mman::{MapFlags, MsFlags, mmap, mprotect, msync},
    unistd::{SysconfVar, sysconf},
};

use super::{
    advice,
    memory::{Memory, protection},
    private_pages::Advice,
};

/// Bytes of a page of memory: 4 KiB on x86, 8 KiB on SPARC. Asked once, so that workers inherit the answer.
pub fn page_size() -> u64 {
    static SIZE: OnceLock<u64> = OnceLock::new();
    // POSIX requires an answer; the fallback is there for a system that breaks its word.
    *SIZE.get_or_init(|| sysconf(SysconfVar::PAGE_SIZE).ok().flatten().map_or(4096, |size| size as u64))
}

/// A file's first bytes, mapped `MAP_SHARED`. Through `&self` a byte of a writable mapping is accessed atomically, so that threads may store and
/// read at once; one of a read-only mapping is only read.
pub struct Pages {
    memory: Memory,
    writable: bool,
    page: usize,
}

impl Pages {
    /// Maps the first `length` bytes (at least one page); `writable` adds `PROT_WRITE`, which needs a descriptor opened so.
    pub fn map(file: impl AsFd, length: u64, writable: bool) -> nix::Result<Pages> {
        let page = page_size() as usize;
        let length = usize::try_from(length).map_err(|_| Errno::ENOMEM)?.max(page).next_multiple_of(page);
        let size = NonZeroUsize::new(length).ok_or(Errno::EINVAL)?;
        // SAFETY: a new mapping at an address of the system's choice touches no existing memory.
        let start = unsafe { mmap(None, size, protection(writable), MapFlags::MAP_SHARED, file, 0) }?;
        Ok(Pages { memory: Memory { start, length }, writable, page })
    }

    /// Where it begins.
    #[cfg(any(test, target_os = "linux"))]
    pub fn address(&self) -> u64 {
        self.memory.start.addr().get() as u64
    }

    /// Whether this process has the page at `offset` in its page table; `None` where the system does not report it.
    #[cfg(test)]
    pub fn is_present(&self, offset: u64) -> Option<bool> {
        use std::os::unix::fs::FileExt;
        let page = (self.memory.start.addr().get() as u64 + offset) / self.page as u64;
        let mut entry = [0; 8];
        std::fs::File::open("/proc/self/pagemap").ok()?.read_exact_at(&mut entry, page * 8).ok()?;
        Some(u64::from_ne_bytes(entry) >> 63 == 1)
    }

    pub fn length(&self) -> u64 {
        self.memory.length as u64
    }

    /// Reads the byte at `offset`; `None` beyond the mapping. The file must reach that page, or SIGBUS comes.
    pub fn touch(&self, offset: u64) -> Option<u8> {
        if let Some(byte) = self.atomic(offset) {
            return Some(byte.load(Relaxed));
        }
        let at = usize::try_from(offset).ok().filter(|at| *at < self.memory.length)?;
        // SAFETY: inside the mapping, which lives as long as `self` and which nobody can write through; volatile, because the file
        // is written to in other ways. (An atomic of the language wants memory that may be written.)
        Some(unsafe { self.memory.start.as_ptr().cast::<u8>().add(at).read_volatile() })
    }

    pub fn touch_range(&self, range: Range<u64>) {
        let pages = (range.start..range.end.min(self.memory.length as u64)).step_by(self.page);
        std::hint::black_box(pages.fold(0u8, |sum, offset| sum.wrapping_add(self.touch(offset).unwrap_or(0))));
    }

    /// Writes the byte at `offset`. `EACCES` through a read-only mapping, `EFAULT` beyond it.
    pub fn store(&self, offset: u64, value: u8) -> nix::Result<()> {
        if !self.writable {
            return Err(Errno::EACCES);
        }
        self.atomic(offset).ok_or(Errno::EFAULT)?.store(value, Relaxed);
        Ok(())
    }

    fn atomic(&self, offset: u64) -> Option<&AtomicU8> {
        let at = usize::try_from(offset).ok().filter(|at| self.writable && *at < self.memory.length)?;
        // SAFETY: inside the mapping, which was made for reading and writing and lives as long as `self`; every access of this
        // process to a writable mapping is atomic.
        Some(unsafe { AtomicU8::from_ptr(self.memory.start.as_ptr().cast::<u8>().add(at)) })
    }

    /// `msync(2)` of the pages that `range` lies on.
    pub fn sync(&self, range: Range<u64>, flags: MsFlags) -> nix::Result<()> {
        let (start, length) = self.pages_of(range)?;
        // SAFETY: inside the mapping; msync changes no memory.
        unsafe { msync(start, length, flags) }
    }

    /// `mprotect(2)` of the pages that `range` lies on. They stay readable.
    pub fn protect(&self, range: Range<u64>, writable: bool) -> nix::Result<()> {
        let (start, length) = self.pages_of(range)?;
        // SAFETY: inside the mapping, and readable before and after: no access of ours can be made invalid, and `store` is
        // never called between the two calls of who protects.
        unsafe { mprotect(start, length, protection(writable)) }
    }

    /// `madvise(2)` of the pages that `range` lies on; why it cannot. Of a shared mapping none of it loses anything: the next access finds the
    /// file's page again.
    pub fn advise(&self, range: Range<u64>, advice: Advice) -> Result<(), String> {
        let (start, length) = self.pages_of(range).map_err(|error| error.to_string())?;
        advice::advise(start, length, advice)
    }

    fn pages_of(&self, range: Range<u64>) -> nix::Result<(NonNull<libc::c_void>, usize)> {
        let page = self.page as u64;
        let (first, end) = (range.start / page * page, range.end.next_multiple_of(page).min(self.memory.length as u64));
        if first >= end {
            return Err(Errno::EFAULT);
        }
        // SAFETY: `first` lies inside the mapping.
        Ok((unsafe { self.memory.start.byte_add(first as usize) }, (end - first) as usize))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn a_store_reaches_the_file_and_a_write_the_mapping() {
        let file = tempfile::tempfile().unwrap();
        let page = page_size();
        file.set_len(3 * page).unwrap();
        let pages = Pages::map(&file, 3 * page, true).unwrap();
        pages.store(page + 5, 7).unwrap();
        pages.sync(page..page + 1, MsFlags::MS_SYNC).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, page + 5).unwrap();
        assert_eq!(byte, [7]);
        file.write_all_at(&[9], 2 * page).unwrap();
        assert_eq!(pages.touch(2 * page), Some(9));
        assert_eq!(pages.touch(3 * page), None);
        assert_eq!(pages.store(3 * page, 1), Err(Errno::EFAULT));
        assert_eq!(pages.sync(3 * page..4 * page, MsFlags::MS_SYNC), Err(Errno::EFAULT));
    }

    #[test]
    fn a_read_only_mapping_refuses_stores() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(1).unwrap();
        let pages = Pages::map(&file, 1, false).unwrap();
        assert_eq!(pages.length(), page_size());
        assert_eq!(pages.store(0, 1), Err(Errno::EACCES));
        pages.touch_range(0..page_size());
    }
}
