//! What one whole commit costs under the file's lock, as a law of the number of mappers, and where that is known from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::law::Estimate;

/// Time of one whole commit under the lock, its syncs included = `base_ns` + `per_mapper_ns` · mappers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommitLaw {
    /// A commit without any mapper, nanoseconds.
    pub base_ns: Estimate,
    /// What each mapper adds, nanoseconds.
    pub per_mapper_ns: Estimate,
    /// Where it is known from, to be shown with everything that follows from it.
    pub source: String,
}

impl CommitLaw {
    /// Time of one commit with so many mappers, nanoseconds, at least 0. The interval's ends are those of both numbers together,
    /// so it is rather too wide.
    pub fn commit_ns(&self, mappers: f64) -> Estimate {
        let at = |base: f64, per_mapper: f64| (base + per_mapper * mappers).max(0.0);
        Estimate {
            value: at(self.base_ns.value, self.per_mapper_ns.value),
            low: at(self.base_ns.low, self.per_mapper_ns.low),
            high: at(self.base_ns.high, self.per_mapper_ns.high),
        }
    }
}
