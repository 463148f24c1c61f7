//! The fit without each round in turn: how far the rounds disagree is the error of the fit.
//! Blocks within a round may be correlated (a busy minute); rounds are independent, but for a machine that drifts.

use super::{Observation, robust};
use crate::stats::Estimate;
use crate::stats::quantiles::{mean_and_variance, t95};

/// What a drift does to a repeat: the means of two spans of a random walk that follow each other differ with four times the variance
/// of the walk within a span; and 95 % of a normal distribution.
const DRIFT: f64 = 2.0 * 1.96;

/// The curve through all, and those without one round each.
pub(crate) struct Replicates<const P: usize> {
    pub all: [f64; P],
    pub without: Vec<[f64; P]>,
    /// Whether the rounds follow each other in time, so that a drift is seen in them.
    in_time: bool,
}

impl<const P: usize> Replicates<P> {
    /// Fits them all, weights and scale included: those are part of the fit, and of its error. `sorted` by mappers.
    /// Errors: The first round without which the rest does not determine the curve.
    pub(crate) fn of(sorted: &[Observation], rounds: &[u32], most: f64, in_time: bool) -> Result<Replicates<P>, u32> {
        let curve = |kept: &[Observation]| robust::curve(&robust::points(kept, most));
        let all = curve(sorted).ok_or(rounds.first().copied().unwrap_or(0))?;
        let rest = |round: u32| {
            let kept: Vec<Observation> = sorted.iter().filter(|kept| kept.round != round).copied().collect();
            curve(&kept).ok_or(round)
        };
        let without = rounds.iter().map(|round| rest(*round)).collect::<Result<_, u32>>()?;
        Ok(Replicates { all, without, in_time })
    }

    /// The typical time of one level, of the same rounds. `None`: without one of them there is nothing left.
    pub(crate) fn of_same_rounds(&self, level: &[Observation], rounds: &[u32]) -> Option<Replicates<1>> {
        Replicates::of(level, rounds, 1.0, self.in_time).ok()
    }

    pub(crate) fn map<const Q: usize>(&self, figure: impl Fn(&[f64; P]) -> [f64; Q]) -> Replicates<Q> {
        let without = self.without.iter().map(&figure).collect();
        Replicates { all: figure(&self.all), without, in_time: self.in_time }
    }

    pub(crate) fn estimate(&self, figure: impl Fn(&[f64; P]) -> f64) -> Estimate {
        self.and(self, |one, _| figure(one))
    }

    /// A figure of two curves through the same rounds.
    pub(crate) fn and<const Q: usize>(
        &self,
        other: &Replicates<Q>,
        figure: impl Fn(&[f64; P], &[f64; Q]) -> f64,
    ) -> Estimate {
        let without: Vec<f64> =
            self.without.iter().zip(&other.without).map(|(one, other)| figure(one, other)).collect();
        repeat_interval(figure(&self.all, &other.all), &without, self.in_time)
    }

    /// How much larger a figure is in the second half of the rounds than in the first. `None`: they are in no order of time.
    pub(crate) fn drift(&self, figure: impl Fn(&[f64; P]) -> f64) -> Option<f64> {
        let half = self.without.len() / 2;
        let sum = |rounds: &[[f64; P]]| rounds.iter().map(&figure).sum::<f64>() / half as f64;
        let (first, second) = (&self.without[..half], &self.without[self.without.len() - half..]);
        // Without a round that is slow the rest is faster: by how much, times the number of the others.
        self.in_time.then(|| (sum(first) - sum(second)) * (self.without.len() - 1) as f64)
    }
}

/// `value` with its 95 % prediction interval for a repeat of the measurement, from the values without each round. √2: the repeat is as far
/// from the truth as this measurement. Where the rounds follow each other in time it is wider by what drifted.
pub(crate) fn repeat_interval(value: f64, without: &[f64], in_time: bool) -> Estimate {
    let rounds = without.len() as f64;
    let standard_error = (rounds - 1.0) * (mean_and_variance(without).1 / rounds).sqrt();
    let drift = if in_time { (rounds - 1.0) * drift(without) } else { 0.0 };
    let half = t95(without.len() as u32 - 1) * standard_error * std::f64::consts::SQRT_2;
    Estimate::around(value, half.hypot(DRIFT * drift))
}

/// The deviation between pairs of neighbours, beyond what the differences within them explain (components of variance: two levels, pairs
/// in time and rounds within). 0 of fewer than two pairs.
fn drift(in_time: &[f64]) -> f64 {
    let pairs: Vec<f64> = in_time.chunks_exact(2).map(|pair| pair[0].midpoint(pair[1])).collect();
    let steps = in_time.windows(2).map(|step| (step[1] - step[0]).powi(2));
    let within = steps.sum::<f64>() / (2.0 * (in_time.len() - 1) as f64);
    if pairs.len() < 2 { 0.0 } else { (mean_and_variance(&pairs).1 - within / 2.0).max(0.0).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_the_textbook_one_times_root_two() {
        let values = [10.0, 12.0, 11.0, 15.0_f64];
        let mean = 12.0;
        let without: Vec<f64> = values.iter().map(|value| (48.0 - value) / 3.0).collect();
        let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 3.0).sqrt();
        let half_width = repeat_interval(mean, &without, false).half_width();
        assert!((half_width - 3.182_446 * deviation / 2.0 * std::f64::consts::SQRT_2).abs() < 1e-5, "{half_width}");
    }

    #[test]
    fn drift_is_distinguished_from_scatter() {
        assert_eq!(drift(&[1.0, 2.0, 1.0, 2.0, 1.0, 2.0]), 0.0);
        // Pairs of 1 and 3, and steps of 2 once in three: 2 − 4/12.
        let found = drift(&[1.0, 1.0, 3.0, 3.0]);
        assert!((found.powi(2) - (2.0 - 4.0 / 12.0)).abs() < 1e-12, "{found}");
        assert_eq!(drift(&[1.0, 5.0, 9.0]), 0.0, "one pair");
        let without = [4.0, 4.0, 1.0, 1.0];
        let replicates = Replicates { all: [3.0], without: without.map(|value| [value]).to_vec(), in_time: true };
        assert_eq!(replicates.drift(|curve| curve[0]), Some(9.0));
        assert!(
            replicates.estimate(|curve| curve[0]).half_width() > repeat_interval(3.0, &without, false).half_width()
        );
    }
}
