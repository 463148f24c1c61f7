//! The cost model: time of one update = a + b·mappers, from rounds of measurement, with intervals and a test for a bend.
//! Hiccups only make things slower, and noise grows with the number of mappers: hence a robust, weighted fit.
//!
//! - Weights: each level of mappers has its own spread, see `of_levels`.
//! - Loss: Huber's below the line; above it outliers count for less the farther they are, see `robust`.
//! - Intervals: the whole fit without each round in turn (jackknife), see `jackknife`.

mod bend;
mod curvature;
mod jackknife;
mod robust;
#[cfg(test)]
mod tests;

pub use bend::{CostPoint, interpolated};
pub use curvature::{Curvature, CurvatureVerdict};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Estimate;
use jackknife::Replicates;

const LEAST_ROUNDS: usize = 3;
const LEAST_LEVELS: usize = 2;
/// A slope that adds less than this share of the base, at the most mappers that were measured, counts as none.
const FLAT_SHARE: f64 = 0.05;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The round. A round visits every level of mappers about once, in random order; rounds are independent of each
    /// other, the blocks within one need not be.
    pub round: u32,
    pub mappers: u32,
    /// The typical time (median, say) of one update in the block, nanoseconds, over 0.
    pub ns: f64,
}

/// Time of one update = `base_ns` + `per_mapper_ns` · mappers.
///
/// Both intervals are 95 % prediction intervals for a *repeat* of the measurement (as many rounds, the same machine). They
/// are √2 times as wide as intervals for the true value, because a repeat has an error of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostModel {
    /// a: one update without any mapper, nanoseconds. By noise it can be negative.
    pub base_ns: Estimate,
    /// b: what each mapper adds, nanoseconds. By noise it can be negative.
    pub per_mapper_ns: Estimate,
    /// Whether the cost model is a straight line at all.
    pub curvature: Curvature,
    /// Rounds behind it.
    pub rounds: u32,
    /// Different numbers of mappers behind it.
    pub levels: u32,
    /// The largest of them: beyond it the cost model is extrapolated.
    pub most_mappers: u32,
}

impl CostModel {
    /// Time of one update with so many mappers, nanoseconds; without its interval.
    pub fn update_ns(&self, mappers: f64) -> f64 {
        self.base_ns.value + self.per_mapper_ns.value * mappers
    }

    /// Whether mappers add no significant cost: the slope's interval includes 0, or at the most mappers it adds less than 5 %.
    pub fn is_flat(&self) -> bool {
        let adds = self.per_mapper_ns.value.abs() * f64::from(self.most_mappers);
        self.per_mapper_ns.contains(0.0) || adds < FLAT_SHARE * self.base_ns.value
    }
}

/// Why there is none, and what to measure so that there is one.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    #[error("{rounds} rounds give no prediction interval for a repeat: measure at least 3")]
    Rounds { rounds: usize },
    #[error("{levels} different numbers of mappers give no slope: measure at least 2, far apart")]
    Levels { levels: usize },
    #[error("round {round}, {mappers} mappers: {ns} ns is no time of an update; leave the block out or measure again")]
    Time { round: u32, mappers: u32, ns: f64 },
    #[error("without round {round} fewer than 2 numbers of mappers are left: let every round visit every number")]
    OneRound { round: u32 },
}

/// Fits the cost model.
///
/// Robust regression by iteratively reweighted least squares (P. J. Huber, "Robust Estimation of a Location Parameter",
/// 1964), with weights of each level's spread and a loss that trusts outliers above the line less than those below.
/// What noise is symmetric biases neither number by more than some 0.02 of its relative spread (0.2 % of b where single
/// blocks spread by 10 %); what noise is one-sided and common (not outliers) belongs to the typical time and stays in.
/// Standard errors by the jackknife over rounds (M. H. Quenouille, 1956; J. W. Tukey, 1958), with Student's t for one
/// degree of freedom less than there are rounds. The same observations give the same cost model, in any order.
/// Errors: Too few observations: fewer than 3 rounds, fewer than 2 levels of mappers, a time that is not over 0,
/// or one round without which there are fewer than 2 levels.
pub fn fit(observations: &[Observation]) -> Result<CostModel, FitError> {
    if let Some(bad) = observations.iter().find(|seen| !(seen.ns.is_finite() && seen.ns > 0.0)) {
        return Err(FitError::Time { round: bad.round, mappers: bad.mappers, ns: bad.ns });
    }
    let rounds = distinct(observations.iter().map(|seen| seen.round));
    let levels = distinct(observations.iter().map(|seen| seen.mappers));
    if rounds.len() < LEAST_ROUNDS {
        return Err(FitError::Rounds { rounds: rounds.len() });
    }
    let most_mappers = levels.last().copied().unwrap_or(0);
    if levels.len() < LEAST_LEVELS {
        return Err(FitError::Levels { levels: levels.len() });
    }
    // An order of their own, so that sums do not depend on the one they came in.
    let mut sorted = observations.to_vec();
    let key = |seen: &Observation| (seen.mappers, seen.round);
    sorted.sort_by(|a, b| key(a).cmp(&key(b)).then(a.ns.total_cmp(&b.ns)));
    let line =
        Replicates::<2>::of(&sorted, &rounds, f64::from(most_mappers)).map_err(|round| FitError::OneRound { round })?;
    Ok(CostModel {
        base_ns: line.estimate(|line| line[0]),
        per_mapper_ns: line.estimate(|line| line[1]).scaled(1.0 / f64::from(most_mappers)),
        curvature: curvature::test(&sorted, &rounds, &levels, &line),
        rounds: rounds.len() as u32,
        levels: levels.len() as u32,
        most_mappers,
    })
}

fn distinct(values: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}
