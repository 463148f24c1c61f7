//! Results as OpenMetrics 1.0 text, for Prometheus: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
//! What node_exporter's textfile collector reads too: only gauges and summaries, and no timestamps on samples.

mod cost;
mod exposition;
mod families;
mod run;
mod sweep;
mod what_if;

#[cfg(test)]
pub use families::{ALL, Kind};

use super::source::{Content, Source};
use exposition::{Exposition, Labels};

/// One document of all results: each family once.
pub fn document(sources: &[Source]) -> anyhow::Result<Vec<u8>> {
    let mut exposition = Exposition::default();
    for source in sources {
        // One result has the same labels today and tomorrow; its directory's name has the time in it.
        let name = (sources.len() > 1).then_some(&*source.name);
        match source.content()? {
            Content::Run(run) => run::add(&mut exposition, &Labels::of_result(name), &run),
            Content::Sweep(sweep) => sweep::add(&mut exposition, &Labels::of_result(name), &sweep),
            Content::WhatIf(what_if, baseline) => {
                what_if::add(&mut exposition, &Labels::of_result(name), &what_if, baseline.as_deref());
            }
            Content::Cost(cost) => cost::add(&mut exposition, &Labels::of_result(name), &cost),
        }
    }
    Ok(exposition.text().into_bytes())
}

/// When a command began, seconds since 1970; `None`: it is no time.
fn timestamp(started: &str) -> Option<f64> {
    started.parse::<jiff::Timestamp>().ok().map(|at| at.as_second() as f64)
}

/// Nanoseconds as seconds.
fn seconds(ns: f64) -> f64 {
    ns / 1e9
}

/// Yes or no.
fn yes(value: bool) -> f64 {
    if value { 1.0 } else { 0.0 }
}
