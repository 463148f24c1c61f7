//! `what-if.json`: a baseline, the mitigations that were tried on it, and what each changed.
//! Figures under `measured` were measured, those under `predicted` were worked out and not run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, Provenance, Role, Run, Verdict};
use crate::{
    mailboxes::{LockKind, OpenMode, RemapRule},
    scenario::Emulation,
    stats::Estimate,
};

/// All of `what-if.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIf {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// When the last run had ended, UTC, ISO 8601.
    pub ended: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed, the same in every run.
    pub seed: u64,
    /// Whether the baseline and every mitigation that was to be run are whole: nothing was interrupted, failed, or lost workers.
    pub complete: bool,
    /// Why not, if it is neither the baseline nor a mitigation: results could not be written, or it is under way or was killed.
    #[serde(default)]
    pub incomplete_because: Vec<String>,
    /// The mitigations that the command named; empty: those that the baseline's findings suggest were tried.
    pub named: Vec<String>,
    /// The scenario as it is.
    pub baseline: Tried,
    /// The baseline's findings, by share of the stalled time, largest first.
    pub findings: Vec<CauseShare>,
    /// Every mitigation that was named or suggested, in the order in which they were tried.
    pub mitigations: Vec<MitigationResult>,
    /// The conclusion from the differences.
    pub conclusion: Conclusion,
}

/// A cause that the baseline's diagnosis named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CauseShare {
    /// The cause's name, one of those in docs/diagnosis.md.
    pub cause: String,
    /// Share of the stalled time, 0 to 1.
    pub share: f64,
    /// What happened, in one sentence.
    pub statement: String,
}

/// A mitigation, and its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MitigationResult {
    /// Its name.
    pub name: String,
    /// What it does, in words.
    pub meaning: String,
    /// The overrides that make it, laid over the scenario after those of the command.
    pub overrides: Vec<String>,
    /// The baseline's findings that suggest it; empty: only the command asked for it.
    pub suggested_by: Vec<String>,
    /// Whether it was run.
    pub status: MitigationStatus,
    /// Why it was not run, or not to its end; `null`: it was.
    pub reason: Option<String>,
    /// The run; `null`: there was none.
    pub run: Option<Tried>,
    /// What changed against the baseline; empty unless both were measured to their end.
    pub differences: Vec<Difference>,
}

/// Whether a mitigation was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MitigationStatus {
    /// It was run to its end.
    Measured,
    /// It was run, but interrupted, or lost workers.
    Incomplete,
    /// The scenario has nothing that it would change.
    NotApplicable,
    /// This machine is too small for it.
    Refused,
    /// Running it failed.
    Failed,
    /// The command was interrupted before.
    NotRun,
}

/// One run: its settings and its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tried {
    /// Its run directory, inside the one that holds `what-if.json`.
    pub directory: String,
    /// SHA-256 of the scenario's canonical JSON.
    pub scenario_hash: String,
    /// What the mitigations change.
    pub settings: TriedSettings,
    /// False if the run was interrupted or workers were lost.
    pub complete: bool,
    /// Operations that failed.
    pub errors: u64,
    /// What was measured.
    pub measured: MeasuredFigures,
    /// What the cost model of a commit and queueing theory predict for it.
    pub predicted: Availability<PredictedFigures>,
    /// Whether the objectives were met; `null`: there were none.
    pub verdict: Option<Verdict>,
}

/// What the mitigations change in a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TriedSettings {
    /// Files, each with its own readers and writers.
    pub instances: u32,
    /// Readers in total.
    pub readers: u32,
    /// Readers of the largest instance: the mappers of one file, without its writers.
    pub readers_per_instance: u32,
    /// Operations a second of each reader; `null` in a closed loop.
    pub reader_rate_per_s: Option<f64>,
    /// Access mode of the descriptors behind the readers' mappings.
    pub open: OpenMode,
    /// The lock around every operation.
    pub lock: LockKind,
    /// When readers remap the file.
    pub remap: RemapRule,
    /// Bytes a `write(2)` that the file was made with.
    pub write_size_bytes: u64,
    /// What was imitated at every commit. Absent: nothing.
    #[serde(default, skip_serializing_if = "Emulation::is_nothing")]
    pub emulate: Emulation,
}

