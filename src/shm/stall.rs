//! Slow operations, each with what it spent its time on. A worker has room for a few; the longest are kept, the rest counted.
//! A writer has room for its commits, slow or not: what it was doing explains what others waited for.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, fence};

use crate::mailboxes::Phase;
use crate::os::shared::Shareable;

pub const STALLS_OF_READER: usize = 16;
/// So many records are searched for the shortest when there is no room for one more.
const SEARCHED: u64 = 32;
/// Where the time before an operation's start is accounted: behind all phases.
pub const START_DELAY: usize = Phase::COUNT;
/// Places that time is accounted to: each phase, and [`START_DELAY`].
pub const PLACES: usize = Phase::COUNT + 1;
const COUNTS: usize = 5;
/// "The system does not report it", among counts.
const UNKNOWN: u32 = u32::MAX;

/// Time spent in one place, all in microseconds (so that a record stays small; one holds 71 minutes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub whole_us: u32,
    /// On a CPU. Read only at the end of a place that took long, so the short places before it are in it too.
    pub cpu_us: u32,
    /// In a run queue; `None` where the system does not report it.
    pub queued_us: Option<u32>,
}

/// A slow operation, or a commit, as a worker records it. Times are nanoseconds of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow {
    pub operation: usize,
    pub due_ns: u64,
    /// When the worker was free for it: the intended start, or the end of its operation before.
    pub free_ns: u64,
    pub start_ns: u64,
    pub end_ns: u64,
    pub spent: [Spent; PLACES],
    /// Page faults without I/O, page faults with it, voluntary and involuntary switches, and time asleep in page faults,
    /// microseconds; `None` where the system does not report it.
    pub counts: [Option<u32>; COUNTS],
}

#[repr(C)]
pub struct SharedStall {
    /// Odd while a record is being written, even and not 0 when it is whole: a worker may be killed between any two stores.
    sequence: AtomicU32,
    due_ns: AtomicU64,
    free_ns: AtomicU64,
    start_ns: AtomicU64,
    end_ns: AtomicU64,
    operation: AtomicU32,
    counts: [AtomicU32; COUNTS],
    whole_us: [AtomicU32; PLACES],
    cpu_us: [AtomicU32; PLACES],
    queued_us: [AtomicU32; PLACES],
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for SharedStall {}

#[repr(C, align(64))]
pub struct StallCounts {
    seen: AtomicU64,
    /// Of those without a record: their time from when the worker was free, nanoseconds.
    dropped_ns: AtomicU64,
    readings: AtomicU64,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for StallCounts {}

impl StallCounts {
    /// Operations that have no record, because there was no room or the worker died while it wrote it; and the time, in
    /// nanoseconds, of those that had no room. `kept` records could be read.
    pub fn dropped(&self, kept: usize) -> (u64, u64) {
        (self.seen.load(Relaxed).saturating_sub(kept as u64), self.dropped_ns.load(Relaxed))
    }

    pub fn readings(&self) -> u64 {
        self.readings.load(Relaxed)
    }

    /// One more reading. The worker is the only writer.
    pub fn count_reading(&self) {
        self.readings.store(self.readings.load(Relaxed) + 1, Relaxed);
    }
}

pub struct StallLog<'a> {
    pub counts: &'a StallCounts,
    records: &'a [SharedStall],
}

impl<'a> StallLog<'a> {
    pub fn new(counts: &'a StallCounts, records: &'a [SharedStall]) -> StallLog<'a> {
        StallLog { counts, records }
    }

    /// Keeps a slow operation, in place of a shorter one if there is no room; or counts it.
    pub fn add(&self, slow: &Slow) {
        let room = self.records.len() as u64;
        let seen = self.counts.seen.load(Relaxed);
        self.counts.seen.store(seen + 1, Relaxed);
        let length = slow.end_ns.saturating_sub(slow.free_ns);
        let dropped = |ns: u64| self.counts.dropped_ns.store(self.counts.dropped_ns.load(Relaxed) + ns, Relaxed);
        if seen < room {
            self.records[seen as usize].store(slow);
            return;
        }
        // A few at a time, in turn: a writer with thousands of records must not search all of them.
        let places = (0..SEARCHED.min(room)).map(|step| ((seen + step) % room) as usize);
        match places.min_by_key(|&place| self.records[place].length_ns()) {
            Some(shortest) if self.records[shortest].length_ns() < length => {
                dropped(self.records[shortest].length_ns());
                self.records[shortest].store(slow);
            }
            _ => dropped(length),
        }
    }
}

impl SharedStall {
    /// Reads it, so that recording later does not fault.
    pub fn touch(&self) -> u32 {
        self.operation.load(Relaxed)
    }

    fn length_ns(&self) -> u64 {
        self.end_ns.load(Relaxed).saturating_sub(self.free_ns.load(Relaxed))
    }

