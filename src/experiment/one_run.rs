//! One run, from making its files to its diagnosis: what `mapstorm run` does once, and what sweeps do at every point.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::conclude::assess;
use crate::driver::{self, Extras, Files, Progress, TraceCommand};
use crate::mailboxes::{self, FileError};
use crate::os::moment;
use crate::results::{
    self, Circumstances, ClaimError, Environment, FileFacts, Named, Recorded, Run, RunDirectory, Unfinished,
};
use crate::scenario::Scenario;

/// Kept on the disk for the results, at most: enough for all figures and latencies, and for all that most runs leave.
const MOST_RESERVED: u64 = 16 << 20;

pub struct OneRun<'a> {
    pub directory: RunDirectory,
    pub keep_file: bool,
    pub command: &'a [String],
    pub trace: Option<&'a str>,
    /// What a TLB interrupt costs its receiver, nanoseconds; `None`: it is measured before the run.
    pub tlb_interrupt_ns: Option<f64>,
    /// Set by a signal handler: the run ends, and what was measured until then is kept.
    pub interrupted: &'a AtomicBool,
}

impl<'a> OneRun<'a> {
    /// One of several runs: it keeps no files, and no command traces it.
    pub fn among(wanted: &Path, command: &'a [String], interrupted: &'a AtomicBool) -> Result<OneRun<'a>, ClaimError> {
        let directory = RunDirectory::new(wanted)?;
        Ok(OneRun { directory, keep_file: false, command, trace: None, tlb_interrupt_ns: None, interrupted })
    }
}

/// Runs a scenario, and diagnoses it; the run and its directory. `None`: interrupted before measuring began, so that there
/// is nothing to keep. `on_step` hears how it goes, about once a second.
/// Errors: It cannot begin. Once something was measured there is a run, and whatever goes wrong is among the reasons why it is incomplete.
pub fn one_run(
    scenario: &Scenario,
    how: OneRun<'_>,
    on_step: &mut dyn FnMut(Progress),
) -> anyhow::Result<Option<(Run, PathBuf)>> {
    let started = jiff::Timestamp::now();
    let directory = how.directory;
    let most = driver::file_size_limit().unwrap_or(u64::MAX).min(MOST_RESERVED);
    directory.reserve(driver::results_of(scenario).bytes.min(most))?;
    // In a directory of the user's the files are in one of their own, which is removed after the run.
    let elsewhere =
        scenario.file.directory.as_ref().map(|place| claim_inside(place, directory.wanted())).transpose()?;
    let place = elsewhere.as_ref().map_or(directory.path(), Unfinished::path);
    let files = match Files::make(scenario, place, how.keep_file, how.interrupted) {
        Err(error) if how.interrupted.load(Relaxed) && was_interrupted(&error) => return Ok(None),
        made => made?,
    };
    moment::reached("files-made");
    if how.interrupted.load(Relaxed) {
        on_step(Progress::NothingMeasured { why: "interrupted before the workers were forked".to_owned() });
        return Ok(None);
    }
    let environment = Environment::probe(place, &files.paths);
    let mut facts = facts_of(&files, scenario.file.write_size_bytes);
    on_step(Progress::Made { records: files.records.iter().sum(), files: files.paths.len() });
    let output = directory.path().join("trace.txt");
    let trace = how.trace.map(|command| TraceCommand { command, output: &output });
    let extras = Extras { trace, tlb_interrupt_ns: how.tlb_interrupt_ns };
    let outcome = driver::run(scenario, &files, extras, how.interrupted, on_step)?;
    if let Some(phase) = outcome.interrupted_in {
        on_step(Progress::NothingMeasured { why: format!("interrupted {phase}") });
        return Ok(None);
    }
    for (facts, path) in facts.iter_mut().zip(&files.paths) {
        facts.ended(path);
    }
    drop(files);

    let command = how.command.to_vec();
    let mut run = results::resolve(scenario, &outcome, Circumstances { command, started, environment, files: facts });
    match Recorded::of(&run, &outcome) {
        Ok(recorded) => run.diagnosis = assess(&recorded, &scenario.slo.clauses),
        Err(error) => {
            let why = format!("it could not be diagnosed: {error:#}");
            run.diagnosis.caveats.push(why.clone());
            run.summary.mark_incomplete(why);
        }
    }
    directory.release();
    results::write(directory.path(), &mut run, &outcome);
    let Named { path, problem } = directory.finish();
    if let Some(problem) = problem {
        run.summary.mark_incomplete(problem);
        results::write_figures(&path, &mut run);
    }
    if let Some(files) = elsewhere.filter(|_| how.keep_file) {
        match files.finish() {
            Ok(files) => on_step(Progress::Kept { files }),
            Err(error) => {
                run.summary.mark_incomplete(format!("the mapped files could not be given their name: {error}"));
                results::write_figures(&path, &mut run);
            }
        }
    }
    Ok(Some((run, path)))
}

fn claim_inside(place: &Path, result: &Path) -> Result<Unfinished, ClaimError> {
    let name = result.file_name().unwrap_or_default().to_string_lossy();
    Unfinished::claim_next(&place.join(format!("{name}-files")))
}

fn was_interrupted(error: &anyhow::Error) -> bool {
    error.downcast_ref::<FileError>().is_some_and(|error| matches!(error.error, mailboxes::Error::Interrupted))
}

fn facts_of(files: &Files, write_size: u64) -> Vec<FileFacts> {
    let facts = |((instance, path), records): ((u32, &PathBuf), &u64)| {
        FileFacts::probe(path, instance, files.format, files.order, *records, write_size)
    };
    (0..).zip(&files.paths).zip(&files.records).map(facts).collect()
}
