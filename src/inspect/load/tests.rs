//! Made-up servers with a clock of their own: what is concluded is what was made up.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::*;
use crate::{
    inspect::{locks::LockLook, machine::MachineChange},
    os::facts::Probe,
    results::{Observed, Precision},
    stats::Estimate,
};

/// A server whose writer commits at given moments, each for `hold_ns` under its lock, and writes the file at its start and its end.
struct MadeUp {
    now: u64,
    commits: Vec<u64>,
    hold_ns: u64,
    counts: bool,
    has_locks: bool,
    stop_at: u64,
    table_reads: u32,
    /// Readings that fail at the end.
    torn: u32,
}

impl MadeUp {
    fn new(commits: Vec<u64>, hold_ns: u64) -> MadeUp {
        MadeUp {
            now: START,
            commits,
            hold_ns,
            counts: true,
            has_locks: true,
            stop_at: u64::MAX,
            table_reads: 0,
            torn: 0,
        }
    }

    fn done(&self) -> usize {
        self.commits.partition_point(|at| at + self.hold_ns <= self.now)
    }

    fn begun(&self) -> usize {
        self.commits.partition_point(|at| *at <= self.now)
    }

    fn watch(mut self, seconds: f64) -> (LiveLoad, u32) {
        let (stop_at, stop) = (self.stop_at, AtomicBool::new(self.stop_at == 0));
        let mut shown = 0;
        let window = Window { length_ns: Some((seconds * 1e9) as u64), interval_ns: 100_000_000, stop: &stop };
        let load = observe(&mut self, window, &mut |sampled| {
            shown += 1;
            if sampled.at_ns >= stop_at {
                stop.store(true, Relaxed);
            }
        });
        assert_eq!(load.samples.len(), shown);
        (load, self.table_reads)
    }
}

const START: u64 = 77_000_000_000;

impl Scene for MadeUp {
    fn now_ns(&mut self) -> u64 {
        self.now
    }

    fn wait_until(&mut self, at_ns: u64) {
        // Waking takes a while.
        self.now = self.now.max(at_ns) + 60_000;
    }

    fn glance(&mut self) -> Glance {
        let (begun, done) = (self.begun(), self.done());
        Glance {
            bytes: 10_000 + 64 * begun as u64,
            modified_ns: i128::try_from(begun + done).unwrap(),
            replaced: 0,
            is_exclusive: if self.has_locks { Ok(begun > done) } else { Err("flock".to_owned()) },
        }
    }

    fn commits(&mut self) -> Commits {
        if self.torn > 0 && self.now >= START + 1_000_000_000 {
            self.torn -= 1;
            return Commits::NotNow("torn".to_owned());
        }
        let before = self.commits.partition_point(|at| at + self.hold_ns <= START);
        if self.counts {
            Commits::Counted((self.done() - before) as u64)
        } else {
            Commits::Uncounted("no counter".to_owned())
        }
    }

    fn processes(&mut self) -> Vec<ProcessUsage> {
        let age = self.now - START;
        let usage = |pid| ProcessUsage {
            pid,
            maps: pid != 0,
            cpu_ns: (pid != 2).then_some(1000 + age / 4),
            run_delay_ns: Some(age / 10),
            is_blocked: pid == 1,
        };
        (0..3).map(usage).collect()
    }

    fn locks(&mut self) -> Option<Probe<LockLook>> {
        self.table_reads += 1;
        Some(Ok(LockLook { waiters: 5, exclusive: self.begun() > self.done() }))
    }

    fn machine(&mut self) -> MachineChange {
        MachineChange {
            tlb_interrupts: Ok(10.0),
            pressure_us: [Ok(50_000.0), Err("no pressure".to_owned()), Ok(1e9)],
            throttled: Ok(0.5),
        }
    }
}

/// Moments of commits, `gap` nanoseconds apart, for longer than any window.
fn every(gap: u64) -> Vec<u64> {
    (0..20_000_000_000 / gap).map(|number| START + number * gap + gap / 3).collect()
}

fn value(observed: &Observed) -> Estimate {
    *observed.value.known().unwrap()
}

