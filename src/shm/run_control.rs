//! When the workers start, and whether they must stop: written by the driver alone.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::os::shared::Shareable;

#[repr(C)]
pub struct RunControl {
    start_ns: AtomicU64,
    stopped: AtomicU32,
    _unused: AtomicU32,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for RunControl {}

impl RunControl {
    /// Fixes the moment of the first arrivals, in nanoseconds of the monotonic clock. Before the barrier opens.
    pub fn start_at(&self, start_ns: u64) {
        self.start_ns.store(start_ns, Relaxed);
    }

    /// When the first arrivals come; 0 if the barrier never opened.
    pub fn start_ns(&self) -> u64 {
        self.start_ns.load(Relaxed)
    }

    pub fn stop(&self) {
        self.stopped.store(1, Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed) != 0
    }
}
