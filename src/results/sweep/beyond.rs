//! What the runs of a sweep say beyond each of them: how throughput scales, and what the cost law alone predicts.
//! Fits and predictions are made in `experiment`; what could not be made says why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::{
    results::CommitModel,
    scenario::{Clause, Setting},
    stats::{Estimate, Usl},
};

/// How the readers' throughput scales with a load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Throughput {
    /// The key that is the load.
    pub key: String,
    /// The other axis's value, if there is another axis.
    pub at: Vec<Setting>,
    /// The Universal Scalability Law, fitted to the readers' completed operations; `null`: it says nothing here.
    pub usl: Option<Usl>,
    /// Runs behind it.
    pub runs: u32,
    /// Why there is no law, or what limits it.
    pub notes: Vec<String>,
}

/// What a commit's cost law predicts: never measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Predicted {
    /// The key that is the load.
    pub key: String,
    /// The other axis's value, if there is another axis.
    pub at: Vec<Setting>,
    /// The cost law; `null`: there is none, and so no prediction.
    pub cost_model: Option<CommitModel>,
    /// CPU time of a reader's operation, nanoseconds.
    pub reader_cpu_ns: Option<f64>,
    /// CPUs of one instance's readers: the instance's share of all.
    pub cpus: Option<f64>,
    /// The points, by load.
    pub points: Vec<PredictedPoint>,
    /// The load at which the lock is held all the time (utilisation 1); `null`: none, or the law is flat.
    pub saturation: Option<Estimate>,
    /// The knee; `null`: there are no objectives.
    pub knee: Option<PredictedKnee>,
    /// The measured knee beside it; `null`: one of them is missing.
    pub comparison: Option<KneeComparison>,
    /// Why something is missing, or what limits it.
    pub notes: Vec<String>,
}

/// A point as predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedPoint {
    /// The load.
    pub load: f64,
    /// The share of the time that the lock of one file is held: commits per second × (a + b·mappers); from 1 on commits come faster
    /// than they can be done.
    pub utilisation: Estimate,
    /// Each objective.
    pub clauses: Vec<PredictedClause>,
}

/// An objective as predicted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedClause {
    /// The objective.
    pub clause: Clause,
    /// Nanoseconds, or 0 to 1 for the rate.
    pub figure: f64,
    /// Whether that would meet it.
    pub met: bool,
}

/// The predicted knee.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedKnee {
    /// Whether it lies in the range that was looked at.
    pub answer: Answer,
    /// Where; `null`: outside of the range. The interval is that of the law's two numbers together.
    pub load: Option<Estimate>,
    /// The range that was looked at: from.
    pub from: f64,
    /// To.
    pub to: f64,
}

/// Predicted and measured knee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KneeComparison {
    /// How far the predicted knee is from the measured one, as a share of that: 0.2 is 20 % above; `null`: of one of them only a
    /// bound is known.
    pub difference: Option<f64>,
    /// Whether they differ by more than both intervals and 15 %.
    pub differs: bool,
    /// What that suggests.
    pub sentence: String,
}
