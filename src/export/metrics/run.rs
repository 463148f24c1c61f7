//! The samples of one run, and those that runs of sweeps and what-ifs have too.
//! Without any freeze the longest is 0; everything else that is not known has no sample.

use super::{
    super::tidy::{is_met, word},
    exposition::{Exposition, Labels},
    families as family, seconds, timestamp, yes,
};
use crate::results::{Environment, Row, Run, Totals, Verdict};

/// Adds the samples of a run.
pub fn add(to: &mut Exposition, labels: &Labels, run: &Run) {
    let labels = labels.with("scenario", &run.scenario.name).with("host", &run.environment.host);
    let (summary, diagnosis) = (&run.summary, &run.diagnosis);
    let of_load = labels.with("scenario_hash", &run.scenario_hash).with("seed", run.scenario.run.seed.to_string());
    environment(to, &of_load, &run.environment, &run.mapstorm_version);
    let labels = labels.with("provenance", run.provenance().name());
    to.add(&family::STARTED, &labels, timestamp(&run.started));
    to.add(&family::COMPLETE, &labels, yes(summary.complete));
    to.add(&family::MEASURED, &labels, seconds(summary.measured_ns as f64));
    totals(to, &labels, [&summary.readers, &summary.writers]);
    to.add(&family::ERRORS, &labels, summary.errors as f64);
    summary.rows.iter().for_each(|row| latency(to, &labels, row));
    let lengths = diagnosis.freezes.iter().map(|freeze| freeze.end_ns - freeze.start_ns);
    freezes(to, &labels, diagnosis.freezes.len() as u64, lengths.max());
    // Stalls are seen only by who records them.
    to.add(&family::STALLED_TIME, &labels, run.recording.as_ref().map(|_| seconds(diagnosis.stalled_ns as f64)));
    verdict(to, &labels, diagnosis.verdict.as_ref());
    for finding in &diagnosis.findings {
        let labels = labels.with("cause", &finding.cause).with("confidence", word(finding.confidence));
        to.add(&family::FINDING, &labels, finding.share);
    }
    to.add(&family::PAGE_TABLES, &labels, summary.page_table_bytes.map(|bytes| bytes as f64));
    to.add(&family::LOAD_AVERAGE, &labels, summary.load_average);
    to.add(&family::DRIVER_CPU, &labels, summary.driver_cpu_share);
}

/// The machine.
pub fn environment(to: &mut Exposition, labels: &Labels, environment: &Environment, version: &str) {
    let file_system = environment.file_system.value().map_or_else(String::new, |found| found.kind.clone());
    let labels = labels
        .with("system", &environment.system)
        .with("kernel", &environment.kernel)
        .with("architecture", &environment.architecture)
        .with("file_system", file_system)
        .with("mapstorm_version", version);
    to.add(&family::ENVIRONMENT, &labels, 1.0);
}

/// What was due from readers and writers, and reached.
pub fn totals(to: &mut Exposition, labels: &Labels, of: [&Totals; 2]) {
    for (role, totals) in ["reader", "writer"].into_iter().zip(of) {
        let labels = labels.with("role", role);
        to.add(&family::DUE, &labels, totals.due as f64);
        to.add(&family::COMPLETED, &labels, totals.completed as f64);
        to.add(&family::STALLS, &labels, totals.stalls as f64);
    }
}

/// How many freezes, and the longest.
pub fn freezes(to: &mut Exposition, labels: &Labels, count: u64, longest_ns: Option<u64>) {
    to.add(&family::FREEZES, labels, count as f64);
    to.add(&family::LONGEST_FREEZE, labels, seconds(longest_ns.unwrap_or(0) as f64));
}

/// Whether the objectives were met.
pub fn verdict(to: &mut Exposition, labels: &Labels, verdict: Option<&Verdict>) {
    let Some(verdict) = verdict else { return };
    to.add(&family::SLO_MET, labels, is_met(verdict).map(yes));
    for clause in &verdict.clauses {
        let labels = labels.with("objective", clause.clause.to_string());
        to.add(&family::OBJECTIVE_MET, &labels, clause.figure.map(|_| yes(clause.met)));
    }
}

fn latency(to: &mut Exposition, labels: &Labels, row: &Row) {
    let labels = labels.with("role", &row.role).with("operation", &row.operation).with("series", &row.series);
    let quantiles = [
        ("0.5", row.p50_ns),
        ("0.9", row.p90_ns),
        ("0.99", row.p99_ns),
        ("0.999", row.p999_ns),
        // How Go, and so Prometheus, spells it.
        ("1.0", row.max_ns),
    ]
    .map(|(quantile, ns)| (quantile, Some(seconds(ns as f64))));
    let sum = seconds(row.mean_ns * row.count as f64);
    to.summary(&family::LATENCY, &labels, &quantiles, Some(row.count), Some(sum));
}
