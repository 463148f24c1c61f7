//! The names of `linux/advice.rs` on a system that is not asked.
//! All are unavailable, with that as the reason.

use std::{ops::Range, os::fd::AsFd, ptr::NonNull};

fn unavailable() -> Result<(), String> {
    Err("mapstorm knows of no such call on this system".to_owned())
}

/// The call behind [`punch`], as messages name it: there is none.
pub const PUNCH: &str = "punching a hole";

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
