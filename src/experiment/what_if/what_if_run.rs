//! The runs of a what-if: how each is made, predicted and compared.
//! A mitigation that cannot be run, fails or is interrupted says so in its result; the others go on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use super::{How, MeasureCostModel, Prospect, Step, predict};
use crate::conclude::predicted::{Basis, LEAST_COMMITS, calibration, mappers, obstacle};
use crate::conclude::what_if::blocked_run::BlockedRun;
use crate::conclude::what_if::differences;
use crate::experiment::{
    OneRun,
    cost::{ModelKind, model_kind},
    one_run,
};
use crate::results::{
    Availability, CommitModel, MitigationResult, MitigationStatus, PredictedFigures, Run, Tried, TriedSettings,
    cpus_usable,
};
use crate::scenario::Scenario;

pub struct WhatIfRun<'a, 'l, 't> {
    pub root: &'a Path,
    pub how: &'a How<'a>,
    pub cost_model: Option<MeasureCostModel<'l>>,
    /// The cost models so far.
    pub cost_models: Vec<(ModelKind, Result<CommitModel, String>)>,
    pub on_step: &'t mut dyn FnMut(Step<'_>),
    pub runs: BTreeMap<String, BlockedRun>,
    /// CPU time of a reader's operation in the baseline, nanoseconds, and CPUs; or why predictions cannot be made.
    pub machine: Result<(f64, f64), String>,
    /// How many times longer the baseline's commits took than their cost model says, if that is known: what mitigations are predicted with.
    pub calibration: Option<f64>,
}

impl WhatIfRun<'_, '_, '_> {
    pub fn report(&mut self, name: &str, number: usize, total: Option<usize>) {
        (self.on_step)(Step::Run { name, number, of: total });
    }

    pub fn run(&mut self, scenario: &Scenario, directory: &str) -> anyhow::Result<Option<Run>> {
        let how = OneRun::among(&self.root.join(directory), self.how.command, self.how.interrupted)?;
        let finished = one_run(scenario, how, &mut |progress| (self.on_step)(Step::Going(progress)))?;
        Ok(finished.map(|(run, _)| run))
    }

    /// Runs every chosen mitigation that can be run; `after` is called before the first and after each, with the results so far.
    pub fn mitigations(
        &mut self,
        chosen: &[(&Prospect, Vec<String>)],
        baseline: &Run,
        after: &mut dyn FnMut(&[MitigationResult]),
    ) {
        after(&[]);
        let total = chosen.iter().filter(|(prospect, _)| prospect.scenario.is_ok()).count();
        let mut number = 0;
        let mut results = Vec::new();
        for (prospect, suggested_by) in chosen {
            let mut result = MitigationResult {
                name: prospect.mitigation.name.to_owned(),
                meaning: prospect.mitigation.meaning.to_owned(),
                overrides: prospect.overrides.clone(),
                suggested_by: suggested_by.clone(),
                status: MitigationStatus::NotRun,
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
                        self.report(prospect.mitigation.name, number, Some(total));
                        self.mitigation(scenario, &mut result, baseline);
                    }
                },
            }
            results.push(result);
            after(&results);
        }
    }

    fn reason_to_stop(&self, baseline: &Run) -> Option<String> {
        if self.how.interrupted.load(Relaxed) {
            Some("interrupted".to_owned())
        } else if !baseline.summary.complete {
            Some("the baseline is incomplete: there is nothing to compare with".to_owned())
        } else {
            wrong_with(baseline).map(|why| format!("there is nothing to compare with: in the baseline {why}"))
        }
    }

    fn mitigation(&mut self, scenario: &Scenario, result: &mut MitigationResult, baseline: &Run) {
        let predicted = self.predicted(scenario, &result.name);
        let directory = format!("mitigations/{}", result.name);
        let run_and_keep = || -> anyhow::Result<Option<Run>> {
            let Some(run) = self.run(scenario, &directory)? else { return Ok(None) };
            result.run = Some(self.tried(&run, &directory, &result.name, predicted)?);
            Ok(Some(run))
        };
        let finished = run_and_keep();
        (result.status, result.reason) = match &finished {
            Ok(None) => (MitigationStatus::NotRun, Some("interrupted".to_owned())),
            Err(error) => (MitigationStatus::Failed, Some(format!("{error:#}"))),
            Ok(Some(run)) => status_of(run),
        };
        if result.status == MitigationStatus::Measured
            && let (Some(before), Some(after)) = (self.runs.get("baseline"), self.runs.get(&result.name))
        {
            result.differences = differences::differences(before, after, baseline.scenario.run.seed);
        }
    }

    /// What `what-if.json` says of a run; keeps what it is compared by.
    pub fn tried(
        &mut self,
        run: &Run,
        directory: &str,
        name: &str,
        predicted: Availability<PredictedFigures>,
    ) -> anyhow::Result<Tried> {
        let blocked = BlockedRun::load(&self.root.join(directory))?;
        let measured = blocked.measured;
        self.runs.insert(name.to_owned(), blocked);
        Ok(Tried {
            directory: directory.to_owned(),
            scenario_hash: run.scenario_hash.clone(),
            settings: TriedSettings::of(run),
            complete: run.summary.complete,
            errors: run.summary.errors,
            measured,
            predicted,
            verdict: run.diagnosis.verdict.clone(),
        })
    }

    pub fn predicted(&mut self, scenario: &Scenario, name: &str) -> Availability<PredictedFigures> {
        let mut prediction = || {
            let (reader_cpu_ns, cpus) = self.machine.clone()?;
            if let Some(why) = obstacle(scenario) {
                return Err(why.to_owned());
            }
            let mut cost_model = self.cost_model_of(scenario, name)?;
            if let Some(by) = self.calibration {
                cost_model = cost_model.scaled(by, "as in the baseline");
            }
            Ok(predict::prediction(scenario, &Basis { cost_model: &cost_model, reader_cpu_ns, cpus }))
        };
        Availability::from(prediction())
    }

    /// Compares the baseline's commits with the cost model that it was predicted with.
    pub fn calibrate(&mut self, baseline: &Run) {
        let (Ok((reader_cpu_ns, cpus)), Some((_, Ok(cost_model)))) = (&self.machine, self.cost_models.first()) else {
            return;
        };
        let basis = Basis { cost_model, reader_cpu_ns: *reader_cpu_ns, cpus: *cpus };
        let (scenario, summary) = (&baseline.scenario, &baseline.summary);
        let hold_ns = baseline.hold_ns(|_| true).filter(|_| summary.writers.completed >= LEAST_COMMITS);
        let instances = f64::from(scenario.instances.count);
        self.calibration = hold_ns
            .and_then(|hold_ns| calibration(hold_ns, mappers(scenario), summary.readers.due_per_s, instances, &basis));
    }

    /// The cost model of a scenario's commits, measured unless a run before had the same; or why there is none.
    fn cost_model_of(&mut self, scenario: &Scenario, name: &str) -> Result<CommitModel, String> {
        let measure = self.cost_model.as_mut().ok_or("the cost model of a commit was not measured")?;
        let kind = model_kind(scenario);
        if let Some((_, cost_model)) = self.cost_models.iter().find(|(known, _)| *known == kind) {
            return cost_model.clone();
        }
        if self.how.interrupted.load(Relaxed) {
            return Err("interrupted".to_owned());
        }
        (self.on_step)(Step::CostModel { name });
        let place = scenario.file.directory.as_deref().unwrap_or(self.root);
        let cost_model = measure(scenario, place).map_err(|error| format!("{error:#}"));
        self.cost_models.push((kind, cost_model.clone()));
        cost_model
    }
}

