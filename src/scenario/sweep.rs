//! A sweep: one scenario at several points, one for every combination of the values of one or two of its keys.
//! Every point is a whole scenario, checked before anything runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Scenario;

pub const MOST_POINTS: usize = 200;

#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// One or two.
    pub axes: Vec<Axis>,
    /// Runs of each point, 1 to 100.
    pub repeats: u32,
    /// Every combination of the axes' values; the last axis changes fastest.
    pub points: Vec<Point>,
}

/// A key and the values that it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Axis {
    /// The key, as after `--set`.
    pub key: String,
    /// Its values as they were written, ranges written out.
    pub values: Vec<String>,
    /// The same as numbers, in the unit of a `number` of Setting; `null`: they are words.
    pub numbers: Option<Vec<f64>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// One for each axis, in their order.
    pub settings: Vec<Setting>,
    pub scenario: Scenario,
}

/// A key with the value that it has at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// The key, as after `--set`.
    pub key: String,
    /// The value as it was written.
    pub value: String,
    /// The value as a number: a count as it is, a size in bytes, a duration in nanoseconds, a rate per second; `null`: a word.
    pub number: Option<f64>,
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}
