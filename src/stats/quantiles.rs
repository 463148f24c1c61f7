//! Medians and percentiles of small sets of numbers, and the quantiles that intervals are made of.
//! Callers refuse values that are not numbers.

use std::collections::BTreeSet;

/// The median; of an even number of values the mean of the two in the middle; 0 of none.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        count if count % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

/// The mean of some values, and their variance, for which there must be two; else it is no number.
pub(super) fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0))
}

/// The different ones of some values, rising.
pub(super) fn distinct(values: impl IntoIterator<Item = u32>) -> Vec<u32> {
    values.into_iter().collect::<BTreeSet<u32>>().into_iter().collect()
}

/// The value below which the share `q` (0 to 1) of sorted values lies, interpolated between two of them; 0 of none.
pub(crate) fn percentile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place as usize;
    let above = (below + 1).min(last);
    // Where the two are equal their difference is left out: it would not be a number if both were infinite.
    if sorted[below] == sorted[above] {
        return sorted[below];
    }
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// So many quantiles of some values, evenly spaced, rising: each stands for an equal share of them.
pub fn evenly_spaced(values: impl IntoIterator<Item = f64>, count: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    (0..count).map(|place| percentile(&sorted, (place as f64 + 0.5) / count as f64)).collect()
}

/// So many values, at least, must be expected beyond a percentile for it to mean anything: it takes 400 for p99.
const LEAST_BEYOND: f64 = 4.0;

/// So many values it takes for this quantile to be reported at all, in any medium; the largest of all (1) takes one.
pub fn needed(q: f64) -> u64 {
    if q < 1.0 { (LEAST_BEYOND / (1.0 - q)).round() as u64 } else { 1 }
}

/// Whether so many values support this quantile.
pub fn supports(count: u64, q: f64) -> bool {
    count >= needed(q)
}

/// The normal distribution's two-sided 95 % quantile.
pub(crate) const Z: f64 = 1.959_963_985;
/// Student's, with 2 degrees of freedom.
pub(crate) const T95_OF_2: f64 = 4.303;

