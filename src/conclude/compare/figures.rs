//! Every figure of two runs, side by side: its ratio with the interval, and what that says.
//! Where there are too few values, only their number is reported.

use std::ops::RangeInclusive;

use super::{
    conclusion::{Stated, Subject, Test, adjusted, corrected},
    loaded_run::ROLES,
    resampled::{ResampledOperation, ResampledRun},
};
use crate::{
    conclude::{
        claim::{Claim, SAME, TOO_SHORT, needed, small, too_few},
        difference,
        in_order::unique,
    },
    results::{ComparedFigure, FigureDifference},
    stats::{Estimate, Part, Tails, count_ratio, p_value, share_ratio},
};

/// Of the resampling of shares; both runs are drawn from one stream.
const SEED: u64 = 2007;

/// How shares of two runs are compared.
struct Shares<'r> {
    left_out: Option<&'r String>,
    are_paired: bool,
    small: RangeInclusive<f64>,
}

impl Shares<'_> {
    fn ratio(&self, before: &[Part], after: &[Part]) -> Option<Estimate> {
        share_ratio(before, after, SEED, self.are_paired).filter(|_| self.left_out.is_none())
    }

    /// The ratio, or why there is none; `nothing`: what A did if it has no share.
    fn known(&self, [before, after]: [&[Part]; 2], nothing: &str) -> Result<Estimate, String> {
        self.ratio(before, after).ok_or_else(|| match self.left_out {
            Some(unread) => unread.clone(),
            None if has_any(before) => TOO_SHORT.to_owned(),
            None => format!("no ratio to nothing: A {nothing}"),
        })
    }
}

/// All figures: percentiles operation by operation, completed of both roles, failures, freezes. What is concluded from is corrected as one
/// family, and so is the rest, single operations.
/// `are_same`: it is one and the same result.
pub fn differences(a: &ResampledRun, b: &ResampledRun, are_same: bool, least_effect: f64) -> Vec<FigureDifference> {
    let left_out = a.left_out.as_ref().or(b.left_out.as_ref());
    let (small, are_paired) = (small(least_effect), a.is_paired_with(b));
    let shares = Shares { left_out, are_paired, small: small.clone() };
    let mut rows = Vec::new();
    let operations = a.operations.iter().chain(&b.operations);
    let mut subjects = unique(operations.map(|operation| (operation.role, operation.name.as_str())));
    subjects.sort_by_key(|(role, _)| *role);
    for subject in subjects {
        let places = 0..ComparedFigure::PERCENTILES.len();
        rows.extend(places.map(|place| percentile([a, b], subject, place, &small)));
    }
    for (role, (name, whole)) in ROLES.into_iter().enumerate() {
        let parts = [&a.completed[role], &b.completed[role]];
        let scheduled = a.scheduled[role].zip(b.scheduled[role]).map(|(a, b)| [a, b]);
        // That nothing of a schedule completed is a figure too.
        if scheduled.is_some() || parts.iter().any(|parts| has_any(parts)) {
            rows.push(completed((name.name(), whole), parts, scheduled, &shares));
        }
    }
    let of_both = |count: fn(&ResampledRun) -> u64| [count(a), count(b)];
    let lengths = of_both(|run| run.measured_ns);
    rows.push(counted(ComparedFigure::Failures, of_both(|run| run.failures), lengths, are_same, &small));
    rows.push(counted(ComparedFigure::Freezes, of_both(|run| run.freezes.0), lengths, are_same, &small));
    rows.push(frozen(a, b, &shares));
    rows.push(longest_freeze(a, b, &small));
    for is_concluded_from in [true, false] {
        let places = (0..rows.len()).filter(|place| is_whole(&rows[*place], &rows) == is_concluded_from);
        let places: Vec<usize> = places.collect();
        let test = |place: &usize| {
            let FigureDifference { ratio, effect, .. } = &rows[*place];
            let p = ratio.value().map(|ratio| p_value(ratio, Tails::Normal));
            Test { subject: *place, are_independent: false, p, effect: *effect }
        };
        let adjusted = adjusted(&places.iter().map(test).collect::<Vec<_>>());
        for (place, p) in places.into_iter().zip(adjusted) {
            (rows[place].adjusted_p, rows[place].effect) = (p, corrected(rows[place].effect, p));
        }
    }
    rows
}

