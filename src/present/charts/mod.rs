//! Charts as SVG, for people on a screen, on paper or with a screen reader.

mod alternative;
pub(crate) mod axis;
pub(crate) mod beyond;
pub(crate) mod canvas;
pub(crate) mod chart;
#[cfg(test)]
pub(crate) mod checks;
pub(crate) mod compare;
pub(crate) mod cost;
pub(crate) mod forest;
pub(crate) mod frame;
pub(crate) mod history;
pub(crate) mod inspection;
pub(crate) mod legend;
pub(crate) mod page;
pub(crate) mod palette;
pub(crate) mod percentiles;
pub(crate) mod plot;
#[cfg(feature = "png")]
pub(crate) mod png;
pub(crate) mod predictions;
pub(crate) mod render;
pub(crate) mod residuals;
pub(crate) mod run;
pub(crate) mod shootdown;
pub(crate) mod slopes;
pub(crate) mod sweep;
pub(crate) mod what_if;

pub use chart::{Chart, write_charts};
pub use compare::{
    ab_charts, comparison_charts, cost_comparison_charts, matched_charts, ranking_charts, sweep_comparison_charts,
    what_if_comparison_charts,
};
pub use cost::cost_charts;
pub use history::history_charts;
pub use inspection::inspection_charts;
pub use predictions::{PredictedFigure, prediction_chart};
pub use run::run_charts;
pub use shootdown::shootdown_charts;
pub use sweep::{sweep_charts, sweep_latency_charts};
pub use what_if::what_if_charts;

/// What charts are made of.
pub(crate) use crate::conclude::{in_order::unique, wording::estimate as with_interval};
pub(crate) use page::from_to;
pub(crate) use plot::{
    At, Axis, BAR, DASHED, DOTTED, Dash, EMULATED, Extent, FAINT, FREEZE, GREY, INK, INK_ON_COLOR, Key, Limit, Look,
    Mark, Note, Origin, PAPER, Panel, Plot, RAMP, SMALL, Shape, Stroke, Text, WIDTH, Words, color, curve, series,
};
pub(crate) use render::rendered;
