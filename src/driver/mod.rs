//! Runs a scenario: make the files, fork the crowd, open the gate, wait, gather, leave nothing behind.
//! It never has a second thread while it forks.

mod crowd;
mod files;
mod gather;
mod preflight;

pub use crowd::run;
pub use files::Files;
pub use preflight::{Need, Refusal, preflight};
