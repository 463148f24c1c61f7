//! The baseline, then the mitigations that its findings suggest, all measured with the same seed and total load.
//! Everything goes into one directory, made under a temporary name; an interrupted what-if keeps what it has.

mod plan;
mod predict;
mod what_if_run;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

pub use plan::{Choice, Plan, Prospect, Wanted};
pub use predict::{prediction, reader_cpu_ns};

use super::UNFINISHED;
use crate::conclude::what_if::conclusion;
use crate::driver::Progress;
use crate::results::{
    Availability, CauseShare, CommitModel, Conclusion, FORMAT_VERSION, Finding, MAPSTORM_VERSION, MitigationResult,
    MitigationStatus, OneFile, RunDirectory, WhatIf, json, put, utc, utc_now,
};
use crate::scenario::Scenario;
use what_if_run::{WhatIfRun, machine};

pub struct How<'a> {
    pub command: &'a [String],
    /// Set by a signal handler: the run that goes on ends, and nothing else is begun.
    pub interrupted: &'a AtomicBool,
}

pub enum Step<'a> {
    /// Mitigation `number` of all, from 1; or the baseline, before the number of mitigations is known.
    Run { name: &'a str, number: usize, of: Option<usize> },
    /// The cost model of a commit is about to be measured, for the prediction.
    CostModel { name: &'a str },
    /// What the driver reports of the run.
    Going(Progress),
}

/// Measures the cost model of a scenario's commits, with files in that directory; or says why it is unknown.
pub type MeasureCostModel<'a> = &'a mut dyn FnMut(&Scenario, &Path) -> anyhow::Result<CommitModel>;

/// Makes the runs of a plan; the result and its directory. `None`: interrupted before the baseline's workers were forked, so that there
/// is nothing to keep. `cost_model` measures for the predictions (`None`: nothing is predicted), `on_step` hears how it goes.
/// Errors: The baseline cannot be run. A mitigation that fails says so in its result, and what cannot be written in the others.
pub fn what_if(
    plan: &Plan,
    how: &How<'_>,
    directory: RunDirectory,
    cost_model: Option<MeasureCostModel<'_>>,
    on_step: &mut dyn FnMut(Step<'_>),
) -> anyhow::Result<Option<(WhatIf, PathBuf)>> {
    let started = jiff::Timestamp::now();
    let place = directory.path().to_owned();
    let mut session = WhatIfRun {
        root: &place,
        how,
        cost_model,
        on_step,
        cost_models: Vec::new(),
        runs: BTreeMap::new(),
        machine: Err(String::new()),
        calibration: None,
    };
    session.report("baseline", 0, None);
    let Some(run) = session.run(&plan.baseline, "baseline")? else { return Ok(None) };
    session.machine = machine(&run);
    let chosen = plan.chosen(&run);
    // Without a mitigation to compare with, nothing is measured for a prediction.
    let predicted = if chosen.iter().any(|(prospect, _)| prospect.scenario.is_ok()) {
        session.predicted(&plan.baseline, "baseline")
    } else {
        Availability::Unavailable { unavailable: "there is nothing to try".to_owned() }
    };
    session.calibrate(&run);
    let baseline = match session.tried(&run, "baseline", "baseline", predicted) {
        Ok(baseline) => baseline,
        Err(error) => return Err(directory.keep_after(error)),
    };
    let finding = |finding: &Finding| CauseShare {
        cause: finding.cause.clone(),
        share: finding.share,
        statement: finding.statement.clone(),
    };
    let mut what_if = WhatIf {
        format_version: FORMAT_VERSION,
        mapstorm_version: MAPSTORM_VERSION.to_owned(),
        command: how.command.to_vec(),
        started: utc(started),
        ended: utc_now(),
        scenario: plan.baseline.name.clone(),
        seed: plan.baseline.run.seed,
        complete: false,
        incomplete_because: vec![UNFINISHED.to_owned()],
        named: plan.choice.names(),
        baseline,
        findings: run.diagnosis.findings.iter().map(finding).collect(),
        conclusion: Conclusion { statement: UNFINISHED.to_owned(), lowered: Vec::new(), best: Vec::new() },
        mitigations: Vec::new(),
    };
    let mut problems = Vec::new();
    let mut write = |what_if: &WhatIf| {
        let written = json(what_if).and_then(|json| put(&place, WhatIf::FILE, &json));
        problems.extend(written.err().map(|error| format!("{error:#}")));
    };
    // Written after every run, so that it is kept if this process is killed.
    session.mitigations(&chosen, &run, &mut |mitigations| {
        what_if.mitigations = mitigations.to_vec();
        write(&what_if);
    });
    let found: Vec<String> = run.diagnosis.findings.iter().map(|finding| finding.cause.clone()).collect();
    let whole = |mitigation: &MitigationResult| {
        !matches!(mitigation.status, MitigationStatus::Incomplete | MitigationStatus::Failed | MitigationStatus::NotRun)
    };
    what_if.conclusion =
        conclusion::conclude(&what_if.mitigations, &found, |name| session.runs.get(name), what_if.seed);
    what_if.ended = utc_now();
    what_if.complete = what_if.baseline.complete && what_if.mitigations.iter().all(whole);
    what_if.incomplete_because.clear();
    let path = directory.keep(&mut what_if, problems, []);
    Ok(Some((what_if, path)))
}
