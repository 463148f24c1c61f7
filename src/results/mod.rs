//! What a run leaves behind: a directory that other tools can read, and the summary that people see.
//! Format version 1; every field is documented where it is declared, in `summary`.

mod directory;
mod environment;
mod file_facts;
mod histogram_log;
mod known;
mod reference;
#[cfg(test)]
mod sample;
mod summary;
mod text;
mod timeline;

pub use directory::{RunDirectory, write};
pub use environment::{Environment, Evidence, FileSystem, SystemLimit};
pub use file_facts::{FileFacts, Folios};
pub use known::Known;
pub use reference::{reference, schema};
pub use summary::{Circumstances, Row, Run, Summary, Totals, resolve};
