//! A comparison of results, as `comparison.json` keeps it: two runs, many of them ranked, what updates cost, sweeps, what-ifs.
//! `conclude::compare` works it out.

mod fleet;
mod matched;
mod ranking;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use fleet::{GroupFigure, MachineGroup, Qualified, RankedFigure, UnreadResult, VerdictCounts};
pub use matched::{
    CostComparison, CostDifference, CostFigure, InspectionComparison, InspectionDifference, InspectionFigure, Matched,
    MatchedResult, Part, PartComparison, PartDifference, PartValue, ShootdownComparison, ShootdownDifference,
    ShootdownFigure,
};
pub use ranking::{
    Checked, ComparedFigure, Effect, FigureDifference, Ranked, Ranking, Regression, Spread, WorstClause,
};

use super::{Availability, Judgement, Machine, Provenance};

/// The name of the file that keeps a comparison.
pub const COMPARISON_FILE: &str = "comparison.json";

/// All of `comparison.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonReport {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// What was compared.
    pub compared: Compared,
}

/// What was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// Two runs.
    Runs(Box<Comparison>),
    /// Runs or qualifications, best first.
    Ranking(Ranking),
    /// What updates cost, in two or more results of `mapstorm cost`.
    Costs(CostComparison),
    /// What shootdowns cost, in two or more results of `mapstorm shootdown`.
    Shootdowns(ShootdownComparison),
    /// A live server, or several, in two or more results of `mapstorm inspect`.
    Inspections(InspectionComparison),
    /// Two or more sweeps or searches for the knee, point by point.
    Sweeps(PartComparison),
    /// Two or more what-ifs: their baselines, then mitigation by mitigation.
    WhatIfs(PartComparison),
}

/// Two runs, the second compared with the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PairComparison")]
pub struct Comparison {
    /// The answer in one sentence: whether B is better than A, at what, by how much; or that it is undecided.
    pub conclusion: String,
    /// A, the first.
    pub a: ComparedRun,
    /// B, the second.
    pub b: ComparedRun,
    /// A smaller effect is no difference, however significant; as a share, 0.05 for 5 %.
    pub least_effect: f64,
    /// Keys of the scenario that differ.
    pub scenario: Vec<KeyDifference>,
    /// Facts of the two machines that differ.
    pub environment: Vec<KeyDifference>,
    /// Facts of the two machines that are the same.
    pub same_environment: Vec<Fact>,
    /// What a reader must know first.
    pub warnings: Vec<String>,
    /// Whether they were compared in pairs of blocks: operations of both were due at the same moments, by the same seed, so the same spans of
    /// time of both are drawn together. False: they were resampled independently of each other.
    pub paired: bool,
    /// What may have changed between the two; `null`: they are one and the same result.
    pub drift: Option<Drift>,
    /// Figure by figure.
    pub differences: Vec<FigureDifference>,
    /// What differs, in sentences, the most important first: figures of all readers and of all commits, and freezes. What is not more than
    /// chance would give among so many intervals is left out.
    pub sentences: Vec<String>,
    /// By how much a figure of B may be worse, as a share, before it is a regression; `null`: not asked for.
    pub allowed_regression: Option<f64>,
    /// Figures that are worse by more than that.
    pub regressions: Vec<FigureDifference>,
    /// What was checked for that; empty: not asked for.
    pub checked: Vec<Checked>,
}

/// What may have changed between two runs that were made one after the other: they cannot separate that from what is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// From the start of one to the start of the other, nanoseconds.
    pub apart_ns: Availability<u64>,
    /// Median response time in the control span, the same readers without a writer: that of B divided by that of A. What it differs from 1 by
    /// is drift, where neither the readers nor the file differ.
    pub control_ratio: Availability<f64>,
}

/// A run that is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparedRun {
    /// Its directory, as it was given.
    pub directory: String,
    /// Whether its figures were measured.
    pub provenance: Provenance,
    /// The machine, in short.
    pub machine: Machine,
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of the scenario.
    pub scenario_hash: String,
    /// The seed of its load.
    pub seed: u64,
    /// When it began, UTC, ISO 8601.
    pub started: String,
    /// Length of the measured span, nanoseconds.
    pub measured_ns: u64,
    /// False if it was interrupted or lost workers.
    pub complete: bool,
    /// Operations that failed.
    pub errors: u64,
    /// Whether it met its objectives; `null`: it had none.
    pub verdict: Option<Judgement>,
}

/// A key whose value is not the same in all results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyDifference {
    /// The key: of a scenario as in docs/scenario.md.
    pub key: String,
    /// Its value in each result, in the order of the results.
    pub values: Vec<String>,
    /// Whether results may be compared that differ in it.
    pub comparability: Comparability,
}

/// Whether results may be compared that differ in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Comparability {
    /// It changes no load: a name, an objective, how finely the timeline is kept, a fact of the machine.
    Neutral,
    /// It was named as what is compared.
    Compared,
    /// It changes the load and was not named as what is compared: what the figures differ by may come from it.
    Mismatch,
}

/// A fact that is the same in all results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: String,
}
