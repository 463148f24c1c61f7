//! The key figures of one run among many, taken from its run directory.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Confidence, Judgement, KeyFigure, Provenance, Role, Run, Totals, Verdict, cpus_usable, run_files};
use super::responses::{ALL, Responses, commit_spread, responses};
use crate::{
    mailboxes::Phase,
    results::Series,
    scenario::{Emulation, Setting},
    stats,
};

/// Phases of a commit that are no part of its regular cost: waiting for the lock, and the rare work on the whole file.
const NOT_HELD: [Phase; 4] = [Phase::Lock, Phase::Checkpoint, Phase::Recover, Phase::Repack];

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
    /// What a commit typically did under the lock and in the call that releases it: the medians of its phases added up, without waiting
    /// for the lock and without checkpoints, nanoseconds; `null`: there was no commit.
    pub hold_ns: Option<f64>,
    /// How long single commits took from their start on, as multiples of the median: 33 evenly spaced quantiles, rising; empty: there were
    /// fewer than 64, or it was not recorded.
    #[serde(default)]
    pub commit_spread: Vec<f64>,
    /// What a reader's operation typically took without waiting for the lock: the medians of its other phases added up, nanoseconds;
    /// `null`: there was none.
    pub reader_own_ns: Option<f64>,
    /// CPU time of a reader each time that it gets a CPU, by how long the call that releases the lock made the writer wait for the readers
    /// that it woke, nanoseconds; `null`: no readers waited for a typical commit, or it was not recorded.
    #[serde(default)]
    pub reader_turn_ns: Option<f64>,
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

impl Run {
    /// What an operation of a role typically does in these series: medians added up over all kinds, by how often each came. Medians, because
    /// a mean has in it what other processes took. `None`: nothing completed.
    fn typical_ns(&self, role: Role, is_counted: impl Fn(Series) -> bool) -> Option<f64> {
        let rows = || self.summary.rows.iter().filter(|row| row.role == role);
        let done: u64 = rows().filter(|row| row.series == Series::Service).map(|row| row.count).sum();
        let counted = rows().filter(|row| is_counted(row.series));
        (done > 0).then(|| counted.map(|row| row.p50_ns as f64 * row.count as f64).sum::<f64>() / done as f64)
    }

    /// What a commit typically does in these phases but for waits and rare work on the whole file, nanoseconds. `None`: none completed.
    pub fn hold_ns(&self, and: impl Fn(Phase) -> bool) -> Option<f64> {
        let is_held = |series| matches!(series, Series::Phase(phase) if !NOT_HELD.contains(&phase) && and(phase));
        self.typical_ns(Role::Writer, is_held).filter(|held| *held > 0.0)
    }

    /// What a reader's operation typically takes without its wait for the lock, nanoseconds. `None`: none completed.
    pub fn reader_own_ns(&self) -> Option<f64> {
        self.typical_ns(Role::Reader, |series| matches!(series, Series::Phase(phase) if phase != Phase::Lock))
    }

    /// CPU time of a reader each time that it gets a CPU, from how long the call that releases the lock makes the writer wait for the
    /// readers that it woke, nanoseconds. `None`: fewer than one reader waits for a typical commit, or something is unknown.
    pub fn reader_turn_ns(&self) -> Option<f64> {
        let held_ns = self.hold_ns(|phase| phase != Phase::Unlock)?;
        let herd_ns = self.typical_ns(Role::Writer, |series| series == Series::Phase(Phase::Unlock))?;
        let all_per_ns = self.scenario.reader_rate_total()? / 1e9;
        let of_file_per_ns = all_per_ns / f64::from(self.scenario.instances.count);
        let cpus = cpus_usable(&self.environment.cpus_allowed, &self.environment.cpu_quota)?;
        let waits = of_file_per_ns * held_ns >= 1.0;
        waits.then(|| stats::reader_cpu_ns(herd_ns, held_ns, of_file_per_ns, all_per_ns, cpus))
    }
}

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
            mappers: run.scenario.mappers_in(0),
            readers: run.summary.readers,
            writers: run.summary.writers,
            responses: Role::ALL.into_iter().flat_map(|role| responses(role, &latencies)).collect(),
            hold_ns: run.hold_ns(|_| true),
            commit_spread: commit_spread(&latencies),
            reader_own_ns: run.reader_own_ns(),
            reader_turn_ns: run.reader_turn_ns(),
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
        match figure {
            KeyFigure::ReaderP50Ns | KeyFigure::ReaderP99Ns | KeyFigure::CommitP50Ns | KeyFigure::CommitP99Ns => {
                let (role, q) = figure.quantile()?;
                self.all(role)?.supported(q).map(|ns| ns as f64)
            }
            KeyFigure::ReadersCompletedShare => self.readers.completed_share(),
            KeyFigure::CommitsCompletedShare => self.writers.completed_share(),
            KeyFigure::StalledNsPerS => self.stalled_ns_per_s,
            KeyFigure::FrozenShare => self.frozen_share,
            KeyFigure::LongestFreezeNs => Some(self.longest_freeze_ns.unwrap_or(0) as f64),
        }
    }
}

