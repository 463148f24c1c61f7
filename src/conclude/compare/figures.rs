//! Every figure of two samples, side by side: its ratio with the interval, and what that says.
//! What too few values support has no number but how many there were.

use super::{
    loaded_run::ROLES,
    resampled::{ResampledOperation, ResampledRun, needed},
};
use crate::{
    results::{ComparedFigure, Effect, FigureDifference, Known},
    stats::{Estimate, Part, share_ratio},
};

const TOO_SHORT: &str = "the runs are too short to be cut into enough blocks: raise run.duration";

/// All figures: percentiles operation by operation, completed per second of both roles, freezes.
pub fn differences(a: &ResampledRun, b: &ResampledRun, least_effect: f64) -> Vec<FigureDifference> {
    let mut rows = Vec::new();
    let mut subjects: Vec<(usize, &str)> = Vec::new();
    for operation in a.operations.iter().chain(&b.operations) {
        let subject = (operation.role, operation.name.as_str());
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    subjects.sort_by_key(|(role, _)| *role);
    for (role, name) in subjects {
        let operations = [a.operation(role, name), b.operation(role, name)];
        for (place, figure) in ComparedFigure::PERCENTILES.into_iter().enumerate() {
            rows.push(percentile((role, name), figure, place, operations, least_effect));
        }
    }
    for (role, (name, whole)) in ROLES.into_iter().enumerate() {
        let parts = [&a.completed[role], &b.completed[role]];
        if parts.iter().any(|parts| parts.iter().any(|part| part.amount > 0.0)) {
            let left_out = a.left_out.as_ref().or(b.left_out.as_ref());
            rows.push(completed((name, whole), parts, left_out, least_effect));
        }
    }
    rows.push(frozen(a, b, least_effect));
    rows.push(longest_freeze(a, b));
    rows
}

fn percentile(
    (role, name): (usize, &str),
    figure: ComparedFigure,
    place: usize,
    operations: [Option<&ResampledOperation>; 2],
    least_effect: f64,
) -> FigureDifference {
    let count = |operation: Option<&ResampledOperation>| operation.map_or(0, |operation| operation.count);
    let left_out = |operation: Option<&ResampledOperation>| operation.and_then(|operation| operation.left_out.clone());
    let value = |operation: Option<&ResampledOperation>| -> Known<f64> {
        let value = operation.and_then(|operation| operation.percentiles.get(place));
        let needed = needed(figure.quantile().unwrap_or(0.0));
        let why = || {
            left_out(operation).filter(|_| count(operation) == 0).unwrap_or_else(|| too_few(count(operation), needed))
        };
        value.map(|ns| *ns as f64).ok_or_else(why).into()
    };
    let [a, b] = operations.map(value);
    let ratio: Known<Estimate> = match (&a, &b) {
        (Known::Unavailable { unavailable }, _) | (_, Known::Unavailable { unavailable }) => Err(unavailable.clone()),
        _ => {
            let drawn = operations.map(|operation| operation.and_then(|operation| operation.resampled.as_ref()));
            let ratio = drawn[0].zip(drawn[1]).and_then(|(a, b)| a.ratio_to(b, place));
            let why = || operations.into_iter().find_map(left_out).unwrap_or_else(|| TOO_SHORT.to_owned());
            ratio.ok_or_else(why)
        }
    }
    .into();
    FigureDifference {
        role: ROLES[role].0.to_owned(),
        subject: name.to_owned(),
        figure,
        a,
        b,
        counts: operations.map(count),
        effective: operations.map(|operation| operation.and_then(|it| it.effective.get(place).copied().flatten())),
        effect: effect(figure, &ratio, least_effect),
        ratio,
    }
}

fn too_few(count: u64, needed: u64) -> String {
    match count {
        0 => "there are no values".to_owned(),
        1 => format!("one value is too few: it takes {needed}"),
        count => format!("{count} values are too few: it takes {needed}"),
    }
}

fn effect(figure: ComparedFigure, ratio: &Known<Estimate>, least_effect: f64) -> Effect {
    ratio.value().map_or(Effect::Unknown, |ratio| Effect::of(figure, ratio, least_effect))
}

fn completed(
    (role, whole): (&str, &str),
    parts: [&Vec<Part>; 2],
    left_out: Option<&String>,
    least_effect: f64,
) -> FigureDifference {
    let figure = ComparedFigure::CompletedPerS;
    let [a, b] = parts.map(|parts| Known::Value(share(parts)));
    let why = || left_out.cloned().unwrap_or_else(|| nothing_or_short(parts, "completed nothing"));
    let ratio: Known<Estimate> =
        share_ratio(parts[0], parts[1], SEED).filter(|_| left_out.is_none()).ok_or_else(why).into();
    FigureDifference {
        role: role.to_owned(),
        subject: whole.to_owned(),
        figure,
        a,
        b,
        counts: parts.map(|parts| parts.iter().map(|part| part.amount).sum::<f64>() as u64),
        effective: [None; 2],
        effect: effect(figure, &ratio, least_effect),
        ratio,
    }
}

/// Of the resampling of shares; both runs are drawn from one stream.
const SEED: u64 = 2007;

fn share(parts: &[Part]) -> f64 {
    let sum = |of: fn(&Part) -> f64| parts.iter().map(of).sum::<f64>();
    sum(|part| part.amount) / sum(|part| part.of)
}

fn nothing_or_short(parts: [&Vec<Part>; 2], nothing: &str) -> String {
    match parts[0].iter().any(|part| part.amount > 0.0) {
        false => format!("no ratio to nothing: A {nothing}"),
        true => TOO_SHORT.to_owned(),
    }
}

fn frozen(a: &ResampledRun, b: &ResampledRun, least_effect: f64) -> FigureDifference {
    let figure = ComparedFigure::FrozenShare;
    let parts = [&a.frozen, &b.frozen];
    let none = parts.iter().all(|parts| parts.iter().all(|part| part.amount == 0.0));
    let ratio: Known<Estimate> = match none {
        true => Err("there was no freeze".to_owned()),
        false => share_ratio(parts[0], parts[1], SEED).ok_or_else(|| nothing_or_short(parts, "did not freeze")),
    }
    .into();
    FigureDifference {
        role: "crowd".to_owned(),
        subject: "crowd".to_owned(),
        figure,
        a: Known::Value(share(parts[0])),
        b: Known::Value(share(parts[1])),
        counts: [a.freezes.0, b.freezes.0],
        effective: [None; 2],
        effect: match ratio.value() {
            // Nothing twice is the same, without any interval.
            None if none => Effect::Same,
            None => appeared(parts, least_effect),
            Some(ratio) => Effect::of(figure, ratio, least_effect),
        },
        ratio,
    }
}

/// No factor makes nothing something; but the other way round there is one, which is 0, with the end of its interval.
fn appeared(parts: [&Vec<Part>; 2], least_effect: f64) -> Effect {
    match share_ratio(parts[1], parts[0], SEED) {
        None => Effect::Unknown,
        Some(back) => match Effect::of(ComparedFigure::FrozenShare, &back, least_effect) {
            Effect::Better => Effect::Worse,
            _ => Effect::Undecided,
        },
    }
}

fn longest_freeze(a: &ResampledRun, b: &ResampledRun) -> FigureDifference {
    let none = a.freezes.0 == 0 && b.freezes.0 == 0;
    let why = if none { "there was none" } else { "a longest value has no interval: a run has only one" };
    FigureDifference {
        role: "crowd".to_owned(),
        subject: "crowd".to_owned(),
        figure: ComparedFigure::LongestFreezeNs,
        a: Known::Value(a.freezes.1 as f64),
        b: Known::Value(b.freezes.1 as f64),
        counts: [a.freezes.0, b.freezes.0],
        effective: [None; 2],
        ratio: Known::Unavailable { unavailable: why.to_owned() },
        // Nothing twice is the same, without any interval.
        effect: if none { Effect::Same } else { Effect::Unknown },
    }
}

/// Figures of whole roles (p50, p90, p99 of the response time, completed per second) that are worse in B: surely, with an interval
/// that leaves out 1, and by more than `allowed` (a share) in the ratio itself.
pub fn regressions(rows: &[FigureDifference], allowed: f64) -> Vec<FigureDifference> {
    let is_whole = |row: &&FigureDifference| {
        let whole = ROLES.iter().find(|(role, _)| *role == row.role).map(|(_, whole)| *whole);
        whole.is_some_and(|whole| {
            let pooled = |other: &&FigureDifference| {
                other.role == row.role && other.subject == whole && other.figure.quantile().is_some()
            };
            row.subject == whole || !rows.iter().any(|other| pooled(&other))
        })
    };
    let is_judged = |row: &&FigureDifference| row.figure.quantile().is_none_or(|q| q <= 0.99);
    let is_worse = |row: &&FigureDifference| {
        row.ratio.value().is_some_and(|ratio| {
            let beyond = match row.figure.more_is_better() {
                true => ratio.value < 1.0 - allowed,
                false => ratio.value > 1.0 + allowed,
            };
            beyond && !ratio.contains(1.0)
        })
    };
    rows.iter().filter(is_whole).filter(is_judged).filter(is_worse).cloned().collect()
}
