//! Sweeps and searches for the knee: their points and knees.

use std::{cmp::Ordering, path::Path};

use super::{Figures, compare, is_same_point, scenario_differences};
use crate::{
    conclude::{
        compare::{
            conclusion::RESULTS,
            machine::{self, Unavailable, fact},
            matching,
            rows::{Gathered, Pairing},
        },
        in_order::unique,
        letter,
        wording::knee_in_short,
    },
    results::{
        Answer, Judgement, KeyFigure, Knee, Machine, MatchedResult, Part, PartComparison, PartValue, Provenance, Run,
        SweepReport, SweptRun,
    },
    scenario::{Axis, Setting},
    stats::{Estimate, median},
};

pub(super) const AT_POINTS: [KeyFigure; 6] = [
    KeyFigure::ReaderP99Ns,
    KeyFigure::CommitP50Ns,
    KeyFigure::CommitP99Ns,
    KeyFigure::ReadersCompletedShare,
    KeyFigure::CommitsCompletedShare,
    KeyFigure::LongestFreezeNs,
];
/// Gives each sweep the axes that only others have, with the value that its scenario fixes, so that its points can be matched.
/// Errors: The value is not known, as no run of the sweep is there; the message names the axes.
pub fn on_common_axes(sweeps: &mut [(String, SweepReport)]) -> Result<(), String> {
    let axes: Vec<Axis> = sweeps.iter().flat_map(|(_, sweep)| sweep.axes.clone()).collect();
    let names =
        unique(sweeps.iter().map(|(directory, sweep)| format!("{directory} is over {}", keys(sweep).join(" and "))));
    for one in sweeps {
        for axis in &axes {
            if keys(&one.1).contains(&&*axis.key) {
                continue;
            }
            let fixed = first_run(one).and_then(|run| matching::keys(&run).remove(&axis.key));
            // The same value is the same text, or the same number.
            let Some(value) = fixed.filter(|value| axis.numbers.is_none() || value.parse::<f64>().is_ok()) else {
                return Err(format!(
                    "{}: a load of one says nothing about a load of the other where only one of them varies a key and the value in the \
                     other is not known ({} in {}). Sweep both machines over the same axes, and compare these",
                    names.join(", "),
                    axis.key,
                    one.0
                ));
            };
            fix(&mut one.1, &axis.key, value, axis.numbers.is_some());
        }
    }
    Ok(())
}

fn keys(sweep: &SweepReport) -> Vec<&str> {
    let mut keys: Vec<&str> = sweep.axes.iter().map(|axis| &*axis.key).collect();
    keys.sort_unstable();
    keys
}

/// Adds an axis with one value.
fn fix(sweep: &mut SweepReport, key: &str, value: String, is_number: bool) {
    let number = value.parse::<f64>().ok().filter(|_| is_number);
    let setting = Setting { key: key.to_owned(), value, number };
    sweep.axes.push(Axis {
        key: key.to_owned(),
        values: vec![setting.value.clone()],
        numbers: number.map(|number| vec![number]),
    });
    let at = sweep.knees.iter_mut().map(|knee| &mut knee.at);
    let at = at.chain(sweep.throughput.iter_mut().map(|found| &mut found.at));
    let at = at.chain(sweep.predicted.iter_mut().map(|found| &mut found.at));
    at.chain(sweep.runs.iter_mut().map(|run| &mut run.settings)).for_each(|at| at.push(setting.clone()));
}

/// Compares sweeps over the same axes, each with its directory as it was given, with the first of them. `across` names keys that differ
/// on purpose.
pub fn compare_sweeps(sweeps: &[(String, SweepReport)], across: &[String], least_effect: f64) -> PartComparison {
    let results = sweeps.iter().map(|(directory, sweep)| {
        let facts = |machine: &Machine| machine::of_machine(machine, Unavailable::Named);
        let gathered = Gathered {
            result: MatchedResult {
                directory: directory.clone(),
                started: sweep.started.clone(),
                machine: sweep.machine.clone().ok_or_else(|| "nothing ran".to_owned()).into(),
                provenance: unique(sweep.runs.iter().map(SweptRun::provenance)),
            },
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
            pairing: Pairing { is_same: *sweep == sweeps[0].1, incomparable: None, least_effect },
        };
        (gathered, of_sweep(sweep))
    });
    let scenario = scenario_differences(sweeps.iter().map(first_run), across).map(|mut differences| {
        let axes = || sweeps.iter().flat_map(|(_, sweep)| keys(sweep));
        differences.retain(|difference| !axes().any(|key| matching::names(key, &difference.key)));
        differences
    });
    let mut comparison = compare(results.collect(), ("point", RESULTS), scenario, least_effect);
    for (place, (_, sweep)) in sweeps.iter().enumerate() {
        comparison.warnings.extend(sweep.warnings().iter().map(|warning| format!("{}: {warning}", letter(place))));
    }
    comparison
}

/// A run of a sweep whose scenario stands for all of them but for the axes; repeats have seeds of their own. `None`: no `run.json` is there.
fn first_run((directory, sweep): &(String, SweepReport)) -> Option<Run> {
    let firsts = sweep.runs.iter().filter(|run| run.repeat == 1);
    firsts.into_iter().find_map(|run| Run::load(&Path::new(directory).join(&run.directory)).ok())
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
    let is_valid = |run: &&&SweptRun| run.complete && run.judgement() != Some(Judgement::Invalid);
    let values: Vec<f64> = runs.iter().filter(is_valid).filter_map(|run| run.figure(figure)).collect();
    match (Estimate::of_repeats(&values), values.len()) {
        (Some(estimate), _) => Ok(PartValue::of(estimate)),
        (None, 0) => Err("no valid run has it, or enough values for it".to_owned()),
        (None, 1) => Ok(PartValue::alone(values[0], "1 valid run: an interval takes 2")),
        (None, _) => Ok(PartValue::alone(median(values), "a repeat has 0, or they are too far apart")),
    }
}
