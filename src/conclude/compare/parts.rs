//! Sweeps point by point, and what-ifs mitigation by mitigation, each compared with the first. All of it rests on `sweep.json` and
//! `what-if.json` alone: the runs in them need not be there.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use super::{
    machine::{self, Unavailable, fact},
    rows::{MatchedResult, matched},
};
use crate::{
    conclude::{
        MatchedRow,
        claim::effect_of,
        letter,
        wording::{KEY_FIGURES, knee_in_short},
    },
    results::{
        Answer, Availability, Difference, Effect, Environment, Judgement, KeyFigure, Knee, Machine, Part,
        PartComparison, PartDifference, PartValue, Provenance, Role, SweepReport, SweptRun, WhatIf,
    },
    scenario::Setting,
    stats::{Estimate, median},
};

const AT_POINTS: [KeyFigure; 5] = [
    KeyFigure::ReaderP99Ns,
    KeyFigure::CommitP99Ns,
    KeyFigure::ReadersCompletedShare,
    KeyFigure::CommitsCompletedShare,
    KeyFigure::LongestFreezeNs,
];

struct Figures {
    part: Part,
    provenance: Provenance,
    figures: Vec<(Option<KeyFigure>, Result<PartValue, String>)>,
    /// What the figures rest on: hashes of scenarios, or objectives. Results that share none of it differ in more than their machines.
    basis: Vec<String>,
}

