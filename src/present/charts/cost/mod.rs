//! Charts of the cost law: what each mapper adds for every method, and the laws with what was measured, a set for every directory.
//! Where nothing was measured, nothing is drawn.

mod families;
mod lines;
#[cfg(test)]
mod sample;
mod site;
mod slopes;
#[cfg(test)]
mod tests;
mod words;

use super::chart::Chart;
use crate::results::Cost;
use site::sites;

/// Draws the result of a cost experiment: first what each mapper adds for every method, then update time against mappers in
/// families of methods, for each directory in turn. No charts if nothing was measured.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn cost_charts(cost: &Cost) -> anyhow::Result<Vec<Chart>> {
    let mut charts = Vec::new();
    for site in sites(cost) {
        charts.extend(slopes::chart(&site)?);
        for sheet in families::sheets(&site) {
            charts.extend(lines::chart(&site, &sheet)?);
        }
    }
    Ok(charts)
}
