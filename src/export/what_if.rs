//! The figures of a what-if: of the baseline and of every mitigation, measured and predicted; and what each mitigation changed.
//! A mitigation that was not run, and a prediction that could not be made, have their rows too, with empty values.

use super::{
    families as family,
    observation::{Labels, ONE, OPERATIONS, Observation, SECONDS, SECONDS_PER_SECOND, number, seconds, word},
    run::{environment, head, objectives, slo_met},
    source::Source,
};
use crate::{
    results::{KeyFigure, Machine, MitigationStatus, PredictedFigures, Provenance, Role, Tried, WhatIf},
    stats::Estimate,
};

fn labels(source: &Source, what_if: &WhatIf, machine: Option<&Machine>) -> Labels {
    Labels::of(source, machine, &what_if.started).with("scenario", &what_if.scenario).with("seed", what_if.seed)
}

pub fn summary(source: &Source, what_if: &WhatIf, machine: Option<&Machine>) -> Vec<Observation> {
    let labels = labels(source, what_if, machine);
    let mut all: Vec<Observation> = head(&labels, what_if.complete).collect();
    all.extend(machine.map(|machine| environment(&labels, machine, &what_if.mapstorm_version)));
    let status = if what_if.baseline.complete { MitigationStatus::Measured } else { MitigationStatus::Incomplete };
    let mitigations =
        what_if.mitigations.iter().map(|mitigation| (&*mitigation.name, mitigation.status, mitigation.run.as_ref()));
    for (name, status, run) in std::iter::once(("baseline", status, Some(&what_if.baseline))).chain(mitigations) {
        let labels = of_tried(&labels, run).with("run", name).with("status", word(status));
        all.extend(measured(&labels, run));
        all.extend(PREDICTED.iter().flat_map(|(role, statistic, unit, family, figure)| {
            let found = run.and_then(|run| run.predicted.value()).map(figure);
            let predicted = Observation { family: *family, ..Observation::estimate(statistic, unit, found) };
            labels.provenance(Provenance::Predicted).with("role", role).on([predicted])
        }));
    }
    all
}

fn of_tried(labels: &Labels, run: Option<&Tried>) -> Labels {
    run.map_or_else(
        || labels.clone(),
        |run| labels.with("scenario_hash", &run.scenario_hash).provenance(run.settings.provenance()),
    )
}

fn measured(labels: &Labels, run: Option<&Tried>) -> Vec<Observation> {
    let get = |figure| run.and_then(|run| run.measured.get(figure));
    let quantile = |statistic, figure| Observation::time(statistic, get(figure)).of(&family::LATENCY);
    let mut all = Vec::new();
    for (role, median, high, completed) in [
        (Role::Reader, KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns, KeyFigure::ReadersCompletedShare),
        (Role::Writer, KeyFigure::CommitP50Ns, KeyFigure::CommitP99Ns, KeyFigure::CommitsCompletedShare),
    ] {
        let of_role = labels.with("role", role);
        let labels = of_role.with("operation", "all").with("series", "response");
        all.extend(labels.on([quantile("p50", median), quantile("p99", high)]));
        all.extend(of_role.on([Observation::new("completed_share", ONE, get(completed)).of(&family::COMPLETED_SHARE)]));
    }
    let verdict = run.and_then(|run| run.verdict.as_ref());
    let stalled = get(KeyFigure::StalledNsPerS).map(seconds);
    let errors = run.map(|run| run.errors as f64);
    all.extend(labels.clone().on([
        Observation::yes("complete", run.map(|run| run.complete)).sample(&family::COMPLETE),
        Observation::new("stalled_time_per_s", SECONDS_PER_SECOND, stalled).of(&family::STALLED_SHARE),
        Observation::new("frozen_share", ONE, get(KeyFigure::FrozenShare)),
        Observation::time("longest_freeze", get(KeyFigure::LongestFreezeNs)).of(&family::LONGEST_FREEZE),
        Observation::new("errors", OPERATIONS, errors).of(&family::ERRORS),
        slo_met(verdict),
    ]));
    all.extend(labels.clone().on(objectives(verdict).map(|objective| objective.sample(&family::OBJECTIVE_MET))));
    all
}

