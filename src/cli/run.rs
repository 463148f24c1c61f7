//! `mapstorm run SCENARIO`: the main job. Here are its arguments; what is done with them depends on what they ask for.
//! The first Ctrl-C ends what is running and keeps what was measured.

mod common;
mod single;
mod what_if;

use std::path::PathBuf;

use clap::Args;

/// What to run, and where to put the results.
#[derive(Debug, Args)]
pub struct Run {
    /// The scenario's TOML file
    scenario: PathBuf,
    /// Override a key of the scenario, such as readers.count=500
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Judge the run by these objectives too, such as 'lookup.p99<=50ms,freeze.longest<=200ms'
    #[arg(long, value_name = "CLAUSES")]
    slo: Vec<String>,
    /// The run directory to make [default: results/SCENARIO-HOST-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Run although this machine seems too small
    #[arg(long)]
    force: bool,
    /// Keep the mapped files in the run directory
    #[arg(long)]
    keep_file: bool,
    /// Print run.json instead of the summary
    #[arg(long)]
    json: bool,
    /// After the run, try what would cure it, with the same seed and total load: what its findings suggest; or the cures
    /// named, such as read-only,12-instances; or `all`
    #[arg(long, value_name = "CURES", num_args = 0..=1, require_equals = true, default_missing_value = "suggested", conflicts_with = "keep_file")]
    what_if: Option<String>,
}

/// Carries out what was asked; the exit code.
pub fn run(arguments: &Run) -> anyhow::Result<u8> {
    match &arguments.what_if {
        Some(cures) => what_if::run(arguments, cures),
        None => single::run(arguments),
    }
}
