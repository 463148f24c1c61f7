//! The knee: the largest load that still meets an objective.
//! Found by halving, so the objective has to be monotone: met below the knee, not met above.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The knee is known to this share of itself.
const PRECISION: f64 = 0.001;
/// Next to 0, where a share of itself is nothing, it is known to this share of the range's upper end.
const NEXT_TO_ZERO: f64 = 1e-9;

/// Where the knee lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Knee {
    /// Below the range: even its lowest value fails. Also of a range that is empty.
    Below,
    /// Here: this value was tried and meets the objective, and one at most 0.1 % above it was tried and fails.
    At(f64),
    /// Above the range: even its highest value meets the objective.
    Above,
}

/// The largest value of `range` for which `meets` is true, to 0.1 %.
///
/// `meets` has to be monotone (true below the knee, false above); then some 10 to 40 calls are made (the more, the nearer the knee is to 0),
/// the range's ends first. Where it is not, the result is one of the places where it turns false.
pub fn largest(range: RangeInclusive<f64>, mut meets: impl FnMut(f64) -> bool) -> Knee {
    let (mut low, mut high) = range.into_inner();
    if !matches!(low.partial_cmp(&high), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)) || !meets(low) {
        return Knee::Below;
    }
    if meets(high) {
        return Knee::Above;
    }
    let enough = NEXT_TO_ZERO * low.abs().max(high.abs());
    while high - low > (PRECISION * low.abs()).max(enough) {
        let middle = f64::midpoint(low, high);
        if meets(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Knee::At(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_knee_is_found_to_a_thousandth_in_few_steps() {
        for knee in [1.5, 700.0, 5_999.0] {
            let mut calls = 0;
            let found = largest(1.0..=6_000.0, |load| {
                calls += 1;
                load <= knee
            });
            let Knee::At(value) = found else { panic!("{found:?}") };
            assert!(value <= knee && knee - value <= 0.001 * knee, "{value} for {knee}");
            assert!(calls <= 26, "{calls}");
        }
    }

    #[test]
    fn outside_of_the_range() {
        assert_eq!(largest(1.0..=10.0, |load| load < 0.5), Knee::Below);
        assert_eq!(largest(1.0..=10.0, |load| load < 20.0), Knee::Above);
        assert_eq!(largest(10.0..=1.0, |_| true), Knee::Below, "empty");
        assert_eq!(largest(f64::NAN..=1.0, |_| true), Knee::Below, "no range at all");
        assert_eq!(largest(2.0..=2.0, |_| true), Knee::Above);
    }

    #[test]
    fn a_knee_next_to_nothing_ends_too() {
        let Knee::At(value) = largest(0.0..=1.0, |load| load <= 0.0) else { panic!() };
        assert_eq!(value, 0.0);
        let mut calls = 0;
        let found = largest(0.0..=1.0, |load| {
            calls += 1;
            load <= 1e-12
        });
        assert_eq!(found, Knee::At(0.0));
        assert!(calls < 40, "{calls}");
    }
}
