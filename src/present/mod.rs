//! How results look: a [`document::Document`] of each kind, rendered for the terminal and as a page, and charts. Every number stands in
//! a result already: nothing is measured or judged here.

pub(crate) mod charts;
pub(crate) mod document;
pub(crate) mod documents;
pub(crate) mod files;
pub(crate) mod html;
pub(crate) mod table;
mod terminal;

pub use crate::conclude::cost::heading;
pub use charts::{
    Chart, PredictedFigure, ab_charts, comparison_charts, cost_charts, cost_comparison_charts, history_charts,
    inspection_charts, matched_charts, prediction_chart, ranking_charts, run_charts, shootdown_charts, sweep_charts,
    sweep_comparison_charts, sweep_latency_charts, what_if_charts, what_if_comparison_charts, write_charts,
};
pub use documents::environment::machine_text;
pub use documents::{OnScreen, results_list, scenarios_list};
pub use files::{Report, Reported, comparison_report, history_report};
pub use table::Grid;
pub use terminal::Screen;
