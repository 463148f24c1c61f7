//! Charts of one run: what came due and was done as time went by, and how long it took.
//! All of it is read back from the run directory, so an old run is drawn as well as a new one.

pub(crate) mod columns;
pub(crate) mod freezes;

mod captions;
mod grid;
mod over_time;
mod part;
mod percentiles;
mod phases;
mod stacks;
#[cfg(test)]
mod tests;
mod timeline;

use super::{chart::Chart, render::rendered};
use crate::results::TimeSeries;

/// Draws a run: the freeze timeline, latency by percentile, latency over time, the phases of readers and writers, kernel stacks. A run in
/// which nothing completed has the timeline only.
pub fn run_charts(time_series: &TimeSeries) -> anyhow::Result<Vec<Chart>> {
    rendered([
        Some(timeline::plot(time_series)),
        percentiles::plot(time_series),
        over_time::plot(time_series),
        phases::plot(time_series),
        stacks::plot(time_series),
    ])
}
