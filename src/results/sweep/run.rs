//! The key figures of one run among many, taken from its run directory.
//! All kinds of one role's operations together are added up from the histograms, not from percentiles.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Confidence, Judgement, KeyFigure, Provenance, Role, Run, Totals, Verdict, run_files};
use crate::{
    mailboxes::Phase,
    results::{Series, histogram_log::names_of},
    scenario::{Emulation, Setting},
    shm::SharedHistogram,
    stats::Censored,
};

/// The name under which all operations of a role go together.
const ALL: &str = "all";
/// Phases of a commit that are no part of its regular cost: waiting for the lock, and the rare work on the whole file.
const NOT_HELD: [Phase; 3] = [Phase::Lock, Phase::Checkpoint, Phase::Recover];

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweptRun {
    /// Its place in the order of the runs, from 1.
    pub order: u32,
    /// The keys that were varied, with their values here.
    pub settings: Vec<Setting>,
    /// Which run of this point, from 1.
    pub repeat: u32,
    /// Its seed.
    pub seed: u64,
    /// The scenario's hash, as in `run.json`.
    pub scenario_hash: String,
    /// Its run directory, seen from that of the sweep.
    pub directory: String,
    /// What was imitated at every commit. Absent: nothing.
    #[serde(default, skip_serializing_if = "Emulation::is_nothing")]
    pub emulate: Emulation,
    /// False if it was interrupted or workers were lost.
    pub complete: bool,
    /// Operations that failed.
    pub errors: u64,
    /// Processes that mapped one file, readers and writers, at most.
    pub mappers: u32,
    /// Readers' operations.
    pub readers: Totals,
    /// Writers' commits.
    pub writers: Totals,
    /// Response times by role and operation, and of all operations of a role together.
    pub responses: Vec<Responses>,
    /// What a commit typically did under the lock: the medians of its phases added up, without waiting for the lock and without
    /// checkpoints, nanoseconds; `null`: there was no commit.
    pub hold_ns: Option<f64>,
    /// What a reader's operation typically took without waiting for the lock: median service time less median lock wait,
    /// nanoseconds; `null`: there was none.
    pub reader_own_ns: Option<f64>,
    /// Freezes, those of single instances and of all workers together.
    pub freezes: u64,
    /// The longest of them, nanoseconds; `null`: there was none.
    pub longest_freeze_ns: Option<u64>,
    /// Stalled time, as in the diagnosis, for each second of measuring, nanoseconds; `null`: it was not recorded.
    #[serde(default)]
    pub stalled_ns_per_s: Option<f64>,
    /// Share of the measured time in freezes, 0 to 1; of several instances the mean; `null`: it was not recorded.
    #[serde(default)]
    pub frozen_share: Option<f64>,
    /// Whether the objectives were met; `null`: there were none.
    pub verdict: Option<Verdict>,
    /// Load average of the last minute at the end; `null`: unavailable.
    pub load_average: Option<f64>,
    /// What most of the stalled time came from; `null`: there was nothing to explain.
    pub finding: Option<TopFinding>,
}

/// Response times, nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Responses {
    /// The role.
    pub role: Role,
    /// The operation, or `all`.
    pub operation: String,
    /// Operations that completed.
    pub count: u64,
    /// Operations that never did. Their ages are among the percentiles.
    pub unfinished: u64,
    /// From this quantile on (0 to 1) the percentiles are at least what is reported; `null`: none falls among those.
    pub at_least_from: Option<f64>,
    /// Median.
    pub p50_ns: u64,
    /// 90th percentile.
    pub p90_ns: u64,
    /// 99th percentile.
    pub p99_ns: u64,
    /// Largest value.
    pub max_ns: u64,
}

/// The first finding of a run's diagnosis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TopFinding {
    /// The cause's name.
    pub cause: String,
    /// Share of the stalled time, 0 to 1.
    pub share: f64,
    /// The strength of the evidence.
    pub confidence: Confidence,
    /// What happened, in one sentence.
    pub statement: String,
}

/// Which run of a sweep it is.
#[derive(Clone, Copy, Debug)]
pub struct Which<'a> {
    /// Its place in the order of the runs, from 1.
    pub order: u32,
    /// The keys that were varied, with their values.
    pub settings: &'a [Setting],
    /// Which run of this point, from 1.
    pub repeat: u32,
}

/// Latencies by `role.operation.series`.
type Latencies = BTreeMap<String, Histogram<u64>>;

impl SweptRun {
    pub fn provenance(&self) -> Provenance {
        Provenance::of_run(!self.emulate.is_nothing())
    }

