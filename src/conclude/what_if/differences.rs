//! What a mitigation changed, figure by figure: a ratio with its 95 % interval, and whether that is a change at all.
//! Only an interval that leaves out 1, and an effect of more than 5 %, is one; and trouble that the baseline did not have: a freeze, or
//! operations that did not complete. The figures of a mitigation are a family, corrected by Holm's method as those of a comparison are.

use std::ops::RangeInclusive;

use super::blocked_run::BlockedRun;
use crate::{
    conclude::{
        claim::{Claim, TOO_SHORT, needed, too_few},
        compare::loaded_run::Operation,
        run::{fell_behind, kept_up},
        wording::KEY_FIGURES,
    },
    results::{Change, Difference, KeyFigure, Role, Totals},
    stats::{Estimate, LEVEL, Part, Tails, holm, p_value, quantile_ratio, share_ratio},
};

/// Ratios that are no real difference, however significant: the rule of `what-if.json`, which is that of comparisons but for the lower
/// end (there 1/1.05).
const SMALL: RangeInclusive<f64> = 0.95..=1.05;
const NOTHING_BEFORE: &str = "the baseline has none, or the runs are too short to be cut into enough blocks";
const LONGEST: &str = "a longest value has no interval: a run has only one";
const BOTH_KEPT_UP: &str = "both completed at least 99 % of what was scheduled";

/// Every key figure, before and after. The seed is that of the resampling.
pub fn differences(before: &BlockedRun, after: &BlockedRun, seed: u64) -> Vec<Difference> {
    let mut found = KEY_FIGURES.map(|figure| difference(figure, before, after, seed));
    let p: Vec<f64> = found.iter().filter_map(|one| Some(p_value(one.ratio.value()?, Tails::Normal))).collect();
    for (one, p) in found.iter_mut().filter(|one| one.ratio.value().is_some()).zip(holm(&p)) {
        let is_change = matches!(one.change, Change::Better | Change::Worse);
        if is_change && p > LEVEL && !is_new_trouble(one.figure, [before, after]) {
            one.change = Change::Undecided;
        }
    }
    found.to_vec()
}

/// A freeze, or operations that did not complete, of which the baseline had none: no interval is asked for.
fn is_new_trouble(figure: KeyFigure, [before, after]: [&BlockedRun; 2]) -> bool {
    let [old, new] = [before, after].map(|run| run.measured.get(figure));
    let brings_freezes = matches!(figure, KeyFigure::FrozenShare | KeyFigure::LongestFreezeNs)
        && old == Some(0.0)
        && new.is_some_and(|new| new > 0.0);
    let leaves_undone = matches!([before, after].map(|run| totals(figure, run)), [Some(old), Some(new)]
        if old.due > 0 && kept_up(old.completed, old.due) && fell_behind(new.completed, new.due));
    brings_freezes || leaves_undone
}

pub fn difference(figure: KeyFigure, before: &BlockedRun, after: &BlockedRun, seed: u64) -> Difference {
    let [old, new] = [before, after].map(|run| run.measured.get(figure));
    let totals = [before, after].map(|run| totals(figure, run));
    let both_kept_up = totals
        .iter()
        .all(|totals| totals.is_some_and(|totals| totals.due > 0 && kept_up(totals.completed, totals.due)));
    let ratio = match (figure, figure.quantile()) {
        _ if both_kept_up => Err(BOTH_KEPT_UP.to_owned()),
        (_, Some((Role::Reader, q))) => quantile([&before.readers, &after.readers], q, seed),
        (_, Some((Role::Writer, q))) => quantile([&before.commits, &after.commits], q, seed),
        (KeyFigure::LongestFreezeNs, None) => Err(LONGEST.to_owned()),
        (_, None) => share(figure, [before, after], seed),
    };
    let nothing_twice = both_kept_up || (old, new) == (Some(0.0), Some(0.0));
    // A baseline that completed nothing, or was never stalled, is a value too.
    let is_new = old == Some(0.0) && new.is_some();
    let back = || share(figure, [after, before], seed).ok().filter(|_| is_new);
    let claim = Claim::of("", [0; 2], ratio, &SMALL).or_without_ratio(nothing_twice, back, &SMALL);
    let change = match is_new_trouble(figure, [before, after]) {
        true => Change::Worse,
        false => claim.change(figure.more_is_better()),
    };
    Difference { figure, before: old, after: new, ratio: claim.ratio.into(), change }
}

/// What was due of the role of a completed share, and what completed.
fn totals(figure: KeyFigure, run: &BlockedRun) -> Option<Totals> {
    let [readers, writers] = run.totals;
    match figure {
        KeyFigure::ReadersCompletedShare => Some(readers),
        KeyFigure::CommitsCompletedShare => Some(writers),
        _ => None,
    }
}

