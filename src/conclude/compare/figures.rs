//! Every figure of two runs, side by side: its ratio with the interval, and what that says.
//! Where there are too few values, only their number is reported.

use super::{
    conclusion::{Stated, Subject},
    loaded_run::ROLES,
    resampled::{ResampledOperation, ResampledRun},
};
use crate::{
    conclude::{
        claim::{Claim, TOO_SHORT, needed, small, too_few},
        difference,
        in_order::unique,
    },
    results::{ComparedFigure, Effect, FigureDifference},
    stats::{Estimate, Part, Tails, share_ratio},
};

/// Of the resampling of shares; both runs are drawn from one stream.
const SEED: u64 = 2007;

/// All figures: percentiles operation by operation, completed per second of both roles, freezes.
pub fn differences(a: &ResampledRun, b: &ResampledRun, least_effect: f64) -> Vec<FigureDifference> {
    let mut rows = Vec::new();
    let operations = a.operations.iter().chain(&b.operations);
    let mut subjects = unique(operations.map(|operation| (operation.role, operation.name.as_str())));
    subjects.sort_by_key(|(role, _)| *role);
    for (role, name) in subjects {
        let operations = [a.operation(role, name), b.operation(role, name)];
        for (place, figure) in ComparedFigure::PERCENTILES.into_iter().enumerate() {
            rows.push(percentile((role, name), figure, place, operations, least_effect));
        }
    }
    for (role, (name, whole)) in ROLES.into_iter().enumerate() {
        let parts = [&a.completed[role], &b.completed[role]];
        let scheduled = a.scheduled[role].zip(b.scheduled[role]).map(|(a, b)| [a, b]);
        // That nothing of a schedule completed is a figure too.
        if scheduled.is_some() || parts.iter().any(|parts| has_any(parts)) {
            let left_out = a.left_out.as_ref().or(b.left_out.as_ref());
            rows.push(completed((name.name(), whole), parts, scheduled, left_out, least_effect));
        }
    }
    rows.push(frozen(a, b, least_effect));
    rows.push(longest_freeze(a, b, least_effect));
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
    }
}

fn percentile(
    (role, name): (usize, &str),
    figure: ComparedFigure,
    place: usize,
    operations: [Option<&ResampledOperation>; 2],
    least_effect: f64,
) -> FigureDifference {
    let counts = operations.map(|operation| operation.map_or(0, |operation| operation.count));
    let left_out = operations.map(|operation| operation.and_then(|operation| operation.left_out.clone()));
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
    let claim = Claim::of(name, counts, ratio, &small(least_effect));
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
    left_out: Option<&String>,
    least_effect: f64,
) -> FigureDifference {
    if let Some(totals) = scheduled {
        return of_scheduled((role, whole), parts, totals, left_out, least_effect);
    }
    let why = || left_out.cloned().unwrap_or_else(|| nothing_or_short(parts, "completed nothing"));
    let ratio = share_ratio(parts[0], parts[1], SEED).filter(|_| left_out.is_none()).ok_or_else(why);
    let counts = parts.map(|parts| parts.iter().map(|part| part.amount).sum::<f64>() as u64);
    let claim = Claim::of(whole, counts, ratio, &small(least_effect));
    row(role, ComparedFigure::CompletedPerS, parts.map(|parts| Ok(share(parts))), claim)
}

/// What a run completed per second is what was scheduled, unless it fell behind: so the share is compared.
fn of_scheduled(
    (role, whole): (&str, &str),
    parts: [&Vec<Part>; 2],
    totals: [[u64; 2]; 2],
    left_out: Option<&String>,
    least_effect: f64,
) -> FigureDifference {
    let shares = totals.map(|[due, completed]| completed as f64 / due as f64);
    let figure = ComparedFigure::CompletedShare;
    let is_all = totals.iter().all(|[due, completed]| due == completed);
    // Each block's amount, of the whole share.
    let scaled = [0, 1].map(|run| {
        let per_s = share(parts[run]);
        let factor = if per_s > 0.0 { shares[run] / per_s } else { 0.0 };
        parts[run].iter().map(|part| Part { amount: part.amount * factor, of: part.of }).collect::<Vec<Part>>()
    });
    let (known, small) = (|ratio: Option<Estimate>| ratio.filter(|_| left_out.is_none()), small(least_effect));
    let why = || left_out.cloned().unwrap_or_else(|| nothing_or_short(parts, "completed nothing"));
    let ratio = known(share_ratio(&scaled[0], &scaled[1], SEED)).ok_or_else(why);
    let alike = match scaled.iter().any(|parts| has_any(parts)) {
        true => is_all.then_some("both completed all that was scheduled"),
        false => Some("neither completed anything of what was scheduled"),
    };
    let ratio = alike.map_or(ratio, |why| Err(why.to_owned()));
    let claim = Claim::of(whole, totals.map(|[_, completed]| completed), ratio, &small);
    let claim = match &claim.ratio {
        Ok(_) => claim,
        Err(_) if alike.is_some() => claim.nothing_twice(),
        Err(_) if has_any(&scaled[0]) => claim,
        Err(_) => claim.appeared(known(share_ratio(&scaled[1], &scaled[0], SEED)), &small),
    };
    row(role, figure, shares.map(Ok), claim)
}