    /// The key figures of a finished run; `directory` is its run directory, `inside` the sweep's. An error if its latencies cannot be read.
    pub fn of(run: &Run, which: Which<'_>, directory: &Path, inside: &Path) -> anyhow::Result<SweptRun> {
        let latencies = run_files::latencies(directory)?;
        let instances = run.scenario.instances.count;
        let diagnosis = &run.diagnosis;
        let measured_ns = run.summary.measured_ns as f64;
        let for_each = |ns: u64, of: f64| (measured_ns > 0.0).then_some(ns as f64 / of);
        Ok(SweptRun {
            order: which.order,
            settings: which.settings.to_vec(),
            repeat: which.repeat,
            seed: run.scenario.run.seed,
            scenario_hash: run.scenario_hash.clone(),
            directory: directory.strip_prefix(inside).unwrap_or(directory).display().to_string(),
            emulate: run.scenario.writer.emulate,
            complete: run.summary.complete,
            errors: run.summary.errors,
            mappers: run.scenario.readers.count.div_ceil(instances) + run.scenario.writer.count,
            readers: run.summary.readers,
            writers: run.summary.writers,
            responses: Role::ALL.into_iter().flat_map(|role| responses(role, &latencies)).collect(),
            hold_ns: hold_ns(&latencies),
            reader_own_ns: reader_own_ns(&latencies),
            freezes: diagnosis.freezes.len() as u64,
            longest_freeze_ns: diagnosis.longest_freeze_ns(),
            stalled_ns_per_s: run.recording.as_ref().and_then(|_| for_each(diagnosis.stalled_ns, measured_ns / 1e9)),
            frozen_share: for_each(frozen_ns(run), measured_ns * f64::from(instances)),
            verdict: diagnosis.verdict.clone(),
            load_average: run.summary.load_average,
            finding: diagnosis.findings.first().map(|finding| TopFinding {
                cause: finding.cause.clone(),
                share: finding.share,
                confidence: finding.confidence,
                statement: finding.statement.clone(),
            }),
        })
    }

    pub fn judgement(&self) -> Option<Judgement> {
        self.verdict.as_ref().map(|verdict| verdict.outcome)
    }

    /// Response times of all operations of a role together; `None`: nothing completed.
    pub fn all(&self, role: Role) -> Option<&Responses> {
        self.responses.iter().find(|responses| responses.role == role && responses.operation == ALL)
    }

    /// A figure that runs are compared by, in the unit of its name; what never completed counts among response times with its age.
    /// `None`: there is none.
    pub fn figure(&self, figure: KeyFigure) -> Option<f64> {
        let quantile = |role, ns: fn(&Responses) -> u64| self.all(role).map(|all| ns(all) as f64);
        match figure {
            KeyFigure::ReaderP50Ns => quantile(Role::Reader, |all| all.p50_ns),
            KeyFigure::ReaderP99Ns => quantile(Role::Reader, |all| all.p99_ns),
            KeyFigure::CommitP50Ns => quantile(Role::Writer, |all| all.p50_ns),
            KeyFigure::CommitP99Ns => quantile(Role::Writer, |all| all.p99_ns),
            KeyFigure::ReadersCompletedShare => self.readers_completed_share(),
            KeyFigure::CommitsCompletedShare => self.writers.completed_share(),
            KeyFigure::StalledNsPerS => self.stalled_ns_per_s,
            KeyFigure::FrozenShare => self.frozen_share,
            KeyFigure::LongestFreezeNs => Some(self.longest_freeze_ns.unwrap_or(0) as f64),
        }
    }

    /// The share of what was due from the readers that completed, 0 to 1; `None`: nothing was due.
    pub fn readers_completed_share(&self) -> Option<f64> {
        self.readers.completed_share()
    }
}

/// Time in freezes; with several instances, each has its own, and those of all instances together are the same time again.
fn frozen_ns(run: &Run) -> u64 {
    let counts = |instance: Option<u32>| instance.is_some() == (run.scenario.instances.count > 1);
    let freezes = run.diagnosis.freezes.iter().filter(|freeze| freeze.role.is_none() && counts(freeze.instance));
    freezes.map(|freeze| freeze.end_ns.min(run.summary.measured_ns).saturating_sub(freeze.start_ns)).sum()
}

/// Histograms of one series of a role, by operation.
fn series<'a>(role: Role, series: Series, latencies: &'a Latencies) -> Vec<(&'a str, &'a Histogram<u64>)> {
    let of_tag = |(tag, histogram): (&'a String, &'a Histogram<u64>)| {
        let (its_role, operation, its_series) = names_of(tag)?;
        (its_role == role && its_series == series && !histogram.is_empty()).then_some((operation, histogram))
    };
    latencies.iter().filter_map(of_tag).collect()
}