fn row(role: &str, figure: ComparedFigure, [a, b]: [Result<f64, String>; 2], claim: Claim) -> FigureDifference {
    FigureDifference {
        role: role.to_owned(),
        effect: claim.effect(figure.more_is_better()),
        subject: claim.subject,
        figure,
        a: a.into(),
        b: b.into(),
        counts: claim.evidence,
        effective: [None; 2],
        ratio: claim.ratio.into(),
        adjusted_p: None,
    }
}

fn percentile(
    runs: [&ResampledRun; 2],
    (role, name): (usize, &str),
    place: usize,
    small: &RangeInclusive<f64>,
) -> FigureDifference {
    let figure = ComparedFigure::PERCENTILES[place];
    let operations = runs.map(|run| run.operation(role, name));
    let counts = operations.map(|operation| operation.map_or(0, |operation| operation.count));
    let left_out = [0, 1].map(|run| runs[run].left_out.clone().filter(|_| operations[run].is_some()));
    let needed = needed(figure.quantile().unwrap_or(0.0));
    let values = [0, 1].map(|run| {
        let value = operations[run].and_then(|operation| operation.percentiles.get(place));
        let unread = left_out[run].clone().filter(|_| counts[run] == 0);
        value.map(|ns| *ns as f64).ok_or_else(|| unread.unwrap_or_else(|| too_few(counts[run], needed)))
    });
    let ratio = match &values {
        [Err(why), _] | [_, Err(why)] => Err(why.clone()),
        _ => {
            let drawn = operations.map(|operation| operation.and_then(|operation| operation.resampled.as_ref()));
            let ratio = drawn[0].zip(drawn[1]).and_then(|(a, b)| a.ratio_to(b, place));
            ratio.ok_or_else(|| left_out.into_iter().flatten().next().unwrap_or_else(|| TOO_SHORT.to_owned()))
        }
    };
    let claim = Claim::of(name, counts, ratio, small);
    let effective = |operation: &ResampledOperation| operation.effective.get(place).copied().flatten();
    FigureDifference {
        effective: operations.map(|operation| operation.and_then(effective)),
        ..row(ROLES[role].0.name(), figure, values, claim)
    }
}

fn completed(
    (role, whole): (&str, &str),
    parts: [&Vec<Part>; 2],
    scheduled: Option<[[u64; 2]; 2]>,
    shares: &Shares,
) -> FigureDifference {
    if let Some(totals) = scheduled {
        return of_scheduled((role, whole), parts, totals, shares);
    }
    let ratio = shares.known(parts.map(Vec::as_slice), "completed nothing");
    let counts = parts.map(|parts| parts.iter().map(|part| part.amount).sum::<f64>() as u64);
    let claim = Claim::of(whole, counts, ratio, &shares.small);
    row(role, ComparedFigure::CompletedPerS, parts.map(|parts| Ok(share(parts))), claim)
}

/// What a run completed per second is what was scheduled, unless it fell behind: so the share is compared.
fn of_scheduled(
    (role, whole): (&str, &str),
    parts: [&Vec<Part>; 2],
    totals: [[u64; 2]; 2],
    shares: &Shares,
) -> FigureDifference {
    let done = totals.map(|[due, completed]| completed as f64 / due as f64);
    let is_all = totals.iter().all(|[due, completed]| due == completed);
    // Each block's amount, of the whole share.
    let scaled = [0, 1].map(|run| {
        let per_s = share(parts[run]);
        let factor = if per_s > 0.0 { done[run] / per_s } else { 0.0 };
        parts[run].iter().map(|part| Part { amount: part.amount * factor, of: part.of }).collect::<Vec<Part>>()
    });
    let alike = match scaled.iter().any(|parts| has_any(parts)) {
        true => is_all.then_some("both completed all that was scheduled"),
        false => Some("neither completed anything of what was scheduled"),
    };
    let ratio = match alike {
        Some(why) => Err(why.to_owned()),
        None => shares.known([&scaled[0], &scaled[1]], "completed nothing"),
    };
    let back = || shares.ratio(&scaled[1], &scaled[0]).filter(|_| !has_any(&scaled[0]));
    let claim = Claim::of(whole, totals.map(|[_, completed]| completed), ratio, &shares.small);
    let claim = claim.or_without_ratio(alike.is_some(), back, &shares.small);
    row(role, ComparedFigure::CompletedShare, done.map(Ok), claim)
}

