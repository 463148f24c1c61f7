//! The Universal Scalability Law: throughput that rises with load, bends, and falls again past a peak.
//! N. J. Gunther, "A General Theory of Computational Scalability Based on Rational Functions", 2008.

mod solve;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Estimate, quantiles::t95, random::Random, resample::expanded_interval};
use solve::{Parameters, Sample, solve};

/// Fewest points, and loads, that determine three parameters and their errors.
const LEAST_POINTS: usize = 4;
const LEAST_LOADS: usize = 3;
const RESAMPLES: usize = 500;
const PARAMETERS: usize = 3;
/// A peak beyond so many times the largest load is extrapolated too far.
const FARTHEST_PEAK: f64 = 100.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadPoint {
    /// The load: how many processes (mappers, readers) work, over 0; N in the formula.
    pub load: f64,
    /// What they completed together, per second, over 0.
    pub throughput_per_s: f64,
}

/// X(N) = λN / (1 + σ(N − 1) + κN(N − 1)).
///
/// The intervals are those of a bootstrap, 95 %, for the parameters themselves (not for a repeat).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usl {
    /// λ: throughput at a load of 1, per second.
    pub lambda_per_s: Estimate,
    /// σ: contention, the share of the work that has to be done one after the other; at least 0.
    pub sigma: Estimate,
    /// κ: coherence, the cost of each pair that has to agree; at least 0.
    pub kappa: Estimate,
    /// √((1 − σ)/κ): the load of most throughput (0 where σ is over 1). Its upper end is at most 100 times the largest
    /// load, which then means "none". `null`: there is no peak, or none within 100 times the largest load.
    pub peak_load: Option<Estimate>,
}

impl Usl {
    /// Throughput at a load, per second; without its interval.
    pub fn throughput_at(&self, load: f64) -> f64 {
        let pairs = load * (load - 1.0);
        self.lambda_per_s.value * load / (1.0 + self.sigma.value * (load - 1.0) + self.kappa.value * pairs)
    }
}

/// Why there is none, and what to measure so that there is one.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum UslError {
    #[error("{points} points do not determine three parameters and their errors: measure at least 4")]
    Points { points: usize },
    #[error(
        "{loads} different loads do not determine three parameters: measure at least 3, from small to past the peak"
    )]
    Loads { loads: usize },
    /// A point that is none.
    #[error("load {load}, throughput {throughput_per_s}/s: both must be over 0; leave out loads without completions")]
    Point { load: f64, throughput_per_s: f64 },
    #[error("throughput per load rises without end, which is no scalability curve; measure smaller loads too")]
    Unlike,
}

/// Fits the parameters, σ and κ not below 0, so that the squares of relative errors (differences of logarithms) are smallest.
///
/// N/X is linear in 1/λ, σ/λ and κ/λ: so the fit needs no initial guess, and no local optimum is mistaken for the best.
/// Intervals: percentiles of 500 resamples, of the repeats at a load where there are several, else of all residuals. λ
/// is extrapolated where the loads do not begin near 1.
/// Errors: Fewer than 4 points or 3 loads, or a load or throughput that is not over 0.
pub fn fit_usl(points: &[LoadPoint], seed: u64) -> Result<Usl, UslError> {
    let fine = |number: f64| number.is_finite() && number > 0.0;
    if let Some(bad) = points.iter().find(|point| !fine(point.load) || !fine(point.throughput_per_s)) {
        return Err(UslError::Point { load: bad.load, throughput_per_s: bad.throughput_per_s });
    }
    if points.len() < LEAST_POINTS {
        return Err(UslError::Points { points: points.len() });
    }
    let mut samples: Vec<Sample> = points.iter().map(Sample::of).collect();
    samples.sort_by(|a, b| a.load.total_cmp(&b.load).then(a.log.total_cmp(&b.log)));
    let loads = samples.chunk_by(|a, b| a.load == b.load).count();
    if loads < LEAST_LOADS {
        return Err(UslError::Loads { loads });
    }
    let best = solve(&samples).ok_or(UslError::Unlike)?;
    let farthest = FARTHEST_PEAK * samples.last().map_or(0.0, |sample| sample.load);
    let resamples = resampled(&samples, &best, seed);
    let estimate =
        |figure: &dyn Fn(&Parameters) -> f64| interval(figure(&best), resamples.iter().map(figure), samples.len());
    Ok(Usl {
        lambda_per_s: estimate(&|fit| fit.lambda),
        sigma: estimate(&|fit| fit.sigma),
        kappa: estimate(&|fit| fit.kappa),
        peak_load: (best.peak() <= farthest).then(|| estimate(&|fit| fit.peak().min(farthest))),
    })
}

/// The parameters of resampled points (B. Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979). `sorted` by load; `best` is the fit of all.
fn resampled(sorted: &[Sample], best: &Parameters, seed: u64) -> Vec<Parameters> {
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
fn interval(value: f64, resampled: impl Iterator<Item = f64>, points: usize) -> Estimate {
    let mut resampled: Vec<f64> = resampled.collect();
    if resampled.is_empty() {
        return Estimate::around(value, 0.0);
    }
    expanded_interval(value, &mut resampled, t95(points.saturating_sub(PARAMETERS) as u32))
}
