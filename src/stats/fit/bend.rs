//! When a straight line fails as a cost model, by a significant bend that is large enough to matter, or at one number of mappers; and the model
//! then: its time at some numbers of mappers, and straight lines between them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LEAST_ROUNDS, Observation, jackknife::Replicates};
use crate::stats::{Estimate, median, quantiles::distinct};

/// A straight line that is off by less than this share of the time that was measured does not fail.
const LEAST_SHARE: f64 = 0.1;

/// Fewest levels of mappers that distinguish a bend from a slope.
const LEAST_BENT_LEVELS: usize = 3;
/// A bend smaller than this share of the slope does not matter.
const LEAST_BEND: f64 = 0.1;

/// How far the cost model is from a straight line: `c` of a + b·mappers + c·mappers².
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curvature {
    /// What `c` adds at the most mappers, as a share of what the straight line's slope adds there; its interval is that
    /// of a repeat, as the cost model's. `null`: untested, or the straight line has no slope at all.
    pub share: Option<Estimate>,
    /// What that means.
    pub verdict: CurvatureVerdict,
}

/// What the test for a bend says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CurvatureVerdict {
    /// No significant bend (the interval of `c` includes 0), or one of at most a tenth of the slope.
    Straight,
    /// Each further mapper costs more than the one before.
    Upward,
    /// Each further mapper costs less than the one before.
    Downward,
    /// Fewer than three levels of mappers, also without any one of the rounds.
    Untested,
}

/// How far a line is from straight. `parabola`: the same fit with a square in it, if there is one.
pub(crate) fn curvature(levels: usize, line: &Replicates<2>, parabola: Option<&Replicates<3>>) -> Curvature {
    let Some(parabola) = parabola.filter(|_| levels >= LEAST_BENT_LEVELS) else {
        return Curvature { share: None, verdict: CurvatureVerdict::Untested };
    };
    // Mappers are a share of the most: there, every power of them is 1, and coefficients are contributions.
    let square = parabola.estimate(|parabola| parabola[2]);
    let share = Some(parabola.and(line, |parabola, line| parabola[2] / line[1]))
        .filter(|share| share.low.is_finite() && share.high.is_finite());
    let matters = share.is_none_or(|share| share.value.abs() > LEAST_BEND);
    let verdict = match square.value {
        _ if square.contains(0.0) || !matters => CurvatureVerdict::Straight,
        c if c > 0.0 => CurvatureVerdict::Upward,
        _ => CurvatureVerdict::Downward,
    };
    Curvature { share, verdict }
}

/// The time of one update at one number of mappers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostPoint {
    /// Mappers of the file.
    pub mappers: u32,
    /// Typical time of one update, nanoseconds.
    pub ns: Estimate,
}

/// The time at any number of mappers, from points that rise in mappers: on the straight lines between them, and beyond the last on the
/// line through the last two, or below the first on that of the first two; at least 0. `None`: fewer than two points.
pub fn interpolated(points: &[CostPoint], mappers: f64) -> Option<Estimate> {
    let after = points.partition_point(|point| f64::from(point.mappers) < mappers);
    let [one, other] = points.windows(2).nth(after.saturating_sub(1).min(points.len().checked_sub(2)?))? else {
        return None;
    };
    let share = (mappers - f64::from(one.mappers)) / f64::from(other.mappers - one.mappers);
    let at = |from: f64, to: f64| (from + (to - from) * share).max(0.0);
    let value = at(one.ns.value, other.ns.value);
    // Beyond the points the ends' lines may cross.
    let ends = [at(one.ns.low, other.ns.low), at(one.ns.high, other.ns.high)];
    Some(Estimate { value, low: ends[0].min(ends[1]).min(value), high: ends[0].max(ends[1]).max(value) })
}

