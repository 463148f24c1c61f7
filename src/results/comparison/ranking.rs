//! Figures of runs: both values of two runs, their ratio with its interval and the effect; and a ranking of many runs, in which repeats of a run on
//! the same machine are one row: median, minimum and maximum.
//! A difference is significant only where its interval excludes 1, corrected for all that are tested together, and the effect is over the least
//! that counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fact, KeyDifference, MachineGroup, Qualified, UnreadResult, VerdictCounts};
use crate::{
    results::{Availability, Judgement, Machine, Provenance},
    scenario::Clause,
    stats::Estimate,
};

/// One figure, in A and in B.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FigureDifference {
    /// `reader`, `writer`, or `workers` for freezes.
    pub role: String,
    /// An operation; `reader` or `commit` for all of the role together, as in objectives; `workers` for freezes.
    pub subject: String,
    /// Which figure.
    pub figure: ComparedFigure,
    /// In A, or why there is none.
    pub a: Availability<f64>,
    /// In B, or why there is none.
    pub b: Availability<f64>,
    /// Operations behind it in A and in B; of freezes, how many there were.
    pub counts: [u64; 2],
    /// Effective sample size of the percentile in A and in B: see docs/results.md. `null`: the figure is no percentile, or the run is too
    /// short.
    pub effective: [Option<f64>; 2],
    /// B divided by A, with its 95 % interval from what varied inside the two runs; or why there is none.
    pub ratio: Availability<Estimate>,
    /// p-value of "there is no difference", corrected by Holm's method for all figures that are tested together: those of whole roles and of
    /// freezes, or those of single operations. `null`: there is no interval.
    pub adjusted_p: Option<f64>,
    /// The effect.
    pub effect: Effect,
}

/// A figure that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparedFigure {
    /// Median of the response time, nanoseconds.
    ResponseP50Ns,
    /// Its 90th percentile.
    ResponseP90Ns,
    /// Its 99th percentile.
    ResponseP99Ns,
    /// Its 99.9th percentile.
    ResponseP999Ns,
    /// Operations that ended, per second: in a closed loop, which has no schedule.
    CompletedPerS,
    /// Completed of scheduled, 0 to 1. The interval comes from how what completed varied; what was scheduled is taken as even over time.
    CompletedShare,
    /// Operations that failed, warm-up included.
    Failures,
    /// How many freezes there were.
    Freezes,
    /// Share of the time in freezes, 0 to 1; of several instances the mean.
    FrozenShare,
    /// Length of the longest freeze, nanoseconds; 0: there was none.
    LongestFreezeNs,
}

impl ComparedFigure {
    /// The percentiles, rising.
    pub const PERCENTILES: [ComparedFigure; 4] = [
        ComparedFigure::ResponseP50Ns,
        ComparedFigure::ResponseP90Ns,
        ComparedFigure::ResponseP99Ns,
        ComparedFigure::ResponseP999Ns,
    ];

    /// The share of the values that it does not exceed; `None`: it is no percentile.
    pub fn quantile(self) -> Option<f64> {
        match self {
            ComparedFigure::ResponseP50Ns => Some(0.5),
            ComparedFigure::ResponseP90Ns => Some(0.9),
            ComparedFigure::ResponseP99Ns => Some(0.99),
            ComparedFigure::ResponseP999Ns => Some(0.999),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            ComparedFigure::ResponseP50Ns => "p50",
            ComparedFigure::ResponseP90Ns => "p90",
            ComparedFigure::ResponseP99Ns => "p99",
            ComparedFigure::ResponseP999Ns => "p99.9",
            ComparedFigure::CompletedPerS => "completed/s",
            ComparedFigure::CompletedShare => "completed",
            ComparedFigure::Failures => "failures",
            ComparedFigure::Freezes => "freezes",
            ComparedFigure::FrozenShare => "time frozen",
            ComparedFigure::LongestFreezeNs => "longest freeze",
        }
    }

    /// Whether it is about all workers, not about one role.
    pub fn is_of_all(self) -> bool {
        use ComparedFigure::*;
        matches!(self, Failures | Freezes | FrozenShare | LongestFreezeNs)
    }

    pub fn more_is_better(self) -> bool {
        matches!(self, ComparedFigure::CompletedPerS | ComparedFigure::CompletedShare)
    }
}

/// The effect on B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Better than A: significant, corrected for all figures that are tested together, and more than the least effect that counts.
    Better,
    /// Worse than A, by the same rule.
    Worse,
    /// The same, to the least effect that counts, by two one-sided tests at 5 %: the 90 % interval is within it.
    Same,
    /// The interval is too wide to decide.
    Undecided,
    /// By its own interval it would be better or worse, but so many figures are tested together that it may be chance.
    Chance,
    /// There is no interval.
    Unknown,
}

impl Effect {
    pub fn is_real(self) -> bool {
        matches!(self, Effect::Better | Effect::Worse)
    }
}

