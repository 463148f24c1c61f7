//! Whether a machine is fit for a load, as `qualify.json` keeps it: the verdict, the search for the knee around the wanted load, and the
//! longer run that confirms it. Both have results of their own in the same directory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, CommitModel, Machine, SweepReport, SweptRun};
use crate::{scenario::Clause, stats::Estimate};

/// All of `qualify.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Qualification {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// The scenario's name.
    pub scenario: String,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// When the last run had ended, UTC, ISO 8601.
    pub ended: String,
    /// False if a step is missing or incomplete.
    pub complete: bool,
    /// Why steps are missing; `null`: none are.
    pub stopped: Option<String>,
    /// Is the machine fit?
    pub verdict: Fitness,
    /// The verdict in one sentence.
    pub statement: String,
    /// Why the verdict is `invalid`; empty: it is not.
    pub reasons: Vec<String>,
    /// The wanted number of processes that map the file.
    pub wanted: u64,
    /// Objectives that every run was judged by.
    pub objectives: Vec<Clause>,
    /// Up to which number of processes the objectives hold; `null`: it was not found.
    pub knee: Option<FitKnee>,
    /// What the limit is: at the wanted load if that misses the objectives, or else at the lowest load that does; `null`: no load missed them.
    pub limit: Option<FitLimit>,
    /// What would help, by what the limit is; what is likely to help most comes first.
    pub advice: Vec<FitAdvice>,
    /// What a commit costs on this machine; unavailable: it was not measured.
    pub cost_model: Availability<CommitModel>,
    /// The machine, in short; `null`: nothing ran.
    pub machine: Option<Machine>,
    /// The search for the knee, without the runs' details: those are in `knee/`; `null`: it was not made.
    pub search: Option<SweepReport>,
    /// The longer run at the wanted load: its own result is in `confirmation/`; `null`: it was not made.
    pub confirmation: Option<SweptRun>,
    /// What limits this answer.
    pub notes: Vec<String>,
}

/// Whether a machine is fit for a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fitness {
    /// All objectives hold at the wanted load.
    Fit,
    /// At least one does not.
    NotFit,
    /// The measurement does not say.
    Invalid,
}

impl Fitness {
    pub fn words(self) -> &'static str {
        match self {
            Fitness::Fit => "FIT",
            Fitness::NotFit => "NOT FIT",
            Fitness::Invalid => "INVALID",
        }
    }
}

/// Up to which load the objectives hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitKnee {
    /// Between the two bounds, the geometric mean; where one of them is missing, the other.
    pub load: f64,
    /// The largest load that met the objectives below any that did not; `null`: none met them.
    pub low: Option<f64>,
    /// The smallest load that did not meet them; `null`: all that were tried met them, and the knee is above `low`.
    pub high: Option<f64>,
}

/// What the limit is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitLimit {
    /// The load at which that was seen.
    pub load: f64,
    /// The objectives that were missed there, with what was measured.
    pub missed: Vec<String>,
    /// The cause that explains most of the stalled time; `null`: unexplained.
    pub cause: Option<String>,
    /// In one sentence.
    pub statement: String,
}

/// Something that would help.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitAdvice {
    /// The mitigation, by the name that `mapstorm run --what-if` takes.
    pub mitigation: String,
    /// What it changes.
    pub meaning: String,
    /// Time of one commit as it is, nanoseconds: predicted from the cost model; `null`: there is no prediction.
    pub commit_now_ns: Option<Estimate>,
    /// Time of one commit with it, nanoseconds: predicted; `null`: the cost model says nothing of this change.
    pub commit_then_ns: Option<Estimate>,
}
