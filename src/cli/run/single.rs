//! One run, step by step: read, look whether the machine is large enough, run, show.
//! The exit code tells whether the run met its objectives.

use super::{
    Run,
    common::{self, Wanted},
};
use crate::{
    cli::{
        failure::{Failure, Outcome},
        live::Live,
        scenario_file::ScenarioFile,
    },
    driver::{CannotTrace, can_trace},
    experiment::{OneRun, one_run},
    scenario::Scenario,
};

/// Carries the run out; the exit code.
pub fn run(arguments: &Run, file: &ScenarioFile) -> Outcome {
    let objectives = common::objectives(arguments)?;
    let mut scenario = Scenario::parse(&file.name, &file.text, &arguments.sets)?;
    scenario.slo.clauses.extend(objectives);
    let wanted = Wanted::of(arguments.out.as_deref(), &scenario.name);
    common::look_ahead([(String::new(), &scenario)], 1, wanted.path(), arguments.force)?;
    if let Some(Err(refused)) = arguments.trace.as_deref().map(can_trace) {
        return Err(Failure::invalid(refused));
    }
    let others: Vec<_> = scenario.file.directory.iter().cloned().collect();
    let (directory, interrupted) = wanted.claim(&others)?;
    let command = common::command();
    let (keep_file, trace) = (arguments.keep_file, arguments.trace.as_deref());
    let how = OneRun { directory, keep_file, trace, command: &command, interrupted: &interrupted };
    let live = Live::new();
    let finished = one_run(&scenario, how, &mut |progress| live.show(&progress));
    live.end();
    let finished = match finished {
        Err(error) if error.is::<CannotTrace>() => {
            return Err(Failure::invalid(error));
        }
        finished => finished?,
    };
    let Some((run, directory)) = finished else {
        return Err(Failure::Incomplete);
    };
    let text = if arguments.json { serde_json::to_string_pretty(&run)? + "\n" } else { run.to_string() };
    common::show(&text, &directory, arguments.no_report, Failure::of_run(&run))
}
