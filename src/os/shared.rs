//! Memory that a parent and all its forked children share: anonymous, zeroed, gone with the last of them.
//! Only atomics live in it, so that nobody can see a torn value; or bytes that were written before the first fork.

use std::{
    cell::Cell,
    ops::Deref,
    ptr::NonNull,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
};

use nix::sys::mman::{MapFlags, mprotect};

use super::memory::{Memory, protection};

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

/// One mapping for shared memory of several types: every mapping costs each fork and each exit of thousands of workers.
pub struct Region {
    /// `None` while only the bytes are counted.
    memory: Option<Arc<Memory>>,
    used: Cell<usize>,
}

impl Region {
    /// Bytes that `allocate` takes. What it takes meanwhile is empty.
    pub fn bytes_of<A>(allocate: impl FnOnce(&Region) -> nix::Result<A>) -> nix::Result<usize> {
        let counted = Region { memory: None, used: Cell::new(0) };
        allocate(&counted)?;
        Ok(counted.used.get())
    }

    /// What `allocate` makes of one mapping that is as large as it needs: it is called twice, and must take the same both times.
    pub fn filled_by<A>(allocate: impl Fn(&Region) -> nix::Result<A>) -> nix::Result<A> {
        let memory = Memory::anonymous(Region::bytes_of(&allocate)?, MapFlags::MAP_SHARED)?;
        allocate(&Region { memory: Some(Arc::new(memory)), used: Cell::new(0) })
    }

    /// `length` zeroed elements.
    pub fn zeroed<T: Shareable>(&self, length: usize) -> nix::Result<Shared<T>> {
        let start = self.used.get().next_multiple_of(align_of::<T>());
        let end = length.checked_mul(size_of::<T>()).and_then(|bytes| start.checked_add(bytes));
        let end = end.filter(|end| *end <= isize::MAX as usize).ok_or(nix::Error::ENOMEM)?;
        self.used.set(end);
        let Some(memory) = &self.memory else {
            return Ok(Shared { start: NonNull::dangling(), length: 0, _memory: None });
        };
        if end > memory.length {
            return Err(nix::Error::ENOMEM);
        }
        // SAFETY: `start` lies inside the mapping, or at its end.
        let start = unsafe { memory.start.byte_add(start) }.cast();
        Ok(Shared { start, length, _memory: Some(memory.clone()) })
    }
}

pub struct Shared<T: Shareable> {
    start: NonNull<T>,
    length: usize,
    _memory: Option<Arc<Memory>>,
}

// SAFETY: every change through `&self` is atomic (`Shareable`), and the mapping belongs to no thread.
unsafe impl<T: Shareable> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Shareable> Sync for Shared<T> {}

impl<T: Shareable> Shared<T> {
    /// `length` zeroed elements in a mapping of their own.
    pub fn zeroed(length: usize) -> nix::Result<Shared<T>> {
        Region::filled_by(|region| region.zeroed(length))
    }
}

impl<T: Shareable> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `length` aligned elements of a mapping that is zeroed (a valid `T` by `Shareable`) and that `self` holds, and of no
        // other `Shared`; other processes change it only through the atomics inside. Or none.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

/// Bytes that every worker only reads. In a shared mapping, which a fork need not copy page by page as it does the heap.
pub struct Frozen(Shared<AtomicU8>);

impl Frozen {
    pub fn copy_of(content: &[u8]) -> nix::Result<Frozen> {
        let memory = Shared::<AtomicU8>::zeroed(content.len())?;
        memory.iter().zip(content).for_each(|(to, from)| to.store(*from, Relaxed));
        // SAFETY: the whole mapping is ours, and from here on nobody writes to it.
        unsafe { mprotect(memory.start.cast(), content.len().max(1), protection(false)) }?;
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
pub(super) mod tests {
    use super::*;
    use crate::os::pages::page_size;

    /// Takes a thousand page faults (4 MiB of 4 KiB pages), and so some CPU time.
    pub fn fault_in_fresh_pages() {
        let fresh = Shared::<AtomicU8>::zeroed(4 << 20).unwrap();
        fresh.iter().step_by(page_size() as usize).for_each(|byte| byte.store(1, Relaxed));
    }

    #[test]
    fn shared_memory_starts_at_zero_and_keeps_what_is_stored() {
        let shared = Shared::<AtomicU64>::zeroed(1000).unwrap();
        assert!(shared.iter().all(|n| n.load(Relaxed) == 0));
        shared[999].fetch_add(7, Relaxed);
        assert_eq!(shared[999].load(Relaxed), 7);
        assert_eq!(Shared::<AtomicU64>::zeroed(0).unwrap().len(), 0);
        assert!(Shared::<AtomicU64>::zeroed(usize::MAX / 4).is_err());
    }

    #[test]
    fn parts_of_a_region_lie_one_behind_the_other_and_outlive_it() {
        let parts = |region: &Region| Ok((region.zeroed::<AtomicU8>(3)?, region.zeroed::<AtomicU64>(2)?));
        assert_eq!(Region::bytes_of(parts), Ok(24));
        let (bytes, words) = Region::filled_by(parts).unwrap();
        bytes[2].store(0xff, Relaxed);
        assert_eq!(words.as_ptr().addr() - bytes.as_ptr().addr(), 8);
        assert_eq!((words[0].load(Relaxed), words[1].load(Relaxed)), (0, 0));
        drop(bytes);
        words[1].store(7, Relaxed);
        assert_eq!(words[1].load(Relaxed), 7);
    }

    #[test]
    fn frozen_bytes_are_what_they_were_made_of() {
        assert_eq!(&*Frozen::copy_of(b"mailboxes").unwrap(), b"mailboxes");
        assert!(Frozen::copy_of(b"").unwrap().is_empty());
    }
}
