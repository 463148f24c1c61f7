//! What a mitigation changed, figure by figure: a ratio with its 95 % interval, and whether that is a change at all.
//! Only an interval that leaves out 1, and an effect of more than 5 %, is one.

use std::ops::RangeInclusive;

use super::blocked_run::BlockedRun;
use crate::{
    conclude::{
        claim::{Claim, TOO_SHORT, needed, too_few},
        compare::loaded_run::Operation,
        wording::KEY_FIGURES,
    },
    results::{Difference, KeyFigure},
    stats::{Estimate, quantile_ratio, share_ratio},
};

/// Ratios that are no real difference, however significant: the rule of `what-if.json`, which is that of comparisons but for the lower
/// end (there 1/1.05).
const SMALL: RangeInclusive<f64> = 0.95..=1.05;
const NOTHING_BEFORE: &str = "the baseline has none, or the runs are too short to be cut into enough blocks";

/// Every key figure, before and after. The seed is that of the resampling.
pub fn differences(before: &BlockedRun, after: &BlockedRun, seed: u64) -> Vec<Difference> {
    KEY_FIGURES.map(|figure| difference(figure, before, after, seed)).to_vec()
}

pub fn difference(figure: KeyFigure, before: &BlockedRun, after: &BlockedRun, seed: u64) -> Difference {
    let ratio = match figure {
        KeyFigure::ReaderP50Ns => quantile([&before.readers, &after.readers], 0.5, seed),
        KeyFigure::ReaderP99Ns => quantile([&before.readers, &after.readers], 0.99, seed),
        KeyFigure::CommitP50Ns => quantile([&before.commits, &after.commits], 0.5, seed),
        KeyFigure::CommitP99Ns => quantile([&before.commits, &after.commits], 0.99, seed),
        KeyFigure::CompletedShare => {
            share_ratio(&before.completed, &after.completed, seed).ok_or_else(|| TOO_SHORT.to_owned())
        }
        KeyFigure::StalledNsPerS => match (&before.stalled, &after.stalled) {
            (Ok(old), Ok(new)) => share_ratio(old, new, seed).ok_or_else(|| NOTHING_BEFORE.to_owned()),
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
        },
        KeyFigure::LongestFreezeNs => Err("a longest value has no interval: a run has only one".to_owned()),
    };
    let [old, new] = [before, after].map(|run| run.measured.get(figure));
    let claim = Claim::of("", [0; 2], ratio, &SMALL);
    let nothing_twice = claim.ratio.is_err() && old == Some(0.0) && new == Some(0.0);
    let claim = if nothing_twice { claim.nothing_twice() } else { claim };
    let change = claim.change(figure == KeyFigure::CompletedShare);
    Difference { figure, before: old, after: new, ratio: claim.ratio.into(), change }
}

