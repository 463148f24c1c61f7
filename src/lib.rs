//! `mapstorm` forks thousands of processes that share one mapped Cyrus `mailboxes.db` while a writer commits to it,
//! and measures what every operation cost.
//!
//! The data flows one way: a scenario is read, the driver forks the workers, each does its workload on the
//! mailboxes file and records into shared memory; the results are written to a run directory and reported from there.

// Some evidence and some figures of the system are Linux's alone; there, nothing that is dead goes unseen.
#![cfg_attr(not(target_os = "linux"), allow(dead_code))]
// A broken terminal must not stop a measurement: `os::terminal` writes, and nothing else.
#![deny(clippy::print_stderr, clippy::print_stdout)]

pub mod cli;
mod conclude;
mod diagnose;
#[cfg(test)]
mod docgen;
mod driver;
mod experiment;
mod export;
mod inspect;
#[doc(hidden)]
pub mod internals;
mod mailboxes;
mod os;
mod present;
mod results;
mod scenario;
mod shm;
mod stats;
mod workload;

#[doc(hidden)]
pub use os::terminal;
pub use os::{signal::survive_file_size_limit, stack::have_stack};
