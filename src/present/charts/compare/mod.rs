//! Charts of comparisons.

pub(crate) mod forest;
pub(crate) mod multiples;
pub(crate) mod percentiles;
pub(crate) mod time;

pub use multiples::ranking_charts;

use super::Chart;
use crate::{
    conclude::{MatchedRow, Side},
    results::{Comparison, Matched},
};

/// Draws a pair: latency by percentile, every ratio with its interval, completed per second as time went by.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn comparison_charts(comparison: &Comparison, a: &Side, b: &Side) -> anyhow::Result<Vec<Chart>> {
    let mut charts = Vec::new();
    let has_logs = [a, b].iter().all(|side| side.left_out.is_none());
    if has_logs {
        charts.extend(percentiles::of_pair(comparison, a, b)?);
    }
    charts.extend(forest::of_pair(comparison)?);
    if has_logs {
        charts.extend(time::of_pair(comparison, a, b)?);
    }
    Ok(charts)
}

/// Draws the ratios of matched parts. No chart if there are none.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn matched_charts<D: MatchedRow>(comparison: &Matched<D>) -> anyhow::Result<Vec<Chart>> {
    Ok(forest::of_matched(comparison)?.into_iter().collect())
}
