//! Results of one kind whose parts are matched: laws of cost results, points of sweeps, mitigations of what-ifs. Each part is compared
//! with that of the first result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fact, KeyDifference};
use crate::results::{Availability, Machine};

/// Results of one kind; each is compared with the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{D}Comparison")]
pub struct Matched<D> {
    /// Directories, as they were given: A, B and so on.
    pub directories: Vec<String>,
    /// Their machines.
    pub machines: Vec<Availability<Machine>>,
    /// A smaller effect is no difference; as a share.
    pub least_effect: f64,
    /// What was asked for differently, and the parts that only some of the results have.
    pub plan: Vec<KeyDifference>,
    /// Facts of the machines that differ.
    pub environment: Vec<KeyDifference>,
    /// Facts of the machines that are the same.
    pub same_environment: Vec<Fact>,
    /// What a reader must know first.
    pub warnings: Vec<String>,
    /// Every figure of every part that a result has in common with the first.
    pub differences: Vec<D>,
    /// Each real difference in a sentence.
    pub sentences: Vec<String>,
}
