//! Mapping many pages with one call instead of one fault each (`MADV_POPULATE_READ`, Linux 5.14).
//! Only page tables change, never content.

use std::ptr::NonNull;

use nix::{
    errno::Errno,
    sys::mman::{MmapAdvise, madvise},
    unistd::{SysconfVar, sysconf},
};

/// Maps every page that `piece` lies on, for reading. Pages of shared memory are then writable too.
pub fn populate<T>(piece: &[T]) -> nix::Result<()> {
    let page = sysconf(SysconfVar::PAGE_SIZE)?.ok_or(Errno::ENOSYS)? as usize;
    let address = piece.as_ptr().cast::<libc::c_void>().cast_mut();
    let before = address as usize % page;
    let Some(start) = NonNull::new(address.wrapping_byte_sub(before)) else { return Err(Errno::EINVAL) };
    // SAFETY: the advice reads every page and changes no content; all of them lie under a live reference, so they are mapped.
    unsafe { madvise(start, size_of_val(piece) + before, MmapAdvise::MADV_POPULATE_READ) }
}

#[cfg(test)]
mod tests {
    use super::populate;
    use crate::os::{frozen::Frozen, shared::Shared};
    use std::sync::atomic::AtomicU64;

    #[test]
    fn any_piece_of_memory_can_be_populated() {
        let shared = Shared::<AtomicU64>::zeroed(100_000).unwrap();
        // An old kernel has no such advice: then its callers touch.
        let done = populate(&shared[3000..90_000]);
        assert!(matches!(done, Ok(()) | Err(nix::Error::EINVAL)), "{done:?}");
        assert_eq!(done, populate(&Frozen::copy_of(b"mailboxes").unwrap()));
    }
}
