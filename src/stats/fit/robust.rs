//! The robust regression itself: least squares again and again, with less weight for what lies far off.
//! Above the curve outliers lose their weight, because hiccups only make things slower; below it the loss is Huber's.

use super::{
    Observation,
    dispersion::{self, NORMAL},
};
use crate::stats::{
    linear::{Row, at, least_squares},
    quantiles::median,
};

/// Within so many spreads of the curve an observation has its full weight. Symmetric noise loses 2 % of its values
/// above this, and the mean of what is left is off by 0.013 spreads.
const NEAR: f64 = 2.0;
/// Rounds of reweighting: enough for any data that were met; each costs little.
const ITERATIONS: usize = 100;
/// Steps smaller than this share of a spread end it.
const STILL: f64 = 1e-9;

pub(crate) struct Point {
    /// Mappers, as a share of the most.
    x: f64,
    /// Time, nanoseconds.
    y: f64,
    /// Median of its level, nanoseconds.
    middle: f64,
    /// Spread, nanoseconds.
    spread: f64,
}

impl Point {
    /// The same share of the curve as the spread is of the level's median; where the two are far apart (the curve does
    /// not fit), at least half and at most twice what it was.
    fn with_spread_at<const P: usize>(&self, curve: &[f64; P]) -> Point {
        let ratio = (at(curve, &powers(self.x)) / self.middle).clamp(0.5, 2.0);
        Point { spread: self.spread * ratio, ..*self }
    }
}

pub(crate) fn points(sorted: &[Observation], most_mappers: f64) -> Vec<Point> {
    let levels = dispersion::of_levels(sorted);
    let x = |seen: &Observation| f64::from(seen.mappers) / most_mappers;
    let point = |(seen, (middle, spread))| Point { x: x(seen), y: seen.ns, middle, spread };
    sorted.iter().zip(levels).map(point).collect()
}

/// The coefficients (powers of `x` from 0) of the curve through the points; `None` where they do not determine it.
pub(crate) fn curve<const P: usize>(points: &[Point]) -> Option<[f64; P]> {
    // The first curve takes its weights from each level's own median, so that outliers never drag it along.
    let mut curve = weighted(points, |point| weight((point.y - point.middle) / point.spread))?;
    // A level that was fast by accident must not count as steadier for it: from here on, spreads are shares of the
    // curve.
    let points: Vec<Point> = points.iter().map(|point| point.with_spread_at(&curve)).collect();
    // How far points lie from it, in their spreads: more than 1 where a curve of this shape does not fit.
    let scale = (NORMAL * median(points.iter().map(|point| residual(&curve, point).abs()))).max(1.0);
    for _ in 0..ITERATIONS {
        let next = weighted(&points, |point| weight(residual(&curve, point) / scale))?;
        let steps = points.iter().map(|point| (residual(&next, point) - residual(&curve, point)).abs());
        let still = steps.fold(0.0, f64::max) < STILL;
        curve = next;
        if still {
            break;
        }
    }
    Some(curve)
}

fn powers<const P: usize>(x: f64) -> [f64; P] {
    std::array::from_fn(|power| x.powi(power as i32))
}

fn residual<const P: usize>(coefficients: &[f64; P], point: &Point) -> f64 {
    (point.y - at(coefficients, &powers(point.x))) / point.spread
}

fn weighted<const P: usize>(points: &[Point], weight: impl Fn(&Point) -> f64) -> Option<[f64; P]> {
    let row = |point: &Point| Row { x: powers(point.x), y: point.y, weight: weight(point) / point.spread.powi(2) };
    least_squares(points.iter().map(row), [true; P])
}

/// The weight of an observation so many spreads over the curve: its pull stays the same below (Huber), and dies away
/// above.
fn weight(over: f64) -> f64 {
    if over.abs() <= NEAR {
        1.0
    } else if over < 0.0 {
        NEAR / -over
    } else {
        (NEAR / over).powi(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hiccup_pulls_less_the_larger_it_is_and_a_fast_block_does_not() {
        let pull = |over: f64| over * weight(over);
        assert_eq!(pull(1.5), 1.5);
        assert_eq!(pull(-10.0), -NEAR);
        assert!(pull(3.0) > pull(6.0) && pull(20.0) < 0.05);
    }

    #[test]
    fn a_curve_that_does_not_fit_still_goes_through_the_middle() {
        let parabola = |x: f64| 100.0 + 1000.0 * x * x;
        let observation = |i: u32| Observation { round: i % 3, mappers: i / 3, ns: parabola(f64::from(i / 3) / 9.0) };
        let points = points(&(0..30).map(observation).collect::<Vec<_>>(), 9.0);
        let line = curve::<2>(&points).unwrap();
        let above = points.iter().filter(|point| residual(&line, point) > 0.0).count();
        assert!((6..=24).contains(&above), "{above} of 30 above {line:?}");
        let found = curve::<3>(&points).unwrap();
        assert!((found[2] - 1000.0).abs() < 1e-3, "{found:?}");
    }
}
