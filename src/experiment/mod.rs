//! Runs with a purpose: one run whole, and many that together answer a question.
//! Uses the driver, the laws and the diagnosis; draws nothing, and knows no command line.

pub mod cures;
mod one_run;
pub mod what_if;

pub use one_run::{OneRun, one_run};
