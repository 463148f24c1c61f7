//! What would cure it: the baseline, then the cures that its findings suggest, really run with the same seed and total load.
//! Everything goes into one directory, made under a temporary name; an interrupted what-if keeps what it has.

mod blocks;
mod conclude;
mod differences;
mod plan;
mod predict;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use anyhow::Context;

pub use plan::{Choice, Plan, Prospect, Wanted};

use super::{Basis, OneRun, obstacle, one_run};
use crate::{
    driver::Progress,
    results::{
        CauseShare, CommitLaw, CureResult, Finding, Known, PredictedFigures, Run, RunDirectory, Settings, Status,
        Tried, WHAT_IF_FORMAT_VERSION, WhatIf,
    },
    scenario::Scenario,
};
use blocks::Blocks;
use differences::Side;

/// What to do with a what-if besides its plan.
pub struct How<'a> {
    /// The directory to make.
    pub wanted: &'a Path,
    /// The command as it was typed.
    pub command: &'a [String],
    /// Set by a signal handler: the run that goes on ends, and nothing else is begun.
    pub interrupted: &'a AtomicBool,
}

/// What a what-if tells while it goes on.
pub enum Step<'a> {
    /// A run begins.
    Run {
        /// `baseline`, or the cure's name.
        name: &'a str,
        /// Its number, from 1; the baseline has 0.
        number: usize,
        /// Of how many cures; the baseline does not know that yet.
        of: Option<usize>,
    },
    /// The cost law of a commit is about to be measured, for the prediction.
    Law {
        /// Of which run.
        name: &'a str,
    },
    /// How the run goes.
    Going(Progress),
}

/// Measures the cost law of one commit of a scenario: how long it holds the lock. The error says why it cannot be told.
pub type MeasureLaw<'a> = &'a mut dyn FnMut(&Scenario) -> anyhow::Result<CommitLaw>;

/// Carries a plan out; what came of it, and its directory. `None`: interrupted before the baseline's crowd was forked, so that there
/// is nothing to keep. `law` measures for the predictions (`None`: nothing is predicted), `tell` hears how it goes.
///
/// # Errors
/// The baseline cannot be run, or results cannot be written. A cure that fails says so in its result.
pub fn what_if(
    plan: &Plan,
    how: &How<'_>,
    law: Option<MeasureLaw<'_>>,
    tell: &mut dyn FnMut(Step<'_>),
) -> anyhow::Result<Option<(WhatIf, PathBuf)>> {
    let started = jiff::Timestamp::now();
    let directory = RunDirectory::new(how.wanted)?;
    let mut trial =
        Trial { root: directory.path(), how, law, tell, sides: BTreeMap::new(), machine: Err(String::new()) };
    trial.tell_of("baseline", 0, None);
    let Some(run) = trial.run(&plan.baseline, "baseline")? else { return Ok(None) };
    trial.machine = machine(&run);
    let chosen = plan.chosen(&run);
    // Without anything to hold it against, a prediction is not worth its measurements.
    let predicted = if chosen.iter().any(|(prospect, _)| prospect.scenario.is_ok()) {
        trial.predicted(&plan.baseline, "baseline")
    } else {
        Known::Unavailable { unavailable: "there is nothing to try".to_owned() }
    };
    let baseline = trial.tried(&run, "baseline", "baseline", predicted)?;
    let cures = trial.cures(&chosen, &run)?;
    let seed = plan.baseline.run.seed;
    let finding = |finding: &Finding| CauseShare {
        cause: finding.cause.clone(),
        share: finding.share,
        statement: finding.statement.clone(),
    };
    let found: Vec<String> = run.diagnosis.findings.iter().map(|finding| finding.cause.clone()).collect();
    let whole = |cure: &CureResult| !matches!(cure.status, Status::Incomplete | Status::Failed | Status::NotRun);
    let what_if = WhatIf {
        format_version: WHAT_IF_FORMAT_VERSION,
        mapstorm_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: how.command.to_vec(),
        started: utc(started),
        ended: utc(jiff::Timestamp::now()),
        scenario: plan.baseline.name.clone(),
        seed,
        complete: baseline.complete && cures.iter().all(whole),
        named: plan.choice.names(),
        baseline,
        findings: run.diagnosis.findings.iter().map(finding).collect(),
        conclusion: conclude::conclude(&cures, &found, |name| trial.sides.get(name), seed),
        cures,
    };
    let json = serde_json::to_string_pretty(&what_if)? + "\n";
    fs::write(directory.path().join("what-if.json"), json).context("what-if.json")?;
    Ok(Some((what_if, directory.finish()?)))
}

fn utc(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A what-if that goes on.
struct Trial<'a, 'l, 't> {
    root: &'a Path,
    how: &'a How<'a>,
    law: Option<MeasureLaw<'l>>,
    tell: &'t mut dyn FnMut(Step<'_>),
    /// The runs that were measured, by name.
    sides: BTreeMap<String, Side>,
    /// CPU time of a reader's operation in the baseline, nanoseconds, and CPUs; or why predictions cannot be made.
    machine: Result<(f64, f64), String>,
}