/// Share of Student's t distribution with `freedom` degrees of freedom (at least 1) that lies further from 0 than `t`, on both sides
/// together: the finite sums 26.7.3 and 26.7.4 of Abramowitz and Stegun's Handbook of Mathematical Functions, which are exact.
pub(crate) fn t_beyond(t: f64, freedom: u32) -> f64 {
    let is_odd = freedom % 2 == 1;
    let angle = (t.abs() / f64::from(freedom).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let (mut sum, mut term, mut k) = if is_odd { (0.0, cosine, 2.0) } else { (0.0, 1.0, 1.0) };
    for _ in 0..freedom / 2 {
        sum += term;
        term *= cosine * cosine * k / (k + 1.0);
        k += 2.0;
    }
    let within = if is_odd { (angle + sine * sum) * std::f64::consts::FRAC_2_PI } else { sine * sum };
    (1.0 - within).clamp(0.0, 1.0)
}

/// Where a function that falls to 0 from 0 on has come down to this share.
fn falls_to(share: f64, over: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while over(high) > share && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if over(middle) > share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Beyond which `t` this share of it lies, over 0 to 1, on both sides together: the inverse of [`t_beyond`].
pub(crate) fn t_at(share: f64, freedom: u32) -> f64 {
    falls_to(share, |t| t_beyond(t, freedom))
}

/// Student's t distribution's two-sided 95 % quantile; 0 degrees of freedom count as 1.
pub(crate) fn t95(freedom: u32) -> f64 {
    t_at(0.05, freedom.max(1))
}

/// Share of a normal distribution that lies over `z` (at least 0): Abramowitz and Stegun 26.2.17, right to 0.0000001.
pub(crate) fn normal_over(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series
}

/// How the ends of a 95 % interval were found, which says how much longer an interval of higher confidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tails {
    /// From many values: as of a normal distribution.
    Normal,
    /// Of a ratio of a few repeats to a few others: as of Student's t with 2 degrees of freedom. By Welch's rule two repeats each have 1 to 2,
    /// three each 2 to 4.
    Repeats,
}

/// By this factor the halves of 95 % intervals grow, so that so many of them (at least 1) hold together with 95 %: Bonferroni's correction.
pub fn widening(intervals: usize, tails: Tails) -> f64 {
    let beyond = 0.025 / intervals.max(1) as f64;
    match tails {
        Tails::Normal => falls_to(beyond, normal_over) / Z,
        Tails::Repeats => {
            // The distribution with 2 degrees of freedom has a closed form.
            let t = |over: f64| (1.0 - 2.0 * over) / (2.0 * over * (1.0 - over)).sqrt();
            t(beyond) / t(0.025)
        }
    }
}

/// The probability that of `trials` independent events, each with this probability, at least `count` happen.
pub fn at_least(count: usize, trials: usize, probability: f64) -> f64 {
    let exactly = |n: usize| {
        let ways: f64 = (0..n).map(|i| (trials - i) as f64 / (i + 1) as f64).product();
        ways * probability.powi(n as i32) * (1.0 - probability).powi((trials - n) as i32)
    };
    (count..=trials).map(exactly).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_that_hold_together_are_wider() {
        for (intervals, tails, factor) in [
            (1, Tails::Normal, 1.0),
            (1, Tails::Repeats, 1.0),
            // Two-sided quantiles of 99.5 %: 2.807 and 14.089, against 1.960 and 4.303.
            (10, Tails::Normal, 1.432),
            (10, Tails::Repeats, 3.274),
        ] {
            assert!((widening(intervals, tails) - factor).abs() < 0.001, "{intervals}: {}", widening(intervals, tails));
        }
        for (count, trials, expected) in [(0, 5, 1.0), (1, 2, 0.0975), (2, 2, 0.0025), (3, 2, 0.0)] {
            assert!((at_least(count, trials, 0.05) - expected).abs() < 1e-9, "{count} of {trials}");
        }
    }

    #[test]
    fn a_percentile_takes_four_values_beyond_it() {
        assert_eq!([0.5, 0.9, 0.99, 0.999, 1.0].map(needed), [8, 40, 400, 4000, 1]);
        assert!(supports(400, 0.99) && !supports(399, 0.99) && !supports(0, 1.0));
    }

    #[test]
    fn medians() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median([]), 0.0);
    }

    #[test]
    fn percentiles_lie_between_their_neighbours() {
        let sorted = [10.0, 20.0, 30.0, 40.0, 50.0];
        assert_eq!(percentile(&sorted, 0.0), 10.0);
        assert_eq!(percentile(&sorted, 0.5), 30.0);
        assert!((percentile(&sorted, 0.9) - 46.0).abs() < 1e-9);
        assert_eq!(percentile(&sorted, 1.0), 50.0);
        assert_eq!(percentile(&[f64::INFINITY, f64::INFINITY], 0.3), f64::INFINITY);
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, t) in [(1, 12.706), (3, 3.182), (4, 2.776), (5, 2.571), (9, 2.262), (30, 2.042), (100_000, 1.960)]
        {
            assert!((t95(freedom) - t).abs() < 0.0006, "{freedom}: {}", t95(freedom));
        }
        for (share, freedom, t) in [(0.01, 5, 4.032), (0.001, 2, 31.599), (0.1, 11, 1.796), (0.4, 4, 0.941)] {
            assert!((t_at(share, freedom) - t).abs() < 0.0006, "{share} {freedom}: {}", t_at(share, freedom));
        }
    }

    #[test]
    fn shares_are_those_of_the_tables() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.158_655), (Z, 0.025), (3.0, 0.001_350)] {
            assert!((normal_over(z) - share).abs() < 1e-6, "{z}: {}", normal_over(z));
        }
    }
}
