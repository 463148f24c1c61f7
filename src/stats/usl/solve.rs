//! The best parameters of the Universal Scalability Law, contention and coherence not below zero.
//! Load over throughput is linear in them, so each step is exact, and which of the two are zero is simply tried.

use super::LoadPoint;
use crate::stats::linear::{Row, at, least_squares};

/// Gauss-Newton steps at most; a handful is usual.
const STEPS: usize = 50;
/// Halvings of one step at most, where the whole one does not make it better.
const HALVINGS: usize = 20;

#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub load: f64,
    /// Logarithm of load over throughput.
    pub log: f64,
}

impl Sample {
    pub(crate) fn of(point: &LoadPoint) -> Sample {
        Sample { load: point.load, log: (point.load / point.throughput_per_s).ln() }
    }

    fn factors(&self) -> [f64; 3] {
        [1.0, self.load - 1.0, self.load * (self.load - 1.0)]
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub lambda: f64,
    pub sigma: f64,
    pub kappa: f64,
}

impl Parameters {
    /// The load of most throughput; infinite where there is none.
    pub(crate) fn peak(&self) -> f64 {
        if self.kappa > 0.0 { ((1.0 - self.sigma).max(0.0) / self.kappa).sqrt() } else { f64::INFINITY }
    }

    /// Logarithm of load over throughput that is expected at a load.
    pub(crate) fn log_at(&self, load: f64) -> f64 {
        ((1.0 + self.sigma * (load - 1.0) + self.kappa * load * (load - 1.0)) / self.lambda).ln()
    }
}

/// The parameters of the least squares of relative errors; `None`: no positive throughput comes near the samples.
pub(crate) fn solve(samples: &[Sample]) -> Option<Parameters> {
    // Relative errors of the expected throughput are linear in the parameters: the place to begin.
    let start = |sample: &Sample| {
        let y = sample.log.exp();
        Row { x: sample.factors(), y, weight: y.powi(-2) }
    };
    let mut best = not_negative(samples, &samples.iter().map(start).collect::<Vec<_>>())?;
    let mut error = squares(samples, &best)?;
    for _ in 0..STEPS {
        // Differences of logarithms, linear near the parameters so far.
        let linear = |sample: &Sample| {
            let expected = at(&best, &sample.factors());
            Row { x: sample.factors(), y: expected * (1.0 + sample.log - expected.ln()), weight: expected.powi(-2) }
        };
        let Some(target) = not_negative(samples, &samples.iter().map(linear).collect::<Vec<_>>()) else { break };
        // Between two sets of parameters that are allowed, all are allowed.
        let steps = (0..HALVINGS).map(|halving| 0.5_f64.powi(halving as i32));
        let tried = steps.map(|part| std::array::from_fn(|i| best[i] + part * (target[i] - best[i])));
        let better = tried.filter_map(|p| Some((squares(samples, &p)?, p))).find(|(squares, _)| *squares < error);
        let Some((smaller, next)) = better else { break };
        let still = error - smaller <= 1e-12 * error;
        (best, error) = (next, smaller);
        if still {
            break;
        }
    }
    Some(Parameters { lambda: 1.0 / best[0], sigma: best[1] / best[0], kappa: best[2] / best[0] })
}

/// The best linear parameters with the first positive, the others not negative, and positive throughput at all samples.
fn not_negative(samples: &[Sample], rows: &[Row<3>]) -> Option<[f64; 3]> {
    let error = |p: &[f64; 3]| rows.iter().map(|row| row.weight * (row.y - at(p, &row.x)).powi(2)).sum::<f64>();
    let with = |sigma, kappa| {
        let found = least_squares(rows.iter().copied(), [true, sigma, kappa])?;
        let allowed = found[0] > 0.0 && found[1] >= 0.0 && found[2] >= 0.0;
        (allowed && samples.iter().all(|sample| at(&found, &sample.factors()) > 0.0)).then_some(found)
    };
    // If the best of all is not allowed, the best that is has one of the others at 0, or both.
    with(true, true).or_else(|| {
        let bounded = [with(true, false), with(false, true), with(false, false)];
        bounded.into_iter().flatten().min_by(|a, b| error(a).total_cmp(&error(b)))
    })
}

/// The sum of squares of the logarithms' differences; `None` where the throughput would not be positive.
fn squares(samples: &[Sample], linear: &[f64; 3]) -> Option<f64> {
    let square = |sample: &Sample| {
        let expected = at(linear, &sample.factors());
        (expected > 0.0).then(|| (sample.log - expected.ln()).powi(2))
    };
    samples.iter().map(square).sum()
}
