//! Surviving a file that is cut short beneath its mapping: touching a page past the new end raises SIGBUS, and so does a store to a
//! hole that the file system has no room for. The handler puts a page of zeros in its place and makes a note, which the reader turns
//! into an error.

use std::{
    io,
    os::fd::{AsFd, AsRawFd},
    ptr::NonNull,
    sync::{
        Once,
        atomic::{
            AtomicBool, AtomicU8, AtomicU64, AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
};

use memmap2::{MmapOptions, MmapRaw};
use nix::{
    errno::Errno,
    sys::{
        mman::{MsFlags, msync},
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
    },
};

use super::{pages::page_size, view::View};

/// A mapping that is guarded. All zero: unused.
struct Slot {
    taken: AtomicBool,
    start: AtomicUsize,
    length: AtomicUsize,
    /// Offset of the first page that was not there, plus one.
    missing: AtomicUsize,
}

/// More than any process maps at a time.
const MOST: usize = 256;
static SLOTS: [Slot; MOST] = [const {
    Slot {
        taken: AtomicBool::new(false),
        start: AtomicUsize::new(0),
        length: AtomicUsize::new(0),
        missing: AtomicUsize::new(0),
    }
}; MOST];
/// Set before the handler can be called.
static PAGE: AtomicUsize = AtomicUsize::new(1);

/// A mapping of which missing pages read as zeros instead of killing the process.
pub struct Guarded {
    slot: Option<&'static Slot>,
    is_writable: bool,
    // Unmapped after the slot is free: fields are dropped after `drop`.
    map: MmapRaw,
}

impl Guarded {
    /// Guards a mapping as long as it lives, which it does in here. The handler is inherited over a fork, and with it the guard.
    /// Beyond 256 at a time a mapping is not guarded.
    pub fn new(map: MmapRaw) -> Guarded {
        Guarded::of(map, false)
    }

    /// The same of a shared mapping that `options` make of a file, to be stored to.
    pub fn writable(options: &MmapOptions, file: impl AsFd) -> io::Result<Guarded> {
        Ok(Guarded::of(options.map_raw(file.as_fd().as_raw_fd())?, true))
    }

    fn of(map: MmapRaw, is_writable: bool) -> Guarded {
        install();
        let free = |slot: &&Slot| slot.taken.compare_exchange(false, true, SeqCst, SeqCst).is_ok();
        let slot = SLOTS.iter().find(free);
        if let Some(slot) = slot {
            slot.missing.store(0, SeqCst);
            slot.length.store(map.len(), SeqCst);
            slot.start.store(map.as_ptr() as usize, SeqCst);
        }
        Guarded { slot, is_writable, map }
    }

    pub fn map(&self) -> &MmapRaw {
        &self.map
    }

    /// The first `length` bytes, or all that is mapped if that is less. What is missing in the file reads as zeros.
    pub fn view(&self, length: usize) -> View<'_> {
        match NonNull::new(self.map.as_mut_ptr()) {
            // SAFETY: the mapping is `map.len()` bytes long, readable, of whole pages, and lives as long as `self`. Views are
            // the only access to it.
            Some(start) => unsafe { View::of_mapped(start, length.min(self.map.len())) },
            // No mapping is there.
            None => View::of(&[]),
        }
    }

    /// Stores `bytes` at `offset` of a writable mapping, eight at a time where they are aligned.
    pub fn store(&self, offset: usize, bytes: &[u8]) -> Result<(), Errno> {
        let end = offset.checked_add(bytes.len()).ok_or(Errno::EFAULT)?;
        if !self.is_writable || end > self.map.len() {
            return Err(Errno::EFAULT);
        }
        let start = self.map.as_mut_ptr().wrapping_add(offset);
        // So many single bytes come before the first whole word.
        let head = start.align_offset(size_of::<u64>()).min(bytes.len());
        let (head, rest) = bytes.split_at(head);
        let (words, tail) = rest.as_chunks::<{ size_of::<u64>() }>();
        let words_at = start.wrapping_add(head.len());
        let tail_at = words_at.wrapping_add(rest.len() - tail.len());
        // SAFETY: the mapping is writable, `end` lies inside, and it lives as long as `self`. Of its bytes there are no references but
        // to atomics, and every access of this process is atomic (see `View`). Words are aligned, because `words_at` is if there are any.
        unsafe {
            for (at, word) in words.iter().enumerate() {
                (*words_at.cast::<AtomicU64>().add(at)).store(u64::from_ne_bytes(*word), Relaxed);
            }
            for (from, single) in [(start, head), (tail_at, tail)] {
                for (at, byte) in single.iter().enumerate() {
                    (*from.cast::<AtomicU8>().add(at)).store(*byte, Relaxed);
                }
            }
        }
        Ok(())
    }

    /// Waits until the first `length` bytes are on the disk: `msync(MS_SYNC)`.
    pub fn sync(&self, length: usize) -> Result<(), Errno> {
        let start = NonNull::new(self.map.as_mut_ptr().cast()).ok_or(Errno::EFAULT)?;
        // SAFETY: inside the mapping, which lives as long as `self`; the call changes nothing in it.
        unsafe { msync(start, length.min(self.map.len()), MsFlags::MS_SYNC) }
    }

    /// Offset of the first page, in the order of touching, that turned out to be missing.
    pub fn missing(&self) -> Option<u64> {
        self.slot?.missing.load(SeqCst).checked_sub(1).map(|offset| offset as u64)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            slot.start.store(0, SeqCst);
            slot.length.store(0, SeqCst);
            slot.taken.store(false, SeqCst);
        }
    }
}

/// Installs the handler, if that was not done. A driver does it before it forks, so that thousands of workers need not.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        PAGE.store(page_size() as usize, SeqCst);
        let action = SigAction::new(SigHandler::SigAction(on_bus_error), SaFlags::SA_SIGINFO, SigSet::empty());
        // SAFETY: the handler calls only what is safe in a signal handler: atomics, mmap and sigaction. Without it (the call
        // fails only for an unknown signal) a missing page kills the process, as it would have before.
        let _ = unsafe { sigaction(Signal::SIGBUS, &action) };
    });
}

extern "C" fn on_bus_error(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the system hands a SA_SIGINFO handler a valid siginfo, and for SIGBUS it holds an address.
    let address = unsafe { (*info).si_addr() } as usize;
    for slot in &SLOTS {
        let (start, length) = (slot.start.load(SeqCst), slot.length.load(SeqCst));
        // Read again, because another thread may have given the slot to another mapping between the two.
        let is_whole = slot.start.load(SeqCst) == start;
        if start == 0 || !is_whole || address < start || address - start >= length {
            continue;
        }
        let size = PAGE.load(SeqCst);
        let page = address / size * size;
        // SAFETY: the page lies in a mapping that a `Guarded` owns, of whose bytes there are no references, so nothing else is
        // replaced; zeros are valid content for readers that check every value, what is stored there goes nowhere, as noted, and the
        // owner's munmap covers it.
        let zeros = unsafe {
            libc::mmap(
                page as *mut libc::c_void,
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED,
                -1,
                0,
            )
        };
        if zeros != libc::MAP_FAILED {
            // Only the first is kept.
            let _ = slot.missing.compare_exchange(0, page - start + 1, SeqCst, SeqCst);
            return;
        }
    }
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: restoring the default action is always sound. On return the access is tried again, and the process dies of it.
    let _ = unsafe { sigaction(Signal::SIGBUS, &default) };
}