fn together<'a>(histograms: impl IntoIterator<Item = &'a (&'a str, &'a Histogram<u64>)>) -> Histogram<u64> {
    let mut sum = SharedHistogram::empty();
    for (_, histogram) in histograms {
        // All have the same layout: adding cannot fail.
        let _ = sum.add(*histogram);
    }
    sum
}

/// The quantiles of [`Responses`].
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];

fn responses(role: Role, latencies: &Latencies) -> Vec<Responses> {
    let [known, ages] = [Series::Response, Series::Unfinished].map(|of| series(role, of, latencies));
    let figures = |operation: &str, is_wanted: &dyn Fn(&str) -> bool| {
        let [known, ages] = [&known, &ages].map(|all| together(all.iter().filter(|(name, _)| is_wanted(name))));
        let times = Censored::new(known, &ages);
        let [p50_ns, p90_ns, p99_ns, max_ns] = QUANTILES.map(|q| times.at(q).map_or(0, |found| found.ns));
        Responses {
            role,
            operation: operation.to_owned(),
            count: times.known().len(),
            unfinished: times.unended(),
            at_least_from: times.at_least_from(&QUANTILES),
            p50_ns,
            p90_ns,
            p99_ns,
            max_ns,
        }
    };
    let operations: BTreeSet<&str> = known.iter().chain(&ages).map(|(operation, _)| *operation).collect();
    let mut responses: Vec<_> = operations.iter().map(|name| figures(name, &|other| other == *name)).collect();
    if !responses.is_empty() {
        responses.push(figures(ALL, &|_| true));
    }
    responses
}

/// Medians rather than means: one commit that met a checkpoint or lost its CPU must not change the cost of commits.
fn hold_ns(latencies: &Latencies) -> Option<f64> {
    let commits: u64 =
        series(Role::Writer, Series::Service, latencies).iter().map(|(_, histogram)| histogram.len()).sum();
    let is_held = |tag: &str| match names_of(tag) {
        Some((Role::Writer, _, Series::Phase(phase))) => !NOT_HELD.contains(&phase),
        _ => false,
    };
    let phases = latencies.iter().filter(|(tag, _)| is_held(tag));
    let held: f64 = phases.map(|(_, phase)| phase.value_at_quantile(0.5) as f64 * phase.len() as f64).sum();
    (commits > 0 && held > 0.0).then(|| held / commits as f64)
}

fn reader_own_ns(latencies: &Latencies) -> Option<f64> {
    let service = together(&series(Role::Reader, Series::Service, latencies));
    let lock = together(&series(Role::Reader, Series::Phase(Phase::Lock), latencies));
    let median = |histogram: &Histogram<u64>| histogram.value_at_quantile(0.5) as f64;
    (!service.is_empty()).then(|| (median(&service) - if lock.is_empty() { 0.0 } else { median(&lock) }).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: &[u64]) -> Histogram<u64> {
        let mut histogram = SharedHistogram::empty();
        values.iter().for_each(|&value| histogram.record(value).unwrap());
        histogram
    }

    fn latencies(all: &[(&str, &[u64])]) -> Latencies {
        all.iter().map(|(tag, values)| ((*tag).to_owned(), histogram(values))).collect()
    }

    #[test]
    fn a_hold_is_what_is_done_every_time_under_the_lock() {
        let all = latencies(&[
            ("writer.store.service", &[9_000_000; 2]),
            ("writer.store.lock", &[5_000_000; 2]),
            ("writer.store.sync-1", &[1_000_000, 1_000_000]),
            ("writer.replace.service", &[9_000_000; 2]),
            ("writer.replace.sync-1", &[2_000_000; 2]),
            ("writer.replace.write-1", &[500_000; 2]),
            ("writer.replace.checkpoint", &[700_000_000]),
            ("reader.lookup.service", &[80_000; 3]),
            ("reader.lookup.lock", &[30_000; 3]),
        ]);
        let close = |value: f64, to: f64| (value / to - 1.0).abs() < 0.02;
        let hold = hold_ns(&all).unwrap();
        assert!(close(hold, 1_750_000.0), "{hold}");
        assert!(close(reader_own_ns(&all).unwrap(), 50_000.0));
        assert_eq!(hold_ns(&latencies(&[("reader.lookup.service", &[1])])), None);
    }

    #[test]
    fn all_operations_of_a_role_are_one_row() {
        let all = latencies(&[("reader.lookup.response", &[1000; 99]), ("reader.list.response", &[1_000_000])]);
        let rows = responses(Role::Reader, &all);
        let names: Vec<_> = rows.iter().map(|row| (&*row.operation, row.count)).collect();
        assert_eq!(names, [("list", 1), ("lookup", 99), ("all", 100)]);
        assert!(rows[2].p50_ns < 2000 && rows[2].max_ns >= 990_000);
        assert!(responses(Role::Writer, &all).is_empty());
    }
}