/// Compares sweeps, each with its directory as it was given, with the first of them.
/// Errors: They are not over the same axes; the message names them.
pub fn compare_sweeps(sweeps: &[(String, SweepReport)], least_effect: f64) -> Result<PartComparison, String> {
    let axes = |place: usize| {
        let mut keys: Vec<&str> = sweeps[place].1.axes.iter().map(|axis| &*axis.key).collect();
        keys.sort_unstable();
        keys
    };
    if let Some(other) = (1..sweeps.len()).find(|other| axes(*other) != axes(0)) {
        let [first, second] =
            [0, other].map(|place| format!("{} is over {}", sweeps[place].0, axes(place).join(" and ")));
        return Err(format!("{first}, {second}: only sweeps over the same axes have points that can be compared"));
    }
    let results = sweeps.iter().map(|(directory, sweep)| {
        let facts = |machine: &Machine| machine::of_machine(machine, Unavailable::Named);
        let result = MatchedResult {
            directory: directory.clone(),
            machine: sweep.machine.clone().ok_or_else(|| "nothing ran".to_owned()).into(),
            environment: sweep.machine.as_ref().map(facts).unwrap_or_default(),
            plan: vec![
                fact("purpose", format!("{:?}", sweep.purpose).to_lowercase()),
                fact("scenario", sweep.scenario.clone()),
                fact("objectives", sweep.objectives.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
                fact("repeats", sweep.repeats.to_string()),
                fact("seed", sweep.seed.to_string()),
                fact("mapstorm", sweep.mapstorm_version.clone()),
            ],
            is_complete: sweep.complete,
        };
        (result, of_sweep(sweep))
    });
    let mut comparison = compare(results.collect(), "point", least_effect);
    for (place, (_, sweep)) in sweeps.iter().enumerate() {
        comparison.warnings.extend(sweep.warnings().iter().map(|warning| format!("{}: {warning}", letter(place))));
    }
    Ok(comparison)
}

/// Compares what-ifs, each with its directory as it was given and its machine, with the first of them.
pub fn compare_what_ifs(what_ifs: &[(String, WhatIf, Availability<Environment>)], least_effect: f64) -> PartComparison {
    let results = what_ifs.iter().map(|(directory, what_if, environment)| {
        let result = MatchedResult {
            directory: directory.clone(),
            machine: mapped(environment, |found| {
                Machine::with_files(found, mapped(&found.file_system, |files| files.kind.clone()))
            }),
            environment: environment.value().map(machine::with_limits).unwrap_or_default(),
            plan: vec![
                fact("scenario", what_if.scenario.clone()),
                fact("seed", what_if.seed.to_string()),
                fact("mapstorm", what_if.mapstorm_version.clone()),
            ],
            is_complete: what_if.complete,
        };
        (result, of_what_if(what_if))
    });
    compare(results.collect(), "mitigation", least_effect)
}

fn mapped<T, U>(value: &Availability<T>, change: impl FnOnce(&T) -> U) -> Availability<U> {
    match value {
        Availability::Value(value) => Availability::Value(change(value)),
        Availability::Unavailable { unavailable } => Availability::Unavailable { unavailable: unavailable.clone() },
    }
}

fn compare(mut results: Vec<(MatchedResult, Vec<Figures>)>, kind: &str, least_effect: f64) -> PartComparison {
    let (mut differences, mut warnings) = (Vec::new(), Vec::new());
    for other in 1..results.len() {
        let (first, second) = (&results[0].1, &results[other].1);
        let pairs: Vec<(&Figures, &Figures)> =
            first.iter().filter_map(|a| Some((a, second.iter().find(|b| is_same(&a.part, &b.part))?))).collect();
        let rests_elsewhere = |(a, b): &&(&Figures, &Figures)| !a.basis.iter().any(|basis| b.basis.contains(basis));
        let elsewhere: Vec<_> = pairs.iter().filter(rests_elsewhere).collect();
        if let Some((part, _)) = elsewhere.first() {
            warnings.push(format!(
                "A and {} have other scenarios (scenario_hash) or objectives in {} of {} parts, the first of them {}: what \
                 figures differ by may come from that",
                letter(other),
                elsewhere.len(),
                pairs.len(),
                part.part
            ));
        }
        for (a, b) in pairs {
            for (figure, first) in &a.figures {
                let Some((_, second)) = b.figures.iter().find(|(other, _)| other == figure) else { continue };
                let ratio = ratio(&a.part, first, second, other);
                let more_is_better = figure.is_none_or(KeyFigure::more_is_better);
                let interval = ratio.as_ref().ok().and_then(PartValue::estimate);
                differences.push(PartDifference {
                    other,
                    part: a.part.clone(),
                    provenance: a.provenance.max(b.provenance),
                    figure: *figure,
                    effect: interval.map_or(Effect::Unknown, |ratio| effect_of(&ratio, least_effect, more_is_better)),
                    a: first.clone().into(),
                    b: second.clone().into(),
                    ratio: ratio.into(),
                });
            }
        }
    }
    differences.sort_by_key(|row| (row.other, row.table().0));
    let has = |parts: &[Figures], part: &Part| parts.iter().any(|other| is_same(&other.part, part));
    let alone = |parts: &[Figures]| {
        let some = parts.iter().filter(|found| results.iter().any(|(_, others)| !has(others, &found.part)));
        let some: Vec<String> = some.map(|found| found.part.to_string()).collect();
        if some.is_empty() { "none".to_owned() } else { some.join("; ") }
    };
    let alone: Vec<String> = results.iter().map(|(_, parts)| alone(parts)).collect();
    for ((result, _), alone) in results.iter_mut().zip(alone) {
        result.plan.push(fact(&format!("{kind}s that not all have"), alone));
    }
    let results = results.into_iter().map(|(result, _)| result).collect();
    let mut comparison = matched(results, kind, least_effect, differences);
    comparison.warnings.extend(warnings);
    comparison
}

fn is_same(one: &Part, other: &Part) -> bool {
    match (one, other) {
        (Part::Point(one), Part::Point(other)) => is_same_point(one, other),
        (Part::Knee { key, at }, Part::Knee { key: other_key, at: other }) => {
            key == other_key && is_same_point(at, other)
        }
        _ => one == other,
    }
}

/// Settings are the same in any order, and numbers however they were written.
fn is_same_point(one: &[Setting], other: &[Setting]) -> bool {
    let is_same = |one: &Setting, other: &Setting| {
        one.key == other.key && if one.number.is_some() { one.number == other.number } else { one.value == other.value }
    };
    one.len() == other.len() && one.iter().all(|one| other.iter().any(|other| is_same(one, other)))
}

fn of_sweep(sweep: &SweepReport) -> Vec<Figures> {
    let provenance =
        |mut runs: std::slice::Iter<'_, &SweptRun>| Provenance::of_run(runs.any(|run| !run.emulate.is_nothing()));
    let knees = sweep.knees.iter().map(|knee| {
        let is_behind = |run: &&SweptRun| knee.at.iter().all(|setting| run.settings.contains(setting));
        let runs: Vec<&SweptRun> = sweep.runs.iter().filter(is_behind).collect();
        Figures {
            part: Part::Knee { key: knee.key.clone(), at: knee.at.clone() },
            provenance: provenance(runs.iter()),
            figures: vec![(None, of_knee(knee))],
            basis: vec![format!("{:?}", sweep.objectives)],
        }
    });
    let mut points: Vec<(Vec<Setting>, Vec<&SweptRun>)> = Vec::new();
    for run in &sweep.runs {
        match points.iter_mut().find(|(known, _)| is_same_point(known, &run.settings)) {
            Some((_, runs)) => runs.push(run),
            None => points.push((run.settings.clone(), vec![run])),
        }
    }
    // Runs are made in a random order.
    let place = |setting: &Setting| {
        sweep.axes.iter().find_map(|axis| axis.values.iter().position(|value| *value == setting.value))
    };
    let rank = |at: &[Setting]| -> Vec<f64> {
        at.iter().map(|setting| setting.number.unwrap_or_else(|| place(setting).unwrap_or_default() as f64)).collect()
    };
    points.sort_by(|(one, _), (other, _)| rank(one).partial_cmp(&rank(other)).unwrap_or(Ordering::Equal));
    let points = points.into_iter().map(|(at, runs)| Figures {
        part: Part::Point(at),
        provenance: provenance(runs.iter()),
        figures: AT_POINTS.map(|figure| (Some(figure), of_repeats(figure, &runs))).to_vec(),
        basis: runs.iter().map(|run| run.scenario_hash.clone()).collect(),
    });
    knees.chain(points).collect()
}

fn of_knee(knee: &Knee) -> Result<PartValue, String> {
    let Some(load) = knee.load.filter(|_| knee.answer == Answer::Found) else { return Err(knee_in_short(knee)) };
    Ok(match (knee.low, knee.high) {
        (Some(low), Some(high)) if 0.0 < low && low <= load && load <= high => {
            PartValue::of(Estimate { value: load, low, high })
        }
        _ => PartValue::alone(load, "the runs leave the knee open on one side"),
    })
}

fn of_repeats(figure: KeyFigure, runs: &[&SweptRun]) -> Result<PartValue, String> {
    let value = |run: &SweptRun| match figure {
        KeyFigure::ReaderP99Ns => run.all(Role::Reader).map(|all| all.p99_ns as f64),
        KeyFigure::CommitP99Ns => run.all(Role::Writer).map(|all| all.p99_ns as f64),
        KeyFigure::ReadersCompletedShare => run.readers.completed_share(),
        KeyFigure::CommitsCompletedShare => run.writers.completed_share(),
        KeyFigure::LongestFreezeNs => Some(run.longest_freeze_ns.unwrap_or(0) as f64),
        _ => None,
    };
    let is_valid = |run: &&&SweptRun| run.complete && run.judgement() != Some(Judgement::Invalid);
    let values: Vec<f64> = runs.iter().filter(is_valid).filter_map(|run| value(run)).collect();
    match (Estimate::of_repeats(&values), values.len()) {
        (Some(estimate), _) => Ok(PartValue::of(estimate)),
        (None, 0) => Err("no valid run has it".to_owned()),
        (None, 1) => Ok(PartValue::alone(values[0], "1 valid run: an interval takes 2")),
        (None, _) => Ok(PartValue::alone(median(values), "a repeat has 0, or they are too far apart")),
    }
}

fn of_what_if(what_if: &WhatIf) -> Vec<Figures> {
    let baseline = &what_if.baseline;
    let value = |figure| {
        let value = baseline.measured.get(figure).map(|value| PartValue::alone(value, "it was run once"));
        value.ok_or_else(|| "nothing of it was measured".to_owned())
    };
    let of_baseline = Figures {
        part: Part::Baseline,
        provenance: baseline.settings.provenance(),
        figures: KEY_FIGURES.map(|figure| (Some(figure), value(figure))).to_vec(),
        basis: vec![baseline.scenario_hash.clone()],
    };
    let compared = what_if.mitigations.iter().filter(|mitigation| !mitigation.differences.is_empty());
    let of_mitigations = compared.map(|mitigation| Figures {
        part: Part::Mitigation(mitigation.name.clone()),
        provenance: mitigation.run.as_ref().map_or(Provenance::Measured, |run| run.settings.provenance()),
        figures: mitigation.differences.iter().map(|found| (Some(found.figure), of_difference(found))).collect(),
        basis: mitigation.run.iter().map(|run| run.scenario_hash.clone()).collect(),
    });
    std::iter::once(of_baseline).chain(of_mitigations).collect()
}

fn of_difference(difference: &Difference) -> Result<PartValue, String> {
    match (&difference.ratio, difference.before, difference.after) {
        (Availability::Value(ratio), ..) => Ok(PartValue::of(*ratio)),
        (_, Some(0.0), _) => Err("none without it".to_owned()),
        (Availability::Unavailable { unavailable }, Some(before), Some(after)) if before > 0.0 => {
            Ok(PartValue::alone(after / before, unavailable))
        }
        (Availability::Unavailable { unavailable }, ..) => Err(unavailable.clone()),
    }
}

fn ratio(
    part: &Part,
    a: &Result<PartValue, String>,
    b: &Result<PartValue, String>,
    other: usize,
) -> Result<PartValue, String> {
    let (Ok(a), Ok(b)) = (a, b) else {
        let values = [(a, 0), (b, other)].into_iter();
        let reasons =
            values.filter_map(|(value, place)| Some(format!("{} in {}", value.as_ref().err()?, letter(place))));
        return Err(reasons.collect::<Vec<_>>().join("; "));
    };
    if a.value <= 0.0 {
        return Err(if b.value > 0.0 { "none in A" } else { "none in both" }.to_owned());
    }
    let interval = match (a.estimate(), b.estimate(), part) {
        // The knee is somewhere between both ends: so is the ratio.
        (Some(a), Some(b), Part::Knee { .. }) => Ok([b.low / a.high, b.high / a.low]),
        (Some(a), Some(b), _) => {
            let ratio = a.ratio_to(&b).map(|ratio| [ratio.low, ratio.high]);
            ratio.ok_or_else(|| "an interval includes 0".to_owned())
        }
        _ => Err(format!("{} has no interval", letter(if a.estimate().is_some() { other } else { 0 }))),
    };
    Ok(PartValue { value: b.value / a.value, interval: interval.into() })
}