fn share(parts: &[Part]) -> f64 {
    let sum = |figure: fn(&Part) -> f64| parts.iter().map(figure).sum::<f64>();
    sum(|part| part.amount) / sum(|part| part.of)
}

fn has_any(parts: &[Part]) -> bool {
    parts.iter().any(|part| part.amount > 0.0)
}

fn nothing_or_short(parts: [&Vec<Part>; 2], nothing: &str) -> String {
    if has_any(parts[0]) { TOO_SHORT.to_owned() } else { format!("no ratio to nothing: A {nothing}") }
}

fn frozen(a: &ResampledRun, b: &ResampledRun, least_effect: f64) -> FigureDifference {
    let (parts, small) = ([&a.frozen, &b.frozen], small(least_effect));
    let none = !parts.iter().any(|parts| has_any(parts));
    let ratio = match none {
        true => Err("there was no freeze".to_owned()),
        false => share_ratio(parts[0], parts[1], SEED).ok_or_else(|| nothing_or_short(parts, "did not freeze")),
    };
    let claim = Claim::of("workers", [a.freezes.0, b.freezes.0], ratio, &small);
    let claim = match &claim.ratio {
        Ok(_) => claim,
        Err(_) if none => claim.nothing_twice(),
        Err(_) => claim.appeared(share_ratio(parts[1], parts[0], SEED), &small),
    };
    row("workers", ComparedFigure::FrozenShare, parts.map(|parts| Ok(share(parts))), claim)
}

fn longest_freeze(a: &ResampledRun, b: &ResampledRun, least_effect: f64) -> FigureDifference {
    let counts = [a.freezes.0, b.freezes.0];
    let none = counts == [0; 2];
    let why = if none { "there was none" } else { "a longest value has no interval: a run has only one" };
    let claim = Claim::of("workers", counts, Err(why.to_owned()), &small(least_effect));
    let claim = if none { claim.nothing_twice() } else { claim };
    row("workers", ComparedFigure::LongestFreezeNs, [a, b].map(|run| Ok(run.freezes.1 as f64)), claim)
}

/// Figures of whole roles (p50, p90, p99 of the response time, what completed) and the time frozen that are worse in B: significantly, with
/// an interval that leaves out 1, and by more than `allowed` (a share) in the ratio itself, or where there was none before.
pub fn regressions(rows: &[FigureDifference], allowed: f64) -> Vec<FigureDifference> {
    let is_worse = |row: &FigureDifference| {
        // Without a ratio there was none of it before.
        row.ratio.value().map_or(row.effect == Effect::Worse, |ratio| {
            let is_over = match row.figure.more_is_better() {
                true => ratio.value < 1.0 - allowed,
                false => ratio.value > 1.0 + allowed,
            };
            is_over && !ratio.contains(1.0)
        })
    };
    let is_frozen = |row: &FigureDifference| row.figure == ComparedFigure::FrozenShare;
    let is_judged = |row: &FigureDifference| row.figure.quantile().is_none_or(|q| q <= 0.99);
    rows.iter()
        .filter(|row| (is_whole(row, rows) || is_frozen(row)) && is_judged(row) && is_worse(row))
        .cloned()
        .collect()
}

/// Whether a row is about all operations of a role.
fn is_whole(row: &FigureDifference, rows: &[FigureDifference]) -> bool {
    let whole = ROLES.iter().find(|(role, _)| row.role == role.name()).map(|(_, whole)| *whole);
    whole.is_some_and(|whole| {
        let is_pooled = |other: &FigureDifference| {
            other.role == row.role && other.subject == whole && other.figure.quantile().is_some()
        };
        row.subject == whole || !rows.iter().any(is_pooled)
    })
}

/// What a conclusion rests on: figures of whole roles and freezes, the most important first.
pub fn subjects(rows: &[FigureDifference], letter: &str) -> Vec<Subject> {
    use ComparedFigure::*;
    const ORDER: [ComparedFigure; 8] = [
        ResponseP99Ns,
        CompletedShare,
        CompletedPerS,
        FrozenShare,
        ResponseP50Ns,
        ResponseP90Ns,
        ResponseP999Ns,
        LongestFreezeNs,
    ];
    let is_one = |row: &&FigureDifference| row.figure.quantile().is_none() || is_whole(row, rows);
    let mut whole: Vec<&FigureDifference> = rows.iter().filter(is_one).collect();
    whole.sort_by_key(|row| ORDER.iter().position(|figure| *figure == row.figure));
    let subject = |row: &FigureDifference| Subject {
        name: difference::name(row),
        places: "",
        are_independent: false,
        rows: vec![Stated {
            name: difference::name(row),
            effect: row.effect,
            ratio: row.ratio.value().copied(),
            tails: Some(Tails::Normal),
            sentence: difference::sentence(row, letter),
        }],
    };
    whole.into_iter().map(subject).collect()
}
