//! The times of a run, what counts as a stall, and the seed that makes it repeatable.
//! All durations are whole nanoseconds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Times and thresholds of a run, and its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Load before measuring begins, nanoseconds: the herd at the gate is no figure. 0 to 24 h.
    pub warm_up_ns: u64,
    /// Measuring, nanoseconds, at most 24 h.
    pub duration_ns: u64,
    /// One line of the timeline, nanoseconds: 10 ms to 60 s, and either a divisor of one second or whole seconds.
    pub interval_ns: u64,
    /// An operation slower than this is a stall, nanoseconds.
    pub stall_ns: u64,
    /// Every random choice of the run follows from it.
    pub seed: u64,
}
