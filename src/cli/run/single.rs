//! One run, step by step: read, check that the machine is large enough, run, show.

use std::path::Path;

use anyhow::{Context, ensure};

use super::Run;
use super::common::{self, Wanted};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::live::Live;
use crate::cli::scenario_file::ScenarioFile;
use crate::driver::{CannotTrace, can_trace};
use crate::experiment::{OneRun, one_run};
use crate::results::{Shootdown, host_name};
use crate::scenario::Scenario;

pub fn run(arguments: &Run, file: &ScenarioFile) -> Outcome {
    let objectives = common::objectives(arguments)?;
    let mut scenario = Scenario::parse(&file.name, &file.text, &arguments.sets)?;
    scenario.slo.clauses.extend(objectives);
    let wanted = Wanted::of(arguments.out.as_deref(), &scenario.name);
    common::look_ahead([(String::new(), &scenario)], 1, wanted.path(), arguments.force)?;
    if let Some(Err(refused)) = arguments.trace.as_deref().map(can_trace) {
        return Err(Failure::invalid(refused));
    }
    let tlb_interrupt_ns = arguments.shootdown.as_deref().map(interrupt_ns).transpose().map_err(Failure::invalid)?;
    let others: Vec<_> = scenario.file.directory.iter().cloned().collect();
    let (directory, interrupted) = wanted.claim(&others)?;
    let command = common::command();
    let (keep_file, trace) = (arguments.keep_file, arguments.trace.as_deref());
    let how = OneRun { directory, keep_file, trace, tlb_interrupt_ns, command: &command, interrupted: &interrupted };
    let live = Live::new();
    let finished = one_run(&scenario, how, &mut |progress| live.show(&progress));
    live.end();
    let finished =
        finished.map_err(|error| if error.is::<CannotTrace>() { Failure::invalid(error) } else { error.into() });
    let Some((run, directory)) = finished? else { return Err(Failure::Incomplete) };
    common::show(&arguments.shown.text(&run)?, &directory, arguments.no_report, Failure::of_run(&run))
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
