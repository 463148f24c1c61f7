//! What illumos lets one ask about a file's pages: punch a hole (`fcntl(F_FREESP)`), and nothing else.
//! An error is the reason in words, because it is shown as why an update method is unsupported.

use std::{
    ops::Range,
    os::fd::{AsFd, AsRawFd},
    ptr::NonNull,
};

use nix::errno::Errno;

use crate::os::private_pages::Advice;

pub(in crate::os) use super::unsupported::advice::move_pages;
pub use super::unsupported::advice::populate;

pub const PUNCH: &str = "fcntl(F_FREESP)";

/// Frees `range` of a file, which reads as zeros from then on; its pages are unmapped from every process.
pub fn punch(file: impl AsFd, range: Range<u64>) -> nix::Result<()> {
    // A length of zero would mean: to the end of the file.
    if range.is_empty() {
        return Ok(());
    }
    let whole = super::flock::whole_file(libc::F_WRLCK);
    let (l_start, l_len) = (range.start as libc::off_t, (range.end - range.start) as libc::off_t);
    let hole = libc::flock { l_start, l_len, ..whole };
    // SAFETY: the descriptor is open for the length of the call, which only reads the structure.
    let code = unsafe { libc::fcntl(file.as_fd().as_raw_fd(), libc::F_FREESP, &hole) };
    Errno::result(code).map(|_| ())
}

pub fn drop_cache(_: impl AsFd, _: Range<u64>) -> Result<(), String> {
    Err("illumos accepts posix_fadvise(POSIX_FADV_DONTNEED) and does nothing".to_owned())
}

/// Called by [`PrivatePages`](crate::os::private_pages::PrivatePages) with all of its own memory.
pub(in crate::os) fn advise(start: NonNull<libc::c_void>, length: usize, advice: Advice) -> Result<(), String> {
    let (name, number) = match advice {
        Advice::DontNeed => ("madvise(MADV_DONTNEED)", libc::MADV_DONTNEED),
        Advice::Free => ("madvise(MADV_FREE)", libc::MADV_FREE),
        Advice::PageOut | Advice::Collapse | Advice::NoHugePages => return Err("illumos has no such advice".to_owned()),
    };
    // SAFETY: the memory is the caller's own, private and anonymous; neither advice leaves it unmapped.
    Errno::result(unsafe { libc::madvise(start.as_ptr(), length, number) })
        .map(drop)
        .map_err(|error| format!("{name}: {}", error.desc()))
}

pub(in crate::os) fn page_out(_: NonNull<libc::c_void>, _: usize) -> Result<(), String> {
    Err("illumos has no call that pages out on request (msync(MS_INVALIDATE) unmaps from every process instead)"
        .to_owned())
}
