//! What illumos lets one ask about a file's pages: nothing that the other systems' update methods need.
//! An error is the reason in words, because it is shown as why an update method is unsupported.

use std::{ops::Range, os::fd::AsFd, ptr::NonNull};

use nix::errno::Errno;

use crate::os::private_pages::Advice;

pub(in crate::os) use super::unsupported::advice::move_pages;
pub use super::unsupported::advice::populate;

/// No call does it. `fcntl(F_FREESP)` frees blocks, but on ZFS it leaves the pages as they are and mapped (zfs_free_range frees blocks alone, and
/// zfs_freesp lengthens a file that ends before the range), and UFS and tmpfs only cut a file off (ufs_freesp and tmp_freesp answer EINVAL unless the
/// length is 0): by reading illumos-gate's usr/src/uts/common/fs.
pub fn punch(_: impl AsFd, _: Range<u64>) -> Result<(), String> {
    Err("illumos has no hole that unmaps pages: fcntl(F_FREESP) leaves them mapped on ZFS, and fails on UFS and tmpfs"
        .to_owned())
}

pub fn drop_cache(_: impl AsFd, _: Range<u64>) -> Result<(), String> {
    Err("illumos accepts posix_fadvise(POSIX_FADV_DONTNEED) and does nothing".to_owned())
}

/// Called by [`PrivatePages`](crate::os::private_pages::PrivatePages) and [`Pages`](crate::os::pages::Pages) with their own memory.
pub(in crate::os) fn advise(start: NonNull<libc::c_void>, length: usize, advice: Advice) -> Result<(), String> {
    let (name, number) = match advice {
        Advice::DontNeed => ("madvise(MADV_DONTNEED)", libc::MADV_DONTNEED),
        Advice::Free => ("madvise(MADV_FREE)", libc::MADV_FREE),
        Advice::PageOut => {
            return Err("illumos has no call that pages out on request (msync(MS_INVALIDATE) unmaps from every process instead)".to_owned());
        }
        Advice::Collapse | Advice::NoHugePages => return Err("illumos has no such advice".to_owned()),
    };
    // SAFETY: the memory is the caller's own; neither advice leaves it unmapped.
    Errno::result(unsafe { libc::madvise(start.as_ptr(), length, number) })
        .map(drop)
        .map_err(|error| format!("{name}: {}", error.desc()))
}