fn quantile(runs: [&Option<Operation>; 2], q: f64, seed: u64) -> Result<Estimate, String> {
    let [before, after] = runs.map(|operation| operation.as_ref().map_or(0, Operation::count));
    let fewest = before.min(after);
    match runs {
        [Some(before), Some(after)] if fewest >= needed(q) => {
            quantile_ratio(&before.blocks, &after.blocks, q, seed).ok_or_else(|| TOO_SHORT.to_owned())
        }
        _ => Err(format!("{}, so raise run.duration", too_few(fewest, needed(q)))),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::{
        results::{Availability, Change, MeasuredFigures},
        stats::Part,
    };

    /// A made-up run of 20 blocks: in each so many reads and a tenth of that in commits, around these times, µs.
    pub fn side(reads: u64, reader_us: u64, commit_us: u64, completed: f64, freeze_ns: u64) -> BlockedRun {
        let block = |number: u64, us: u64, count: u64| {
            // Nine tenths take about as long as said, one tenth three times that; each block a little off.
            let us = us * (95 + number * 7 % 11) / 100;
            vec![(us * 1000, count - count / 10), (3 * us * 1000, count / 10)]
        };
        let operation = |role, us, count| {
            Some(Operation::of_blocks(role, "", (0..20).map(|number| block(number, us, count)).collect()))
        };
        let (due, stalled_ns_per_s) = (reads as f64 * 1.1, reader_us as f64 * 1000.0);
        let jitter = |number: u32| 1.0 + 0.02 * f64::from(number % 3);
        BlockedRun {
            readers: operation(0, reader_us, reads),
            commits: operation(1, commit_us, reads / 10),
            completed: (0..20).map(|n| Part { amount: completed * due * jitter(n), of: due * jitter(n + 1) }).collect(),
            stalled: Ok((0..20).map(|n| Part { amount: stalled_ns_per_s * jitter(n), of: 1.0 }).collect()),
            measured: MeasuredFigures {
                reader_p50_ns: Some(reader_us * 1000),
                reader_p99_ns: Some(3 * reader_us * 1000),
                commit_p50_ns: Some(commit_us * 1000),
                commit_p99_ns: Some(3 * commit_us * 1000),
                completed_share: Some(completed),
                stalled_ns_per_s: Some(stalled_ns_per_s),
                longest_freeze_ns: freeze_ns,
            },
        }
    }

    fn unavailable(why: &str) -> Availability<Estimate> {
        Availability::Unavailable { unavailable: why.to_owned() }
    }

    fn changes(before: &BlockedRun, after: &BlockedRun) -> Vec<Change> {
        differences(before, after, 7).iter().map(|difference| difference.change).collect()
    }

    #[test]
    fn significant_changes_have_the_right_direction() {
        use Change::*;
        let (slow, fast) = (side(1000, 8000, 50_000, 0.5, 900), side(1000, 100, 4000, 1.0, 0));
        assert_eq!(changes(&slow, &fast), [Better, Better, Better, Better, Better, Better, Unknown]);
        assert_eq!(changes(&fast, &slow), [Worse, Worse, Worse, Worse, Worse, Worse, Unknown]);
        let p99 = difference(KeyFigure::ReaderP99Ns, &slow, &fast, 7);
        let ratio = p99.ratio.value().unwrap();
        assert!(ratio.low <= ratio.value && ratio.value <= ratio.high && ratio.high < 0.02, "{ratio:?}");
    }

    #[test]
    fn the_same_twice_and_a_small_effect_are_no_difference() {
        let one = side(1000, 8000, 50_000, 1.0, 0);
        assert_eq!(changes(&one, &side(1000, 8000, 50_000, 1.0, 0)), [Change::Same; 7]);
        let change = |value, low, high| Claim::of("", [0; 2], Ok(Estimate { value, low, high }), &SMALL).change(false);
        assert_eq!(change(0.96, 0.955, 0.965), Change::Same, "significant but small");
        assert_eq!(change(0.951, 0.9505, 0.9515), Change::Same, "smaller than 1/1.05, but by less than 5 %");
        assert_eq!(change(0.94, 0.93, 0.945), Change::Better);
        assert_eq!(change(0.5, 0.1, 1.2), Change::Same, "not significant");
    }

    #[test]
    fn few_operations_have_no_interval_and_say_how_many_it_takes() {
        let (slow, fast) = (side(100, 8000, 50_000, 1.0, 0), side(100, 100, 4000, 1.0, 0));
        let p99 = difference(KeyFigure::CommitP99Ns, &slow, &fast, 7);
        assert_eq!(p99.change, Change::Unknown);
        let why = "200 values are too few: it takes 400, so raise run.duration";
        assert_eq!(p99.ratio, unavailable(why));
        assert_eq!(difference(KeyFigure::CommitP50Ns, &slow, &fast, 7).change, Change::Better);
    }

    #[test]
    fn without_evidence_the_stalled_time_is_unknown() {
        let (mut slow, fast) = (side(100, 8000, 50_000, 1.0, 0), side(100, 100, 4000, 1.0, 0));
        (slow.stalled, slow.measured.stalled_ns_per_s) = (Err("not recorded".to_owned()), None);
        let stalled = difference(KeyFigure::StalledNsPerS, &slow, &fast, 7);
        assert_eq!((stalled.change, stalled.before), (Change::Unknown, None));
        assert_eq!(stalled.ratio, unavailable("not recorded"));
    }
}
