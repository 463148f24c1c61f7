//! What updates cost in two or more results of `mapstorm cost`: base and slope of every law that both have.
//! The intervals promise a repeat, so what is called different would be so again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Effect, Matched};
use crate::{
    results::{Availability, Provenance},
    scenario::MapMode,
    stats::Estimate,
};

/// Results of `mapstorm cost`: slope and base of every law that a result has in common with the first.
pub type CostComparison = Matched<CostDifference>;

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
    pub file_systems: [Availability<String>; 2],
    /// Whether the method imitates another system.
    pub provenance: Provenance,
    /// Which number.
    pub figure: CostFigure,
    /// In the first, nanoseconds.
    pub a: Estimate,
    /// In the other, nanoseconds.
    pub b: Estimate,
    /// The other divided by the first, with its 95 % interval; or why there is none.
    pub ratio: Availability<Estimate>,
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
