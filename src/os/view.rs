//! Bytes of a file that others may change at any moment: numbers are loaded once each, whole, and bounds are checked.
//! Whoever decides by a number decides by what was loaded; the compiler may not load it again.

use std::{marker::PhantomData, ops::Range, ptr::NonNull};

/// Bytes that are there for `'a`, but need not stay what they are.
#[derive(Clone, Copy)]
pub struct View<'a> {
    start: NonNull<u8>,
    length: usize,
    of: PhantomData<&'a [u8]>,
}

// SAFETY: as a shared slice, of which it has less: it lends memory for reading alone.
unsafe impl Send for View<'_> {}
// SAFETY: as above.
unsafe impl Sync for View<'_> {}

/// Numbers of which every pattern of bits is one.
pub trait Number: Copy {}

impl Number for u8 {}
impl Number for u16 {}
impl Number for u32 {}
impl Number for u64 {}

/// A number at any address.
#[repr(C, packed)]
struct Unaligned<T>(T);

impl<'a> View<'a> {
    /// Of bytes that do stay what they are.
    pub fn of(bytes: &'a [u8]) -> View<'a> {
        View { start: NonNull::from(bytes).cast(), length: bytes.len(), of: PhantomData }
    }

    /// Of memory that others may change.
    ///
    /// # Safety
    /// `length` bytes from `start` on are mapped and may be read for `'a`.
    pub(super) unsafe fn of_mapped(start: NonNull<u8>, length: usize) -> View<'a> {
        View { start, length, of: PhantomData }
    }

    /// How many bytes there are.
    #[inline]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The number at `offset`, in this machine's order; `None` beyond the end.
    #[inline]
    pub fn load<T: Number>(&self, offset: usize) -> Option<T> {
        let end = offset.checked_add(size_of::<T>())?;
        if end > self.length {
            return None;
        }
        // SAFETY: inside the memory, which is mapped for `'a`; any bits are a `T`, and packed it may lie anywhere. Volatile, because
        // others may write to it: it is loaded once.
        Some(unsafe { self.start.as_ptr().add(offset).cast::<Unaligned<T>>().read_volatile().0 })
    }

    /// The bytes of `range`; `None` beyond the end.
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> Option<&'a [u8]> {
        if range.start > range.end || range.end > self.length {
            return None;
        }
        // SAFETY: inside the memory, which is mapped for `'a`. Of mapped files: cooperating processes (Cyrus and mapstorm) change
        // committed bytes only under the exclusive lock of the file, so nothing changes while its reader holds a lock. A reader
        // without one (`readers.lock = "none"`) may see them change, which the language does not provide for. That is the one
        // thing left to the compiler: the bytes are keys, values and what a CRC is of; they are compared, copied and summed up,
        // and no place or length is ever taken from them, so that a change makes a wrong answer and nothing else.
        Some(unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(range.start), range.len()) })
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn numbers_are_loaded_from_anywhere_inside_and_from_nowhere_else() {
        let bytes = [1u8, 2, 3, 4, 5, 6, 7, 8, 9];
        let view = View::of(&bytes);
        for offset in 0..=5 {
            let expected = u32::from_ne_bytes(bytes[offset..offset + 4].try_into().unwrap());
            assert_eq!(view.load::<u32>(offset), Some(expected));
        }
        assert_eq!((view.load::<u64>(1).is_some(), view.load::<u64>(2)), (true, None));
        assert_eq!((view.load::<u8>(8), view.load::<u8>(9), view.load::<u16>(usize::MAX)), (Some(9), None, None));
        assert_eq!((view.slice(7..9), view.slice(7..10)), (Some(&bytes[7..]), None));
        #[expect(clippy::reversed_empty_ranges, reason = "numbers from a damaged file make such")]
        let reversed = view.slice(3..2);
        assert_eq!(reversed, None);
    }
}
