//! The command line: arguments, the order of the steps, exit codes. One file per command.
//! Results go to stdout, progress and warnings to stderr.

pub mod abandon;
pub mod compare;
pub mod cost;
pub mod diagnose;
pub mod doctor;
pub mod export;
pub mod failure;
pub mod generate;
pub mod list;
mod live;
pub mod mailboxes;
pub mod report;
pub mod run;
mod scenario_file;
mod slo;

use clap::{Parser, Subcommand};

use crate::os::{escape, terminal};

/// Thousands of processes share one mapped Cyrus mailboxes.db while a writer commits to it.
#[derive(Debug, Parser)]
#[command(version, after_help = failure::HELP)]
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
    /// Compare results of one kind: runs (many are ranked), cost results, sweeps, what-ifs
    Compare(compare::Compare),
    /// Say why a finished run froze, and whether it met its objectives
    Diagnose(diagnose::Diagnose),
    /// Draw a result: a page and its charts
    Report(report::Report),
    /// Show what evidence this machine offers, and what would offer more
    Doctor(doctor::Doctor),
    /// Make, check or list a mailbox file
    #[command(subcommand)]
    Mailboxes(mailboxes::Mailboxes),
    /// List the results that there are, a line each
    List(list::List),
    /// Put results into the formats of other tools: CSV, JSON, OpenMetrics, histogram logs
    Export(export::ExportArguments),
    /// Print the completion script of a shell
    Completions(generate::Completions),
    /// Print or write manual pages
    Man(generate::ManPages),
    /// What a driver becomes on a second signal: puts in order what it has left
    #[command(hide = true)]
    Abandon(abandon::Abandon),
}

/// Prints results, which are text.
fn print(text: &str) -> std::io::Result<()> {
    terminal::print(escape::plain(text).as_bytes())
}
