//! Charts of many runs along an axis: response times, throughput, commits and freezes against the load, with the knee.
//! What was measured is solid, every run a point; what is predicted is dashed, hollow and says so.

mod across;
mod commit;
mod freezes;
mod grid;
mod latency;
mod marks;
#[cfg(test)]
mod tests;
mod throughput;
mod view;
mod words;

use super::chart::Chart;
use crate::results::SweepReport;
use view::View;

/// Draws a sweep or a search for the knee: `sweep-latency`, `sweep-throughput`, `sweep-commit`, and `sweep-freezes` if any run froze; with
/// many values of a second axis `-2` and so on besides. Panels share their axes, also across sheets. No charts if nothing ran.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn sweep_charts(sweep: &SweepReport) -> anyhow::Result<Vec<Chart>> {
    let Some(view) = View::of(sweep) else { return Ok(Vec::new()) };
    let mut charts = latency::charts(&view)?;
    charts.extend(throughput::charts(&view)?);
    charts.extend(commit::charts(&view)?);
    charts.extend(freezes::charts(&view)?);
    Ok(charts)
}
