//! Runs with a purpose: one run whole, and many that together answer a question.
//! Uses the driver, the laws and the diagnosis; draws nothing, and knows no command line.

mod cost;
pub mod mitigations;
mod one_run;
mod sweep;
pub mod what_if;

pub use cost::{CostProgress, Measured, Plan, commit_model, measure_cost, spread};
pub use one_run::{OneRun, one_run};
pub use sweep::{INTERRUPTED, KneeSearch, Many, Step, find_knee, sweep};
