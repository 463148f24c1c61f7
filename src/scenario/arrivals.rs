//! When operations are due: on a schedule fixed beforehand (open loop), or after the one before (closed loop).
//! In an open loop requests come while the system is stuck, as those of people do; a closed loop waits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When the operations of a worker are due.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Arrivals {
    /// Open loop, exponentially distributed gaps: many users who know nothing of each other.
    Poisson {
        /// Operations per second, above 0: of each reader, or of all writers together.
        rate_per_s: f64,
    },
    /// Open loop, equal gaps.
    Even {
        /// Operations per second, above 0.
        rate_per_s: f64,
    },
    /// Closed loop: the next operation starts when the one before has ended and the pause is over.
    Closed {
        /// Pause between operations, nanoseconds.
        think_ns: u64,
    },
}

impl Arrivals {
    /// The spelling in scenarios: `poisson`, `even` or `closed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Poisson { .. } => "poisson",
            Self::Even { .. } => "even",
            Self::Closed { .. } => "closed",
        }
    }

    /// Operations per second that are due; `None` in a closed loop, where the system's own speed decides.
    pub fn rate_per_s(&self) -> Option<f64> {
        match *self {
            Self::Poisson { rate_per_s } | Self::Even { rate_per_s } => Some(rate_per_s),
            Self::Closed { .. } => None,
        }
    }

    /// The same arrivals with an open loop's rate divided among `parts` workers; a closed loop is unchanged.
    /// Panics: If `parts` is 0.
    pub fn divided_by(self, parts: u32) -> Self {
        assert!(parts > 0, "a rate cannot be divided among no workers");
        let parts = f64::from(parts);
        match self {
            Self::Poisson { rate_per_s } => Self::Poisson { rate_per_s: rate_per_s / parts },
            Self::Even { rate_per_s } => Self::Even { rate_per_s: rate_per_s / parts },
            Self::Closed { .. } => self,
        }
    }
}
