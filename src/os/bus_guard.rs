//! Surviving a file that is cut short beneath its mapping: touching a page past the new end raises SIGBUS.
//! The handler puts a page of zeros in its place and makes a note, which the reader turns into an error.

use std::{
    ptr::NonNull,
    sync::{
        Once,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use memmap2::MmapRaw;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

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
static INSTALLED: Once = Once::new();

/// A mapping of which missing pages read as zeros instead of killing the process.
pub struct Guarded {
    slot: Option<&'static Slot>,
    // Unmapped after the slot is free: fields are dropped after `drop`.
    map: MmapRaw,
}

impl Guarded {
    /// Guards a mapping as long as it lives, which it does in here. The handler is inherited over a fork, and with it the guard.
    /// Beyond 256 at a time a mapping is not guarded.
    pub fn new(map: MmapRaw) -> Guarded {
        install();
        let free = |slot: &&Slot| slot.taken.compare_exchange(false, true, SeqCst, SeqCst).is_ok();
        let slot = SLOTS.iter().find(free);
        if let Some(slot) = slot {
            slot.missing.store(0, SeqCst);
            slot.length.store(map.len(), SeqCst);
            slot.start.store(map.as_ptr() as usize, SeqCst);
        }
        Guarded { slot, map }
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
    INSTALLED.call_once(install_once);
}

fn install_once() {
    PAGE.store(page_size() as usize, SeqCst);
    let action = SigAction::new(SigHandler::SigAction(on_bus_error), SaFlags::SA_SIGINFO, SigSet::empty());
    // SAFETY: the handler calls only what is safe in a signal handler: atomics, mmap and sigaction. Without it (the call
    // fails only for an unknown signal) a missing page kills the process, as it would have before.
    let _ = unsafe { sigaction(Signal::SIGBUS, &action) };
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
        // replaced; zeros are valid content for readers that check every value, and the owner's munmap covers it.
        let zeros = unsafe {
            libc::mmap(
                page as *mut libc::c_void,
                size,
                libc::PROT_READ,
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
