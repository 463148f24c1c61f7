//! What only Linux lets one ask about a file's pages: punch a hole, drop them from the page cache, page them out, map many at once.
//! An error is the reason in words, because it is shown as why an update method is unsupported.

use std::{ops::Range, os::fd::AsFd, ptr::NonNull};

use nix::{
    errno::Errno,
    fcntl::{FallocateFlags, PosixFadviseAdvice, fallocate, posix_fadvise},
    sys::mman::{MRemapFlags, MmapAdvise, madvise, mremap},
};

use crate::os::{pages::page_size, private_pages::Advice};

fn failed(call: &'static str) -> impl Fn(Errno) -> String {
    move |error| format!("{call}: {}", error.desc())
}

/// Frees `range` of a file, which reads as zeros from then on; its pages are unmapped from every process.
pub fn punch(file: impl AsFd, range: Range<u64>) -> Result<(), String> {
    let how = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    let (start, length) = (range.start as libc::off_t, (range.end - range.start) as libc::off_t);
    fallocate(file, how, start, length).map_err(failed("fallocate(FALLOC_FL_PUNCH_HOLE)"))
}

/// Drops `range` of a file from the page cache, as far as nobody maps or changes it.
pub fn drop_cache(file: impl AsFd, range: Range<u64>) -> Result<(), String> {
    let (start, length) = (range.start as libc::off_t, (range.end - range.start) as libc::off_t);
    posix_fadvise(file, start, length, PosixFadviseAdvice::POSIX_FADV_DONTNEED)
        .map_err(failed("posix_fadvise(POSIX_FADV_DONTNEED)"))
}

/// Called by [`PrivatePages`](crate::os::private_pages::PrivatePages) and [`Pages`](crate::os::pages::Pages) with their own memory.
pub(in crate::os) fn advise(start: NonNull<libc::c_void>, length: usize, advice: Advice) -> Result<(), String> {
    let (name, number) = match advice {
        Advice::DontNeed => ("madvise(MADV_DONTNEED)", libc::MADV_DONTNEED),
        Advice::Free => ("madvise(MADV_FREE)", libc::MADV_FREE),
        Advice::PageOut => ("madvise(MADV_PAGEOUT)", libc::MADV_PAGEOUT),
        Advice::Collapse => ("madvise(MADV_COLLAPSE)", libc::MADV_COLLAPSE),
        Advice::NoHugePages => ("madvise(MADV_NOHUGEPAGE)", libc::MADV_NOHUGEPAGE),
    };
    // SAFETY: the memory is the caller's own, and none of these leaves it unmapped.
    Errno::result(unsafe { libc::madvise(start.as_ptr(), length, number) }).map(drop).map_err(failed(name))
}

/// Moves memory to another place of the same size, whose own memory is gone then. Called by `PrivatePages` with two of its own.
pub(in crate::os) fn move_pages(
    from: NonNull<libc::c_void>,
    length: usize,
    to: NonNull<libc::c_void>,
) -> Result<(), String> {
    let how = MRemapFlags::MREMAP_MAYMOVE | MRemapFlags::MREMAP_FIXED;
    // SAFETY: both places are the caller's own mappings, whole, of this length, and without any reference into them.
    unsafe { mremap(from, length, length, how, Some(to)) }.map(drop).map_err(failed("mremap"))
}

/// Maps every page that `memory` lies on, for reading, with one call instead of one fault each (Linux 5.14). Pages of shared memory are then writable too.
pub fn populate<T>(memory: &[T]) -> nix::Result<()> {
    let page = page_size() as usize;
    let address = memory.as_ptr().cast::<libc::c_void>().cast_mut();
    let before = address as usize % page;
    let Some(start) = NonNull::new(address.wrapping_byte_sub(before)) else { return Err(Errno::EINVAL) };
    // SAFETY: the advice reads every page and changes no content; all of them lie under a live reference, so they are mapped.
    unsafe { madvise(start, size_of_val(memory) + before, MmapAdvise::MADV_POPULATE_READ) }
}

#[cfg(test)]
mod tests {
    use super::populate;
    use crate::os::shared::{Frozen, Shared};
    use std::sync::atomic::AtomicU64;

    #[test]
    fn any_part_of_memory_can_be_populated() {
        let shared = Shared::<AtomicU64>::zeroed(100_000).unwrap();
        // An old kernel has no such advice: then its callers touch.
        let done = populate(&shared[3000..90_000]);
        assert!(matches!(done, Ok(()) | Err(nix::Error::EINVAL)), "{done:?}");
        assert_eq!(done, populate(&Frozen::copy_of(b"mailboxes").unwrap()));
    }
}
