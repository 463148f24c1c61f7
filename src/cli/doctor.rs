//! `mapstorm doctor`: what this machine can show about a freeze, what it cannot, and what would change that.

use std::path::PathBuf;

use clap::Args;

use super::failure::Outcome;
use crate::results::Environment;

#[derive(Debug, Args)]
pub struct Doctor {
    /// The directory of the mapped files: which device is watched depends on it
    #[arg(long, value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// Print JSON instead of the table
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Doctor) -> Outcome {
    if !arguments.directory.is_dir() {
        return Err(anyhow::anyhow!("{}: not a directory", arguments.directory.display()).into());
    }
    let environment = Environment::probe(&arguments.directory, &[]);
    super::print(&super::shown(&environment, arguments.json)?)?;
    Ok(())
}