/// Key figures of a run, as they were measured. Latencies are response times of all operations of the role that completed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredFigures {
    /// Median of readers, nanoseconds; of this and the next three `null`: too few completed.
    pub reader_p50_ns: Option<u64>,
    /// 99th percentile of readers.
    pub reader_p99_ns: Option<u64>,
    /// Median of commits.
    pub commit_p50_ns: Option<u64>,
    /// 99th percentile of commits.
    pub commit_p99_ns: Option<u64>,
    /// Completed of scheduled of the readers, 0 to 1; `null`: nothing was due.
    pub readers_completed_share: Option<f64>,
    /// Completed of scheduled of the commits, 0 to 1; `null`: nothing was due.
    pub commits_completed_share: Option<f64>,
    /// Stalled time, as in the diagnosis, for each second of measuring, nanoseconds; `null`: it was not recorded.
    pub stalled_ns_per_s: Option<f64>,
    /// Share of the measured time in freezes, 0 to 1; of several instances the mean; `null`: unavailable.
    pub frozen_share: Option<f64>,
    /// The longest freeze, nanoseconds; 0: there was none.
    pub longest_freeze_ns: u64,
}

/// Key figures of a run, as they are predicted from the time that one commit holds the lock and the load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedFigures {
    /// Time that a commit holds the lock without any mapper, nanoseconds.
    pub hold_base_ns: Estimate,
    /// What each mapper adds to it, nanoseconds.
    pub hold_per_mapper_ns: Estimate,
    /// Where the two come from.
    pub source: String,
    /// Processes that map one file, readers and writers, at most.
    pub mappers: u32,
    /// CPU time of a reader each time that it gets a CPU, nanoseconds, as the baseline's phases and herds show it.
    pub reader_cpu_ns: f64,
    /// Share of the time that commits hold the lock of one file; from 1 on the queue grows. All intervals here are those of the
    /// two parameters of the cost model alone.
    pub utilisation: Estimate,
    /// Median of readers' response times, nanoseconds.
    pub reader_p50_ns: Estimate,
    /// 99th percentile of readers' response times.
    pub reader_p99_ns: Estimate,
    /// Median of commits' response times.
    pub commit_p50_ns: Estimate,
    /// 99th percentile of commits' response times.
    pub commit_p99_ns: Estimate,
    /// Completed of scheduled of the readers, 0 to 1.
    pub readers_completed_share: Estimate,
    /// Completed of scheduled of the commits, 0 to 1.
    pub commits_completed_share: Estimate,
    /// The longest wait of any reader, nanoseconds.
    pub longest_wait_ns: Estimate,
}

/// One figure, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Which figure.
    pub figure: KeyFigure,
    /// The baseline's; `null`: there is none.
    pub before: Option<f64>,
    /// The mitigation's.
    pub after: Option<f64>,
    /// After divided by before, with the 95 % interval of a block bootstrap over the intervals of the two runs.
    pub ratio: Availability<Estimate>,
    /// The change.
    pub change: Change,
}

/// A figure that runs are compared by; its unit is that of the field of [`MeasuredFigures`] with the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyFigure {
    /// `reader_p50_ns`
    ReaderP50Ns,
    /// `reader_p99_ns`
    ReaderP99Ns,
    /// `commit_p50_ns`
    CommitP50Ns,
    /// `commit_p99_ns`
    CommitP99Ns,
    /// `readers_completed_share`
    ReadersCompletedShare,
    /// `commits_completed_share`
    CommitsCompletedShare,
    /// `stalled_ns_per_s`
    StalledNsPerS,
    /// `frozen_share`
    FrozenShare,
    /// `longest_freeze_ns`
    LongestFreezeNs,
}

