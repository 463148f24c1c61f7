//! The times of a run, what counts as a stall, and the seed that makes it repeatable.
//! All durations are whole nanoseconds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Times and thresholds of a run, and its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Load before measuring begins, nanoseconds: the herd at the gate is no figure. 0 to 24 h.
    pub warm_up_ns: u64,
    /// Readers alone, before any writer: the noise floor, nanoseconds. 0: there is none. The writers then get a warm-up of
    /// their own, as long as the readers'.
    pub control_ns: u64,
    /// Measuring, nanoseconds, at most 24 h.
    pub duration_ns: u64,
    /// One line of the timeline, nanoseconds: 10 ms to 60 s, and either a divisor of one second or whole seconds.
    pub interval_ns: u64,
    /// An operation slower than this is a stall, nanoseconds.
    pub stall_ns: u64,
    /// A span at least so long with next to nothing completed is a freeze, nanoseconds.
    pub freeze_ns: u64,
    /// "Next to nothing": fewer completed than this share of what was due, percent.
    pub freeze_percent: u64,
    /// Whether slow operations, the system's counters and bystanders are recorded.
    pub evidence: bool,
    /// Every random choice of the run follows from it.
    pub seed: u64,
}
