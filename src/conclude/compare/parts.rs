//! Sweeps point by point, and what-ifs mitigation by mitigation, each compared with the first. All of it rests on `sweep.json` and
//! `what-if.json` alone: the runs in them need not be there.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use super::{
    machine::{self, fact},
    matched::{MatchedResult, matched},
};
use crate::{
    conclude::wording::knee_in_short,
    conclude::{MatchedRow, claim::effect_of, letter},
    results::{
        Answer, Availability, Difference, Effect, Environment, Judgement, KeyFigure, Knee, Machine, Part,
        PartComparison, PartDifference, PartValue, Provenance, SweepReport, SweptRun, WhatIf,
    },
    scenario::Setting,
    stats::{Estimate, median},
};

const AT_POINTS: [KeyFigure; 4] =
    [KeyFigure::ReaderP99Ns, KeyFigure::CommitP99Ns, KeyFigure::CompletedShare, KeyFigure::LongestFreezeNs];
const OF_WHAT_IFS: [KeyFigure; 7] = [
    KeyFigure::ReaderP50Ns,
    KeyFigure::ReaderP99Ns,
    KeyFigure::CommitP50Ns,
    KeyFigure::CommitP99Ns,
    KeyFigure::CompletedShare,
    KeyFigure::StalledNsPerS,
    KeyFigure::LongestFreezeNs,
];

