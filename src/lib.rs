//! `mapstorm` forks thousands of processes that share one mapped Cyrus `mailboxes.db` while a writer commits to it,
//! and measures what every operation cost.
//!
//! The data flows one way: a [`scenario`] is read, the driver forks a crowd of workers, each does its workload on the
//! [`mailboxes`] file and records into shared memory; the results are written to a run directory and reported from there.

// A broken terminal must not stop a measurement: `os::terminal` writes, and nothing else.
#![deny(clippy::print_stderr, clippy::print_stdout)]

pub mod cli;
pub mod conclude;
pub mod diagnose;
#[cfg(test)]
mod docgen;
pub mod driver;
pub mod experiment;
pub mod export;
pub mod mailboxes;
pub mod os;
pub mod present;
pub mod results;
pub mod scenario;
pub mod shm;
pub mod stats;
pub mod workload;
