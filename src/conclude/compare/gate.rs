//! The gate of `--fail-on-regression`: what is worse in B by more than is allowed, and for each figure how small a change for the worse would
//! have been found. A figure that could not be checked says why: that nothing was found in it is no good news.

use super::{figures::is_whole, loaded_run::ROLES, resampled::ResampledRun};
use crate::{
    conclude::run::{fell_behind, kept_up},
    results::{Checked, ComparedFigure, FigureDifference},
    stats::{Estimate, LEVEL, Tails, least_significant, widening},
};

/// From this factor on a longer longest freeze is a regression: a run has only one, and no interval.
const LONGER: f64 = 2.0;

/// Checks figures of whole roles (p50, p90, p99 of the response time, what completed), failures and freezes. With an interval: B is worse by
/// more than `allowed` (a share), and that is significant among all that is tested together. Without: failures, freezes and undone operations
/// where A has none, and a longest freeze of twice the length.
pub fn check(rows: &[FigureDifference], [a, b]: [&ResampledRun; 2], allowed: f64) -> Vec<Checked> {
    let judged = || rows.iter().filter(|row| is_whole(row, rows) && row.figure.quantile().is_none_or(|q| q <= 0.99));
    // The first step of Holm's method: so much wider an interval is that must leave out 1.
    let tested = rows.iter().filter(|row| is_whole(row, rows) && row.adjusted_p.is_some()).count();
    let wider = widening(tested, Tails::Normal);
    let check = |row: &FigureDifference| {
        let (least, is_regression) = match row.figure {
            ComparedFigure::CompletedShare => of_completed(row, [a, b], allowed, wider),
            ComparedFigure::Failures | ComparedFigure::Freezes => of_new(row, 1.0, allowed, wider),
            ComparedFigure::FrozenShare => {
                let all: f64 = b.frozen.iter().map(|part| part.of).sum();
                of_new(row, b.least_freeze_ns as f64 / all.max(1.0), allowed, wider)
            }
            ComparedFigure::LongestFreezeNs => of_longest(row, b.least_freeze_ns as f64, allowed),
            _ => of_ratio(row, allowed, wider),
        };
        Checked { subject: row.subject.clone(), figure: row.figure, least: least.into(), is_regression }
    };
    judged().map(check).collect()
}

/// The rows that are regressions.
pub fn regressions(rows: &[FigureDifference], checked: &[Checked]) -> Vec<FigureDifference> {
    let is_one = |row: &&FigureDifference| {
        let of_row = |found: &&Checked| (&found.subject, found.figure) == (&row.subject, row.figure);
        checked.iter().filter(of_row).any(|found| found.is_regression)
    };
    rows.iter().filter(is_one).cloned().collect()
}

type Found = (Result<f64, String>, bool);

fn of_ratio(row: &FigureDifference, allowed: f64, wider: f64) -> Found {
    let (a, ratio) = match (row.a.known(), row.ratio.known()) {
        (Ok(a), Ok(ratio)) => (*a, ratio),
        (Err(why), _) | (_, Err(why)) => return (Err(why.clone()), false),
    };
    let more_is_better = row.figure.more_is_better();
    let is_over = if more_is_better { ratio.value < 1.0 - allowed } else { ratio.value > 1.0 + allowed };
    let is_regression = is_over && row.adjusted_p.is_some_and(|p| p <= LEVEL);
    (Ok(a * least(ratio, more_is_better, allowed, wider)), is_regression)
}

/// The ratio next to 1 that would have been found, from half of the interval.
fn least(ratio: &Estimate, more_is_better: bool, allowed: f64, wider: f64) -> f64 {
    match more_is_better {
        // A value of 0 has no half: only nothing at all would have been found.
        true if ratio.value <= 0.0 => 0.0,
        true => (1.0 / least_significant(ratio, false, wider)).min(1.0 - allowed),
        false if ratio.value <= 0.0 => ratio.high.max(1.0 + allowed),
        false => least_significant(ratio, true, wider).max(1.0 + allowed),
    }
}

/// Where A has none of it, any is a regression; the least there can be is `smallest`.
fn of_new(row: &FigureDifference, smallest: f64, allowed: f64, wider: f64) -> Found {
    match row.a.value() {
        Some(0.0) => (Ok(smallest), row.b.value().is_some_and(|b| *b > 0.0)),
        _ => of_ratio(row, allowed, wider),
    }
}

fn of_longest(row: &FigureDifference, smallest: f64, allowed: f64) -> Found {
    let [a, b] = [&row.a, &row.b].map(|value| value.value().copied().unwrap_or(0.0));
    let least = if a == 0.0 { smallest } else { a * LONGER.max(1.0 + allowed) };
    (Ok(least), b > 0.0 && b >= least)
}

/// Besides by its ratio, a role is worse that kept up in A and significantly no longer does.
fn of_completed(row: &FigureDifference, runs: [&ResampledRun; 2], allowed: f64, wider: f64) -> Found {
    let role = ROLES.iter().position(|(role, _)| row.role == role.name()).unwrap_or(0);
    let [Some([due, done]), Some([due_of_b, done_of_b])] = runs.map(|run| run.scheduled[role]) else {
        return of_ratio(row, allowed, wider);
    };
    let (least, is_worse) = of_ratio(row, allowed, wider);
    if !kept_up(done, due) {
        return (least, is_worse);
    }
    let undone = (0..=due_of_b).find(|undone| fell_behind(due_of_b - undone, due_of_b));
    let by_undone = undone.map(|undone| (due_of_b - undone) as f64 / due_of_b as f64);
    let least = match (least.ok(), by_undone) {
        (Some(one), Some(other)) => Ok(one.max(other)),
        (one, other) => one.or(other).ok_or_else(|| format!("{due_of_b} values are too few")),
    };
    (least, is_worse || fell_behind(done_of_b, due_of_b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        results::{Availability, Effect},
        stats::p_value,
    };

    proptest! {
        #[test]
        fn a_regression_is_at_least_as_bad_as_the_least_that_would_have_been_found(
            (value, down, up) in (0.2..5.0f64, 1.001..3.0f64, 1.001..3.0f64),
            (tested, allowed) in (1..20usize, 0.0..0.5f64),
            is_share in any::<bool>(),
        ) {
            let ratio = Estimate { value, low: value / down, high: value * up };
            let figure = if is_share { ComparedFigure::CompletedPerS } else { ComparedFigure::ResponseP99Ns };
            let row = FigureDifference {
                role: "reader".to_owned(),
                subject: "lookup".to_owned(),
                figure,
                a: Availability::Value(10.0),
                b: Availability::Value(10.0 * value),
                counts: [9, 9],
                effective: [None; 2],
                ratio: Availability::Value(ratio),
                adjusted_p: Some((tested as f64 * p_value(&ratio, Tails::Normal)).min(1.0)),
                effect: Effect::Undecided,
            };
            let (least, is_regression) = of_ratio(&row, allowed, widening(tested, Tails::Normal));
            let least = least.unwrap();
            let is_over_allowed = if is_share { least <= 10.0 * (1.0 - allowed) } else { least >= 10.0 * (1.0 + allowed) };
            prop_assert!(is_over_allowed, "{} {}", least, allowed);
            // Rounding decides at the edge.
            prop_assume!((value * 10.0 / least - 1.0).abs() > 1e-4);
            let is_beyond = if is_share { 10.0 * value < least } else { 10.0 * value > least };
            prop_assert_eq!(is_regression, is_beyond, "{} {}", least, value);
        }
    }
}
