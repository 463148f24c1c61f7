//! `mapstorm run SCENARIO`: its arguments, and which of a single run, a sweep, a what-if and a search for the knee they ask for.
//! The first Ctrl-C ends what is running and keeps what was measured.

pub(in crate::cli) mod common;
pub(in crate::cli) mod cost_model;
mod knee;
pub(in crate::cli) mod many;
mod single;
mod sweep;
mod what_if;

use std::path::PathBuf;

use clap::Args;

use super::Shown;
use super::evidence::Mounting;
use super::failure::{Failure, Outcome};
use super::scenario_file::ScenarioFile;
use crate::scenario::Sweep;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm run quick                                                       a built-in scenario, 200 readers and a writer
  mapstorm run mine.toml --set readers.count=500 --slo 'lookup.p99<=50ms'  a scenario of your own, with a change and an objective
  mapstorm run quick --axis readers.count=250..4000*2 --repeats 5          a sweep over the number of readers
  mapstorm run quick --find-knee readers.count                             the largest number that meets the objectives
  mapstorm run fastmail-150m-6000 --what-if                                and what would mitigate what was found")]
pub struct Run {
    /// The scenario's TOML file, or the name of a built-in scenario such as quick; `mapstorm list --scenarios` shows them
    scenario: PathBuf,
    /// Override a key of the scenario, such as readers.count=500
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Judge the run by these objectives too, such as 'lookup.p99<=50ms,freeze.longest<=200ms'; `default`: those of docs/scenario.md
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
    /// Draw no report.html and no charts/; `mapstorm report` draws them later
    #[arg(long)]
    no_report: bool,
    /// Run this command during the run, from when all workers are ready until the end of the measured span (then it gets SIGINT),
    /// and keep what it prints in trace.txt; one that cannot be started is refused: 'dtrace -s scripts/dtrace/xcalls.d', 'bpftrace -e ...', 'perf stat -a'
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["what_if", "axes", "repeats", "find_knee"])]
    trace: Option<String>,
    /// A result of `mapstorm shootdown` on this machine: what an interrupt to drop translations costs a CPU. Without one that is measured
    /// before the run, for half a second at most
    #[arg(long, value_name = "RESULT", conflicts_with_all = ["what_if", "axes", "repeats", "find_knee"])]
    shootdown: Option<PathBuf>,
    #[command(flatten)]
    mounting: Mounting,
    #[command(flatten)]
    shown: Shown,
    /// After the run, try mitigations with the same seed and total load: those that its findings suggest; or those named, such
    /// as read-only,12-instances; or `all`
    #[arg(long, value_name = "MITIGATIONS", num_args = 0..=1, require_equals = true, default_missing_value = "suggested", conflicts_with_all = ["keep_file", "axes", "repeats", "find_knee"])]
    what_if: Option<String>,
    #[command(flatten)]
    many: many::Flags,
}

pub fn run(arguments: &Run) -> Outcome {
    arguments.mounting.carry_out();
    let file = ScenarioFile::read(&arguments.scenario)?;
    if let Some(key) = &arguments.many.find_knee {
        return knee::run(arguments, &file, key);
    }
    let sets = [&*arguments.sets, &arguments.many.sets()].concat();
    let sweep = Sweep::parse(&file.name, &file.text, &sets, &arguments.many.axes)?;
    if let Some(why) = contradiction(arguments, sweep.is_some()) {
        return Err(Failure::Invalid(why));
    }
    match (sweep, &arguments.what_if) {
        (Some(sweep), _) => sweep::run(arguments, sweep),
        (None, Some(mitigations)) => what_if::run(arguments, &file, mitigations),
        (None, None) => single::run(arguments, &file),
    }
}

/// Options that do not go with a single run, or with many.
fn contradiction(arguments: &Run, is_sweep: bool) -> Option<String> {
    if !is_sweep {
        let wrong = match (arguments.many.repeats, &arguments.many.cost_model) {
            (Some(_), _) => {
                "--repeats: there is nothing to repeat without an axis; a single point is one too: --axis readers.count=200"
            }
            (None, Some(_)) => "--cost-model: a single run predicts nothing; it goes with --find-knee or --axis",
            (None, None) => return None,
        };
        return Some(wrong.to_owned());
    }
    let single = "goes with a single run, not with axes";
    let wrong = [
        (arguments.what_if.is_some(), "--what-if", single),
        (arguments.trace.is_some(), "--trace", single),
        (arguments.shootdown.is_some(), "--shootdown", single),
        (arguments.keep_file, "--keep-file", "a sweep keeps no files"),
    ];
    let (_, option, why) = wrong.into_iter().find(|(is_given, ..)| *is_given)?;
    Some(format!("{option}: {why}; --set 'sweep.axes=[]' makes a single run of a scenario with axes"))
}
