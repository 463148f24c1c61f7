//! Intervals of the parameters of the Universal Scalability Law: the fit of many resamples of the points.
//! B. Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979.

use super::solve::{Parameters, Sample, solve};
use crate::stats::Estimate;
use crate::stats::quantiles::t95;
use crate::stats::random::Random;
use crate::stats::resample::expanded_interval;

const RESAMPLES: usize = 500;
const PARAMETERS: usize = 3;

/// The parameters of resampled points. `sorted` by load; `best` is the fit of all.
pub(crate) fn resamples(sorted: &[Sample], best: &Parameters, seed: u64) -> Vec<Parameters> {
    let mut random = Random::new(seed);
    let residuals = residuals(sorted, best);
    let mut drawn = sorted.to_vec();
    let draw = |_| {
        let mut place = 0;
        for load in sorted.chunk_by(|a, b| a.load == b.load) {
            let repeats = &mut drawn[place..place + load.len()];
            place += load.len();
            if load.len() > 1 {
                let mean = load.iter().map(|sample| sample.log).sum::<f64>() / load.len() as f64;
                // Deviations from a mean of the same few values are too small: widened to their true size.
                let widen = (load.len() as f64 / (load.len() - 1) as f64).sqrt();
                for repeat in repeats {
                    repeat.log = mean + widen * (load[random.below(load.len())].log - mean);
                }
            } else {
                for repeat in repeats {
                    repeat.log = best.log_at(repeat.load) + residuals[random.below(residuals.len())];
                }
            }
        }
        solve(&drawn)
    };
    (0..RESAMPLES).filter_map(draw).collect()
}

/// Each point's difference from the fit, widened for the degrees of freedom that the fit used.
fn residuals(samples: &[Sample], best: &Parameters) -> Vec<f64> {
    let count = samples.len() as f64;
    let widen = (count / (count - PARAMETERS as f64).max(1.0)).sqrt();
    let all: Vec<f64> = samples.iter().map(|sample| widen * (sample.log - best.log_at(sample.load))).collect();
    // At a bound (σ or κ 0) they do not add up to nothing by themselves.
    let mean = all.iter().sum::<f64>() / count;
    all.iter().map(|residual| residual - mean).collect()
}

/// `value` with the middle of the resampled values: 95 % of them for many points, more for few, as Student's t demands
/// (T. C. Hesterberg's expanded percentile interval, 2015).
pub(crate) fn estimate(value: f64, resampled: impl Iterator<Item = f64>, points: usize) -> Estimate {
    let mut resampled: Vec<f64> = resampled.collect();
    if resampled.is_empty() {
        return Estimate::around(value, 0.0);
    }
    expanded_interval(value, &mut resampled, t95(points.saturating_sub(PARAMETERS) as u32))
}
