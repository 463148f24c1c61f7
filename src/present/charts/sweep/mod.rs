//! Charts of many runs along an axis: response times, throughput, commits and freezes against the load, with the knee.
//! What was measured is solid, every run a point; what is predicted is dashed, hollow and says so.

pub(crate) mod captions;
mod commit;
mod freezes;
mod grid;
pub(super) mod latency;
pub(super) mod layers;
#[cfg(test)]
pub(super) mod tests;
mod throughput;
pub(crate) mod view;
pub(super) mod x_axis;

use super::{chart::Chart, render::rendered};
use crate::results::SweepReport;
use view::View;

/// Draws a sweep or a search for the knee: `sweep-latency`, `sweep-throughput`, `sweep-commit`, and `sweep-freezes` if any run froze; with
/// many values of a second axis also `-2` and so on. Panels share their axes, also across sheets. No charts if nothing ran.
pub fn sweep_charts(sweep: &SweepReport) -> anyhow::Result<Vec<Chart>> {
    let Some(view) = View::of(sweep) else { return Ok(Vec::new()) };
    let plots = [latency::plots(&view), throughput::plots(&view), commit::plots(&view), freezes::plots(&view)];
    rendered(plots.into_iter().flatten())
}

/// Of these, only `sweep-latency`.
pub fn sweep_latency_charts(sweep: &SweepReport) -> anyhow::Result<Vec<Chart>> {
    rendered(View::of(sweep).iter().flat_map(latency::plots))
}