/// Runs or qualifications, best first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ranking {
    /// The answer in one sentence: which result is first and by what; against a baseline, which are better.
    pub conclusion: String,
    /// The objectives that each is judged by; without any they are in the order of the readers' 99th percentile, then of the
    /// longest freeze.
    pub objectives: Vec<Clause>,
    /// A smaller effect against the baseline is no difference; as a share.
    pub least_effect: f64,
    /// The rows, best first.
    pub rows: Vec<Ranked>,
    /// How many of the rows have which verdict.
    pub verdicts: VerdictCounts,
    /// The rows by machine type, the largest group first. A prediction is in none.
    pub groups: Vec<MachineGroup>,
    /// Results in directories that were searched which could not be read: they are not ranked.
    pub unread: Vec<UnreadResult>,
    /// Keys of the scenarios that differ; values in the order of the rows that were run.
    pub scenario: Vec<KeyDifference>,
    /// Facts of the machines that differ; values in the order of the rows that were run.
    pub environment: Vec<KeyDifference>,
    /// Facts of the machines that are the same.
    pub same_environment: Vec<Fact>,
    /// What a reader must know first. What is the same of many rows is one warning, with an example.
    pub warnings: Vec<String>,
    /// By how much a figure may be worse than the baseline's, as a share, before it is a regression; `null`: not asked for.
    pub allowed_regression: Option<f64>,
    /// Figures that are worse by more than that.
    pub regressions: Vec<Regression>,
}

/// A row of a ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ranked {
    /// Its letter, `A` for the first result that was given: what stands for it on charts.
    pub letter: String,
    /// Machine, and the values of the keys that were compared across.
    pub label: String,
    /// Where its figures come from.
    pub provenance: Provenance,
    /// What a prediction rests on; `null`: it was measured.
    pub source: Option<String>,
    /// The machine, in short; `null`: it is a prediction.
    pub machine: Option<Machine>,
    /// Directories of its runs, as they were given; of a prediction, of the cost result.
    pub directories: Vec<String>,
    /// Whether the others are compared with it.
    pub is_baseline: bool,
    /// Whether the objectives were met, by the worst of its runs; `null`: there are none.
    pub verdict: Option<Judgement>,
    /// Why runs of it are invalid.
    pub reasons: Vec<String>,
    /// What a reader must know of its figures first.
    pub warnings: Vec<String>,
    /// What a qualification found; `null`: it is a run. The figures are then those of its longer run at the wanted load.
    pub qualified: Option<Qualified>,
    /// The objective that it is furthest from, by the worst of its runs; `null`: there are no objectives, or nothing was measured.
    pub worst: Option<WorstClause>,
    /// Median of the readers' response time, nanoseconds; of this and other percentiles `null`: in no run enough completed for it.
    pub reader_p50_ns: Option<Spread>,
    /// Its 99th percentile.
    pub reader_p99_ns: Option<Spread>,
    /// The longest; `null` also for a prediction.
    pub reader_max_ns: Option<Spread>,
    /// Commits' 99th percentile, nanoseconds.
    pub commit_p99_ns: Option<Spread>,
    /// Readers' operations behind that, in all of its runs; 0 for a prediction.
    pub reads: u64,
    /// Completed of what was due, 0 to 1; `null`: nothing was due.
    pub completed_share: Option<Spread>,
    /// Longest freeze, nanoseconds, 0 without any; `null` for a prediction.
    pub longest_freeze_ns: Option<Spread>,
    /// The cause that its first run found behind most of the stalled time; `null`: there was nothing to explain.
    pub finding: Option<String>,
    /// Whether its runs were compared with the baseline's in pairs of blocks: see `paired` of two runs; `null`: they were not compared.
    pub paired: Option<bool>,
    /// Against the baseline; empty without one, for itself, and for a prediction.
    pub differences: Vec<FigureDifference>,
    /// What was checked for a regression against the baseline; empty: not asked for.
    pub checked: Vec<Checked>,
}

/// A figure of repeats. For a single run all three are the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// The median of the repeats.
    pub median: f64,
    /// The least of them; of a prediction, the lower end of its interval.
    pub least: f64,
    /// The most of them; of a prediction, the upper end.
    pub most: f64,
}

/// The objective that a row is furthest from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorstClause {
    /// The objective.
    pub clause: Clause,
    /// How far the figure is on the right side of the limit, as a share of the limit; negative: on the wrong side.
    pub margin: f64,
}

/// A figure that was checked for a regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// As in its difference.
    pub subject: String,
    /// The figure.
    pub figure: ComparedFigure,
    /// The least change for the worse that would have been one, as the value that the figure would have had; or why it could not be checked.
    pub least: Availability<f64>,
    /// Whether it is one.
    pub is_regression: bool,
}

/// A figure that is worse than the baseline's by more than is allowed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Regression {
    /// Of which row.
    pub letter: String,
    /// The figure.
    pub difference: FigureDifference,
}
