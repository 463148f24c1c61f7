//! Charts of cost models: what each mapper adds for every method, and the models with what was measured, a set for every directory.
//! Where nothing was measured, nothing is drawn.

mod families;
mod lines;
mod site;
mod slopes;
#[cfg(test)]
mod tests;

use super::{chart::Chart, render::rendered};
use crate::results::Cost;
use site::sites;

/// Draws the result of a cost experiment: first what each mapper adds for every method, then to commits of several database formats side
/// by side, then update time against mappers in families of methods, for each directory in turn. No charts if nothing was measured.
pub fn cost_charts(cost: &Cost) -> anyhow::Result<Vec<Chart>> {
    let mut plots = Vec::new();
    for site in sites(cost) {
        plots.extend([slopes::by_method(&site), slopes::by_format(&site)]);
        plots.extend(families::sheets(&site).iter().map(|sheet| lines::plot(&site, sheet)));
    }
    rendered(plots)
}
