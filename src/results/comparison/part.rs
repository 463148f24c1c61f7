//! Parts of results that hold many runs: points and knees of sweeps, baselines and mitigations of what-ifs.
//! A figure has an interval only where the result itself gives one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Effect, Matched};
use crate::{
    results::{Availability, KeyFigure, Provenance},
    scenario::Setting,
    stats::Estimate,
};

/// Sweeps, or what-ifs.
pub type PartComparison = Matched<PartDifference>;

/// A figure of a part, in the first result and in another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartDifference {
    /// The other result: its place among all, 1 for B.
    pub other: usize,
    /// What both have.
    pub part: Part,
    /// Whether one of the two imitates another system.
    pub provenance: Provenance,
    /// Which figure; `null`: of a knee, the load.
    pub figure: Option<KeyFigure>,
    /// In the first; of a mitigation, the figure divided by that of its baseline.
    pub a: Availability<PartValue>,
    /// In the other.
    pub b: Availability<PartValue>,
    /// The other divided by the first; or why there is none.
    pub ratio: Availability<PartValue>,
    /// What it says of the other.
    pub effect: Effect,
}

/// What results that hold many runs are matched by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A point of a sweep.
    Point(Vec<Setting>),
    /// The knee of a sweep along a key.
    Knee {
        /// The key that is the load.
        key: String,
        /// The other axis's value, if there is another axis.
        at: Vec<Setting>,
    },
    /// The baseline of a what-if.
    Baseline,
    /// A mitigation of a what-if, by its name.
    Mitigation(String),
}

/// A value, with its interval if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartValue {
    /// The value, in the unit of its figure.
    pub value: f64,
    /// Both ends of its interval; or why there is none.
    pub interval: Availability<[f64; 2]>,
}

impl PartValue {
    /// With such an interval.
    pub fn of(estimate: Estimate) -> PartValue {
        PartValue { value: estimate.value, interval: Availability::Value([estimate.low, estimate.high]) }
    }

    /// Without an interval, and why.
    pub fn alone(value: f64, why: &str) -> PartValue {
        PartValue { value, interval: Availability::Unavailable { unavailable: why.to_owned() } }
    }

    /// The same, if there is an interval.
    pub fn estimate(&self) -> Option<Estimate> {
        self.interval.value().map(|&[low, high]| Estimate { value: self.value, low, high })
    }
}
