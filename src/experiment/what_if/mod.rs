//! What would cure it: the baseline, then the cures that its findings suggest, really run with the same seed and total load.
//! Everything goes into one directory, made under a temporary name; an interrupted what-if keeps what it has.

mod blocks;
mod conclude;
mod differences;
mod plan;
mod predict;
mod trial;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use anyhow::Context;

pub use plan::{Choice, Plan, Prospect, Wanted};
pub use predict::{prediction, reader_cpu_ns};

use crate::{
    driver::Progress,
    results::{
        CauseShare, CommitLaw, CureResult, CureStatus, Finding, Known, RunDirectory, WHAT_IF_FORMAT_VERSION, WhatIf,
    },
    scenario::Scenario,
};
use trial::{Trial, machine};

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

/// Measures the cost law of one commit of a scenario, how long it holds the lock, with files in that directory. The error says why
/// it cannot be told.
pub type MeasureLaw<'a> = &'a mut dyn FnMut(&Scenario, &Path) -> anyhow::Result<CommitLaw>;

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
    let mut trial = Trial {
        root: directory.path(),
        how,
        law,
        tell,
        laws: Vec::new(),
        sides: BTreeMap::new(),
        machine: Err(String::new()),
    };
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
    let whole =
        |cure: &CureResult| !matches!(cure.status, CureStatus::Incomplete | CureStatus::Failed | CureStatus::NotRun);
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
