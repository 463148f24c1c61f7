//! Runs with a purpose: one run whole, and many that together answer a question.
//! Uses the driver, the fits and the diagnosis; draws nothing, and knows no command line.

mod ab;
mod cost;
mod inspection;
pub mod mitigations;
mod one_run;
mod qualify;
mod shootdown;
mod sweep;
pub mod what_if;

/// Why a result of several runs is incomplete, until all runs are over.
const UNFINISHED: &str = "it is still under way, or was killed";

pub use ab::{AbPlan, ab};
pub use cost::{CostProgress, Measured, Plan, commit_model, import, least_ns, measure_cost, spread};
pub use inspection::{BUDGET_NS as SHORT_BUDGET_NS, measurement, no_cost_model, priced_by};
pub use one_run::{OneRun, one_run};
pub use qualify::{Qualify, QualifyStep, qualify};
pub use shootdown::{Cpus, ShootdownProgress, ShootdownWish, measure as measure_shootdown_costs};
pub use sweep::{INTERRUPTED, KneeSearch, Many, Step, find_knee, sweep};
