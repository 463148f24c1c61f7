//! Service level objectives: clauses such as `lookup.p99<=50ms` that a run must meet.
//! Here they are only read; whether a run met them is for the diagnosis to say.

mod clause;
mod metric;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use clause::{Clause, ClauseError, Limit};
pub use metric::{Metric, Percentile, Subject};

/// What a run must reach to be called fit: all of the clauses. Without any there is no verdict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Slo {
    /// In the order they were given.
    pub clauses: Vec<Clause>,
}
