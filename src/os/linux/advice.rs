//! What only Linux lets one ask about a file's pages: punch a hole, drop them from the page cache, page them out.
//! An error is the reason in words, because it is shown as why an update method is unsupported.

use std::{ops::Range, os::fd::AsFd, ptr::NonNull};

use nix::{
    errno::Errno,
    fcntl::{FallocateFlags, PosixFadviseAdvice, fallocate, posix_fadvise},
    sys::mman::{MmapAdvise, madvise},
};

fn failed(call: &'static str) -> impl Fn(Errno) -> String {
    move |error| format!("{call}: {}", error.desc())
}

/// The call behind [`punch`], as messages name it.
pub const PUNCH: &str = "fallocate(FALLOC_FL_PUNCH_HOLE)";

/// Frees `range` of a file, which reads as zeros from then on; its pages are unmapped from every process.
pub fn punch(file: impl AsFd, range: Range<u64>) -> nix::Result<()> {
    let how = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    let (start, length) = (range.start as libc::off_t, (range.end - range.start) as libc::off_t);
    fallocate(file, how, start, length)
}

/// Drops `range` of a file from the page cache, as far as nobody maps or changes it.
pub fn drop_cache(file: impl AsFd, range: Range<u64>) -> Result<(), String> {
    let (start, length) = (range.start as libc::off_t, (range.end - range.start) as libc::off_t);
    posix_fadvise(file, start, length, PosixFadviseAdvice::POSIX_FADV_DONTNEED)
        .map_err(failed("posix_fadvise(POSIX_FADV_DONTNEED)"))
}

/// Pages memory out. Called by [`Pages`](super::pages::Pages) with a piece of its own mapping.
pub(super) fn page_out(start: NonNull<libc::c_void>, length: usize) -> Result<(), String> {
    // SAFETY: the advice changes no content: a page that was paged out comes back as it was.
    unsafe { madvise(start, length, MmapAdvise::MADV_PAGEOUT) }.map_err(failed("madvise(MADV_PAGEOUT)"))
}