type Prediction =
    (&'static str, &'static str, &'static str, Option<&'static family::Family>, fn(&PredictedFigures) -> Estimate);

/// Role, statistic, unit, the family of its samples, and the figure.
const PREDICTED: [Prediction; 11] = [
    ("reader", "p50", SECONDS, Some(&family::PREDICTED_LATENCY), |figures| figures.reader_p50_ns),
    ("reader", "p99", SECONDS, Some(&family::PREDICTED_LATENCY), |figures| figures.reader_p99_ns),
    ("writer", "p50", SECONDS, Some(&family::PREDICTED_LATENCY), |figures| figures.commit_p50_ns),
    ("writer", "p99", SECONDS, Some(&family::PREDICTED_LATENCY), |figures| figures.commit_p99_ns),
    ("reader", "completed_share", ONE, Some(&family::PREDICTED_COMPLETED), |figures| figures.readers_completed_share),
    ("writer", "completed_share", ONE, Some(&family::PREDICTED_COMPLETED), |figures| figures.commits_completed_share),
    ("", "hold_base", SECONDS, None, |figures| figures.hold_base_ns),
    ("", "hold_per_mapper", SECONDS, None, |figures| figures.hold_per_mapper_ns),
    ("", "mappers", ONE, None, |figures| Estimate::around(f64::from(figures.mappers), 0.0)),
    ("", "utilisation", ONE, Some(&family::PREDICTED_UTILISATION), |figures| figures.utilisation),
    ("", "longest_wait", SECONDS, None, |figures| figures.longest_wait_ns),
];

/// What each mitigation changed: the value is the ratio, the unit that of the figures before and after.
pub fn differences(source: &Source, what_if: &WhatIf, machine: Option<&Machine>) -> Vec<Observation> {
    let whole = labels(source, what_if, machine);
    let mitigations = what_if.mitigations.iter();
    mitigations
        .flat_map(|mitigation| {
            let labels = of_tried(&whole, mitigation.run.as_ref())
                .provenance(Provenance::Measured)
                .with("run", &mitigation.name);
            mitigation.differences.iter().flat_map(move |difference| {
                let (figure, unit, in_unit) = name_and_unit(difference.figure);
                let side = |value: Option<f64>| number(value.map(in_unit));
                let ratio = Observation::estimate(figure, ONE, difference.ratio.value().copied());
                labels
                    .with("before", side(difference.before))
                    .with("after", side(difference.after))
                    .with("change", word(difference.change))
                    .on([Observation { unit, ..ratio.of(&family::CHANGE) }])
            })
        })
        .collect()
}

/// The name of a figure, its unit, and how its value in a result is converted to that unit.
pub(super) fn name_and_unit(figure: KeyFigure) -> (&'static str, &'static str, fn(f64) -> f64) {
    let time = |name| (name, SECONDS, seconds as fn(f64) -> f64);
    let share = |name| (name, ONE, std::convert::identity as fn(f64) -> f64);
    match figure {
        KeyFigure::ReaderP50Ns => time("reader_p50"),
        KeyFigure::ReaderP99Ns => time("reader_p99"),
        KeyFigure::CommitP50Ns => time("commit_p50"),
        KeyFigure::CommitP99Ns => time("commit_p99"),
        KeyFigure::ReadersCompletedShare => share("readers_completed_share"),
        KeyFigure::CommitsCompletedShare => share("commits_completed_share"),
        KeyFigure::FrozenShare => share("frozen_share"),
        KeyFigure::StalledNsPerS => ("stalled_time_per_s", SECONDS_PER_SECOND, seconds),
        KeyFigure::LongestFreezeNs => time("longest_freeze"),
    }
}
