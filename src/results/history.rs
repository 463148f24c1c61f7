//! Results of the same load on the same machine over time, as `history.json` keeps them: where their figures changed.
//! `conclude::history` works it out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Effect, Fact, KeyDifference, Provenance};

/// The name of the file that keeps a history.
pub const HISTORY_FILE: &str = "history.json";

/// All of `history.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryReport {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// The directory that was searched, as it was given.
    pub directory: String,
    /// What was found.
    pub history: History,
}

/// What was found in a directory of results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// The answer in one sentence: how many changes there are and which is the latest; or that there is none, or not enough history.
    pub conclusion: String,
    /// The least number of runs of one load on one machine in which a change can be significant: shorter series are not analysed.
    pub least_runs: usize,
    /// The level of significance of a change in one figure: 5 % divided by the number of figures.
    pub level: f64,
    /// A smaller change of a median is none, however significant; as a share, 0.05 for 5 %.
    pub least_effect: f64,
    /// One for each load and machine that has enough runs, the longest first.
    pub series: Vec<HistorySeries>,
    /// What a reader must know first: runs that belong to no such series, and runs that were left out.
    pub warnings: Vec<String>,
    /// By how much the last segment of a figure may be worse than the one before, as a share, before it is a regression; `null`: not asked for.
    pub allowed_regression: Option<f64>,
    /// Figures whose last segment is worse by more than that, in sentences.
    pub regressions: Vec<String>,
}

/// Runs of one load on one machine, in the order in which they were measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistorySeries {
    /// The scenario's name in the latest run.
    pub scenario: String,
    /// Whether its figures were measured.
    pub provenance: Provenance,
    /// The facts of the machine that make it the same machine. Kernel and mapstorm are not among them.
    pub machine: Vec<Fact>,
    /// What changed in it, or that nothing did, in a sentence.
    pub conclusion: String,
    /// Its runs.
    pub runs: Vec<HistoryRun>,
    /// Its figures, run by run.
    pub figures: Vec<FigureHistory>,
    /// Where figures changed, in the order of time; changes between the same two runs are one.
    pub changes: Vec<HistoryChange>,
}

/// A run of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryRun {
    /// Its directory.
    pub directory: String,
    /// When measuring began, UTC, ISO 8601: the order of the runs.
    pub began: String,
    /// Operating system and kernel release.
    pub kernel: String,
    /// The version of mapstorm that measured it.
    pub mapstorm_version: String,
    /// The seed of its load, in which repeats may differ.
    pub seed: u64,
}

/// A figure that is followed over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrackedFigure {
    /// Median response time of readers, nanoseconds.
    ReaderP50Ns,
    /// Its 99th percentile.
    ReaderP99Ns,
    /// 99th percentile of the response time of commits, nanoseconds.
    CommitP99Ns,
    /// Completed of scheduled of the readers, 0 to 1.
    ReadersCompletedShare,
    /// Completed of scheduled of the commits, 0 to 1.
    CommitsCompletedShare,
    /// The longest freeze, nanoseconds; 0: there was none.
    LongestFreezeNs,
    /// What a commit typically does under the lock, its syncs included, nanoseconds.
    LockHoldNs,
    /// CPU time of a commit's syncs for each mapper, nanoseconds: of runs whose diagnosis found that syncs visit all mappers.
    PerMapperNs,
}

/// A figure of all runs of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FigureHistory {
    /// Which figure.
    pub figure: TrackedFigure,
    /// Its value in each run, in the order of the runs; `null`: unavailable, such as a percentile of too few operations.
    pub values: Vec<Option<f64>>,
    /// Between its changes. Empty: fewer runs than `least_runs` have it, so it was not analysed.
    pub segments: Vec<Segment>,
}

/// A part of a series in which a figure did not change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Segment {
    /// The place of its first run, from 0.
    pub first: usize,
    /// The place of its last run.
    pub last: usize,
    /// How many of its runs have the figure.
    pub runs: usize,
    /// The median of the figure.
    pub median: f64,
}

/// What changed between two runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryChange {
    /// The place of the last run before it, from 0.
    pub before: usize,
    /// The place of the first run after it.
    pub after: usize,
    /// The change in a sentence.
    pub sentence: String,
    /// The figures that changed there.
    pub figures: Vec<FigureChange>,
    /// Facts of the machine and of mapstorm that differ between these two runs, the kernel first. What changed at the same place may be the cause; that it
    /// is one is not shown.
    pub circumstances: Vec<KeyDifference>,
}

/// The change of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FigureChange {
    /// Which figure.
    pub figure: TrackedFigure,
    /// Its median in the segment before.
    pub before: f64,
    /// Its median in the segment after.
    pub after: f64,
    /// After divided by before; `null`: the median before is 0.
    pub ratio: Option<f64>,
    /// Whether it became `better` or `worse`.
    pub effect: Effect,
    /// How probable so clear a change is by chance: a permutation test, corrected for all figures (Bonferroni). At most 0.05.
    pub p: f64,
}
