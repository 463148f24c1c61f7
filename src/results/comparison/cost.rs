//! What updates cost in two or more results of `mapstorm cost`: base and slope of every law that both have.
//! The intervals promise a repeat, so what is called different would be so again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Effect, Fact, KeyDifference};
use crate::{
    results::{Known, Machine, Provenance},
    scenario::MapMode,
    stats::Estimate,
};

/// Cost results; each is held against the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostComparison {
    /// Directories, as they were given: A, B and so on.
    pub directories: Vec<String>,
    /// Their machines.
    pub machines: Vec<Machine>,
    /// A smaller effect is no difference; as a share.
    pub least_effect: f64,
    /// What was asked for differently.
    pub plan: Vec<KeyDifference>,
    /// Facts of the machines that differ.
    pub environment: Vec<KeyDifference>,
    /// Facts of the machines that are the same.
    pub same_environment: Vec<Fact>,
    /// What a reader must know first.
    pub warnings: Vec<String>,
    /// Slope and base of every law that a result has in common with the first.
    pub differences: Vec<CostDifference>,
    /// Each real difference in a sentence.
    pub sentences: Vec<String>,
}

/// One number of one law, in the first result and in another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostDifference {
    /// The other result: its place among all, 1 for B.
    pub other: usize,
    /// The update method.
    pub method: String,
    /// How mappers had the file mapped.
    pub mode: MapMode,
    /// Bytes per `write(2)` that the file was made with.
    pub write_size: u64,
    /// The file systems of the two.
    pub file_systems: [Known<String>; 2],
    /// Whether the method imitates another system.
    pub provenance: Provenance,
    /// Which number.
    pub figure: CostFigure,
    /// In the first, nanoseconds.
    pub a: Estimate,
    /// In the other, nanoseconds.
    pub b: Estimate,
    /// The other divided by the first, with its 95 % interval; or why there is none.
    pub ratio: Known<Estimate>,
    /// What it says of the other.
    pub effect: Effect,
    /// Rounds behind the two.
    pub rounds: [u32; 2],
}

/// A number of a cost law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostFigure {
    /// What each mapper adds.
    PerMapper,
    /// An update that nobody maps.
    Base,
}
