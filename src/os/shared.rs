//! Memory that a parent and all its forked children share: anonymous, zeroed, gone with the last of them.
//! Only atomics live in it, so that nobody can see a torn value.

use std::{marker::PhantomData, num::NonZeroUsize, ops::Deref, ptr::NonNull};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Types whose all-zero bytes are a valid value and whose every change through `&self` is atomic.
///
/// # Safety
/// Implement it only for atomics, and for `repr(C)` structs and arrays of such types.
pub unsafe trait Shareable {}

// SAFETY: an atomic integer is valid at zero and changes atomically.
unsafe impl Shareable for std::sync::atomic::AtomicU32 {}
// SAFETY: as above.
unsafe impl Shareable for std::sync::atomic::AtomicU64 {}
// SAFETY: as above.
unsafe impl Shareable for std::sync::atomic::AtomicU8 {}

/// A shared array of `T`.
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

    /// Bytes mapped.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    #[test]
    fn starts_at_zero_and_keeps_what_is_stored() {
        let shared = Shared::<AtomicU64>::zeroed(1000).unwrap();
        assert!(shared.iter().all(|n| n.load(Relaxed) == 0));
        shared[999].fetch_add(7, Relaxed);
        assert_eq!(shared[999].load(Relaxed), 7);
        assert_eq!(Shared::<AtomicU64>::zeroed(0).unwrap().len(), 0);
    }
}