/// Time in freezes; with several instances, each has its own, and those of all instances together are the same time again.
fn frozen_ns(run: &Run) -> u64 {
    let counts = |instance: Option<u32>| instance.is_some() == (run.scenario.instances.count > 1);
    let freezes = run.diagnosis.freezes.iter().filter(|freeze| freeze.role.is_none() && counts(freeze.instance));
    freezes.map(|freeze| freeze.end_ns.min(run.summary.measured_ns).saturating_sub(freeze.start_ns)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        results::{Availability, Row, fixtures, histogram_log::names_of},
        scenario::Scenario,
    };

    /// A run with these medians, each of so many values.
    fn run(medians: &[(&str, u64, u64)]) -> Run {
        let mut run = fixtures::run(&fixtures::outcome());
        let row = run.summary.rows[0].clone();
        let of = |(tag, count, p50_ns): &(&str, u64, u64)| {
            let (role, operation, series) = names_of(tag).unwrap();
            Row { role, operation: operation.to_owned(), series, count: *count, p50_ns: *p50_ns, ..row.clone() }
        };
        run.summary.rows = medians.iter().map(of).collect();
        run
    }

    #[test]
    fn a_hold_is_what_is_done_every_time_under_the_lock() {
        let run = run(&[
            ("writer.store.service", 2, 9_000_000),
            ("writer.store.lock", 2, 5_000_000),
            ("writer.store.sync-1", 2, 1_000_000),
            ("writer.replace.service", 2, 9_000_000),
            ("writer.replace.sync-1", 2, 2_000_000),
            ("writer.replace.write-1", 2, 500_000),
            ("writer.replace.checkpoint", 1, 700_000_000),
            ("reader.lookup.service", 3, 80_000),
            ("reader.lookup.lock", 3, 30_000),
            ("reader.lookup.search", 3, 40_000),
            ("reader.lookup.remap", 1, 30_000),
        ]);
        assert_eq!(run.hold_ns(|_| true), Some(1_750_000.0));
        // A median wait is no wait of the median operation: neither is part of it.
        assert_eq!(run.reader_own_ns(), Some(50_000.0));
        let without_commits = self::run(&[("reader.lookup.service", 1, 1)]);
        assert_eq!((without_commits.hold_ns(|_| true), without_commits.reader_turn_ns()), (None, None));
    }

    #[test]
    fn the_wait_of_a_writer_for_the_herd_that_it_woke_gives_a_readers_turn() {
        let mut run = run(&[
            ("writer.store.service", 10, 80_000_000),
            ("writer.store.sync-1", 10, 50_000_000),
            ("writer.store.unlock", 10, 21_430_000),
        ]);
        run.environment.cpus_allowed = Availability::Value(2);
        run.environment.cpu_quota = Availability::Value(None);
        run.scenario =
            Scenario::parse("x", "[file]\nmailboxes = 5\n[readers]\ncount = 6000\nrate = '1/s'", &[]).unwrap();
        // As in stats::queue: 300 readers of 0.1 ms on 2 CPUs, while 6000 come a second.
        let turn = run.reader_turn_ns().unwrap();
        assert!((turn / 100_000.0 - 1.0).abs() < 1e-3, "{turn}");
        run.scenario.readers.count = 10;
        assert_eq!(run.reader_turn_ns(), None, "half a reader waits: the release woke none");
    }
}
