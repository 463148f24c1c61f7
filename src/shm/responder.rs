//! What the initiator of shootdowns orders a responder to do, and the gaps that the responder saw in its clock.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::os::shared::Shareable;

/// Gaps that are kept: the last so many.
pub const GAPS: usize = 2048;

/// What responders do while the initiator operates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResponderState {
    /// They read the clock without a pause.
    Spinning,
    /// They are blocked.
    Sleeping,
    /// They are blocked, and have run on every CPU before.
    Visited,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Blocks in the kernel until it is woken.
    Rest,
    /// Runs on every CPU once, then blocks.
    Visit,
    /// Reads a byte of each page of the file, or stores one.
    Touch {
        stores: bool,
    },
    /// Reads the clock without a pause.
    Spin,
    Leave,
}

impl Order {
    const ALL: [Order; 6] = [
        Order::Rest,
        Order::Visit,
        Order::Touch { stores: false },
        Order::Touch { stores: true },
        Order::Spin,
        Order::Leave,
    ];
    const KINDS: u64 = Order::ALL.len() as u64;
}

#[repr(C)]
pub struct SharedGap {
    start_ns: AtomicU64,
    end_ns: AtomicU64,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for SharedGap {}

/// One responder's. On cache lines of its own: it reads its order as often as its clock.
#[repr(C, align(128))]
pub struct ResponderCell {
    /// The number of the order, from 1, times the number of kinds, and its kind.
    order: AtomicU64,
    answered: AtomicU64,
    /// Error number of the first order that failed; 0: none did.
    failed: AtomicU64,
    faults: AtomicU64,
    /// So many pages at the end of the file are touched.
    pages: AtomicU64,
    gaps: AtomicU64,
    kept: [SharedGap; GAPS],
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for ResponderCell {}

impl ResponderCell {
    /// In the initiator: the next order. The one before has been answered.
    pub fn give(&self, order: Order) {
        let kind = Order::ALL.iter().position(|known| *known == order).unwrap_or(0) as u64;
        self.order.store((self.order.load(Relaxed) / Order::KINDS + 1) * Order::KINDS + kind, Release);
    }

    /// In the initiator: from the next order on, so many pages at the end of the file are touched.
    pub fn set_pages(&self, pages: u64) {
        self.pages.store(pages, Relaxed);
    }

    pub fn pages(&self) -> u64 {
        self.pages.load(Relaxed)
    }

    /// In the responder: the order that comes after number `known`, with its number.
    pub fn taken(&self, known: u64) -> Option<(u64, Order)> {
        let word = self.order.load(Acquire);
        let number = word / Order::KINDS;
        (number != known).then(|| (number, Order::ALL[(word % Order::KINDS) as usize]))
    }

    /// In the responder: order `number` is carried out, after `faults` page faults in all.
    pub fn answer(&self, number: u64, faults: u64, outcome: Result<(), i32>) {
        self.faults.store(faults, Relaxed);
        if let Err(error) = outcome {
            let _ = self.failed.compare_exchange(0, error as u64, Relaxed, Relaxed);
        }
        self.answered.store(number, Release);
    }

    pub fn has_answered(&self) -> bool {
        self.answered.load(Acquire) == self.order.load(Relaxed) / Order::KINDS
    }

    pub fn failed(&self) -> Option<i32> {
        Some(self.failed.load(Relaxed) as i32).filter(|error| *error != 0)
    }

    pub fn faults(&self) -> u64 {
        self.faults.load(Relaxed)
    }

    pub fn saw_gap(&self, start_ns: u64, end_ns: u64) {
        let seen = self.gaps.load(Relaxed);
        let gap = &self.kept[seen as usize % GAPS];
        gap.start_ns.store(start_ns, Relaxed);
        gap.end_ns.store(end_ns, Relaxed);
        self.gaps.store(seen + 1, Release);
    }

    /// How many gaps it has seen so far.
    pub fn gaps(&self) -> u64 {
        self.gaps.load(Acquire)
    }

    /// The gaps after the first `before`, in the order of time: begin and end, nanoseconds. `None`: there were more than are kept.
    pub fn gaps_after(&self, before: u64) -> Option<Vec<(u64, u64)>> {
        let seen = self.gaps();
        let kept = (before..seen).map(|number| &self.kept[number as usize % GAPS]);
        let times = |gap: &SharedGap| (gap.start_ns.load(Relaxed), gap.end_ns.load(Relaxed));
        (seen - before <= GAPS as u64).then(|| kept.map(times).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;

    #[test]
    fn orders_are_taken_once_and_answered() {
        let cells = Shared::<ResponderCell>::zeroed(1).unwrap();
        let cell = &cells[0];
        assert_eq!(cell.taken(0), None);
        for (place, order) in Order::ALL.into_iter().enumerate() {
            cell.give(order);
            let number = place as u64 + 1;
            assert_eq!(cell.taken(place as u64), Some((number, order)));
            assert!(!cell.has_answered());
            cell.answer(number, 7, if place == 2 { Err(14) } else { Ok(()) });
            assert!(cell.has_answered() && cell.taken(number).is_none());
        }
        assert_eq!((cell.failed(), cell.faults()), (Some(14), 7));
    }

    #[test]
    fn gaps_are_all_there_or_unknown() {
        let cells = Shared::<ResponderCell>::zeroed(1).unwrap();
        let cell = &cells[0];
        for gap in 0..GAPS as u64 + 10 {
            cell.saw_gap(gap, gap + 5);
        }
        assert_eq!(cell.gaps(), GAPS as u64 + 10);
        assert_eq!(cell.gaps_after(9), None, "one of them was overwritten");
        assert_eq!(cell.gaps_after(10).map(|gaps| gaps.len()), Some(GAPS));
        let last = GAPS as u64 + 9;
        assert_eq!(cell.gaps_after(last), Some(vec![(last, last + 5)]));
        assert_eq!(cell.gaps_after(last + 1), Some(vec![]));
    }
}
