//! One run, step by step: read, look whether the machine is large enough, run, show.
//! The exit code tells whether the run met its objectives.

use super::{
    Run,
    common::{self, Refused},
};
use crate::{
    cli::{exit, live::Live, print, report},
    experiment::{OneRun, one_run},
    note,
    scenario::Scenario,
};

/// Carries the run out; the exit code.
pub fn run(arguments: &Run) -> anyhow::Result<u8> {
    let Some(objectives) = common::objectives(arguments) else { return Ok(exit::INVALID) };
    let mut scenario = match Scenario::load(&arguments.scenario, &arguments.sets) {
        Ok(scenario) => scenario,
        Err(errors) => return Ok(common::invalid(&errors)),
    };
    scenario.slo.clauses.extend(objectives);
    let wanted = arguments.out.clone().unwrap_or_else(|| common::default_directory(&scenario.name));
    if common::look_ahead([(String::new(), &scenario)], &wanted, arguments.force) == Refused::Yes {
        return Ok(exit::REFUSED);
    }
    let interrupted = common::watch_signals()?;
    let command = common::command();
    let (keep_file, trace) = (arguments.keep_file, arguments.trace.as_deref());
    let how = OneRun { wanted: &wanted, keep_file, trace, command: &command, interrupted: &interrupted };
    let live = Live::new();
    let finished = one_run(&scenario, &how, &mut |progress| live.show(&progress))?;
    live.end();
    let Some((run, directory)) = finished else {
        note!("interrupted before the crowd was forked: there is nothing to keep");
        return Ok(exit::INCOMPLETE);
    };
    print(&if arguments.json { serde_json::to_string_pretty(&run)? + "\n" } else { run.to_string() })?;
    note!("results in {}", directory.display());
    report::at_the_end(&directory, arguments.no_report);
    Ok(exit::of(&run))
}