/// The time of one update with so many mappers, at least 0: that of the points, or without any, of the straight line. There the ends are
/// those of both parameters together, so the interval is wider than 95 %.
pub fn time_at(base: Estimate, per_mapper: Estimate, points: &[CostPoint], mappers: f64) -> Estimate {
    let at = |base: f64, per_mapper: f64| (base + per_mapper * mappers).max(0.0);
    interpolated(points, mappers).unwrap_or_else(|| Estimate {
        value: at(base.value, per_mapper.value),
        low: at(base.low, per_mapper.low),
        high: at(base.high, per_mapper.high),
    })
}

/// What was measured with one number of mappers.
pub(crate) struct Level {
    pub mappers: u32,
    /// Its typical time, and that without each round.
    pub times: Replicates<1>,
    /// Median of its observations, nanoseconds.
    pub median: f64,
}

impl Level {
    /// The levels, each by itself: where there are fewer than three rounds, with the error of the straight line. `sorted` by mappers.
    pub(crate) fn all(sorted: &[Observation], rounds: &[u32], line: &Replicates<2>) -> Vec<Level> {
        let most = sorted.last().map_or(0.0, |seen| f64::from(seen.mappers));
        let of_level = |level: &[Observation]| {
            let (mappers, x) = (level[0].mappers, f64::from(level[0].mappers) / most);
            let own = distinct(level.iter().map(|seen| seen.round));
            let times = (own.len() >= LEAST_ROUNDS).then(|| line.of_same_rounds(level, rounds)).flatten();
            let times = times.unwrap_or_else(|| line.map(|line| [line[0] + line[1] * x]));
            Level { mappers, times, median: median(level.iter().map(|seen| seen.ns)) }
        };
        sorted.chunk_by(|a, b| a.mappers == b.mappers).map(of_level).collect()
    }

    /// Its time, with an interval that holds its median.
    pub(crate) fn point(&self) -> CostPoint {
        let Estimate { value, low, high } = self.times.estimate(|time| time[0]);
        let (low, high) = (low.min(self.median).max(0.0), high.max(self.median));
        CostPoint { mappers: self.mappers, ns: Estimate { value: value.max(0.0), low, high } }
    }

    /// Whether a straight line fails here, which has this `value` and is known within `stated`: it is below 0; or off by more than a
    /// tenth of the time, and either outside of the interval of the time, or so that its own interval does not hold the median.
    pub(crate) fn refutes(&self, value: f64, stated: Estimate) -> bool {
        let point = self.point().ns;
        let matters = (value - point.value).abs() > LEAST_SHARE * point.value;
        value < 0.0 || matters && !(point.contains(value) && stated.contains(self.median))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(mappers: u32, value: f64) -> CostPoint {
        CostPoint { mappers, ns: Estimate { value, low: value - 1.0, high: value + 2.0 } }
    }

    #[test]
    fn points_are_met_and_joined_by_straight_lines() {
        let points = [point(0, 10.0), point(100, 20.0), point(400, 200.0)];
        for (mappers, value) in
            [(0.0, 10.0), (50.0, 15.0), (100.0, 20.0), (250.0, 110.0), (400.0, 200.0), (500.0, 260.0)]
        {
            let found = interpolated(&points, mappers).unwrap();
            assert!((found.value - value).abs() < 1e-9, "{mappers}: {found:?}");
            assert!((found.low - value + 1.0).abs() < 1e-9 && (found.high - value - 2.0).abs() < 1e-9, "{found:?}");
        }
        assert_eq!(interpolated(&points[..1], 5.0), None);
        assert_eq!(interpolated(&[], 5.0), None);
    }

    #[test]
    fn beyond_the_points_no_time_is_below_nothing_and_ends_stay_in_order() {
        let falling = [point(0, 100.0), point(10, 50.0)];
        assert_eq!(interpolated(&falling, 1000.0).unwrap().value, 0.0);
        let narrowing =
            [point(0, 100.0), CostPoint { mappers: 10, ns: Estimate { value: 150.0, low: 150.0, high: 150.0 } }];
        let far = interpolated(&narrowing, 1000.0).unwrap();
        assert!(far.low <= far.value && far.value <= far.high, "{far:?}");
    }
}
