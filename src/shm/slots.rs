//! Operations due and completed, per instance and millisecond, from which freezes are found.
//! A worker counts by itself within a slot, and adds its count to the shared slot when the next slot begins.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use crate::os::shared::Shareable;

#[repr(C)]
#[derive(Default)]
pub struct SharedSlot {
    due: AtomicU32,
    completed: AtomicU32,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for SharedSlot {}

impl SharedSlot {
    /// Reads it, so that counting later does not fault.
    pub fn touch(&self) -> u32 {
        self.due.load(Relaxed)
    }
}

/// Most slots of one instance: 4 MiB of shared memory, 8.7 minutes of milliseconds.
pub const MOST_SLOTS_OF_ONE: u64 = 1 << 19;
/// Most slots of all instances together: 128 MiB of shared memory.
pub const MOST_SLOTS_OF_ALL: u64 = 1 << 24;
const MS: u64 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotGrid {
    /// Begin of the first slot, nanoseconds of the monotonic clock.
    pub start_ns: u64,
    pub width_ns: u64,
    pub length: usize,
}

impl SlotGrid {
    /// Milliseconds, or so many of them that a long span still fits; the span begins at 0.
    pub fn over(span_ns: u64, instances: u32) -> SlotGrid {
        let most = MOST_SLOTS_OF_ONE.min(MOST_SLOTS_OF_ALL / u64::from(instances.max(1)));
        let fits = |width: &u64| span_ns.div_ceil(*width) <= most;
        let decades = (0..12).map(|power| MS * 10u64.pow(power));
        let width_ns = decades.flat_map(|w| [w, 2 * w, 5 * w]).find(fits).unwrap_or(u64::MAX);
        SlotGrid { start_ns: 0, width_ns, length: span_ns.div_ceil(width_ns) as usize }
    }

    pub fn starting_at(self, start_ns: u64) -> SlotGrid {
        SlotGrid { start_ns, ..self }
    }

    /// The slot that `at_ns` lies in; `None` outside the span.
    pub fn slot_of(&self, at_ns: u64) -> Option<usize> {
        let slot = (at_ns.checked_sub(self.start_ns)? / self.width_ns) as usize;
        (slot < self.length).then_some(slot)
    }

    /// Reads back what workers counted: `shared` is whole instances one after the other.
    pub fn read(&self, shared: &[SharedSlot]) -> Slots {
        let read = |slot: &SharedSlot| Slot { due: slot.due.load(Relaxed), completed: slot.completed.load(Relaxed) };
        let instances = shared.chunks(self.length.max(1)).map(|slots| slots.iter().map(read).collect()).collect();
        Slots { width_ns: self.width_ns, instances }
    }
}

pub struct SlotCounter<'a> {
    grid: SlotGrid,
    slots: &'a [SharedSlot],
    due: Own,
    completed: Own,
}

/// A worker's own count of one slot, not yet added to the shared slot.
#[derive(Clone, Copy, Default)]
struct Own {
    slot: usize,
    /// Begin and end of the slot; both 0 before the first.
    from_ns: u64,
    to_ns: u64,
    count: u32,
}

impl Own {
    /// Counts one at `at_ns`. If that begins a new slot, what was counted in the one before goes to its counter in `shared`.
    #[inline]
    fn add<'a>(&mut self, grid: &SlotGrid, at_ns: u64, shared: impl Fn(usize) -> &'a AtomicU32) {
        if (self.from_ns..self.to_ns).contains(&at_ns) {
            self.count += 1;
        } else if let Some(slot) = grid.slot_of(at_ns) {
            self.flush(shared);
            let from_ns = grid.start_ns + slot as u64 * grid.width_ns;
            *self = Own { slot, from_ns, to_ns: from_ns + grid.width_ns, count: 1 };
        }
    }

    fn flush<'a>(&mut self, shared: impl Fn(usize) -> &'a AtomicU32) {
        if self.count > 0 {
            shared(self.slot).fetch_add(std::mem::take(&mut self.count), Relaxed);
        }
    }
}

impl<'a> SlotCounter<'a> {
    pub fn new(grid: SlotGrid, slots: &'a [SharedSlot]) -> SlotCounter<'a> {
        SlotCounter { grid, slots, due: Own::default(), completed: Own::default() }
    }

    #[inline]
    pub fn due(&mut self, at_ns: u64) {
        self.due.add(&self.grid, at_ns, |slot| &self.slots[slot].due);
    }

    /// An operation's end. After the measured span it is not counted: the slots end there.
    #[inline]
    pub fn completed(&mut self, at_ns: u64) {
        self.completed.add(&self.grid, at_ns, |slot| &self.slots[slot].completed);
    }

    /// Adds the worker's own counts to the shared slots: before it sleeps, and at its end.
    pub fn flush(&mut self) {
        self.due.flush(|slot| &self.slots[slot].due);
        self.completed.flush(|slot| &self.slots[slot].completed);
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    pub due: u32,
    pub completed: u32,
}

/// The slots of all instances, from the moment measuring began.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    /// Width of a slot: a millisecond, or more in a run too long for that.
    pub width_ns: u64,
    /// By instance, then slot.
    pub instances: Vec<Vec<Slot>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;

    #[test]
    fn a_long_span_has_wider_slots() {
        assert_eq!(SlotGrid::over(60_000 * MS, 12).width_ns, MS);
        let day = SlotGrid::over(86_400_000 * MS, 1);
        assert!(day.width_ns > 100 * MS && day.length as u64 <= MOST_SLOTS_OF_ONE, "{day:?}");
    }

    #[test]
    fn every_operation_inside_the_span_is_in_its_slot() {
        let grid = SlotGrid::over(10 * MS, 2).starting_at(1_000);
        let shared = Shared::<SharedSlot>::zeroed(2 * grid.length).unwrap();
        let mut counter = SlotCounter::new(grid, &shared[grid.length..]);
        for at in [0, 1_000, 1_000 + MS - 1, 1_000 + 9 * MS, 1_000 + 10 * MS] {
            counter.due(at);
        }
        counter.completed(1_000 + 3 * MS);
        counter.flush();
        let slots = grid.read(&shared);
        assert_eq!(slots.instances[0], vec![Slot::default(); 10]);
        let due: Vec<_> = slots.instances[1].iter().map(|slot| slot.due).collect();
        assert_eq!(due, [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(slots.instances[1][3], Slot { due: 0, completed: 1 });
    }
}
