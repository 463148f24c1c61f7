//! The cost model: time of one update = a + b·mappers, from rounds of measurement, with intervals and a test for a bend.
//! Hiccups only make things slower, and noise grows with the number of mappers: hence a robust, weighted fit.
//!
//! - Weights: each level of mappers has its own spread, see `of_levels`.
//! - Loss: Huber's below the line; above it outliers count for less the farther they are, see `robust`.
//! - Intervals: the whole fit without each round in turn (jackknife), and what drifted meanwhile, see `jackknife`.
//! - Where a straight line fails, the time at each number of mappers by itself, see `bend`.

mod bend;
mod jackknife;
mod robust;
#[cfg(test)]
mod tests;

pub use bend::{CostPoint, Curvature, CurvatureVerdict, time_at};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Estimate, quantiles::distinct};
use bend::Level;
use jackknife::Replicates;
pub(crate) use jackknife::repeat_interval;

const LEAST_ROUNDS: usize = 3;
const LEAST_LEVELS: usize = 2;
/// A slope that adds less than this share of the base, at the most mappers that were measured, counts as none.
const FLAT_SHARE: f64 = 0.05;
/// Rounds that follow each other are put into so many groups, where there are at least two rounds for each.
const GROUPS: u32 = 12;
/// A machine whose halves of the measurement differ by more than this share is too unquiet for a model.
const UNQUIET: f64 = 0.3;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The round. A round visits every level of mappers about once, in random order; rounds are independent of each
    /// other, the blocks within one need not be.
    pub round: u32,
    pub mappers: u32,
    /// The typical time (median, say) of one update in the block, nanoseconds, over 0.
    pub ns: f64,
}

/// Time of one update = `base_ns` + `per_mapper_ns` · mappers; where that line fails, by `points`.
///
/// All intervals are 95 % prediction intervals for a *repeat* of the measurement (as many rounds, the same machine). They
/// are √2 times as wide as intervals for the true value, because a repeat has an error of its own.
///
/// The line fails where it is below 0 for any number of mappers; where it is bent (see `curvature`) and mappers add more than 5 % of the
/// base; or where it is off by more than a tenth of the time at one of the numbers, and either outside of the interval of that time, or so
/// that its own interval does not hold the median that was measured there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostModel {
    /// a: one update without any mapper, nanoseconds; at least 0. (Before bends were modelled it could be negative.)
    pub base_ns: Estimate,
    /// b: what each mapper adds, nanoseconds: where the line fails, the mean between none and the most. By noise it can be negative.
    pub per_mapper_ns: Estimate,
    /// Where the straight line fails: the time at each number of mappers that was measured, with straight lines between them; empty: it
    /// does not, or the result is of before this was modelled.
    #[serde(default)]
    pub points: Vec<CostPoint>,
    /// How far it is from a straight line.
    pub curvature: Curvature,
    /// By how much an update with the most mappers took longer in the second half of the measurement than in the first, as a share of its
    /// time. `null`: unknown.
    #[serde(default)]
    pub drift: Option<f64>,
    /// Rounds behind it.
    pub rounds: u32,
    /// Different numbers of mappers behind it.
    pub levels: u32,
    /// The largest of them: beyond it the cost model is extrapolated.
    pub most_mappers: u32,
}

impl CostModel {
    /// Time of one update with so many mappers, nanoseconds, at least 0: see `time_at`.
    pub fn update_ns(&self, mappers: f64) -> Estimate {
        time_at(self.base_ns, self.per_mapper_ns, &self.points, mappers)
    }

    /// Whether mappers add no significant cost: the slope's interval includes 0, or at the most mappers it adds less than 5 %.
    pub fn is_flat(&self) -> bool {
        let adds = self.per_mapper_ns.value.abs() * f64::from(self.most_mappers);
        self.points.is_empty() && (self.per_mapper_ns.contains(0.0) || adds < FLAT_SHARE * self.base_ns.value)
    }

