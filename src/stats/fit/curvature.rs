//! Whether the cost model is a straight line: the same fit with a square in it.
//! A bend must be significant and large enough to matter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jackknife::Replicates;
use crate::stats::Estimate;

/// Fewest levels of mappers that distinguish a bend from a slope.
const LEAST_LEVELS: usize = 3;
/// A bend smaller than this share of the slope does not matter.
const LEAST_SHARE: f64 = 0.1;

/// How far the cost model is from a straight line: `c` of a + b·mappers + c·mappers².
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curvature {
    /// What `c` adds at the most mappers, as a share of what the straight line's slope adds there; its interval is that
    /// of a repeat, as the cost model's. `null`: untested, or the straight line has no slope at all.
    pub share: Option<Estimate>,
    /// What that means.
    pub verdict: CurvatureVerdict,
}

/// What the test for a bend says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CurvatureVerdict {
    /// No significant bend (the interval of `c` includes 0), or one of at most a tenth of the slope.
    Straight,
    /// Each further mapper costs more than the one before.
    Upward,
    /// Each further mapper costs less than the one before.
    Downward,
    /// Fewer than three levels of mappers, also without any one of the rounds.
    Untested,
}

/// `parabola`: the same fit with a square in it, if there is one.
pub(crate) fn test(levels: usize, line: &Replicates<2>, parabola: Option<&Replicates<3>>) -> Curvature {
    let Some(parabola) = parabola.filter(|_| levels >= LEAST_LEVELS) else {
        return Curvature { share: None, verdict: CurvatureVerdict::Untested };
    };
    // Mappers are a share of the most: there, every power of them is 1, and coefficients are contributions.
    let square = parabola.estimate(|parabola| parabola[2]);
    let share = Some(parabola.and(line, |parabola, line| parabola[2] / line[1]))
        .filter(|share| share.low.is_finite() && share.high.is_finite());
    let matters = share.is_none_or(|share| share.value.abs() > LEAST_SHARE);
    let verdict = match square.value {
        _ if square.contains(0.0) || !matters => CurvatureVerdict::Straight,
        c if c > 0.0 => CurvatureVerdict::Upward,
        _ => CurvatureVerdict::Downward,
    };
    Curvature { share, verdict }
}
