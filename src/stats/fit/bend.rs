//! A cost model that is no straight line: its time at some numbers of mappers, and straight lines between them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

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
