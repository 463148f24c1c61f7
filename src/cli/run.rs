//! `mapstorm run SCENARIO`: its arguments, and which of a single run, a sweep, a what-if and a search for the knee they ask for.
//! The first Ctrl-C ends what is running and keeps what was measured.

pub(in crate::cli) mod cost_model;
mod knee;
pub(in crate::cli) mod many;
mod what_if;

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;

use super::failure::{Failure, Outcome};
use super::live::Live;
use super::scenario_file::ScenarioFile;
use super::steps::{self, Mounting, Wanted};
use super::{Kept, objectives};
use crate::driver::{CannotTrace, can_trace};
use crate::experiment::{self, Many, OneRun, one_run};
use crate::results::{Shootdown, host_name};
use crate::scenario::{Clause, Scenario, Sweep};

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
    kept: Kept,
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
    let objectives = objectives("--slo", &arguments.slo)?;
    if let Some(key) = &arguments.many.find_knee {
        return knee::run(arguments, &file, &objectives, key);
    }
    let repeats = arguments.many.repeats.map(|repeats| format!("sweep.repeats={repeats}"));
    let sets: Vec<_> = arguments.sets.iter().cloned().chain(repeats).collect();
    let sweep = Sweep::parse(&file.name, &file.text, &sets, &arguments.many.axes)?;
    if let Some(why) = contradiction(arguments, sweep.is_some()) {
        return Err(why.into());
    }
    match (sweep, &arguments.what_if) {
        (Some(sweep), _) => run_sweep(arguments, sweep, &objectives),
        (None, Some(mitigations)) => what_if::run(arguments, &file, &objectives, mitigations),
        (None, None) => run_once(arguments, &file, &objectives),
    }
}

/// One run.
fn run_once(arguments: &Run, file: &ScenarioFile, objectives: &[Clause]) -> Outcome {
    let mut scenario = Scenario::parse(&file.name, &file.text, &arguments.sets)?;
    scenario.slo.clauses.extend(objectives);
    let wanted = Wanted::of(arguments.out.as_deref(), &scenario.name);
    steps::look_ahead([(String::new(), &scenario)], 1, wanted.path(), arguments.force)?;
    if let Some(Err(refused)) = arguments.trace.as_deref().map(can_trace) {
        return Err(Failure::invalid(refused));
    }
    let tlb_interrupt_ns = arguments.shootdown.as_deref().map(interrupt_ns).transpose().map_err(Failure::invalid)?;
    let (directory, interrupted) = wanted.claim(&scenario.file.directory)?;
    let how = OneRun {
        directory,
        keep_file: arguments.keep_file,
        trace: arguments.trace.as_deref(),
        tlb_interrupt_ns,
        command: &steps::command(),
        interrupted: &interrupted,
    };
    let finished = Live::new().during(|live| one_run(&scenario, how, &mut |progress| live.show(&progress)));
    let finished =
        finished.map_err(|error| if error.is::<CannotTrace>() { Failure::invalid(error) } else { error.into() });
    let (run, directory) = finished?.ok_or(Failure::Incomplete)?;
    arguments.kept.show(&run, &directory, Failure::of_run(&run))
}

/// All points of a sweep, if this machine can hold each.
fn run_sweep(arguments: &Run, mut sweep: Sweep, objectives: &[Clause]) -> Outcome {
    for point in &mut sweep.points {
        point.scenario.slo.clauses.extend(objectives);
    }
    let name = sweep.points.first().map(|point| format!("{}-sweep", point.scenario.name)).unwrap_or_default();
    let wanted = Wanted::of(arguments.out.as_deref(), &name);
    let points = sweep.points.iter().map(|point| (format!("{}: ", many::settings(&point.settings)), &point.scenario));
    steps::look_ahead(points, sweep.repeats, wanted.path(), arguments.force)?;
    let first = sweep.points.first();
    let cost_model = first.map_or(Ok(None), |point| cost_model::given(arguments, &point.scenario))?;
    let (directory, interrupted) =
        wanted.claim(sweep.points.iter().filter_map(|point| point.scenario.file.directory.as_ref()))?;
    let how = Many { command: &steps::command(), interrupted: &interrupted, cost_model, again: None };
    let finished =
        Live::terse().during(|live| experiment::sweep(&sweep, &how, directory, &mut |step| many::show(live, &step)));
    many::print(arguments, finished?).map(|_| ())
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

/// What a TLB interrupt costs its receiver by a result of `mapstorm shootdown`, nanoseconds.
/// Errors: It cannot be read, is of another machine, or had no CPU that could be interrupted.
fn interrupt_ns(path: &Path) -> anyhow::Result<f64> {
    let found = Shootdown::load(path)?;
    let (there, here) = (&found.environment.host, host_name());
    ensure!(*there == here, "--shootdown {}: it was measured on {there}, and this is {here}", path.display());
    let lost = found
        .interrupt_ns()
        .with_context(|| format!("--shootdown {}: it does not say what an interrupted CPU loses", path.display()))?;
    Ok(lost.value)
}
