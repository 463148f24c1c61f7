//! Results as people read them in the terminal: at most 100 columns wide.

pub(crate) mod comparison;
pub(crate) mod cost;
pub(crate) mod diagnosis;
pub(crate) mod environment;
pub(crate) mod listed;
pub(crate) mod matched;
pub(crate) mod ranking;
pub(crate) mod run;
pub(crate) mod sweep;
pub(crate) mod what_if;

pub use cost::{heading, sentence};
pub use diagnosis::freeze_table;
pub use listed::table as results_table;