fn share(figure: KeyFigure, runs: [&BlockedRun; 2], seed: u64) -> Result<Estimate, String> {
    let parts = |run: &'_ BlockedRun| -> Result<Vec<Part>, String> {
        match figure {
            KeyFigure::ReadersCompletedShare => Ok(run.completed[0].clone()),
            KeyFigure::CommitsCompletedShare => Ok(run.completed[1].clone()),
            KeyFigure::FrozenShare => Ok(run.frozen.clone()),
            _ => run.stalled.clone(),
        }
    };
    let [old, new] = runs.map(parts);
    let (old, new) = (old?, new?);
    let why = if old.iter().any(|part| part.amount > 0.0) { TOO_SHORT } else { NOTHING_BEFORE };
    share_ratio(&old, &new, seed, false).ok_or_else(|| why.to_owned())
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
    use crate::results::{Availability, MeasuredFigures};

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
        let stalled_ns_per_s = reader_us as f64 * 1000.0;
        let jitter = |number: u32| 1.0 + 0.02 * f64::from(number % 3);
        let part = |amount: f64, of: f64| (0..20).map(|n| Part { amount: amount * jitter(n), of }).collect::<Vec<_>>();
        let due = [reads.max(10), reads.max(10) / 10];
        let totals = due.map(|due| {
            let (due, all) = (20 * due, 20.0 * due as f64);
            Totals { due, completed: (completed * all) as u64, stalls: 0, due_per_s: all, completed_per_s: all }
        });
        BlockedRun {
            readers: operation(0, reader_us, reads),
            commits: operation(1, commit_us, reads / 10),
            completed: due.map(|due| part(completed * due as f64, due as f64)),
            totals,
            frozen: (0..20).map(|n| Part { amount: if n == 3 { freeze_ns as f64 } else { 0.0 }, of: 1e9 }).collect(),
            stalled: Ok(part(stalled_ns_per_s, 1.0)),
            measured: MeasuredFigures {
                reader_p50_ns: Some(reader_us * 1000),
                reader_p99_ns: Some(3 * reader_us * 1000),
                commit_p50_ns: Some(commit_us * 1000),
                commit_p99_ns: Some(3 * commit_us * 1000),
                readers_completed_share: Some(completed),
                commits_completed_share: Some(completed),
                stalled_ns_per_s: Some(stalled_ns_per_s),
                frozen_share: Some(freeze_ns as f64 / 20e9),
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
        // One freeze that is gone may have been chance; one that appears is one more.
        let gone = [Better, Better, Better, Better, Better, Better, Better, Undecided, Unknown];
        assert_eq!(changes(&slow, &fast), gone);
        assert_eq!(changes(&fast, &slow), [Worse; 9]);
        let p99 = difference(KeyFigure::ReaderP99Ns, &slow, &fast, 7);
        let ratio = p99.ratio.value().unwrap();
        assert!(ratio.low <= ratio.value && ratio.value <= ratio.high && ratio.high < 0.02, "{ratio:?}");
    }

    #[test]
    fn a_baseline_that_completed_nothing_is_a_value() {
        let (nothing, all) = (side(1000, 8000, 50_000, 0.0, 0), side(1000, 8000, 50_000, 1.0, 0));
        for figure in [KeyFigure::ReadersCompletedShare, KeyFigure::CommitsCompletedShare] {
            let found = difference(figure, &nothing, &all, 7);
            assert_eq!((found.change, found.before, found.after), (Change::Better, Some(0.0), Some(1.0)));
            assert_eq!(difference(figure, &all, &nothing, 7).change, Change::Worse);
            assert_eq!(difference(figure, &nothing, &nothing, 7).change, Change::Same);
        }
    }

    #[test]
    fn commits_that_no_longer_complete_are_worse_and_one_in_flight_is_not() {
        let (all, mut less) = (side(100, 8000, 50_000, 1.0, 0), side(100, 8000, 50_000, 1.0, 0));
        let mut change = |undone: u64| {
            let [_, commits] = &mut less.totals;
            commits.completed = commits.due - undone;
            less.measured.commits_completed_share = commits.completed_share();
            let found = differences(&all, &less, 7);
            [4, 5].map(|place| found[place].change)
        };
        // 200 commits were due.
        assert_eq!(change(0), [Change::Same; 2]);
        assert_eq!(change(1), [Change::Same; 2]);
        assert_eq!(change(20), [Change::Same, Change::Worse]);
    }

    #[test]
    fn the_same_twice_and_a_small_effect_are_no_difference() {
        let one = side(1000, 8000, 50_000, 1.0, 0);
        let same = changes(&one, &side(1000, 8000, 50_000, 1.0, 0));
        assert!(same.iter().all(|change| [Change::Same, Change::Undecided].contains(change)), "{same:?}");
        let change = |value, low, high| Claim::of("", [0; 2], Ok(Estimate { value, low, high }), &SMALL).change(false);
        assert_eq!(change(0.96, 0.955, 0.965), Change::Same, "significant but small");
        assert_eq!(change(0.951, 0.9505, 0.9515), Change::Same, "smaller than 1/1.05, but by less than 5 %");
        assert_eq!(change(0.94, 0.93, 0.945), Change::Better);
        assert_eq!(change(0.5, 0.1, 1.2), Change::Undecided, "not significant");
    }

    #[test]
    fn one_figure_of_many_that_leaves_out_1_by_a_little_may_be_chance() {
        let one = side(1000, 8000, 50_000, 1.0, 0);
        let mut other = side(1000, 8000, 50_000, 1.0, 0);
        // The stalled time alone differs, by an interval that just leaves out 1.
        let found = (0..60_u32).find_map(|step| {
            let jitter = |n: u32| 1.08 + 0.01 * f64::from(step) * f64::from(n * 7 % 5) - 0.02 * f64::from(step);
            other.stalled = Ok((0..20).map(|n| Part { amount: 8e6 * jitter(n), of: 1.0 }).collect());
            let alone = difference(KeyFigure::StalledNsPerS, &one, &other, 7);
            let p = p_value(alone.ratio.value()?, Tails::Normal);
            (alone.change == Change::Worse && (0.02..0.05).contains(&p)).then(|| differences(&one, &other, 7))
        });
        let stalled = found.expect("one of the steps is barely significant").remove(6);
        assert_eq!((stalled.figure, stalled.change), (KeyFigure::StalledNsPerS, Change::Undecided));
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