#[test]
fn what_a_file_counts_is_exact_and_the_hold_is_within_its_interval() {
    for (gap, hold) in
        [(200_000_000, 30_000_000), (50_000_000, 5_000_000), (10_000_000, 1_000_000), (10_000_000, 9_000_000)]
    {
        let (load, _) = MadeUp::new(every(gap), hold).watch(4.0);
        assert_eq!(load.commits_per_s.precision, Precision::Exact);
        let rate = value(&load.commits_per_s);
        assert!((rate.value * gap as f64 / 1e9 - 1.0).abs() < 0.06, "{rate:?} at {gap}");
        let found = value(&load.hold_ns);
        assert!((found.value / hold as f64 - 1.0).abs() < 0.25, "{found:?} of {hold}");
        assert!(found.low <= hold as f64 * 1.03 && hold as f64 <= found.high * 1.03, "{found:?} of {hold}");
        assert!((value(&load.growth_bytes_per_s).value / (64.0 * 1e9 / gap as f64) - 1.0).abs() < 0.06);
        assert!(load.lookups_per_s.value.value().is_none());
    }
}

#[test]
fn without_a_counter_slow_commits_are_estimated_from_changes_and_fast_ones_are_bounded_above() {
    for gap in [200_000_000, 40_000_000] {
        let (load, _) = MadeUp { counts: false, ..MadeUp::new(every(gap), 6_000_000) }.watch(4.0);
        assert_eq!(load.commits_per_s.precision, Precision::Estimated);
        let rate = value(&load.commits_per_s);
        assert!((rate.value * gap as f64 / 1e9 - 1.0).abs() < 0.06, "{rate:?} at {gap}");
        assert!(load.samples.iter().all(|sample| sample.commits.value().is_none()));
    }
    let (load, _) = MadeUp { counts: false, ..MadeUp::new(every(8_000_000), 3_000_000) }.watch(4.0);
    let rate = value(&load.commits_per_s);
    assert!(rate.low < 125.0 && 125.0 < rate.high, "{rate:?}");
    assert!(load.commits_per_s.from.contains("above 50 commits a second"));
}

#[test]
fn the_samples_are_what_was_there() {
    let (load, table_reads) = MadeUp::new(every(100_000_000), 20_000_000).watch(1.0);
    assert!((8..=13).contains(&load.samples.len()), "{}", load.samples.len());
    assert!(table_reads <= 6, "{table_reads}");
    assert!(load.samples.windows(2).all(|pair| pair[0].at_ns < pair[1].at_ns));
    assert_eq!(load.samples.last().unwrap().at_ns, load.window_ns);
    assert!(load.window_ns >= 1_000_000_000 && load.window_ns < 1_100_000_000);
    let sample = &load.samples[4];
    assert_eq!((sample.mappers, sample.blocked), (2, 1));
    assert!(sample.cpu_pressure.value().is_some_and(|share| (0.3..0.7).contains(share)));
    assert!(sample.memory_pressure.value().is_none() && sample.io_pressure.value() == Some(&1.0));
    assert!(sample.tlb_interrupts_per_s.value().is_some_and(|rate| (80.0..110.0).contains(rate)));
    assert_eq!(sample.throttled.value(), Some(&0.5));
    // Of three processes, one does not show its time on a CPU; each of the others used a quarter of one.
    assert!((value(&load.cpus_used).value - 0.5).abs() < 0.02, "{:?}", load.cpus_used);
    assert!(load.cpus_used.from.contains("of 1 it is not known"));
    assert!((value(&load.cpus_waited_for).value - 0.3).abs() < 0.02);
    assert!(!load.cpus_waited_for.from.contains("not known"), "of all three: {}", load.cpus_waited_for.from);
    assert!(sample.cpus_used.value().is_some_and(|cpus| (0.45..0.55).contains(cpus)));
    // Waiters are known where the table was read, and unavailable otherwise.
    let known = load.samples.iter().filter(|sample| sample.lock_waiters.value() == Some(&5)).count() as u32;
    assert_eq!(known, table_reads);
}

#[test]
fn locks_that_a_question_cannot_see_are_taken_from_the_table() {
    let (load, _) = MadeUp { has_locks: false, ..MadeUp::new(every(100_000_000), 61_800_000) }.watch(12.0);
    let found = value(&load.hold_ns);
    assert!(found.low <= 61_800_000.0 && 61_800_000.0 <= found.high, "{found:?}");
    assert!(load.hold_ns.from.contains("table of locks"), "{}", load.hold_ns.from);
}