impl Trial<'_, '_, '_> {
    fn tell_of(&mut self, name: &str, number: usize, of: Option<usize>) {
        (self.tell)(Step::Run { name, number, of });
    }

    /// Runs a scenario into a directory below the root.
    fn run(&mut self, scenario: &Scenario, directory: &str) -> anyhow::Result<Option<Run>> {
        let wanted = self.root.join(directory);
        let how =
            OneRun { wanted: &wanted, keep_file: false, command: self.how.command, interrupted: self.how.interrupted };
        let finished = one_run(scenario, &how, &mut |progress| (self.tell)(Step::Going(progress)))?;
        Ok(finished.map(|(run, _)| run))
    }

    /// Runs every chosen cure that can be run.
    fn cures(&mut self, chosen: &[(&Prospect, Vec<String>)], baseline: &Run) -> anyhow::Result<Vec<CureResult>> {
        let of = chosen.iter().filter(|(prospect, _)| prospect.scenario.is_ok()).count();
        let mut number = 0;
        let mut results = Vec::new();
        for (prospect, suggested_by) in chosen {
            let mut result = CureResult {
                name: prospect.cure.name.to_owned(),
                meaning: prospect.cure.meaning.to_owned(),
                overrides: prospect.overrides.clone(),
                suggested_by: suggested_by.clone(),
                status: Status::NotRun,
                reason: None,
                run: None,
                differences: Vec::new(),
            };
            match &prospect.scenario {
                Err((status, why)) => (result.status, result.reason) = (*status, Some(why.clone())),
                Ok(scenario) => match self.reason_to_stop(baseline) {
                    Some(why) => result.reason = Some(why),
                    None => {
                        number += 1;
                        self.tell_of(prospect.cure.name, number, Some(of));
                        self.cure(scenario, &mut result, baseline)?;
                    }
                },
            }
            results.push(result);
        }
        Ok(results)
    }

    /// Why no cure is run any more; `None`: go on.
    fn reason_to_stop(&self, baseline: &Run) -> Option<String> {
        if self.how.interrupted.load(Relaxed) {
            Some("interrupted".to_owned())
        } else if !baseline.summary.complete {
            Some("the baseline is incomplete: there is nothing to compare with".to_owned())
        } else {
            wrong_with(baseline).map(|why| format!("there is nothing to compare with: in the baseline {why}"))
        }
    }

    fn cure(&mut self, scenario: &Scenario, result: &mut CureResult, baseline: &Run) -> anyhow::Result<()> {
        let predicted = self.predicted(scenario, &result.name);
        let directory = format!("cures/{}", result.name);
        let run = match self.run(scenario, &directory) {
            Ok(Some(run)) => run,
            Ok(None) => {
                result.reason = Some("interrupted".to_owned());
                return Ok(());
            }
            Err(error) => {
                (result.status, result.reason) = (Status::Failed, Some(format!("{error:#}")));
                return Ok(());
            }
        };
        result.run = Some(self.tried(&run, &directory, &result.name, predicted)?);
        (result.status, result.reason) = if !run.summary.complete {
            let lost = run.summary.lost_workers.len();
            let why = if lost > 0 { format!("{lost} workers were lost") } else { "interrupted".to_owned() };
            (Status::Incomplete, Some(why))
        } else if let Some(why) = wrong_with(&run) {
            (Status::Failed, Some(why))
        } else {
            (Status::Measured, None)
        };
        if result.status == Status::Measured
            && let (Some(before), Some(after)) = (self.sides.get("baseline"), self.sides.get(&result.name))
        {
            result.differences = differences::differences(before, after, baseline.scenario.run.seed);
        }
        Ok(())
    }

    /// What `what-if.json` says of a run; keeps what it is compared by.
    fn tried(
        &mut self,
        run: &Run,
        directory: &str,
        name: &str,
        predicted: Known<PredictedFigures>,
    ) -> anyhow::Result<Tried> {
        let blocks = Blocks::load(&self.root.join(directory))?;
        let measured = blocks.measured(run);
        self.sides.insert(name.to_owned(), Side { blocks, measured });
        Ok(Tried {
            directory: directory.to_owned(),
            scenario_hash: run.scenario_hash.clone(),
            settings: Settings::of(run),
            complete: run.summary.complete,
            errors: run.summary.errors,
            measured,
            predicted,
            verdict: run.diagnosis.verdict.clone(),
        })
    }

    fn predicted(&mut self, scenario: &Scenario, name: &str) -> Known<PredictedFigures> {
        let mut prediction = || {
            let law = self.law.as_mut().ok_or("the cost law of a commit was not measured")?;
            let (reader_cpu_ns, cpus) = self.machine.clone()?;
            if let Some(why) = obstacle(scenario) {
                return Err(why.to_owned());
            }
            if self.how.interrupted.load(Relaxed) {
                return Err("interrupted".to_owned());
            }
            (self.tell)(Step::Law { name });
            let law = law(scenario).map_err(|error| format!("{error:#}"))?;
            Ok(predict::prediction(scenario, &Basis { law: &law, reader_cpu_ns, cpus }))
        };
        Known::from(prediction())
    }
}

/// What predictions need of the machine, from the baseline; or why there are none.
fn machine(baseline: &Run) -> Result<(f64, f64), String> {
    let reader_cpu_ns = predict::reader_cpu_ns(baseline).ok_or("no reader of the baseline completed anything")?;
    match &baseline.environment.cpus_allowed {
        Known::Value(cpus) => Ok((reader_cpu_ns, *cpus as f64)),
        Known::Unavailable { unavailable } => Err(format!("the number of CPUs is unknown: {unavailable}")),
    }
}

/// What makes the figures of a complete run worthless; `None`: nothing.
fn wrong_with(run: &Run) -> Option<String> {
    let first = run.summary.first_error.as_deref().unwrap_or("unknown");
    (run.summary.errors > 0).then(|| format!("{} operations failed; the first: {first}", run.summary.errors))
}
