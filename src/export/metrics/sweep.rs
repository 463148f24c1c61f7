//! The samples of a sweep: each run under the label `point`, the knees, and what the cost law predicts.
//! Of a run only what stands in `sweep.json` is told; each has a result of its own besides.

use super::{
    exposition::{Exposition, Labels},
    families as family,
    run::{freezes, totals, verdict},
    seconds, timestamp, yes,
};
use crate::{
    results::{Knee, Predicted, Provenance, Responses, SweepReport, SweptRun},
    scenario::Setting,
    stats::Estimate,
};

/// Adds the samples of a sweep.
pub fn add(to: &mut Exposition, labels: &Labels, sweep: &SweepReport) {
    let mut labels = labels.with("scenario", &sweep.scenario);
    if let Some(machine) = &sweep.machine {
        labels = labels.with("host", &machine.host);
        let file_system = machine.file_system.value().cloned().unwrap_or_default();
        let all = labels
            .with("seed", sweep.seed.to_string())
            .with("system", &machine.system)
            .with("kernel", &machine.kernel)
            .with("architecture", &machine.architecture)
            .with("file_system", file_system)
            .with("mapstorm_version", &sweep.mapstorm_version);
        to.add(&family::ENVIRONMENT, &all, 1.0);
    }
    let measured = labels.with("provenance", Provenance::Measured.name());
    let predicted = labels.with("provenance", Provenance::Predicted.name());
    to.add(&family::STARTED, &measured, timestamp(&sweep.started));
    to.add(&family::COMPLETE, &measured, yes(sweep.complete));
    sweep.runs.iter().for_each(|run| of_run(to, &labels, run));
    sweep.knees.iter().for_each(|knee| of_knee(to, &measured, knee));
    sweep.predicted.iter().for_each(|told| of_prediction(to, &predicted, told));
}

fn of_run(to: &mut Exposition, labels: &Labels, run: &SweptRun) {
    let labels = labels
        .with("provenance", run.provenance().name())
        .with("point", point(&run.settings))
        .with("repeat", run.repeat.to_string());
    to.add(&family::COMPLETE, &labels, yes(run.complete));
    totals(to, &labels, [&run.readers, &run.writers]);
    to.add(&family::ERRORS, &labels, run.errors as f64);
    run.responses.iter().for_each(|responses| of_responses(to, &labels, responses));
    freezes(to, &labels, run.freezes, run.longest_freeze_ns);
    verdict(to, &labels, run.verdict.as_ref());
    to.add(&family::LOAD_AVERAGE, &labels, run.load_average);
}

fn of_responses(to: &mut Exposition, labels: &Labels, of: &Responses) {
    let labels = labels.with("role", &of.role).with("operation", &of.operation).with("series", "response");
    let quantiles = [("0.5", of.p50_ns), ("0.9", of.p90_ns), ("0.99", of.p99_ns), ("1.0", of.max_ns)];
    let quantiles = quantiles.map(|(quantile, ns)| (quantile, Some(seconds(ns as f64))));
    to.summary(&family::LATENCY, &labels, &quantiles, Some(of.count), None);
}

fn of_knee(to: &mut Exposition, labels: &Labels, knee: &Knee) {
    let labels = labels.with("key", &knee.key).with("at", point(&knee.at));
    for (end, load) in [("value", knee.load), ("low", knee.low), ("high", knee.high)] {
        to.add(&family::KNEE, &labels.with("estimate", end), load);
    }
}

fn of_prediction(to: &mut Exposition, labels: &Labels, told: &Predicted) {
    let knee: Option<Estimate> = told.knee.and_then(|knee| knee.load);
    to.estimate(&family::KNEE, &labels.with("key", &told.key).with("at", point(&told.at)), knee);
    for at in &told.points {
        let load = Setting { key: told.key.clone(), value: at.load.to_string(), number: Some(at.load) };
        let settings = [&*told.at, &[load]].concat();
        to.estimate(&family::PREDICTED_UTILISATION, &labels.with("point", point(&settings)), Some(at.utilisation));
    }
}

/// Settings as a label.
fn point(settings: &[Setting]) -> String {
    settings.iter().map(|setting| format!("{}={}", setting.key, setting.value)).collect::<Vec<_>>().join(",")
}
