//! Where one worker's operations go: the histograms of its shard, its own cell, and the slots of its instance.
//! Only relaxed atomic adds to memory that was touched before the gate opened.

use std::sync::atomic::Ordering::Relaxed;

use super::Stopwatch;
use crate::{
    mailboxes::Phase,
    record::{Series, SharedHistogram, SlotCounter, WorkerCell},
};

/// Records one worker's operations.
pub struct Recorder<'a> {
    /// The phases that its role has.
    pub phases: &'static [Phase],
    /// One histogram for every operation and series. Empty: nothing is recorded in histograms (for benchmarks).
    pub histograms: &'a [SharedHistogram],
    /// Its own cell.
    pub cell: &'a WorkerCell,
    /// The slots of its instance.
    pub slots: SlotCounter<'a>,
    /// A response time over this, in nanoseconds, is a stall.
    pub stall_ns: u64,
}

impl Recorder<'_> {
    /// An operation is due at `at_ns`, inside the measured span.
    pub fn due(&mut self, at_ns: u64) {
        self.cell.due.fetch_add(1, Relaxed);
        self.slots.due(at_ns);
    }

    /// An operation that was due at `due` has run from `start` to `end`, with the phases of `watch`.
    pub fn completed(&mut self, operation: usize, watch: &Stopwatch, due: u64, start: u64, end: u64) {
        let first = operation * Series::count(self.phases);
        for (histogram, series) in self.histograms.iter().skip(first).zip(Series::all(self.phases)) {
            match series {
                Series::Response => histogram.record(end - due),
                Series::Service => histogram.record(end - start),
                Series::Late => histogram.record(start - due),
                Series::Phase(phase) => {
                    if let Some(spent) = watch.spent_ns(phase) {
                        histogram.record(spent);
                    }
                }
            }
        }
        self.cell.completed.fetch_add(1, Relaxed);
        self.slots.completed(end);
        if end - due > self.stall_ns {
            self.cell.stalls.fetch_add(1, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mailboxes::PhaseClock,
        os::shared::Shared,
        record::{Counts, LENGTH, READER_PHASES, SharedSlot, SlotGrid},
    };

    #[test]
    fn an_operation_is_counted_once_everywhere() {
        let series = Series::count(&READER_PHASES);
        let histograms = Shared::<SharedHistogram>::zeroed(2 * series).unwrap();
        let cells = Shared::<WorkerCell>::zeroed(1).unwrap();
        let grid = SlotGrid::over(10_000_000, 1);
        let shared = Shared::<SharedSlot>::zeroed(grid.length).unwrap();
        let mut recorder = Recorder {
            phases: &READER_PHASES,
            histograms: &histograms,
            cell: &cells[0],
            slots: SlotCounter::new(grid, &shared),
            stall_ns: 50,
        };
        let mut watch = Stopwatch::started(0);
        watch.ended(Phase::Lock);
        recorder.due(100);
        recorder.completed(1, &watch, 100, 130, 200);
        recorder.slots.flush();
        let counted = |place: usize| {
            let mut counters = vec![0; LENGTH];
            histograms[place].add_to(&mut counters);
            Counts::difference(&counters, &[0; LENGTH]).histogram()
        };
        assert_eq!(counted(series).max(), 100, "response, of the second operation");
        assert_eq!(counted(series + 1).max(), 70, "service");
        assert_eq!(counted(series + 2).max(), 30, "late");
        assert_eq!(counted(series + 3).len(), 1, "the lock phase");
        assert!((0..series).chain([series + 4]).all(|place| counted(place).is_empty()));
        assert_eq!(cells[0].stalls.load(Relaxed), 1);
        let slot = grid.read(&shared).instances[0][0];
        assert_eq!((slot.due, slot.completed), (1, 1));
    }
}
