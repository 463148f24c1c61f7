//! The driver's samples of its workers: one at the end of every interval, reported about once a second.
//! A delayed sample makes a longer interval; missed samples are not made up for.

use std::sync::atomic::Ordering::Relaxed;

use super::arena::Arena;
use super::members::Name;
use super::sampler::Sampler;
use super::times::Times;
use super::{Moment, Progress};
use crate::driver::outcome::{Interval, Measured, Role};
use crate::os::{
    clock::{now_ns, sleep_until},
    process,
};
use crate::scenario::{Arrivals, Scenario};
use crate::shm::{Series, SharedHistogram, WorkerCell};

const SECOND: u64 = 1_000_000_000;

pub struct Watch<'a> {
    scenario: &'a Scenario,
    arena: &'a Arena,
    sampler: Sampler<'a>,
    times: Times,
    sampled_ns: u64,
    next_report_ns: u64,
    intervals: Vec<Interval>,
}

impl<'a> Watch<'a> {
    pub fn new(scenario: &'a Scenario, arena: &'a Arena, times: &Times) -> Watch<'a> {
        Watch {
            scenario,
            arena,
            sampler: Sampler::new(scenario, arena),
            sampled_ns: times.measure_ns,
            next_report_ns: times.start_ns,
            times: times.clone(),
            intervals: Vec::with_capacity((scenario.run.duration_ns / scenario.run.interval_ns) as usize + 2),
        }
    }

    /// Sleeps until the next thing to sample (or `until_ns`, or a signal), and samples.
    pub fn sleep_and_sample(&mut self, until_ns: u64, on_progress: &mut dyn FnMut(Progress)) {
        let boundary = self.times.boundary_after(self.sampled_ns, self.scenario.run.interval_ns);
        sleep_until(boundary.min(self.next_report_ns).min(self.times.end_ns).min(until_ns));
        let now = now_ns();
        // The last interval is taken when the last operation has ended.
        if now >= boundary && boundary < self.times.end_ns {
            self.sample(now);
        }
        if now >= self.next_report_ns {
            self.next_report_ns = now - now.saturating_sub(self.next_report_ns) % SECOND + SECOND;
            // Before the first interval's end there is nothing to report of the measured span; after its end, others report.
            if now >= self.times.end_ns {
                return;
            }
            if now < self.times.measure_ns || !self.intervals.is_empty() {
                on_progress(self.progress(now));
            }
        }
    }

    /// Takes the last interval, up to `work_ended_ns`, when all workers have ended.
    pub fn finish(mut self, work_ended_ns: u64) -> (Vec<Interval>, Vec<Measured>) {
        if work_ended_ns > self.sampled_ns {
            self.sample(work_ended_ns);
        }
        (self.intervals, self.sampler.totals())
    }

    fn sample(&mut self, now: u64) {
        let stall = self.scenario.run.stall_ns;
        let mut stalled = vec![0; self.scenario.instances.count as usize];
        for (row, _) in (0..).zip(self.arena.cells.iter()).filter(|(_, cell)| cell.late_ns(now) > stall) {
            stalled[Name::at_row(self.scenario, row).instance as usize] += 1;
        }
        self.intervals.push(Interval {
            start_ns: self.sampled_ns - self.times.measure_ns,
            length_ns: now - self.sampled_ns,
            counts: self.sampler.take(),
            stalled,
            page_table_bytes: process::page_table_bytes(),
            runnable: process::runnable(),
        });
        self.sampled_ns = now;
    }

    fn progress(&self, now: u64) -> Progress {
        if now < self.times.measure_ns {
            return Progress::WarmingUp { left_ns: self.times.measure_ns - now };
        }
        let sum = |field: fn(&WorkerCell) -> u64| self.arena.cells.iter().map(field).sum::<u64>();
        let stall = self.scenario.run.stall_ns;
        Progress::Measuring(Moment {
            elapsed_ns: now - self.times.measure_ns,
            of_ns: self.times.end_ns - self.times.measure_ns,
            due: sum(|cell| cell.due.load(Relaxed)) + self.waiting(now),
            completed: sum(|cell| cell.completed.load(Relaxed)),
            recent: self.recent(now - self.times.measure_ns),
            recent_ns: self.recent_ns(),
            stalled: self.arena.cells.iter().filter(|cell| cell.late_ns(now) > stall).count() as u64,
        })
    }

    /// About how many operations are due that their workers have not begun, because an earlier one takes long.
    fn waiting(&self, now: u64) -> u64 {
        let (readers, writers) = self.arena.cells.split_at(self.scenario.readers.count as usize);
        let late_ns = |cells: &[WorkerCell]| cells.iter().map(|cell| cell.late_ns(now)).sum::<u64>() as f64;
        let waiting = |arrivals: Option<Arrivals>, cells| {
            arrivals.and_then(|arrivals| arrivals.rate_per_s()).map_or(0.0, |rate| rate * late_ns(cells) / 1e9)
        };
        let reads = waiting(Some(self.scenario.readers.arrivals), readers);
        (reads + waiting(self.scenario.arrivals_of_each_writer(), writers)) as u64
    }

    /// At least one interval: counts are known per interval.
    fn recent_ns(&self) -> u64 {
        self.scenario.run.interval_ns.max(SECOND)
    }

    /// How many readers' responses there were in the intervals that ended lately, their median and their 99th percentile.
    fn recent(&self, now_ns: u64) -> Option<(u64, [u64; 2])> {
        let mut recent = SharedHistogram::empty();
        let is_recent = |i: &&Interval| i.start_ns + i.length_ns + self.recent_ns() >= now_ns;
        for interval in self.intervals.iter().rev().take_while(is_recent) {
            let responses =
                interval.counts.iter().filter(|(t, _)| t.role == Role::Reader && t.series == Series::Response);
            responses.for_each(|(_, counts)| counts.add_to(&mut recent));
        }
        (!recent.is_empty()).then(|| (recent.len(), [0.5, 0.99].map(|q| recent.value_at_quantile(q))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::small_scenario;

    #[test]
    fn intervals_follow_each_other_and_stalled_workers_are_counted_by_instance() {
        let scenario = small_scenario("[instances]\ncount = 2\n[readers]\ncount = 3\n");
        let arena = Arena::new(&scenario).unwrap();
        let times = Times::of(&scenario.run, 1000);
        let mut watch = Watch::new(&scenario, &arena, &times);
        // Reader 1, of the second instance, has been due since the measured span began.
        arena.cells[1].next_due_ns.store(times.measure_ns, Relaxed);
        arena.reader_histograms(0)[0].record(1000);
        watch.sample(times.measure_ns + 100_000_000);
        let Progress::Measuring(moment) = watch.progress(times.measure_ns + 120_000_000) else { panic!() };
        assert_eq!((moment.stalled, moment.recent.is_some()), (1, true));
        let (intervals, measured) = watch.finish(times.measure_ns + 150_000_000);
        let facts = intervals.iter().map(|i| (i.start_ns, i.length_ns, i.counts.len(), i.stalled.clone()));
        let expected = [(0, 100_000_000, 1, vec![0, 1]), (100_000_000, 50_000_000, 0, vec![0, 1])];
        assert_eq!(facts.collect::<Vec<_>>(), expected);
        assert_eq!(measured[0].histogram.len(), 1);
    }
}
