//! The robust regression itself: least squares again and again, with less weight for what lies far off.
//! Above the curve outliers lose their weight, because hiccups only make things slower; below it the loss is Huber's.

use super::Observation;
use crate::stats::linear::{Row, at, least_squares};
use crate::stats::quantiles::median;

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
    let levels = of_levels(sorted);
    let x = |seen: &Observation| f64::from(seen.mappers) / most_mappers;
    let point = |(seen, (middle, spread))| Point { x: x(seen), y: seen.ns, middle, spread };
    sorted.iter().zip(levels).map(point).collect()
}

/// The coefficients (powers of `x` from 0) of the curve through the points; `None` where they do not determine it.
pub(crate) fn curve<const P: usize>(points: &[Point]) -> Option<[f64; P]> {
    // The first curve takes its weights from each level's own median, so that outliers never drag it along.
    let mut curve = weighted(points, |point| weight((point.y - point.middle) / point.spread))?;
    // A level that was fast by accident must not count as steadier: from here on, spreads are shares of the curve.
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

/// The weight of an observation so many spreads over the curve: below, its pull stays the same (Huber); above, it vanishes.
fn weight(over: f64) -> f64 {
    if over.abs() <= NEAR {
        1.0
    } else if over < 0.0 {
        NEAR / -over
    } else {
        (NEAR / over).powi(3)
    }
}

/// A normal distribution's deviation is so many times its median absolute deviation.
const NORMAL: f64 = 1.4826;
/// No level is steadier than this share of its median: a few blocks that agree by accident must not decide the fit.
const LEAST_SHARE: f64 = 0.01;
/// The spread common to all levels counts as much as so many blocks of the level itself.
const BORROWED: f64 = 8.0;

/// The median and the spread, like a standard deviation, of the level of each observation, nanoseconds. `sorted` by mappers.
fn of_levels(sorted: &[Observation]) -> Vec<(f64, f64)> {
    let levels: Vec<(usize, f64, Vec<f64>)> = sorted
        .chunk_by(|a, b| a.mappers == b.mappers)
        .map(|level| {
            let middle = median(level.iter().map(|observation| observation.ns));
            let mut shares: Vec<f64> = level.iter().map(|block| (block.ns - middle).abs() / middle).collect();
            // The median was taken from these very blocks: the one next to it says nothing about the spread.
            shares.sort_by(f64::total_cmp);
            (level.len(), middle, shares.split_off(1))
        })
        .collect();
    let common = NORMAL * median(levels.iter().flat_map(|(_, _, shares)| shares.iter().copied()));
    let of_level = |(count, middle, shares): (usize, f64, Vec<f64>)| {
        let blocks = shares.len() as f64;
        let own = NORMAL * median(shares);
        let share = ((blocks * own.powi(2) + BORROWED * common.powi(2)) / (blocks + BORROWED)).sqrt();
        std::iter::repeat_n((middle, middle * share.max(LEAST_SHARE)), count)
    };
    levels.into_iter().flat_map(of_level).collect()
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

    fn level(mappers: u32, times: &[f64]) -> Vec<Observation> {
        (0..).zip(times).map(|(round, ns)| Observation { round, mappers, ns: *ns }).collect()
    }

    #[test]
    fn a_level_that_agrees_by_accident_borrows_from_the_others() {
        let mut all = level(0, &[100.0, 100.0, 100.0]);
        all.extend(level(10, &[180.0, 200.0, 220.0]));
        all.extend(level(20, &[360.0, 400.0, 440.0]));
        let spreads = of_levels(&all);
        assert_eq!(spreads.len(), 9);
        assert!(spreads[0].1 > 5.0 && spreads[0].1 < spreads[3].1 / 2.0, "{spreads:?}");
        assert!((spreads[8].1 / spreads[3].1 - 2.0).abs() < 1e-9, "in proportion to the time");
    }

    #[test]
    fn exact_times_keep_one_percent_and_an_outlier_does_not_widen() {
        assert_eq!(of_levels(&level(5, &[200.0; 4]))[0], (200.0, 2.0));
        assert_eq!(of_levels(&level(5, &[200.0]))[0], (200.0, 2.0), "a single block");
        let spreads = of_levels(&level(5, &[198.0, 200.0, 202.0, 201.0, 4_000.0]));
        assert!(spreads[0].1 < 8.0, "{spreads:?}");
    }
}
