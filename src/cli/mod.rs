//! The command line: arguments, the order of the steps, exit codes. One file per command.
//! Results go to stdout, progress and warnings to stderr.

pub mod compare;
pub mod cost;
pub mod diagnose;
pub mod doctor;
pub mod exit;
mod live;
pub mod mailboxes;
pub mod run;
mod slo;

use std::io::{ErrorKind, Write};

use clap::{Parser, Subcommand};

/// Thousands of processes share one mapped Cyrus mailboxes.db while a writer commits to it.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario: fork the crowd, measure, report
    Run(run::Run),
    /// Measure what one update costs for every process that maps the file
    Cost(cost::CostArguments),
    /// Hold results against each other: two runs or cost results, or a ranking of many
    Compare(compare::Compare),
    /// Say why a finished run froze, and whether it met its objectives
    Diagnose(diagnose::Diagnose),
    /// Show what evidence this machine offers, and what would offer more
    Doctor(doctor::Doctor),
    /// Make, check or list a mailbox file
    #[command(subcommand)]
    Mailboxes(mailboxes::Mailboxes),
}

/// Prints results. A reader that has seen enough closes the pipe: that is no failure.
fn print(text: &str) -> std::io::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
