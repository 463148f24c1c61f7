//! `mapstorm diagnose RESULT`: diagnoses a finished run again, from its evidence. Nothing is written.
//! The findings of sweeps, what-ifs and cost experiments are printed as they were recorded.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, Outcome};
use crate::conclude::assess;
use crate::note;
use crate::os::terminal;
use crate::present::{OnScreen, Screen};
use crate::results::{
    Ab, Cost, Inspection, Qualification, Recorded, ResultKind, Shootdown, SweepReport, WhatIf, json_text,
};
use crate::scenario::Clause;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm diagnose results/quick-imap1                           freezes, causes, verdict
  mapstorm diagnose results/quick-imap1 --slo 'lookup.p99<=20ms'  judged by another objective
  mapstorm diagnose results/quick-imap1 --json | jq .verdict      for other programs")]
pub struct Diagnose {
    /// The result directory, or the JSON file in it
    result: PathBuf,
    /// Of a run: judge by these objectives, such as 'lookup.p99<=50ms,rate>=0.99', or by the `default` ones [default: those of the
    /// scenario]
    #[arg(long, value_name = "CLAUSES")]
    slo: Vec<String>,
    /// Print the diagnosis as JSON instead of the summary; of what is no run, the JSON file
    #[arg(long)]
    json: bool,
}

/// Diagnoses; the exit code is that of the verdict. What cannot be read is invalid input.
pub fn run(arguments: &Diagnose) -> Outcome {
    let given = super::objectives("--slo", &arguments.slo)?;
    let (text, outcome) = diagnosis(arguments, &given).map_err(Failure::invalid)?;
    super::print(&text)?;
    outcome
}

fn diagnosis(arguments: &Diagnose, given: &[Clause]) -> anyhow::Result<(String, Outcome)> {
    let (kind, directory) = ResultKind::of(&arguments.result)?;
    let (text, is_complete, run) = match kind {
        ResultKind::Run => return diagnosis_of_run(arguments, &directory, given),
        ResultKind::WhatIf => {
            recorded(&WhatIf::load(&directory)?, |found| (found.complete, Some(&found.baseline.directory)))
        }
        ResultKind::Cost => recorded(&Cost::load(&directory)?, |found| (found.complete, None)),
        ResultKind::Shootdown => recorded(&Shootdown::load(&directory)?, |found| (found.complete, None)),
        ResultKind::Inspection => recorded(&Inspection::load(&directory)?, |found| (found.complete, None)),
        ResultKind::Qualify => recorded(&Qualification::load(&directory)?, |found| {
            (found.complete, found.confirmation.as_ref().map(|run| &run.directory))
        }),
        ResultKind::Ab => {
            recorded(&Ab::load(&directory)?, |found| (found.complete, found.runs.first().map(|run| &run.directory)))
        }
        ResultKind::Sweep => recorded(&SweepReport::load(&directory)?, |found| {
            (found.complete, found.runs.first().map(|run| &run.directory))
        }),
    };
    let (place, what) = (directory.display(), kind.with_article());
    let instead = match run {
        Some(run) => format!("`mapstorm diagnose {}` diagnoses one of its runs", directory.join(run).display()),
        None => format!("`mapstorm report {place}` draws it"),
    };
    anyhow::ensure!(given.is_empty(), "--slo: goes with runs; {place} is the result of {what}: {instead}");
    note!("{place} is the result of {what}, whose findings are shown as they were recorded; {instead}");
    let text = if arguments.json { json_text(&directory, kind)? } else { text };
    Ok((text, Failure::unless_complete(is_complete)))
}

/// All of the text, within the columns of the terminal if it goes to one.
fn whole() -> Screen {
    Screen { columns: terminal::columns(), ..Screen::WHOLE }
}

/// Its text, whether it is complete, and the directory of one of its runs.
fn recorded<T: OnScreen>(result: &T, of: fn(&T) -> (bool, Option<&String>)) -> (String, bool, Option<String>) {
    let (is_complete, run) = of(result);
    (result.on(whole()), is_complete, run.cloned())
}

fn diagnosis_of_run(arguments: &Diagnose, directory: &Path, given: &[Clause]) -> anyhow::Result<(String, Outcome)> {
    let mut recorded = Recorded::load(directory)?;
    match recorded.left_out.sentence() {
        Some(why) => {
            anyhow::ensure!(given.is_empty(), "--slo: {}: {why}, so it cannot be judged again", directory.display());
            note!("{why}: causes cannot be judged again; the diagnosis recorded in run.json is shown");
        }
        None => {
            if !given.is_empty() {
                recorded.run.scenario.slo.clauses = given.to_vec();
            }
            recorded.run.diagnosis = assess(&recorded, &recorded.run.scenario.slo.clauses);
        }
    }
    let text = match arguments.json {
        true => super::json(&recorded.run.diagnosis)?,
        false => recorded.run.diagnosis_on(whole()),
    };
    Ok((text, Failure::of_run(&recorded.run)))
}
