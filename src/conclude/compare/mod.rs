//! Results compared with each other: two runs, many of them ranked, cost models, sweeps, what-ifs; what differs, and how significantly.

pub(crate) mod cost;
pub(crate) mod figures;
pub(crate) mod loaded_run;
pub(crate) mod machine;
pub(crate) mod many;
pub(crate) mod matched;
pub(crate) mod matching;
pub(crate) mod pair;
pub(crate) mod parts;
pub(crate) mod resampled;
pub(crate) mod rows;
pub(crate) mod sentences;
#[cfg(test)]
mod tests;

pub use cost::compare_costs;
pub use many::{PredictedRow, compare_many};
pub use matching::{differences as scenario_differences, is_key};
pub use pair::compare_pair;
pub use parts::{compare_sweeps, compare_what_ifs};
pub use rows::MatchedRow;

use crate::scenario::Clause;

#[derive(Clone, Debug)]
pub struct CompareOptions {
    /// A smaller effect is no difference, however significant it is; as a share, 0.05 for 5 %.
    pub least_effect: f64,
    pub across: Vec<String>,
    /// By how much a figure may be worse than the baseline's before it is a regression, as a share; `None`: it is not checked.
    pub allowed_regression: Option<f64>,
    /// Objectives to rank by; empty: those of the scenario.
    pub objectives: Vec<Clause>,
}
