//! One run, from making its files to its diagnosis: what `mapstorm run` does once, and what sweeps do at every point.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use crate::{
    diagnose::diagnose,
    driver::{self, Files, Progress, TraceCommand},
    results::{self, Circumstances, Environment, FileFacts, Recorded, Run, RunDirectory},
    scenario::Scenario,
};

/// What to do with a run besides the scenario itself.
pub struct OneRun<'a> {
    /// The run directory to make.
    pub wanted: &'a Path,
    /// Whether the mapped files stay in it.
    pub keep_file: bool,
    /// The command as it was typed.
    pub command: &'a [String],
    /// A command that traces beside the run, for `sh -c`.
    pub trace: Option<&'a str>,
    /// Set by a signal handler: the run ends, and what was measured until then is kept.
    pub interrupted: &'a AtomicBool,
}

/// Carries a scenario out, and diagnoses it; the run and its directory. `None`: interrupted before the crowd was forked, so
/// that there is nothing to keep. `tell` hears how it goes, about once a second.
pub fn one_run(
    scenario: &Scenario,
    how: &OneRun<'_>,
    tell: &mut dyn FnMut(Progress),
) -> anyhow::Result<Option<(Run, PathBuf)>> {
    let started = jiff::Timestamp::now();
    let directory = RunDirectory::new(how.wanted)?;
    let place = scenario.file.directory.clone().unwrap_or_else(|| directory.path().to_owned());
    let files = Files::make(scenario, &place, how.keep_file)?;
    if how.interrupted.load(Relaxed) {
        return Ok(None);
    }
    let environment = Environment::probe(&place, &files.paths);
    let mut facts = facts_of(&files, scenario.file.write_size_bytes);
    tell(Progress::Made { records: files.records.iter().sum(), files: files.paths.len() });
    let output = directory.path().join("trace.txt");
    let trace = how.trace.map(|command| TraceCommand { command, output: &output });
    let outcome = driver::run_traced(scenario, &files, trace, how.interrupted, tell)?;
    for (facts, path) in facts.iter_mut().zip(&files.paths) {
        facts.ended(path);
    }
    drop(files);

    let command = how.command.to_vec();
    let mut run = results::resolve(scenario, &outcome, Circumstances { command, started, environment, files: facts });
    results::write(directory.path(), &run, &outcome)?;
    run.diagnosis = diagnose(&Recorded::load(directory.path())?, &scenario.slo.clauses);
    results::write_diagnosis(directory.path(), &run, &outcome)?;
    Ok(Some((run, directory.finish()?)))
}

/// What is known of the files before the run.
fn facts_of(files: &Files, write_size: u64) -> Vec<FileFacts> {
    let each = (0..).zip(&files.paths).zip(&files.records);
    each.map(|((instance, path), records)| FileFacts::probe(path, instance, files.format, *records, write_size))
        .collect()
}