    /// Whether mappers add next to nothing: with the most of them, even the far end of the slope's interval adds at most 5 %.
    pub fn adds_nothing(&self) -> bool {
        let slope = self.per_mapper_ns;
        let most = slope.low.abs().max(slope.high.abs()) * f64::from(self.most_mappers);
        self.points.is_empty() && most <= FLAT_SHARE * self.base_ns.value
    }

    /// Whether the machine was too unquiet for a model: the halves of the measurement differ by more than 30 %.
    pub fn is_unquiet(&self) -> bool {
        self.drift.is_some_and(|drift| drift.abs() > UNQUIET)
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
    fitted(observations, false)
}

/// The same of rounds that follow each other in time, as `round` counts: what drifts between them widens the intervals. Of many rounds
/// those that follow each other count as one: a machine that is slower for some seconds is so in several of them.
/// Errors: As [`fit`].
pub fn fit_in_time(observations: &[Observation]) -> Result<CostModel, FitError> {
    fitted(observations, true)
}

fn fitted(observations: &[Observation], in_time: bool) -> Result<CostModel, FitError> {
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
    let count = rounds.len() as u32;
    if in_time && count >= 2 * GROUPS {
        let group = |round: u32| rounds.partition_point(|known| *known < round) as u32 * GROUPS / count;
        sorted.iter_mut().for_each(|seen| seen.round = group(seen.round));
    }
    let groups = distinct(sorted.iter().map(|seen| seen.round));
    let most = f64::from(most_mappers);
    let line = Replicates::<2>::of(&sorted, &groups, most, in_time).map_err(|round| FitError::OneRound { round })?;
    let parabola = Replicates::<3>::of(&sorted, &groups, most, in_time).ok();
    let at_most = line.all[0] + line.all[1];
    let mut found = CostModel {
        base_ns: line.estimate(|line| line[0]),
        per_mapper_ns: line.estimate(|line| line[1]).scaled(1.0 / most),
        points: Vec::new(),
        curvature: bend::curvature(levels.len(), &line, parabola.as_ref()),
        drift: line.drift(|line| line[0] + line[1]).map(|drift| drift / at_most).filter(|drift| drift.is_finite()),
        rounds: count,
        levels: levels.len() as u32,
        most_mappers,
    };
    bend(&mut found, &line, &Level::all(&sorted, &groups, &line));
    Ok(found)
}

/// Gives a straight model the points of its levels where it fails; else an interval that holds their medians.
fn bend(model: &mut CostModel, line: &Replicates<2>, levels: &[Level]) {
    let most = f64::from(model.most_mappers);
    let is_bent = matches!(model.curvature.verdict, CurvatureVerdict::Upward | CurvatureVerdict::Downward);
    let refuted = |level: &Level| {
        let mappers = f64::from(level.mappers);
        level.refutes(line.all[0] + line.all[1] * mappers / most, model.update_ns(mappers))
    };
    if line.all[0] < 0.0 || (is_bent && !model.adds_nothing()) || levels.iter().any(refuted) {
        let ([first, ..], [.., last]) = (levels, levels) else { return };
        let added = last.times.and(&first.times, |last, first| last[0] - first[0]);
        model.per_mapper_ns = added.scaled(1.0 / f64::from(last.mappers - first.mappers));
        model.points = levels.iter().map(Level::point).collect();
        model.base_ns = model.update_ns(0.0);
    }
    model.base_ns.low = model.base_ns.low.max(0.0);
    let base = model.base_ns.value;
    for level in levels {
        let mappers = f64::from(level.mappers);
        if level.mappers == model.most_mappers {
            let Estimate { value, low, high } = model.per_mapper_ns;
            let added = (level.median - base) / most;
            model.per_mapper_ns = Estimate { value, low: low.min(added), high: high.max(added) };
        }
        let stated = model.update_ns(mappers);
        model.base_ns.high += (level.median - stated.high).max(0.0);
        let below = (stated.low - level.median).max(0.0);
        let by_base = below.min(model.base_ns.low);
        model.base_ns.low -= by_base;
        model.per_mapper_ns.low -= (below - by_base) / mappers.max(1.0);
    }
}
