//! One figure in two results: both values, their ratio with its interval, and the effect.
//! A difference is significant only where its interval excludes 1 and the effect is over the least that counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{results::Availability, stats::Estimate};

/// One figure, in A and in B.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FigureDifference {
    /// `reader`, `writer`, or `workers` for freezes.
    pub role: String,
    /// An operation; `reader` or `commit` for all of the role together, as in objectives; `workers` for freezes.
    pub subject: String,
    /// Which figure.
    pub figure: ComparedFigure,
    /// In A, or why there is none.
    pub a: Availability<f64>,
    /// In B, or why there is none.
    pub b: Availability<f64>,
    /// Operations behind it in A and in B; of freezes, how many there were.
    pub counts: [u64; 2],
    /// Effective sample size of the percentile in A and in B: see docs/results.md. `null`: the figure is no percentile, or the run is too
    /// short.
    pub effective: [Option<f64>; 2],
    /// B divided by A, with its 95 % interval from what varied inside the two runs; or why there is none.
    pub ratio: Availability<Estimate>,
    /// The effect.
    pub effect: Effect,
}

/// A figure that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparedFigure {
    /// Median of the response time, nanoseconds.
    ResponseP50Ns,
    /// Its 90th percentile.
    ResponseP90Ns,
    /// Its 99th percentile.
    ResponseP99Ns,
    /// Its 99.9th percentile.
    ResponseP999Ns,
    /// Operations that ended, per second.
    CompletedPerS,
    /// Share of the time in freezes, 0 to 1; of several instances the mean.
    FrozenShare,
    /// Length of the longest freeze, nanoseconds; 0: there was none.
    LongestFreezeNs,
}

impl ComparedFigure {
    /// The percentiles, rising.
    pub const PERCENTILES: [ComparedFigure; 4] = [
        ComparedFigure::ResponseP50Ns,
        ComparedFigure::ResponseP90Ns,
        ComparedFigure::ResponseP99Ns,
        ComparedFigure::ResponseP999Ns,
    ];

    /// The share of the values that it does not exceed; `None`: it is no percentile.
    pub fn quantile(self) -> Option<f64> {
        match self {
            ComparedFigure::ResponseP50Ns => Some(0.5),
            ComparedFigure::ResponseP90Ns => Some(0.9),
            ComparedFigure::ResponseP99Ns => Some(0.99),
            ComparedFigure::ResponseP999Ns => Some(0.999),
            _ => None,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            ComparedFigure::ResponseP50Ns => "p50",
            ComparedFigure::ResponseP90Ns => "p90",
            ComparedFigure::ResponseP99Ns => "p99",
            ComparedFigure::ResponseP999Ns => "p99.9",
            ComparedFigure::CompletedPerS => "completed/s",
            ComparedFigure::FrozenShare => "time frozen",
            ComparedFigure::LongestFreezeNs => "longest freeze",
        }
    }

    /// Whether more of it is better.
    pub fn more_is_better(self) -> bool {
        self == ComparedFigure::CompletedPerS
    }
}

/// The effect on B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Better than A: the interval excludes 1, and the effect is over the least that counts.
    Better,
    /// Worse than A, by the same rule.
    Worse,
    /// The same, to the least effect that counts: the whole interval is within it, or excludes 1 but by less.
    Same,
    /// The interval is too wide to decide.
    Undecided,
    /// There is no interval.
    Unknown,
}

impl Effect {
    /// Whether the difference is significant.
    pub fn is_real(self) -> bool {
        matches!(self, Effect::Better | Effect::Worse)
    }
}
