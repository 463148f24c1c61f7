//! What a cure changed, figure by figure: a ratio with its 95 % interval, and whether that is a change at all.
//! Only an interval that leaves out 1, and an effect of more than 5 %, is one.

use super::blocks::{Blocks, Latencies};
use crate::{
    results::{Change, Difference, KeyFigure, MeasuredFigures},
    stats::{Estimate, quantile_ratio, share_ratio},
};

/// A smaller effect is no real difference, however sure it is.
const LEAST_EFFECT: f64 = 0.05;
/// So many operations, at least, must be expected beyond a percentile for its interval to mean anything: 400 for p99.
const LEAST_BEYOND: f64 = 4.0;

/// One run, as it is compared.
pub struct Side {
    /// In blocks of time.
    pub blocks: Blocks,
    /// Its key figures.
    pub measured: MeasuredFigures,
}

/// Every key figure, before and after. The seed is that of the resampling.
pub fn differences(before: &Side, after: &Side, seed: u64) -> Vec<Difference> {
    use KeyFigure::*;
    let figures = [ReaderP50Ns, ReaderP99Ns, CommitP50Ns, CommitP99Ns, CompletedShare, StalledNsPerS, LongestFreezeNs];
    figures.into_iter().map(|figure| difference(figure, before, after, seed)).collect()
}

/// One key figure, before and after.
pub fn difference(figure: KeyFigure, before: &Side, after: &Side, seed: u64) -> Difference {
    let (old, new) = (&before.blocks, &after.blocks);
    let ratio = match figure {
        KeyFigure::ReaderP50Ns => quantile(&old.readers, &new.readers, 0.5, seed),
        KeyFigure::ReaderP99Ns => quantile(&old.readers, &new.readers, 0.99, seed),
        KeyFigure::CommitP50Ns => quantile(&old.commits, &new.commits, 0.5, seed),
        KeyFigure::CommitP99Ns => quantile(&old.commits, &new.commits, 0.99, seed),
        KeyFigure::CompletedShare => {
            share_ratio(&old.completed, &new.completed, seed).ok_or_else(|| TOO_SHORT.to_owned())
        }
        KeyFigure::StalledNsPerS => match (&old.stalled, &new.stalled) {
            (Ok(old), Ok(new)) => share_ratio(old, new, seed).ok_or_else(|| NOTHING_BEFORE.to_owned()),
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
        },
        KeyFigure::LongestFreezeNs => Err("a longest value has no interval: a run has only one".to_owned()),
    };
    let (before, after) = (before.measured.get(figure), after.measured.get(figure));
    let change = match &ratio {
        Ok(ratio) => change(figure, ratio),
        // Nothing twice is the same, without any interval.
        Err(_) if before == Some(0.0) && after == Some(0.0) => Change::Same,
        Err(_) => Change::Unknown,
    };
    Difference { figure, before, after, ratio: ratio.into(), change }
}

const TOO_SHORT: &str = "the runs are too short to be cut into enough blocks: raise run.duration";
const NOTHING_BEFORE: &str = "the baseline has none, or the runs are too short to be cut into enough blocks";

fn quantile(before: &Latencies, after: &Latencies, q: f64, seed: u64) -> Result<Estimate, String> {
    let fewest = before.all.count().min(after.all.count());
    let needed = (LEAST_BEYOND / (1.0 - q)).round() as u64;
    if fewest < needed {
        return Err(format!("{fewest} operations are too few: it takes {needed}, so raise run.duration"));
    }
    quantile_ratio(&before.blocks, &after.blocks, q, seed).ok_or_else(|| TOO_SHORT.to_owned())
}

/// What a ratio says of a figure.
fn change(figure: KeyFigure, ratio: &Estimate) -> Change {
    if ratio.contains(1.0) || (ratio.value - 1.0).abs() <= LEAST_EFFECT {
        return Change::Same;
    }
    let more_is_better = figure == KeyFigure::CompletedShare;
    if (ratio.value > 1.0) == more_is_better { Change::Better } else { Change::Worse }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::{results::Known, stats::Part};

    /// A made-up run of 20 blocks: in each so many reads and a tenth of that in commits, around these times, µs.
    pub fn side(reads: u64, reader_us: u64, commit_us: u64, completed: f64, freeze_ns: u64) -> Side {
        let block = |number: u64, us: u64, count: u64| {
            // Nine tenths take about as long as said, one tenth three times that; each block a little off.
            let us = us * (95 + number * 7 % 11) / 100;
            vec![(us * 1000, count - count / 10), (3 * us * 1000, count / 10)]
        };
        let each = |us, count| Latencies::new((0..20).map(|number| block(number, us, count)).collect());
        let (due, stalled_ns_per_s) = (reads as f64 * 1.1, reader_us as f64 * 1000.0);
        let jitter = |number: u32| 1.0 + 0.02 * f64::from(number % 3);
        Side {
            blocks: Blocks {
                readers: each(reader_us, reads),
                commits: each(commit_us, reads / 10),
                completed: (0..20)
                    .map(|n| Part { amount: completed * due * jitter(n), of: due * jitter(n + 1) })
                    .collect(),
                stalled: Ok((0..20).map(|n| Part { amount: stalled_ns_per_s * jitter(n), of: 1.0 }).collect()),
            },
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

    fn reason(difference: &Difference) -> Option<&str> {
        match &difference.ratio {
            Known::Value(_) => None,
            Known::Unavailable { unavailable } => Some(unavailable),
        }
    }

    fn changes(before: &Side, after: &Side) -> Vec<Change> {
        differences(before, after, 7).iter().map(|difference| difference.change).collect()
    }

    #[test]
    fn what_is_clear_is_told_and_in_the_right_direction() {
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
        let sure = Estimate { value: 0.96, low: 0.955, high: 0.965 };
        assert_eq!(change(KeyFigure::ReaderP50Ns, &sure), Change::Same);
        let unsure = Estimate { value: 0.5, low: 0.1, high: 1.2 };
        assert_eq!(change(KeyFigure::ReaderP50Ns, &unsure), Change::Same);
    }

    #[test]
    fn few_operations_have_no_interval_and_say_how_many_it_takes() {
        let (slow, fast) = (side(100, 8000, 50_000, 1.0, 0), side(100, 100, 4000, 1.0, 0));
        let p99 = difference(KeyFigure::CommitP99Ns, &slow, &fast, 7);
        assert_eq!(p99.change, Change::Unknown);
        let why = reason(&p99).unwrap();
        assert!(why.contains("200 operations") && why.contains("400"), "{why}");
        assert_eq!(difference(KeyFigure::CommitP50Ns, &slow, &fast, 7).change, Change::Better);
    }

    #[test]
    fn without_evidence_the_stalled_time_is_unknown() {
        let (mut slow, fast) = (side(100, 8000, 50_000, 1.0, 0), side(100, 100, 4000, 1.0, 0));
        slow.blocks.stalled = Err("not recorded".to_owned());
        slow.measured.stalled_ns_per_s = None;
        let stalled = difference(KeyFigure::StalledNsPerS, &slow, &fast, 7);
        assert_eq!((stalled.change, stalled.before, reason(&stalled)), (Change::Unknown, None, Some("not recorded")));
    }
}
