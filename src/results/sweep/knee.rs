//! The knee as it was measured: the largest load that met the objectives, with the interval that the runs leave.
//! How a load is decided, and which to try next, is the business of `experiment`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::Setting;

/// The largest load that met the objectives, along one axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Knee {
    /// The key that is the load.
    pub key: String,
    /// The other axis's value, if there is another axis.
    pub at: Vec<Setting>,
    /// What was found.
    pub answer: Answer,
    /// The largest load that met the objectives below any that did not; `null`: none met them.
    pub load: Option<f64>,
    /// The largest load at which every run met them, below any that did not; `null`: there is none.
    pub low: Option<f64>,
    /// The smallest load at which no run met them; `null`: there is none.
    pub high: Option<f64>,
    /// The loads that were tried, rising, and what the runs there said.
    pub decisions: Vec<Decision>,
    /// Runs that were judged met or not met.
    pub runs: u32,
    /// Runs that were invalid and say nothing.
    pub invalid: u32,
    /// What limits this answer.
    pub notes: Vec<String>,
}

/// What a search for the knee found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Loads below it meet the objectives, loads above do not.
    Found,
    /// Even the smallest load that was tried does not meet them.
    Below,
    /// Even the largest load that was tried meets them.
    Above,
    /// At the loads that matter no run was valid.
    Undecided,
}

/// What the runs at one load said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// The load.
    pub load: f64,
    /// Runs that met the objectives.
    pub met: u32,
    /// Runs that did not.
    pub not_met: u32,
    /// Runs that say nothing.
    pub invalid: u32,
    /// Why they do not: each reason once.
    pub reasons: Vec<String>,
}

impl Decision {
    /// Whether the load meets the objectives: by the majority of its valid runs. `None`: as many did as did not, or more runs say nothing
    /// than say something.
    pub fn meets(&self) -> Option<bool> {
        let is_valid = self.met + self.not_met >= self.invalid;
        (is_valid && self.met != self.not_met).then_some(self.met > self.not_met)
    }
}
