//! What is said and shown of results, in the terminal, on a page, and in charts. Every number stands in a result already: nothing is
//! measured or judged here.

pub(crate) mod charts;
pub(crate) mod files;
pub(crate) mod html;
pub(crate) mod table;
pub(crate) mod text;

pub use charts::{
    Chart, comparison_charts, cost_charts, matched_charts, ranking_charts, run_charts, sweep_charts, what_if_charts,
    write_charts,
};
pub use files::{Reported, comparison_report};
pub use table::{Grid, Remark};
pub use text::{freeze_table, heading, results_table, sentence};
