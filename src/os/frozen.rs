//! Bytes that are written once, before forking, and then only read by every worker.
//! They lie in a shared mapping, which a fork need not copy page by page as it does the heap.

use std::{num::NonZeroUsize, ops::Deref, ptr::NonNull};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// Read-only bytes shared with all forked children.
pub struct Frozen {
    start: NonNull<libc::c_void>,
    length: usize,
    mapped: NonZeroUsize,
}

impl Frozen {
    /// A read-only copy of `content`.
    pub fn copy_of(content: &[u8]) -> nix::Result<Frozen> {
        let mapped = NonZeroUsize::new(content.len()).unwrap_or(NonZeroUsize::MIN);
        // SAFETY: a new anonymous mapping at an address of the system's choice touches no existing memory.
        let start = unsafe {
            mmap_anonymous(None, mapped, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED)
        }?;
        let frozen = Frozen { start, length: content.len(), mapped };
        // SAFETY: the mapping is new, `content.len()` bytes long or longer, writable, and overlaps nothing.
        unsafe { std::ptr::copy_nonoverlapping(content.as_ptr(), start.as_ptr().cast(), content.len()) };
        // SAFETY: the whole mapping is ours, and from here on nobody writes to it.
        unsafe { mprotect(start, mapped.get(), ProtFlags::PROT_READ) }?;
        Ok(frozen)
    }
}

impl Deref for Frozen {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the mapping is `length` bytes or longer, initialised, read-only and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.length) }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and no reference into it can outlive `self`. A failure leaves it mapped: harmless.
        let _ = unsafe { munmap(self.start, self.mapped.get()) };
    }
}

#[cfg(test)]
mod tests {
    use super::Frozen;

    #[test]
    fn holds_what_it_was_made_of() {
        assert_eq!(&*Frozen::copy_of(b"mailboxes").unwrap(), b"mailboxes");
        assert!(Frozen::copy_of(b"").unwrap().is_empty());
    }
}
