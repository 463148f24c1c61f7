//! Memory that a parent and all its forked children share: anonymous, zeroed, gone with the last of them.
//! Only atomics live in it, so that nobody can see a torn value; or bytes that were written before the first fork.

use std::{
    marker::PhantomData,
    num::NonZeroUsize,
    ops::Deref,
    ptr::NonNull,
    sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed},
};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// Types whose all-zero bytes are a valid value and whose every change through `&self` is atomic.
///
/// # Safety
/// Implement it only for atomics, and for `repr(C)` structs and arrays of such types.
pub unsafe trait Shareable {}

// SAFETY: an atomic integer is valid at zero and changes atomically.
unsafe impl Shareable for AtomicU32 {}
// SAFETY: as above.
unsafe impl Shareable for AtomicU64 {}
// SAFETY: as above.
unsafe impl Shareable for AtomicU8 {}

pub struct Shared<T: Shareable> {
    start: NonNull<libc::c_void>,
    length: usize,
    bytes: NonZeroUsize,
    of: PhantomData<T>,
}

impl<T: Shareable> Shared<T> {
    /// `length` zeroed elements (at least one byte is mapped even for none).
    pub fn zeroed(length: usize) -> nix::Result<Shared<T>> {
        let bytes = length.checked_mul(size_of::<T>()).ok_or(nix::Error::ENOMEM)?;
        let bytes = NonZeroUsize::new(bytes).unwrap_or(NonZeroUsize::MIN);
        // SAFETY: a new anonymous mapping at an address of the system's choice touches no existing memory.
        let start =
            unsafe { mmap_anonymous(None, bytes, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED) }?;
        Ok(Shared { start, length, bytes, of: PhantomData })
    }

    pub fn bytes(&self) -> usize {
        self.bytes.get()
    }
}

impl<T: Shareable> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the mapping is page-aligned, `length` elements long, zeroed (a valid `T` by `Shareable`) and lives as
        // long as `self`; other processes change it only through the atomics inside.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast::<T>(), self.length) }
    }
}

impl<T: Shareable> Drop for Shared<T> {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and no reference into it can outlive `self`. A failure leaves it mapped: harmless.
        let _ = unsafe { munmap(self.start, self.bytes.get()) };
    }
}

/// Bytes that every worker only reads. In a shared mapping, which a fork need not copy page by page as it does the heap.
pub struct Frozen(Shared<AtomicU8>);

impl Frozen {
    pub fn copy_of(content: &[u8]) -> nix::Result<Frozen> {
        let memory = Shared::<AtomicU8>::zeroed(content.len())?;
        memory.iter().zip(content).for_each(|(to, from)| to.store(*from, Relaxed));
        // SAFETY: the whole mapping is ours, and from here on nobody writes to it.
        unsafe { mprotect(memory.start, memory.bytes(), ProtFlags::PROT_READ) }?;
        Ok(Frozen(memory))
    }
}

impl Deref for Frozen {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the mapping is `length` bytes or longer, initialised, read-only since it was made, and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.0.start.as_ptr().cast(), self.0.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_memory_starts_at_zero_and_keeps_what_is_stored() {
        let shared = Shared::<AtomicU64>::zeroed(1000).unwrap();
        assert!(shared.iter().all(|n| n.load(Relaxed) == 0));
        shared[999].fetch_add(7, Relaxed);
        assert_eq!(shared[999].load(Relaxed), 7);
        assert_eq!(Shared::<AtomicU64>::zeroed(0).unwrap().len(), 0);
    }

    #[test]
    fn frozen_bytes_are_what_they_were_made_of() {
        assert_eq!(&*Frozen::copy_of(b"mailboxes").unwrap(), b"mailboxes");
        assert!(Frozen::copy_of(b"").unwrap().is_empty());
    }
}
