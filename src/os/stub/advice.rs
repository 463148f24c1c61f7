//! The names of `linux/advice.rs` on a system that has no such calls, or is not asked yet.

use std::{ops::Range, os::fd::AsFd, ptr::NonNull};

fn unavailable() -> Result<(), String> {
    Err("this version of mapstorm has no such call on this system".to_owned())
}

/// Unavailable.
pub fn punch(_: impl AsFd, _: Range<u64>) -> nix::Result<()> {
    Err(nix::Error::ENOSYS)
}

/// Unavailable.
pub fn drop_cache(_: impl AsFd, _: Range<u64>) -> Result<(), String> {
    unavailable()
}

/// Unavailable.
pub(super) fn page_out(_: NonNull<libc::c_void>, _: usize) -> Result<(), String> {
    unavailable()
}
