//! `mapstorm diagnose RESULT`: says again, or anew, what a finished run's evidence tells. Nothing is written.

use std::path::PathBuf;

use clap::Args;

use super::{exit, slo};
use crate::{diagnose::diagnose, note, results::Recorded};

/// Which result.
#[derive(Debug, Args)]
pub struct Diagnose {
    /// The run directory
    result: PathBuf,
    /// Judge by these objectives, such as 'lookup.p99<=50ms,rate>=0.99' [default: those of the scenario]
    #[arg(long, value_name = "CLAUSES")]
    slo: Vec<String>,
    /// Print the diagnosis as JSON instead of the summary
    #[arg(long)]
    json: bool,
}

/// Diagnoses; the exit code is that of the verdict.
pub fn run(arguments: &Diagnose) -> anyhow::Result<u8> {
    let given = match slo::parse(&arguments.slo) {
        Ok(given) => given,
        Err(message) => {
            note!("{message}");
            return Ok(exit::INVALID);
        }
    };
    let mut recorded = Recorded::load(&arguments.result)?;
    if !given.is_empty() {
        recorded.run.scenario.slo.clauses = given;
    }
    recorded.run.diagnosis = diagnose(&recorded, &recorded.run.scenario.slo.clauses);
    let text = match arguments.json {
        true => serde_json::to_string_pretty(&recorded.run.diagnosis)? + "\n",
        false => recorded.run.diagnosis_text(),
    };
    super::print(&text)?;
    Ok(exit::of(&recorded.run))
}
