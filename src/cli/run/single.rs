//! One run, step by step: read, look whether the machine is large enough, run, show.
//! The exit code tells whether the run met its objectives.

use super::{
    Run,
    common::{self, Refused, Wanted},
};
use crate::{
    cli::{exit, live::Live, scenario_file::ScenarioFile},
    driver::{CannotTrace, can_trace},
    experiment::{OneRun, one_run},
    note,
    scenario::Scenario,
};

/// Carries the run out; the exit code.
pub fn run(arguments: &Run, file: &ScenarioFile) -> anyhow::Result<u8> {
    let Some(objectives) = common::objectives(arguments) else { return Ok(exit::INVALID) };
    let mut scenario = match Scenario::parse(&file.name, &file.text, &arguments.sets) {
        Ok(scenario) => scenario,
        Err(errors) => return Ok(common::invalid(&errors)),
    };
    scenario.slo.clauses.extend(objectives);
    let wanted = Wanted::of(arguments.out.as_deref(), &scenario.name);
    if common::look_ahead([(String::new(), &scenario)], 1, wanted.path(), arguments.force) == Refused::Yes {
        return Ok(exit::REFUSED);
    }
    if let Some(Err(refused)) = arguments.trace.as_deref().map(can_trace) {
        note!("{refused}");
        return Ok(exit::INVALID);
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
            note!("{error:#}");
            return Ok(exit::INVALID);
        }
        finished => finished?,
    };
    let Some((run, directory)) = finished else {
        return Ok(exit::INCOMPLETE);
    };
    let text = if arguments.json { serde_json::to_string_pretty(&run)? + "\n" } else { run.to_string() };
    Ok(common::show(&text, &directory, arguments.no_report, exit::of(&run)))
}
