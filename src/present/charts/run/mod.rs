//! Charts of one run: what came due and was done as time went by, and how long it took.
//! All of it is read back from the run directory, so an old run is drawn as well as a new one.

mod columns;
mod freezes;

mod grid;
mod over_time;
mod part;
mod percentiles;
mod phases;
#[cfg(test)]
mod tests;

mod timeline;
mod words;

use rayon::prelude::*;

use super::chart::Chart;
use crate::results::Course;

/// Draws one kind of chart. `None`: the run has nothing for it.
type Draw = fn(&Course) -> anyhow::Result<Option<Chart>>;

/// Draws a run: the freeze timeline, latency by percentile, latency over time, the phases of readers and writers. A run in
/// which nothing completed has the timeline only.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn run_charts(course: &Course) -> anyhow::Result<Vec<Chart>> {
    let kinds: [Draw; 4] = [timeline::chart, percentiles::chart, over_time::chart, phases::chart];
    let charts: Vec<Option<Chart>> = kinds.into_par_iter().map(|draw| draw(course)).collect::<Result<_, _>>()?;
    Ok(charts.into_iter().flatten().collect())
}