    fn store(&self, slow: &Slow) {
        let sequence = self.sequence.load(Relaxed);
        self.sequence.store(sequence | 1, Relaxed);
        fence(Release);
        self.put(slow);
        // Never 0 again.
        self.sequence.store((sequence | 1).wrapping_add(1).max(2), Release);
    }

    fn put(&self, slow: &Slow) {
        self.due_ns.store(slow.due_ns, Relaxed);
        self.free_ns.store(slow.free_ns, Relaxed);
        self.start_ns.store(slow.start_ns, Relaxed);
        self.end_ns.store(slow.end_ns, Relaxed);
        self.operation.store(slow.operation as u32, Relaxed);
        for (to, from) in self.counts.iter().zip(slow.counts) {
            to.store(from.unwrap_or(UNKNOWN), Relaxed);
        }
        for (place, spent) in slow.spent.iter().enumerate() {
            self.whole_us[place].store(spent.whole_us, Relaxed);
            self.cpu_us[place].store(spent.cpu_us, Relaxed);
            self.queued_us[place].store(spent.queued_us.unwrap_or(UNKNOWN), Relaxed);
        }
    }

    /// What was recorded; `None` if nothing was, or not wholly.
    pub fn read(&self) -> Option<Slow> {
        let sequence = self.sequence.load(Acquire);
        if sequence == 0 || sequence % 2 == 1 {
            return None;
        }
        let slow = self.get();
        fence(Acquire);
        // Its worker may still be writing.
        (self.sequence.load(Relaxed) == sequence).then_some(slow)
    }

    fn get(&self) -> Slow {
        let known = |value: &AtomicU32| Some(value.load(Relaxed)).filter(|&value| value != UNKNOWN);
        Slow {
            operation: self.operation.load(Relaxed) as usize,
            due_ns: self.due_ns.load(Relaxed),
            free_ns: self.free_ns.load(Relaxed),
            start_ns: self.start_ns.load(Relaxed),
            end_ns: self.end_ns.load(Relaxed),
            counts: self.counts.each_ref().map(known),
            spent: std::array::from_fn(|place| Spent {
                whole_us: self.whole_us[place].load(Relaxed),
                cpu_us: self.cpu_us[place].load(Relaxed),
                queued_us: known(&self.queued_us[place]),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;

    #[test]
    fn the_longest_are_kept_and_the_rest_is_counted() {
        let counts = Shared::<StallCounts>::zeroed(1).unwrap();
        let records = Shared::<SharedStall>::zeroed(4).unwrap();
        assert_eq!(records[0].read(), None, "nothing recorded is no record");
        let log = StallLog::new(&counts[0], &records);
        let mut spent = [Spent::default(); PLACES];
        spent[Phase::Lock as usize] = Spent { whole_us: 7, cpu_us: 1, queued_us: None };
        let counted = [Some(1), Some(0), Some(2), Some(3), None];
        let lengths = [30, 90, 20, 80, 10, 70, 60];
        for (place, length) in (1..).zip(lengths) {
            let free_ns = place * 1000;
            let (start_ns, end_ns) = (free_ns, free_ns + length);
            log.add(&Slow { operation: 0, due_ns: 5, free_ns, start_ns, end_ns, spent, counts: counted });
        }
        let kept: Vec<_> = records.iter().filter_map(SharedStall::read).collect();
        let mut kept_ns: Vec<_> = kept.iter().map(|slow| slow.end_ns - slow.free_ns).collect();
        kept_ns.sort_unstable();
        assert_eq!(kept_ns, [60, 70, 80, 90]);
        assert_eq!(counts[0].dropped(4), (3, 30 + 20 + 10));
        assert_eq!((kept[0].due_ns, kept[0].counts, kept[0].spent), (5, counted, spent));
    }

    #[test]
    fn a_record_that_was_cut_short_is_left_out_and_counted() {
        let counts = Shared::<StallCounts>::zeroed(1).unwrap();
        let records = Shared::<SharedStall>::zeroed(2).unwrap();
        let log = StallLog::new(&counts[0], &records);
        let spent = [Spent::default(); PLACES];
        let slow = Slow { operation: 0, due_ns: 5, free_ns: 5, start_ns: 5, end_ns: 95, spent, counts: [None; COUNTS] };
        let kept = || {
            let whole: Vec<_> = records.iter().filter_map(SharedStall::read).collect();
            (whole.len(), counts[0].dropped(whole.len()).0)
        };
        log.add(&slow);
        log.add(&slow);
        assert_eq!(kept(), (2, 0));
        // As a worker that is killed half-way leaves it: first in a new record, then over an older record.
        records[1].sequence.store(1, Relaxed);
        records[1].put(&slow);
        assert_eq!(kept(), (1, 1));
        records[1].sequence.store(3, Relaxed);
        assert_eq!(kept(), (1, 1));
        log.add(&Slow { end_ns: 200, ..slow });
        log.add(&Slow { end_ns: 300, ..slow });
        assert_eq!(kept(), (2, 2), "written over, it is whole again");
    }
}
