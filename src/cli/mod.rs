//! The command line: arguments, the order of the steps, exit codes. One file per command.
//! Results go to stdout, progress and warnings to stderr.

pub mod exit;
mod live;
pub mod mailboxes;
pub mod run;

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
    /// Make, check or list a mailbox file
    #[command(subcommand)]
    Mailboxes(mailboxes::Mailboxes),
}
