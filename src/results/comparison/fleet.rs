//! A ranking of many results, as those of a fleet of machines: what qualifications found, groups of machines of one type, and what could not be
//! read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Spread;
use crate::results::{Availability, FitKnee, Quota};

/// What a qualification found, in a ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Qualified {
    /// The wanted number of processes that map the file.
    pub wanted: u64,
    /// Up to which number of processes the objectives hold; `null`: it was not found.
    pub knee: Option<FitKnee>,
    /// That number divided by the wanted one; `null`: it was not found, or the objectives held at no load that was tried.
    pub margin: Option<f64>,
    /// The verdict in one sentence.
    pub statement: String,
}

/// How many rows have which verdict. A qualification that says fit is `met`, one that says not fit `not_met`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictCounts {
    /// Objectives met, or fit.
    pub met: u64,
    /// Objectives not met, or not fit.
    pub not_met: u64,
    /// Nothing can be said.
    pub invalid: u64,
    /// There are no objectives.
    pub unjudged: u64,
}

/// Rows of machines of the same type: processor, CPUs, system and kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MachineGroup {
    /// The processor's name.
    pub processor: Availability<String>,
    /// CPUs that the runs could use by their affinity. A quota is not counted in.
    pub cpus: Availability<u64>,
    /// The tightest CPU quota that bound them; `null`: there was none.
    pub cpu_quota: Quota,
    /// Operating system.
    pub system: String,
    /// Kernel release.
    pub kernel: String,
    /// How many hosts the rows come from.
    pub hosts: u64,
    /// How many rows there are.
    pub rows: u64,
    /// Their verdicts.
    pub verdicts: VerdictCounts,
    /// Their figures: of rows that are not invalid.
    pub figures: Vec<GroupFigure>,
}

/// A figure of the rows of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupFigure {
    /// Which figure.
    pub figure: RankedFigure,
    /// How many rows have it.
    pub rows: u64,
    /// Median and range over these rows, in the unit of the figure.
    pub spread: Spread,
}

/// A figure that rows of a ranking have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RankedFigure {
    /// Up to which number of processes the objectives hold.
    Load,
    /// Median of the readers' response time, nanoseconds.
    ReaderP50Ns,
    /// Its 99th percentile.
    ReaderP99Ns,
    /// Commits' 99th percentile, nanoseconds.
    CommitP99Ns,
    /// Longest freeze, nanoseconds; 0: there was none.
    LongestFreezeNs,
}

/// A result that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnreadResult {
    /// Its directory.
    pub directory: String,
    /// Why.
    pub reason: String,
}
