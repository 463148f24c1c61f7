//! The robust regression itself: least squares again and again, with less weight for what lies far off.
//! Above the curve it lets go of outliers, because hiccups only make things slower; below it is Huber's.

use super::spread::NORMAL;
use crate::law::{
    linear::{Row, at, least_squares},
    order::median,
};

/// Within so many spreads of the curve an observation has its full weight. Symmetric noise loses 2 % of its values above this,
/// and the mean of what is left is off by 0.013 spreads.
const NEAR: f64 = 2.0;
/// Rounds of reweighting: enough for any data that were met; each costs little.
const ITERATIONS: usize = 100;
/// Steps smaller than this share of a spread end it.
const STILL: f64 = 1e-9;

/// One observation, prepared.
#[derive(Clone, Copy)]
pub(super) struct Point {
    /// The round.
    pub round: u32,
    /// Mappers, as a share of the most.
    pub x: f64,
    /// Time, nanoseconds.
    pub y: f64,
    /// Median of its level, nanoseconds.
    pub middle: f64,
    /// Spread of its level, nanoseconds.
    pub spread: f64,
}

/// A curve with `P` coefficients (powers of `x` from 0) and how far observations lie from it, in their levels' spreads (at
/// least 1; more where the curve does not fit).
#[derive(Clone, Copy)]
pub(super) struct Curve<const P: usize> {
    pub coefficients: [f64; P],
    pub scale: f64,
}

impl<const P: usize> Curve<P> {
    /// The curve through all the points; `None` where they do not determine it.
    pub(super) fn through(points: &[Point]) -> Option<Curve<P>> {
        // The first curve takes its weights from each level's own median, so that outliers never drag it along.
        let start = weighted(points.iter(), |point| weight((point.y - point.middle) / point.spread))?;
        let scale = (NORMAL * median(points.iter().map(|point| residual(&start, point).abs()))).max(1.0);
        Curve { coefficients: start, scale }.again(points.iter())
    }

    /// The curve through some of the points, from this one on and with the same scale.
    pub(super) fn again<'a>(&self, points: impl Iterator<Item = &'a Point> + Clone) -> Option<Curve<P>> {
        let mut coefficients = self.coefficients;
        for _ in 0..ITERATIONS {
            let next = weighted(points.clone(), |point| weight(residual(&coefficients, point) / self.scale))?;
            let step = points.clone().map(|point| (residual(&next, point) - residual(&coefficients, point)).abs());
            let still = step.fold(0.0, f64::max) < STILL;
            coefficients = next;
            if still {
                break;
            }
        }
        Some(Curve { coefficients, scale: self.scale })
    }
}

fn powers<const P: usize>(x: f64) -> [f64; P] {
    std::array::from_fn(|power| x.powi(power as i32))
}

/// How far over the curve, in the level's spreads.
fn residual<const P: usize>(coefficients: &[f64; P], point: &Point) -> f64 {
    (point.y - at(coefficients, &powers(point.x))) / point.spread
}

fn weighted<'a, const P: usize>(
    points: impl Iterator<Item = &'a Point>,
    weight: impl Fn(&Point) -> f64,
) -> Option<[f64; P]> {
    let row = |point: &Point| Row { x: powers(point.x), y: point.y, weight: weight(point) / point.spread.powi(2) };
    least_squares(points.map(row), [true; P])
}

/// The weight of an observation so many spreads over the curve: its pull stays the same below (Huber), and dies away above.
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
    fn a_curve_that_does_not_fit_widens_its_scale() {
        let points: Vec<Point> = (0..30)
            .map(|i| {
                let x = f64::from(i % 10) / 9.0;
                let y = 100.0 + 1000.0 * x * x;
                Point { round: i as u32 / 10, x, y, middle: y, spread: 0.01 * y }
            })
            .collect();
        assert!(Curve::<2>::through(&points).unwrap().scale > 3.0);
        let parabola = Curve::<3>::through(&points).unwrap();
        assert_eq!(parabola.scale, 1.0);
        assert!((parabola.coefficients[2] - 1000.0).abs() < 1e-3, "{:?}", parabola.coefficients);
    }
}
