//! How far the blocks of one level of mappers lie apart: the weights of the fit.
//! A handful of rounds gives a poor estimate of a level's spread, so each level borrows from all.

use super::Observation;
use crate::stats::quantiles::median;

/// A normal distribution's deviation is so many times its median absolute deviation.
pub(crate) const NORMAL: f64 = 1.4826;
/// No level counts as steadier than this share of its median: a few blocks that agree by accident must not decide the
/// fit.
const LEAST_SHARE: f64 = 0.01;
/// The spread common to all levels counts as much as so many blocks of the level itself.
const BORROWED: f64 = 8.0;

/// The median and the spread (like a standard deviation), nanoseconds, of the level of each observation. `sorted` by
/// mappers.
pub(crate) fn of_levels(sorted: &[Observation]) -> Vec<(f64, f64)> {
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
    let mut spreads = Vec::with_capacity(sorted.len());
    for (count, middle, shares) in levels {
        let blocks = shares.len() as f64;
        let own = NORMAL * median(shares);
        let share = ((blocks * own.powi(2) + BORROWED * common.powi(2)) / (blocks + BORROWED)).sqrt();
        spreads.extend(std::iter::repeat_n((middle, middle * share.max(LEAST_SHARE)), count));
    }
    spreads
}

#[cfg(test)]
mod tests {
    use super::*;

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
