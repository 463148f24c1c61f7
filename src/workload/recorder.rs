//! Where one worker's operations go: the histograms of its shard, its own cell, and the slots of its instance.
//! Only relaxed atomic adds to memory that was touched before the barrier opened.

use super::Stopwatch;
use crate::mailboxes::Phase;
use crate::shm::{Series, SharedHistogram, SlotCounter, WorkerCell};

pub struct Recorder<'a> {
    pub phases: &'static [Phase],
    /// One histogram for every operation and series. Empty: nothing is recorded in histograms (for benchmarks).
    pub histograms: &'a [SharedHistogram],
    /// Whether no other worker adds to these histograms: then no atomic read-modify-write is needed.
    pub alone: bool,
    /// Whether its loop is closed: every operation is due when it starts, so its response time is its service time, and only the
    /// response is recorded. The driver's sampler reads the histograms accordingly.
    pub closed: bool,
    pub cell: &'a WorkerCell,
    pub slots: SlotCounter<'a>,
    /// A response time over this, in nanoseconds, is a stall.
    pub stall_ns: u64,
    pub control: Option<&'a SharedHistogram>,
    /// Ages of operations that never completed, one histogram for every operation.
    pub unfinished: &'a [SharedHistogram],
    /// End of the measured span, nanoseconds of the monotonic clock.
    pub end_ns: u64,
}

impl Recorder<'_> {
    /// An operation is due at `at_ns`, inside the measured span.
    #[inline]
    pub fn due(&mut self, at_ns: u64) {
        self.cell.count_due();
        self.slots.due(at_ns);
    }

    /// An operation that was due in the control span has taken `response_ns`.
    #[inline]
    pub fn controlled(&self, response_ns: u64) {
        if let Some(control) = self.control {
            control.record(response_ns);
        }
    }

    /// An operation that was due at `due` has run from `start` to `end`, with the phases of `watch`.
    #[inline]
    pub fn completed(&mut self, operation: usize, watch: &Stopwatch<'_>, due: u64, start: u64, end: u64) {
        let count = Series::count(self.phases);
        if let Some(histograms) = self.histograms.get(operation * count..(operation + 1) * count) {
            let times = [end - due, end - start, start - due];
            let times = if self.closed { &times[..1] } else { &times[..] };
            if self.alone {
                record(histograms, times, self.phases, watch, SharedHistogram::record_alone);
            } else {
                record(histograms, times, self.phases, watch, SharedHistogram::record);
            }
        }
        self.slots.completed(end);
        // What was due right before the end had no time to complete in the span; what was slow had, and did not.
        let response_ns = end - due;
        if end <= self.end_ns || response_ns <= self.stall_ns {
            self.cell.count_completed(response_ns > self.stall_ns);
        }
    }

    /// An operation that was due `age_ns` ago is given up.
    pub fn given_up(&self, operation: usize, age_ns: u64) {
        if let Some(histogram) = self.unfinished.get(operation) {
            histogram.record(age_ns);
        }
    }
}

/// One operation into its histograms, in the order of [`Series::all`]: response, service and start delay, then the phases it had.
#[inline]
fn record(
    histograms: &[SharedHistogram],
    times: &[u64],
    phases: &[Phase],
    watch: &Stopwatch<'_>,
    add: impl Fn(&SharedHistogram, u64),
) {
    let (for_times, for_phases) = histograms.split_at(Series::count(&[]));
    for (histogram, &time) in for_times.iter().zip(times) {
        add(histogram, time);
    }
    for (histogram, &phase) in for_phases.iter().zip(phases) {
        if let Some(spent) = watch.spent_ns(phase) {
            add(histogram, spent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::Relaxed;

    use crate::mailboxes::PhaseClock;
    use crate::os::shared::Shared;
    use crate::shm::{Counts, LENGTH, READER_PHASES, SharedSlot, SlotGrid};

    #[test]
    fn an_operation_is_counted_once_everywhere() {
        [false, true].into_iter().for_each(counts_once);
    }

    fn counts_once(alone: bool) {
        let series = Series::count(&READER_PHASES);
        let histograms = Shared::<SharedHistogram>::zeroed(2 * series).unwrap();
        let cells = Shared::<WorkerCell>::zeroed(1).unwrap();
        let grid = SlotGrid::over(10_000_000, 1);
        let shared = Shared::<SharedSlot>::zeroed(grid.length).unwrap();
        let mut recorder = Recorder {
            phases: &READER_PHASES,
            histograms: &histograms,
            alone,
            closed: false,
            cell: &cells[0],
            slots: SlotCounter::new(grid, &shared),
            stall_ns: 50,
            control: None,
            unfinished: &[],
            end_ns: 1000,
        };
        let mut watch = Stopwatch::started(0, None);
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
        assert_eq!(counted(series + 2).max(), 30, "start delay");
        assert_eq!(counted(series + 3).len(), 1, "the lock phase");
        assert!((0..series).chain([series + 4]).all(|place| counted(place).is_empty()));
        assert_eq!(cells[0].stalls.load(Relaxed), 1);
        let slot = grid.read(&shared).instances[0][0];
        assert_eq!((slot.due, slot.completed), (1, 1));
        recorder.closed = true;
        recorder.completed(1, &watch, 130, 130, 200);
        assert_eq!(counted(series).len(), 2, "response");
        assert_eq!(counted(series + 1).len(), 1, "service is not kept apart in a closed loop");
    }
}