/// What there was in all of what could be; no number where there was nothing that could.
pub fn share(parts: &[Part]) -> f64 {
    let sum = |figure: fn(&Part) -> f64| parts.iter().map(figure).sum::<f64>();
    sum(|part| part.amount) / sum(|part| part.of)
}

fn has_any(parts: &[Part]) -> bool {
    parts.iter().any(|part| part.amount > 0.0)
}

/// How often something came in each of the runs.
fn counted(
    figure: ComparedFigure,
    counts: [u64; 2],
    lengths: [u64; 2],
    are_same: bool,
    small: &RangeInclusive<f64>,
) -> FigureDifference {
    let [a, b] = lengths.map(|length| length.max(1) as f64);
    let ratio = count_ratio(counts, [a, b]).map(|ratio| if are_same { SAME } else { ratio });
    let ratio = ratio.ok_or_else(|| if counts[1] > 0 { "none in A" } else { "none in both" }.to_owned());
    let back = || count_ratio([counts[1], counts[0]], [b, a]);
    let claim = Claim::of("workers", counts, ratio, small).or_without_ratio(counts == [0; 2], back, small);
    row("workers", figure, counts.map(|count| Ok(count as f64)), claim)
}

fn frozen(a: &ResampledRun, b: &ResampledRun, shares: &Shares) -> FigureDifference {
    let parts = [&a.frozen, &b.frozen];
    let none = !parts.iter().any(|parts| has_any(parts));
    // What froze when is in run.json, which is never left out.
    let shares = &Shares { left_out: None, small: shares.small.clone(), ..*shares };
    let ratio = match none {
        true => Err("there was no freeze".to_owned()),
        false => shares.known(parts.map(Vec::as_slice), "did not freeze"),
    };
    let claim = Claim::of("workers", [a.freezes.0, b.freezes.0], ratio, &shares.small);
    let claim = claim.or_without_ratio(none, || shares.ratio(parts[1], parts[0]), &shares.small);
    row("workers", ComparedFigure::FrozenShare, parts.map(|parts| Ok(share(parts))), claim)
}

fn longest_freeze(a: &ResampledRun, b: &ResampledRun, small: &RangeInclusive<f64>) -> FigureDifference {
    let counts = [a.freezes.0, b.freezes.0];
    let none = counts == [0; 2];
    let why = if none { "there was none" } else { "a longest value has no interval: a run has only one" };
    let claim = Claim::of("workers", counts, Err(why.to_owned()), small).or_without_ratio(none, || None, small);
    row("workers", ComparedFigure::LongestFreezeNs, [a, b].map(|run| Ok(run.freezes.1 as f64)), claim)
}

/// Whether a row is about all operations of a role, or about all workers.
pub fn is_whole(row: &FigureDifference, rows: &[FigureDifference]) -> bool {
    let whole = ROLES.iter().find(|(role, _)| row.role == role.name()).map(|(_, whole)| *whole);
    row.figure.quantile().is_none()
        || whole.is_some_and(|whole| {
            let is_pooled = |other: &FigureDifference| {
                other.role == row.role && other.subject == whole && other.figure.quantile().is_some()
            };
            row.subject == whole || !rows.iter().any(is_pooled)
        })
}

/// What a conclusion rests on: figures of whole roles and freezes, the most important first.
pub fn subjects(rows: &[FigureDifference], letter: &str) -> Vec<Subject> {
    use ComparedFigure::*;
    const ORDER: [ComparedFigure; 10] = [
        ResponseP99Ns,
        CompletedShare,
        CompletedPerS,
        Failures,
        FrozenShare,
        ResponseP50Ns,
        ResponseP90Ns,
        ResponseP999Ns,
        Freezes,
        LongestFreezeNs,
    ];
    let mut whole: Vec<&FigureDifference> = rows.iter().filter(|row| is_whole(row, rows)).collect();
    whole.sort_by_key(|row| ORDER.iter().position(|figure| *figure == row.figure));
    let subject = |row: &FigureDifference| Subject {
        name: difference::name(row),
        places: "",
        rows: vec![Stated {
            name: difference::name(row),
            effect: row.effect,
            ratio: row.ratio.value().copied(),
            adjusted_p: row.adjusted_p,
            sentence: difference::sentence(row, letter),
        }],
    };
    whole.into_iter().map(subject).collect()
}
