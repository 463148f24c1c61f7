//! The samples of a what-if: the baseline and every cure that was run, told apart by the label `cure`, measured and predicted.
//! A cure that was not run has none.

use super::{
    super::tidy::figure_name,
    exposition::{Exposition, Labels},
    families as family,
    run::{environment, verdict},
    seconds, timestamp, yes,
};
use crate::results::{KeyFigure, PredictedFigures, Provenance, Run, Tried, WhatIf};

/// Adds the samples of a what-if.
pub fn add(to: &mut Exposition, labels: &Labels, what_if: &WhatIf, baseline: Option<&Run>) {
    let mut labels = labels.with("scenario", &what_if.scenario);
    if let Some(run) = baseline {
        labels = labels.with("host", &run.environment.host);
        let of_load = labels.with("seed", what_if.seed.to_string());
        environment(to, &of_load, &run.environment, &what_if.mapstorm_version);
    }
    let measured = labels.with("provenance", Provenance::Measured.name());
    to.add(&family::STARTED, &measured, timestamp(&what_if.started));
    to.add(&family::COMPLETE, &measured, yes(what_if.complete));
    let cures = what_if.cures.iter().filter_map(|cure| cure.run.as_ref().map(|run| (&*cure.name, run)));
    for (name, run) in std::iter::once(("baseline", &what_if.baseline)).chain(cures) {
        let provenance = run.settings.provenance().name();
        of_run(to, &labels.with("provenance", provenance).with("cure", name), run);
        if let Some(told) = run.predicted.value() {
            of_prediction(to, &labels.with("provenance", Provenance::Predicted.name()).with("cure", name), told);
        }
    }
    for cure in &what_if.cures {
        let labels = measured.with("cure", &cure.name);
        for difference in &cure.differences {
            let (figure, _) = figure_name(difference.figure);
            to.estimate(&family::CHANGE, &labels.with("figure", figure), difference.ratio.value().copied());
        }
    }
}

fn of_run(to: &mut Exposition, labels: &Labels, run: &Tried) {
    to.add(&family::COMPLETE, labels, yes(run.complete));
    to.add(&family::ERRORS, labels, run.errors as f64);
    let figure = |figure| run.measured.get(figure);
    let roles = [
        ("reader", KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns),
        ("writer", KeyFigure::CommitP50Ns, KeyFigure::CommitP99Ns),
    ];
    for (role, median, high) in roles {
        let labels = labels.with("role", role).with("operation", "all").with("series", "response");
        let quantiles = [("0.5", figure(median).map(seconds)), ("0.99", figure(high).map(seconds))];
        to.summary(&family::LATENCY, &labels, &quantiles, None, None);
    }
    to.add(&family::LONGEST_FREEZE, labels, figure(KeyFigure::LongestFreezeNs).map(seconds));
    to.add(&family::COMPLETED_SHARE, labels, figure(KeyFigure::CompletedShare));
    to.add(&family::STALLED_SHARE, labels, figure(KeyFigure::StalledNsPerS).map(seconds));
    verdict(to, labels, run.verdict.as_ref());
}

fn of_prediction(to: &mut Exposition, labels: &Labels, told: &PredictedFigures) {
    let latencies = [
        ("reader", "50", told.reader_p50_ns),
        ("reader", "99", told.reader_p99_ns),
        ("writer", "50", told.commit_p50_ns),
        ("writer", "99", told.commit_p99_ns),
    ];
    for (role, percentile, ns) in latencies {
        let labels = labels.with("role", role).with("percentile", percentile);
        to.estimate(&family::PREDICTED_LATENCY, &labels, Some(ns.scaled(seconds(1.0))));
    }
    to.estimate(&family::PREDICTED_UTILISATION, labels, Some(told.utilisation));
    to.estimate(&family::PREDICTED_COMPLETED, labels, Some(told.completed_share));
}
