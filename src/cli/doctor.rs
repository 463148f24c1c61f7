//! `mapstorm doctor`: what this machine can show about a freeze, what it cannot, and what would change that.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::capacity::processes_that_fit;
use super::failure::Outcome;
use super::steps::Mounting;
use crate::conclude::Capacity;
use crate::present::machine_text;
use crate::results::Environment;

/// The file that processes are counted for: that of FastMail's published load, see `scenarios/fastmail-150m-6000.toml`.
const FILE_BYTES: u64 = 150_000_000;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm doctor                               which evidence there is, how many processes fit
  mapstorm doctor --directory /var/imap --json  for files in that directory, as JSON")]
pub struct Doctor {
    /// The directory of the mapped files: which device is watched depends on it
    #[arg(long, value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    #[command(flatten)]
    mounting: Mounting,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Examined {
    #[serde(flatten)]
    environment: Environment,
    capacity: Capacity,
}

pub fn run(arguments: &Doctor) -> Outcome {
    arguments.mounting.carry_out();
    let directory = &arguments.directory;
    super::is_directory("--directory", directory)?;
    let environment = Environment::probe(directory, &[]);
    let capacity = processes_that_fit(FILE_BYTES, directory)?;
    let text = match arguments.json {
        true => super::json(&Examined { environment, capacity })?,
        false => machine_text(&environment, &capacity, super::columns()),
    };
    Ok(super::print(&text)?)
}
