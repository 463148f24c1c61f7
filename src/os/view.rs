//! Bytes of a file that others may change at any moment. No slice of them is ever lent: numbers are loaded once each, whole,
//! keys are compared, and contents are copied out or summed up, word by word, with bounds checked.

use std::{
    cmp::Ordering,
    fmt,
    marker::PhantomData,
    mem::MaybeUninit,
    ops::Range,
    ptr::NonNull,
    sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed},
};

#[cfg(test)]
mod tests;

/// Bytes that are there for `'a`, but need not stay what they are. Whoever decides by a number decides by what was loaded; a change
/// while a key is compared or a checksum is computed makes a wrong answer and nothing else.
///
/// Why this is sound: bytes that others may change are read by relaxed atomic loads alone. Their writers are other processes and the
/// system (`write(2)`), whose stores are outside this program; every access of the program itself is atomic, so it has no data race.
/// The only references to these bytes are to atomic numbers, which may change beneath them. The process itself changes them by relaxed
/// atomic stores alone ([`Guarded::store`](super::bus_guard::Guarded::store)). Where the mapping is read-only, `std::sync::atomic`
/// ("Atomic accesses to read-only memory") allows relaxed loads of up to 8 bytes on 64-bit machines. Bytes that belong to this process
/// are borrowed as a slice is, and read plainly.
#[derive(Clone, Copy)]
pub struct View<'a> {
    start: NonNull<u8>,
    /// How many, with the bit [`SHARED`] if others may change them: a view of two words is handed on in registers.
    extent: usize,
    of: PhantomData<&'a [u8]>,
}

/// No memory is so long that this bit is part of a length.
const SHARED: usize = 1 << (usize::BITS - 1);

// SAFETY: as a shared slice, of which it has less: it lends memory for reading alone.
unsafe impl Send for View<'_> {}
// SAFETY: as above.
unsafe impl Sync for View<'_> {}

/// Numbers of which every pattern of bits is one.
pub trait Number: Copy {
    /// The number at an address that may hold one; `None` if it lies across the words that are loaded at once.
    ///
    /// # Safety
    /// Its bytes are mapped, and every access of this process to them is atomic.
    unsafe fn relaxed(from: *const u8) -> Option<Self>;

    /// The number whose bytes are the lowest of `word`, the first one lowest.
    fn lowest(word: u64) -> Self;
}

macro_rules! number {
    ($($number:ty: $atomic:ty),*) => {$(
        impl Number for $number {
            #[inline]
            unsafe fn relaxed(from: *const u8) -> Option<$number> {
                let from = from.cast::<$atomic>();
                // SAFETY: mapped, as the caller says, and aligned; an atomic number may change while there is a reference to it.
                from.is_aligned().then(|| unsafe { &*from }.load(Relaxed))
            }

            #[inline]
            fn lowest(word: u64) -> $number {
                <$number>::from_le(word as $number)
            }
        }
    )*};
}

number!(u8: AtomicU8, u16: AtomicU16, u32: AtomicU32, u64: AtomicU64);

/// Bytes that are compared or copied at a time.
const WORD: usize = size_of::<u64>();
/// Bytes that a checksum is computed of at a time: on the stack, because a worker's loop allocates nothing.
const BLOCK: usize = 1024;

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for View<'a> {
    fn from(bytes: &'a T) -> View<'a> {
        View::of(bytes.as_ref())
    }
}

impl<'a> View<'a> {
    /// Of bytes that do stay what they are.
    pub fn of(bytes: &'a [u8]) -> View<'a> {
        View { start: NonNull::from(bytes).cast(), extent: bytes.len(), of: PhantomData }
    }

    /// Of memory that others may change.
    ///
    /// # Safety
    /// All aligned words of 8 bytes that hold any of the `length` bytes from `start` on are mapped for `'a`, and this process
    /// accesses them atomically alone.
    pub(super) unsafe fn of_mapped(start: NonNull<u8>, length: usize) -> View<'a> {
        View { start, extent: length | SHARED, of: PhantomData }
    }

    #[inline]
    pub fn length(&self) -> usize {
        self.extent & !SHARED
    }

    #[inline]
    fn is_shared(&self) -> bool {
        self.extent & SHARED != 0
    }

    /// The number at `offset`, in this machine's order; `None` beyond the end.
    #[inline]
    pub fn load<T: Number>(&self, offset: usize) -> Option<T> {
        let end = offset.checked_add(size_of::<T>())?;
        if end > self.length() {
            return None;
        }
        if self.is_shared() {
            // SAFETY: inside, as just checked; any bits are a `T`.
            if let Some(number) = unsafe { T::relaxed(self.start.as_ptr().add(offset)) } {
                return Some(number);
            }
        }
        // SAFETY: inside, as just checked.
        Some(unsafe { self.load_otherwise(offset) })
    }

    /// The number at `offset` of this process's own bytes, or where the files of no known format have one: across two words.
    ///
    /// # Safety
    /// All of it lies inside.
    #[inline(never)]
    unsafe fn load_otherwise<T: Number>(&self, offset: usize) -> T {
        // SAFETY: as the caller says.
        T::lowest(unsafe { self.word(offset, size_of::<T>()) })
    }