struct Figures {
    part: Part,
    provenance: Provenance,
    figures: Vec<(Option<KeyFigure>, Availability<PartValue>)>,
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
    let sides = sweeps.iter().map(|(directory, sweep)| {
        let none = || Availability::Unavailable { unavailable: "nothing ran".to_owned() };
        let plan = vec![
            fact("purpose", format!("{:?}", sweep.purpose).to_lowercase()),
            fact("scenario", sweep.scenario.clone()),
            fact("objectives", sweep.objectives.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            fact("repeats", sweep.repeats.to_string()),
            fact("seed", sweep.seed.to_string()),
            fact("mapstorm", sweep.mapstorm_version.clone()),
        ];
        let side = MatchedResult {
            directory: directory.clone(),
            machine: sweep.machine.clone().map_or_else(none, Availability::Value),
            environment: sweep.machine.as_ref().map(machine::of_machine).unwrap_or_default(),
            plan,
            is_complete: sweep.complete,
        };
        (side, of_sweep(sweep))
    });
    let mut comparison = compare(sides.collect(), "point", least_effect);
    for (place, (_, sweep)) in sweeps.iter().enumerate() {
        comparison.warnings.extend(sweep.warnings().iter().map(|it| format!("{}: {it}", letter(place))));
    }
    Ok(comparison)
}

/// Compares what-ifs, each with its directory as it was given and its machine, with the first of them.
pub fn compare_what_ifs(what_ifs: &[(String, WhatIf, Availability<Environment>)], least_effect: f64) -> PartComparison {
    let sides = what_ifs.iter().map(|(directory, what_if, environment)| {
        let file_system = |environment: &Environment| match &environment.file_system {
            Availability::Value(found) => Availability::Value(found.kind.clone()),
            Availability::Unavailable { unavailable } => Availability::Unavailable { unavailable: unavailable.clone() },
        };
        let machine = match environment {
            Availability::Value(found) => Availability::Value(Machine::with_files(found, file_system(found))),
            Availability::Unavailable { unavailable } => Availability::Unavailable { unavailable: unavailable.clone() },
        };
        let side = MatchedResult {
            directory: directory.clone(),
            machine,
            environment: environment.value().map(machine::of_environment).unwrap_or_default(),
            plan: vec![
                fact("scenario", what_if.scenario.clone()),
                fact("seed", what_if.seed.to_string()),
                fact("mapstorm", what_if.mapstorm_version.clone()),
            ],
            is_complete: what_if.complete,
        };
        (side, of_what_if(what_if))
    });
    compare(sides.collect(), "mitigation", least_effect)
}

fn compare(mut results: Vec<(MatchedResult, Vec<Figures>)>, kind: &str, least_effect: f64) -> PartComparison {
    let (mut differences, mut warnings) = (Vec::new(), Vec::new());
    let (first, others) = results.split_first().map_or((&[][..], &[][..]), |(first, others)| (&*first.1, others));
    for (place, (_, parts)) in others.iter().enumerate() {
        let pairs: Vec<(&Figures, &Figures)> =
            first.iter().filter_map(|a| Some((a, parts.iter().find(|b| is_same(&a.part, &b.part))?))).collect();
        let rests_elsewhere = |(a, b): &&(&Figures, &Figures)| !a.basis.iter().any(|it| b.basis.contains(it));
        let elsewhere: Vec<_> = pairs.iter().filter(rests_elsewhere).collect();
        if let Some((part, _)) = elsewhere.first() {
            warnings.push(format!(
                "A and {} have other scenarios (scenario_hash) or objectives in {} of {} parts, the first of them {}: what \
                 figures differ by may come from that",
                letter(place + 1),
                elsewhere.len(),
                pairs.len(),
                part.part
            ));
        }
        for (a, b) in pairs {
            for (figure, first) in &a.figures {
                let found = b.figures.iter().find(|(other, _)| other == figure);
                differences.extend(found.map(|(_, second)| {
                    let ratio = ratio(&a.part, first, second, place + 1);
                    PartDifference {
                        other: place + 1,
                        part: a.part.clone(),
                        provenance: a.provenance.max(b.provenance),
                        figure: *figure,
                        effect: ratio.as_ref().map_or(Effect::Unknown, |ratio| effect(*figure, ratio, least_effect)),
                        a: first.clone(),
                        b: second.clone(),
                        ratio: ratio.into(),
                    }
                }));
            }
        }
    }
    differences.sort_by_key(|row| (row.other, row.table().0));
    let has = |parts: &[Figures], part: &Part| parts.iter().any(|other| is_same(&other.part, part));
    let lacking = |parts: &[Figures]| {
        let some = parts.iter().filter(|it| results.iter().any(|(_, others)| !has(others, &it.part)));
        some.map(|it| it.part.to_string()).collect::<Vec<_>>().join("; ")
    };
    let alone: Vec<String> = results.iter().map(|(_, parts)| lacking(parts)).collect();
    for ((side, _), alone) in results.iter_mut().zip(alone) {
        let alone = if alone.is_empty() { "none".to_owned() } else { alone };
        side.plan.push(fact(&format!("{kind}s that not all have"), alone));
    }
    let sides = results.into_iter().map(|(side, _)| side).collect();
    let mut comparison = matched(sides, kind, least_effect, differences);
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
    let knees = sweep.knees.iter().map(|knee| Figures {
        part: Part::Knee { key: knee.key.clone(), at: knee.at.clone() },
        provenance: Provenance::of_run(
            sweep
                .runs
                .iter()
                .any(|run| !run.emulate.is_nothing() && knee.at.iter().all(|setting| run.settings.contains(setting))),
        ),
        figures: vec![(None, of_knee(knee).into())],
        basis: vec![format!("{:?}", sweep.objectives)],
    });
    let mut points: Vec<(Vec<Setting>, Vec<&SweptRun>)> = Vec::new();
    for run in &sweep.runs {
        match points.iter_mut().find(|(known, _)| is_same_point(known, &run.settings)) {
            Some((_, runs)) => runs.push(run),
            None => points.push((run.settings.clone(), vec![run])),
        }
    }
    // Runs are made in a random order.
    let rank = |at: &[Setting]| -> Vec<f64> {
        let place =
            |it: &Setting| sweep.axes.iter().find_map(|axis| axis.values.iter().position(|one| *one == it.value));
        at.iter().map(|it| it.number.unwrap_or_else(|| place(it).unwrap_or_default() as f64)).collect()
    };
    points.sort_by(|(one, _), (other, _)| rank(one).partial_cmp(&rank(other)).unwrap_or(Ordering::Equal));
    let points = points.into_iter().map(|(at, runs)| Figures {
        part: Part::Point(at),
        provenance: Provenance::of_run(runs.iter().any(|run| !run.emulate.is_nothing())),
        figures: AT_POINTS.map(|figure| (Some(figure), of_repeats(figure, &runs).into())).to_vec(),
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
    let of = |run: &SweptRun| match figure {
        KeyFigure::ReaderP99Ns => run.all("reader").map(|all| all.p99_ns as f64),
        KeyFigure::CommitP99Ns => run.all("writer").map(|all| all.p99_ns as f64),
        KeyFigure::CompletedShare => {
            let due = run.readers.due as f64 + run.writers.due as f64;
            (due > 0.0).then(|| (run.readers.completed as f64 + run.writers.completed as f64) / due)
        }
        KeyFigure::LongestFreezeNs => Some(run.longest_freeze_ns.unwrap_or(0) as f64),
        _ => None,
    };
    let is_valid = |run: &&&SweptRun| run.complete && run.judgement() != Some(Judgement::Invalid);
    let values: Vec<f64> = runs.iter().filter(is_valid).filter_map(|run| of(run)).collect();
    match (Estimate::of_repeats(&values), values.len()) {
        (Some(estimate), _) => Ok(PartValue::of(estimate)),
        (None, 0) => Err("no valid run has it".to_owned()),
        (None, 1) => Ok(PartValue::alone(values[0], "1 valid run: an interval takes 2")),
        (None, _) => Ok(PartValue::alone(median(values), "a repeat has 0, or they are too far apart")),
    }
}

fn of_what_if(what_if: &WhatIf) -> Vec<Figures> {
    let baseline = &what_if.baseline;
    let value = |figure| match baseline.measured.get(figure) {
        Some(value) => Availability::Value(PartValue::alone(value, "it was run once")),
        None => Availability::Unavailable { unavailable: "nothing of it was measured".to_owned() },
    };
    let of_baseline = Figures {
        part: Part::Baseline,
        provenance: baseline.settings.provenance(),
        figures: OF_WHAT_IFS.map(|figure| (Some(figure), value(figure))).to_vec(),
        basis: vec![baseline.scenario_hash.clone()],
    };
    let tried =
        what_if.mitigations.iter().filter(|mitigation| !mitigation.differences.is_empty()).map(|mitigation| Figures {
            part: Part::Mitigation(mitigation.name.clone()),
            provenance: mitigation.run.as_ref().map_or(Provenance::Measured, |run| run.settings.provenance()),
            figures: mitigation.differences.iter().map(|it| (Some(it.figure), of_difference(it).into())).collect(),
            basis: mitigation.run.iter().map(|run| run.scenario_hash.clone()).collect(),
        });
    std::iter::once(of_baseline).chain(tried).collect()
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
    a: &Availability<PartValue>,
    b: &Availability<PartValue>,
    other: usize,
) -> Result<PartValue, String> {
    let (Availability::Value(a), Availability::Value(b)) = (a, b) else {
        let reason = |value: &Availability<PartValue>, place| match value {
            Availability::Value(_) => None,
            Availability::Unavailable { unavailable } => Some(format!("{unavailable} in {}", letter(place))),
        };
        return Err([reason(a, 0), reason(b, other)].into_iter().flatten().collect::<Vec<_>>().join("; "));
    };
    if a.value <= 0.0 {
        return Err(if b.value > 0.0 { "none in A" } else { "none in both" }.to_owned());
    }
    let value = b.value / a.value;
    let interval = match (a.estimate(), b.estimate(), part) {
        // The knee is somewhere between both ends: so is the ratio.
        (Some(a), Some(b), Part::Knee { .. }) => Ok([b.low / a.high, b.high / a.low]),
        (Some(a), Some(b), _) => {
            a.ratio_to(&b).map(|it| [it.low, it.high]).ok_or_else(|| "an interval includes 0".to_owned())
        }
        _ => Err(format!("{} has no interval", letter(if a.estimate().is_some() { other } else { 0 }))),
    };
    Ok(PartValue { value, interval: interval.into() })
}

fn effect(figure: Option<KeyFigure>, ratio: &PartValue, least_effect: f64) -> Effect {
    let more_is_better = matches!(figure, None | Some(KeyFigure::CompletedShare));
    ratio.estimate().map_or(Effect::Unknown, |ratio| effect_of(&ratio, least_effect, more_is_better))
}
