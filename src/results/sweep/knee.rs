//! What follows from the runs of a sweep together: the knee as it was measured, how throughput scales, and what the cost model alone
//! predicts. `experiment` and `conclude` work it out; what is missing has its reason.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    results::CommitModel,
    scenario::{Clause, Setting},
    stats::{Estimate, Usl},
};

/// The largest load that met the objectives, along one axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Knee {
    /// The key that is the load.
    pub key: String,
    /// The other axis's value, if there is another axis.
    pub at: Vec<Setting>,
    /// What was found.
    pub answer: Answer,
    /// The largest load at which most valid runs met the objectives, below any at which most did not; `null`: there is none.
    pub load: Option<f64>,
    /// The largest load up to which, at every load that was tried, valid runs met them and none missed them; `null`: there is none.
    pub low: Option<f64>,
    /// The smallest load from which on, at every load that was tried, valid runs missed them and none met them; `null`: there is none.
    pub high: Option<f64>,
    /// The loads that were tried, rising, with the verdicts of their runs.
    pub decisions: Vec<Decision>,
    /// Runs that were judged met or not met.
    pub runs: u32,
    /// Runs that were invalid.
    pub invalid: u32,
    /// What limits this answer.
    pub notes: Vec<String>,
}

/// What a search for the knee found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// At the load most runs meet the objectives, and at the next one most do not.
    Found,
    /// Even at the smallest load that was tried most runs do not meet them.
    Below,
    /// Even at the largest load that was tried most runs meet them.
    Above,
    /// At the loads that matter no run was valid.
    Undecided,
}

/// The verdicts of the runs at one load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// The load.
    pub load: f64,
    /// Runs that met the objectives.
    pub met: u32,
    /// Runs that did not.
    pub not_met: u32,
    /// Runs that were invalid.
    pub invalid: u32,
    /// Why they were: each reason once.
    pub reasons: Vec<String>,
}

impl Decision {
    /// Whether valid runs met the objectives, and none missed them.
    pub fn all_met(&self) -> bool {
        self.met > 0 && self.not_met == 0
    }

    /// Whether valid runs missed the objectives, and none met them.
    pub fn none_met(&self) -> bool {
        self.not_met > 0 && self.met == 0
    }

    /// Whether the load meets the objectives: by the majority of its valid runs. `None`: as many did as did not, or more runs
    /// were invalid than valid.
    pub fn meets(&self) -> Option<bool> {
        let is_valid = self.met + self.not_met >= self.invalid;
        (is_valid && self.met != self.not_met).then_some(self.met > self.not_met)
    }
}

/// How the readers' throughput scales with a load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Throughput {
    /// The key that is the load.
    pub key: String,
    /// The other axis's value, if there is another axis.
    pub at: Vec<Setting>,
    /// The Universal Scalability Law, fitted to the readers' completed operations; `null`: it does not apply.
    pub usl: Option<Usl>,
    /// Runs behind it.
    pub runs: u32,
    /// Why there is no fit, or what limits it.
    pub notes: Vec<String>,
}

/// What a commit's cost model predicts: never measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Predicted {
    /// The key that is the load.
    pub key: String,
    /// The other axis's value, if there is another axis.
    pub at: Vec<Setting>,
    /// The cost model; `null`: there is none, and so no prediction.
    pub cost_model: Option<CommitModel>,
    /// CPU time of a reader each time that it gets a CPU, nanoseconds: when it comes, and again when it is woken.
    pub reader_cpu_ns: Option<f64>,
    /// CPUs of one instance's readers: the instance's share of all.
    pub cpus: Option<f64>,
    /// The points, by load.
    pub points: Vec<PredictedPoint>,
    /// The load at which the lock is held all the time (utilisation 1); `null`: none, or the model is flat.
    pub saturation: Option<Estimate>,
    /// The knee; `null`: there are no objectives.
    pub knee: Option<PredictedKnee>,
    /// Compared with the measured knee; `null`: one of them is missing.
    pub comparison: Option<KneeComparison>,
    /// Why something is missing, or what limits it.
    pub notes: Vec<String>,
}

/// A point as predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedPoint {
    /// The load.
    pub load: f64,
    /// The share of the time that the lock of one file is held if nothing else wants the CPUs: commits per second × the mean time of
    /// one; from 1 on commits come faster than they can be done.
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
    /// Whether it lies in the range that was searched.
    pub answer: Answer,
    /// Where; `null`: outside of the range. The interval is that of both parameters of the model together.
    pub load: Option<Estimate>,
    /// Begin of the range that was searched.
    pub from: f64,
    /// Its end.
    pub to: f64,
}

/// Predicted and measured knee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KneeComparison {
    /// How far the predicted knee is from the measured one, as a share of that: 0.2 is 20 % above; `null`: of one of them only a
    /// bound is known.
    pub difference: Option<f64>,
    /// Whether their intervals lie apart, and they differ by more than 15 %.
    pub differs: bool,
    /// What that suggests.
    pub sentence: String,
}
