//! The fit without each round in turn: how far the rounds disagree is the error of the fit.
//! Blocks within a round may be correlated (a busy minute); rounds are independent.

use super::{Observation, robust};
use crate::stats::Estimate;
use crate::stats::quantiles::t95;

/// The curve through all, and those without one round each.
pub(crate) struct Replicates<const P: usize> {
    pub all: [f64; P],
    pub without: Vec<[f64; P]>,
}

impl<const P: usize> Replicates<P> {
    /// Fits them all, weights and scale included: those are part of the fit, and of its error. `sorted` by mappers.
    /// Errors: The first round without which the rest does not determine the curve.
    pub(crate) fn of(sorted: &[Observation], rounds: &[u32], most_mappers: f64) -> Result<Replicates<P>, u32> {
        let curve = |kept: &[Observation]| robust::curve(&robust::points(kept, most_mappers));
        let all = curve(sorted).ok_or(rounds.first().copied().unwrap_or(0))?;
        let rest = |round: u32| {
            let kept: Vec<Observation> = sorted.iter().filter(|kept| kept.round != round).copied().collect();
            curve(&kept).ok_or(round)
        };
        let without = rounds.iter().map(|round| rest(*round)).collect::<Result<_, u32>>()?;
        Ok(Replicates { all, without })
    }

    pub(crate) fn estimate(&self, figure: impl Fn(&[f64; P]) -> f64) -> Estimate {
        let replicates: Vec<f64> = self.without.iter().map(&figure).collect();
        repeat_interval(figure(&self.all), &replicates)
    }
}

/// `value` with its 95 % prediction interval for a repeat of the measurement, from the values without each round. √2: the repeat is as far from the truth as this measurement.
pub(crate) fn repeat_interval(value: f64, without: &[f64]) -> Estimate {
    let rounds = without.len() as f64;
    let mean = without.iter().sum::<f64>() / rounds;
    let squares: f64 = without.iter().map(|value| (value - mean).powi(2)).sum();
    let standard_error = (squares * (rounds - 1.0) / rounds).sqrt();
    Estimate::around(value, t95(without.len() as u32 - 1) * standard_error * std::f64::consts::SQRT_2)
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
        let half_width = repeat_interval(mean, &without).half_width();
        assert!((half_width - 3.182_446 * deviation / 2.0 * std::f64::consts::SQRT_2).abs() < 1e-5, "{half_width}");
    }
}
