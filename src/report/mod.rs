//! Draws what was measured: charts as SVG, for people on a screen, on paper or with a screen reader.
//! It never measures and never judges: every number on a chart stands in the result already.

mod axis;
mod canvas;
mod chart;
#[cfg(test)]
mod checks;
mod compare;
mod cost;
mod files;
mod frame;
mod html;
mod legend;
mod page;
mod palette;
mod png;
mod run;
mod sweep;
mod what_if;

pub use chart::{Chart, write_charts};
pub use compare::{
    CompareOptions, PredictedRow, Side, compare_costs, compare_many, compare_pair, compare_sweeps, compare_what_ifs,
    comparison_charts, is_key, matched_charts, ranking_charts, scenario_differences,
};
pub use cost::cost_charts;
pub use files::{Report, Reported, comparison_report};
pub use run::run_charts;
pub use sweep::sweep_charts;
pub use what_if::what_if_charts;