#[test]
fn a_hold_that_is_never_met_has_a_bound_and_no_value() {
    let (load, _) = MadeUp::new(every(500_000_000), 2).watch(3.0);
    let why = load.hold_ns.value.known().unwrap_err().clone();
    assert!(why.contains("for less than") && why.contains("ms a commit"), "{why}");
    // Commits that are only estimated may be fewer, and each longer.
    let bound = |load: &LiveLoad| {
        let why = load.hold_ns.value.known().unwrap_err();
        let (_, bound) = why.split_once("for less than ").unwrap();
        bound.split_once(" ms").unwrap().0.parse::<f64>().unwrap()
    };
    let (uncounted, _) = MadeUp { counts: false, ..MadeUp::new(every(500_000_000), 2) }.watch(3.0);
    assert!(bound(&uncounted) > 2.0 * bound(&load), "{} {}", bound(&uncounted), bound(&load));
    let (idle, _) = MadeUp::new(Vec::new(), 2).watch(1.0);
    assert_eq!(value(&idle.commits_per_s).value, 0.0, "none were made, and that is known");
    assert_eq!(idle.hold_ns.value.known().unwrap_err(), "there were no commits");
}

#[test]
fn it_ends_early_and_keeps_what_there_is() {
    let (load, _) = MadeUp { stop_at: 500_000_000, ..MadeUp::new(every(20_000_000), 1_000_000) }.watch(60.0);
    assert!((500_000_000..700_000_000).contains(&load.window_ns), "{}", load.window_ns);
    assert!((value(&load.commits_per_s).value - 50.0).abs() < 4.0);
    let (nothing, _) = MadeUp { stop_at: 0, ..MadeUp::new(every(20_000_000), 1_000_000) }.watch(60.0);
    assert_eq!((nothing.window_ns, nothing.samples.len()), (0, 0));
    for figure in [&nothing.commits_per_s, &nothing.growth_bytes_per_s, &nothing.hold_ns, &nothing.cpus_used] {
        assert!(figure.value.value().is_none(), "{figure:?}");
    }
}

#[test]
fn a_header_that_is_torn_at_the_end_is_read_again() {
    let (load, _) = MadeUp { torn: 4, ..MadeUp::new(every(20_000_000), 1_000_000) }.watch(1.0);
    assert_eq!(load.commits_per_s.precision, Precision::Exact);
    assert!((value(&load.commits_per_s).value - 50.0).abs() < 4.0);
    let (torn, _) = MadeUp { torn: 1000, ..MadeUp::new(every(100_000_000), 1_000_000) }.watch(1.0);
    assert_eq!(torn.commits_per_s.precision, Precision::Estimated, "its changes are what is left");
}

#[test]
fn waits_are_spread_and_last_a_glance_on_average() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let waits: Vec<u64> = (0..4000).map(|_| wait_ns(&mut random, GLANCE_NS)).collect();
    assert!(waits.iter().all(|wait| (GLANCE_NS / 4 * 3..=GLANCE_NS / 4 * 5).contains(wait)));
    let mean = waits.iter().sum::<u64>() / 4000;
    assert!(mean.abs_diff(GLANCE_NS) < GLANCE_NS / 100, "{mean}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_more_is_seen_than_there_was(
        gaps in prop::collection::vec(200_000u64..300_000_000, 1..200),
        hold in 1u64..40_000_000,
        counts: bool,
        seconds in 0.2f64..3.0,
    ) {
        let mut at = START;
        let commits: Vec<u64> = gaps.iter().map(|gap| { at += gap + hold; at }).collect();
        let (load, _) = MadeUp { counts, ..MadeUp::new(commits.clone(), hold) }.watch(seconds);
        let end = START + load.window_ns;
        let begun = commits.partition_point(|at| *at <= end) as f64;
        let done = commits.partition_point(|at| at + hold <= end) as f64;
        let rate = value(&load.commits_per_s);
        let window_s = load.window_ns as f64 / 1e9;
        prop_assert!(rate.low <= rate.value && rate.value <= rate.high);
        prop_assert!(rate.low * window_s <= begun + 1e-6, "{rate:?}: {begun}");
        // Each commit changes it twice.
        prop_assert!(rate.high * window_s <= 2.0 * begun + 1e-6);
        if counts {
            prop_assert!((rate.value * window_s - done).abs() < 1e-6);
            prop_assert!(load.samples.is_sorted_by_key(|sample| sample.commits.value().copied()));
        }
        if let Some(hold) = load.hold_ns.value.value() {
            prop_assert!(0.0 < hold.value && hold.low <= hold.value && hold.value <= hold.high);
        }
    }
}
