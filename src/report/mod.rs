//! Draws what was measured: charts as SVG, for people on a screen, on paper or with a screen reader.
//! It never measures and never judges: every number on a chart stands in the result already.

mod axis;
mod canvas;
mod chart;
mod cost;
mod frame;
mod legend;
mod page;
mod palette;

pub use chart::{Chart, write_charts};
pub use cost::cost_charts;