/// What predictions need of the machine, from the baseline; or why there are none.
pub fn machine(baseline: &Run) -> Result<(f64, f64), String> {
    let reader_cpu_ns = predict::reader_cpu_ns(baseline).ok_or("no reader of the baseline completed anything")?;
    let machine = &baseline.environment;
    let allowed = machine.cpus_allowed.known().map_err(|why| format!("the number of CPUs is unknown: {why}"))?;
    let usable = cpus_usable(&machine.cpus_allowed, &machine.cpu_quota);
    Ok((reader_cpu_ns, usable.unwrap_or(*allowed as f64)))
}

/// How a mitigation's run came out, and why it cannot be compared.
fn status_of(run: &Run) -> (MitigationStatus, Option<String>) {
    let summary = &run.summary;
    if summary.complete {
        return match wrong_with(run) {
            Some(why) => (MitigationStatus::Failed, Some(why)),
            None => (MitigationStatus::Measured, None),
        };
    }
    let why = match (summary.lost_workers.len(), summary.incomplete_because.as_slice()) {
        (0, []) => "interrupted".to_owned(),
        (0, reasons) => reasons.join("; "),
        (lost, _) => format!("{lost} workers were lost"),
    };
    (MitigationStatus::Incomplete, Some(why))
}

/// Why the figures of a complete run cannot be used; `None`: they can.
fn wrong_with(run: &Run) -> Option<String> {
    let first = run.summary.first_error.as_deref().unwrap_or("unknown");
    (run.summary.errors > 0).then(|| format!("{} operations failed; the first: {first}", run.summary.errors))
}