/// The change. Only a ratio whose interval excludes 1, corrected by Holm's method for the figures of the mitigation, and that is more than
/// 5 % away from 1, is a change; and a freeze, or operations that did not complete, where the baseline had none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Better than the baseline.
    Better,
    /// Worse than the baseline.
    Worse,
    /// The same within 5 %: all of the interval is, or a significant effect is.
    Same,
    /// The interval contains 1, or leaves it out by so little that one of so many figures may do so by chance; and also effects of more
    /// than 5 %.
    Undecided,
    /// There is no interval, so nothing is known.
    Unknown,
}

/// The conclusion from the differences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conclusion {
    /// The mitigations that significantly improved the readers' latency, a completed share, the stalled time or the frozen time, and made
    /// no key figure worse; lowest 99th percentile of readers first.
    pub lowered: Vec<String>,
    /// Those of them whose 99th percentile of readers is significantly below that of every other one: the fewest of which that can be
    /// said. Empty: of none.
    pub best: Vec<String>,
    /// The conclusion in a sentence.
    pub statement: String,
}

impl TriedSettings {
    pub fn provenance(&self) -> Provenance {
        Provenance::of_run(!self.emulate.is_nothing())
    }

    pub fn of(run: &Run) -> TriedSettings {
        let scenario = &run.scenario;
        TriedSettings {
            instances: scenario.instances.count,
            readers: scenario.readers.count,
            readers_per_instance: scenario.readers_in(0),
            reader_rate_per_s: scenario.readers.arrivals.rate_per_s(),
            open: scenario.readers.open,
            lock: scenario.readers.lock,
            remap: scenario.readers.remap,
            write_size_bytes: scenario.file.write_size_bytes,
            emulate: scenario.writer.emulate,
        }
    }
}

impl MeasuredFigures {
    /// A figure by its name, in the unit of its field.
    pub fn get(&self, figure: KeyFigure) -> Option<f64> {
        let ns = |value: Option<u64>| value.map(|value| value as f64);
        match figure {
            KeyFigure::ReaderP50Ns => ns(self.reader_p50_ns),
            KeyFigure::ReaderP99Ns => ns(self.reader_p99_ns),
            KeyFigure::CommitP50Ns => ns(self.commit_p50_ns),
            KeyFigure::CommitP99Ns => ns(self.commit_p99_ns),
            KeyFigure::ReadersCompletedShare => self.readers_completed_share,
            KeyFigure::CommitsCompletedShare => self.commits_completed_share,
            KeyFigure::StalledNsPerS => self.stalled_ns_per_s,
            KeyFigure::FrozenShare => self.frozen_share,
            KeyFigure::LongestFreezeNs => Some(self.longest_freeze_ns as f64),
        }
    }
}

impl PredictedFigures {
    /// Completed of scheduled, of the role of which less does.
    pub fn completed_share(&self) -> Estimate {
        let [readers, commits] = [self.readers_completed_share, self.commits_completed_share];
        if readers.value < commits.value { readers } else { commits }
    }
}

impl KeyFigure {
    /// Whose response time it is, and which quantile; `None`: it is none, and can be 0.
    pub fn quantile(self) -> Option<(Role, f64)> {
        match self {
            KeyFigure::ReaderP50Ns => Some((Role::Reader, 0.5)),
            KeyFigure::ReaderP99Ns => Some((Role::Reader, 0.99)),
            KeyFigure::CommitP50Ns => Some((Role::Writer, 0.5)),
            KeyFigure::CommitP99Ns => Some((Role::Writer, 0.99)),
            _ => None,
        }
    }

    pub fn more_is_better(self) -> bool {
        matches!(self, KeyFigure::ReadersCompletedShare | KeyFigure::CommitsCompletedShare)
    }
}

impl MitigationResult {
    /// What a figure did; `None`: it was not compared.
    pub fn difference(&self, figure: KeyFigure) -> Option<&Difference> {
        self.differences.iter().find(|difference| difference.figure == figure)
    }
}
