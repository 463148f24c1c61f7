//! Memory that this process has mapped, and what may be done with it: gone with its owner.

use std::{num::NonZeroUsize, ptr::NonNull};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// A mapping. Whoever refers into it holds it.
pub(super) struct Memory {
    pub(super) start: NonNull<libc::c_void>,
    pub(super) length: usize,
}

// SAFETY: it is nothing but the address and the length of a mapping, which no thread owns.
unsafe impl Send for Memory {}
// SAFETY: as above; nothing changes through `&self`.
unsafe impl Sync for Memory {}

impl Memory {
    /// Zeroed, readable and writable, private or shared as `flags` say. At least one byte is mapped even for none.
    pub(super) fn anonymous(length: usize, flags: MapFlags) -> nix::Result<Memory> {
        let length = NonZeroUsize::new(length).unwrap_or(NonZeroUsize::MIN);
        // SAFETY: a new anonymous mapping at an address of the system's choice touches no existing memory.
        let start = unsafe { mmap_anonymous(None, length, protection(true), flags) }?;
        Ok(Memory { start, length: length.get() })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and whoever refers into it holds `self`. A failure leaves it mapped: harmless.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}

pub(super) fn protection(writable: bool) -> ProtFlags {
    if writable { ProtFlags::PROT_READ | ProtFlags::PROT_WRITE } else { ProtFlags::PROT_READ }
}