    /// The bytes from `offset` on as a number, the first one lowest. What stands in it for bytes beyond the end is nothing to go by.
    ///
    /// # Safety
    /// `count` bytes from `offset` on lie inside, one at least and no more than a word.
    #[inline(always)]
    unsafe fn word(&self, offset: usize, count: usize) -> u64 {
        // SAFETY: plain loads lie inside. An aligned word that is loaded atomically holds a byte that lies inside, so it is mapped.
        unsafe {
            let from = self.start.as_ptr().add(offset);
            if self.is_shared() {
                let skew = from.addr() % WORD;
                let first = from.sub(skew).cast::<AtomicU64>();
                let second = first.add((skew + count - 1) / WORD);
                let [first, second] = [first, second].map(|word| u64::from_le((*word).load(Relaxed)));
                first >> (8 * skew) | second << 1 << (63 - 8 * skew)
            } else if count == WORD {
                u64::from_le(from.cast::<u64>().read_unaligned())
            } else {
                (0..count).rev().fold(0, |word, at| word << 8 | u64::from(*from.add(at)))
            }
        }
    }

    #[inline]
    pub fn slice(&self, range: Range<usize>) -> Option<View<'a>> {
        if range.start > range.end || range.end > self.length() {
            return None;
        }
        // SAFETY: inside the memory, or at its end.
        let start = unsafe { self.start.add(range.start) };
        Some(View { start, extent: range.len() | (self.extent & SHARED), ..*self })
    }

    /// Where the first byte is, for system calls and what they answer about memory.
    pub(super) fn address(&self) -> usize {
        self.start.addr().get()
    }

    /// The order of two, by the ranks of the first bytes that differ in rank; without such, the shorter is first.
    #[inline]
    pub fn compare(self, other: View<'_>, rank: impl Fn(u8) -> u8) -> Ordering {
        let common = self.length().min(other.length());
        let mut at = 0;
        // SAFETY: of both, so many bytes lie inside. (Here and below.)
        let words = |at, count| unsafe { (self.word(at, count), other.word(at, count)) };
        let first_difference = |(left, right): (u64, u64), mut differ: u64| {
            while differ != 0 {
                let place = differ.trailing_zeros() / 8 * 8;
                let (left, right) = (rank((left >> place) as u8), rank((right >> place) as u8));
                if left != right {
                    return Some(left.cmp(&right));
                }
                differ &= !(0xFF << place);
            }
            None
        };
        while common - at >= WORD {
            let (left, right) = words(at, WORD);
            if left != right
                && let Some(order) = first_difference((left, right), left ^ right)
            {
                return order;
            }
            at += WORD;
        }
        if common > at {
            let (left, right) = words(at, common - at);
            if let Some(order) = first_difference((left, right), (left ^ right) & ((1 << (8 * (common - at))) - 1)) {
                return order;
            }
        }
        self.length().cmp(&other.length())
    }

    /// Copies the bytes to `out`, as many as it has room for; what was copied.
    #[inline]
    fn copy<'o>(&self, out: &'o mut [MaybeUninit<u8>]) -> &'o [u8] {
        let length = self.length().min(out.len());
        let (to, rest) = (out.as_mut_ptr().cast::<u8>(), length % WORD);
        // SAFETY: all offsets are less than `length`, which both have; `out` is nobody else's, and its first `length` bytes are
        // written when they are lent.
        unsafe {
            let mut at = 0;
            let is_aligned = self.is_shared() && self.start.addr().get().is_multiple_of(WORD);
            while at < length - rest {
                let word = if is_aligned {
                    (*self.start.as_ptr().add(at).cast::<AtomicU64>()).load(Relaxed)
                } else {
                    self.word(at, WORD).to_le()
                };
                to.add(at).cast::<u64>().write_unaligned(word);
                at += WORD;
            }
            if rest > 0 {
                let word = self.word(at, rest).to_le_bytes();
                to.add(at).copy_from_nonoverlapping(word.as_ptr(), rest);
            }
            std::slice::from_raw_parts(to, length)
        }
    }

    /// Copies the bytes to `out`, replacing what was there. Allocates only beyond its capacity.
    pub fn copy_to(&self, out: &mut Vec<u8>) {
        out.clear();
        out.reserve(self.length());
        let length = self.copy(out.spare_capacity_mut()).len();
        // SAFETY: so many bytes were just written.
        unsafe { out.set_len(length) };
    }

    pub fn to_vec(self) -> Vec<u8> {
        let mut out = Vec::new();
        self.copy_to(&mut out);
        out
    }

    pub fn crc32(&self) -> u32 {
        self.short(crc32fast::hash).unwrap_or_else(|| {
            let mut crc = crc32fast::Hasher::new();
            self.blocks(|block| crc.update(block));
            crc.finalize()
        })
    }

    /// The 64-bit XXH3 with seed 0.
    pub fn xxh3(&self) -> u64 {
        self.short(xxhash_rust::xxh3::xxh3_64).unwrap_or_else(|| {
            let mut sum = xxhash_rust::xxh3::Xxh3Default::new();
            self.blocks(|block| sum.update(block));
            sum.digest()
        })
    }

    /// What `of` makes of the bytes, if they are no more than a block.
    #[inline]
    fn short<T>(&self, of: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let mut block = [const { MaybeUninit::uninit() }; BLOCK];
        (self.length() <= BLOCK).then(|| of(self.copy(&mut block)))
    }

    fn blocks(&self, mut visitor: impl FnMut(&[u8])) {
        let mut block = [const { MaybeUninit::uninit() }; BLOCK];
        let mut rest = *self;
        while rest.length() > 0 {
            let copied = rest.copy(&mut block);
            visitor(copied);
            rest = rest.slice(copied.len()..rest.length()).unwrap_or(View::of(&[]));
        }
    }
}

impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for View<'_> {
    fn eq(&self, other: &T) -> bool {
        *self == View::from(other)
    }
}

impl PartialEq for View<'_> {
    fn eq(&self, other: &View<'_>) -> bool {
        self.length() == other.length() && self.compare(*other, |byte| byte).is_eq()
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_vec().fmt(f)
    }
}
