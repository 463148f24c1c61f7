//! What a run leaves behind: a directory that other tools can read, and the summary that people see.
//! Format version 1; every field is documented where it is declared, in `summary`.

mod directory;
mod histogram_log;
#[cfg(test)]
mod sample;
mod summary;
mod timeline;

pub use directory::{RunDirectory, write};
pub use summary::{Row, Run, Summary, Totals, resolve};
