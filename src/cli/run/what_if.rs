//! `--what-if`: the scenario as it is, then the cures that its findings suggest, side by side.
//! Everything is read and held against this machine before the first run.

use std::path::Path;

use super::{
    Run,
    common::{self, Refused},
    cost_model,
};
use crate::{
    cli::{exit, live::Live, scenario_file::ScenarioFile},
    experiment::{
        commit_law,
        what_if::{Choice, How, Plan, Step, Wanted, what_if},
    },
    note,
    results::{CureStatus, Judgement, WhatIf},
    scenario::Scenario,
};

/// Tries cures; the exit code.
pub fn run(arguments: &Run, file: &ScenarioFile, names: &str) -> anyhow::Result<u8> {
    let Some(objectives) = common::objectives(arguments) else { return Ok(exit::INVALID) };
    let choice = match Choice::parse(names) {
        Ok(choice) => choice,
        Err(message) => {
            note!("{message}");
            return Ok(exit::INVALID);
        }
    };
    // The default place needs the scenario's name; its parent is on the same disk.
    let place = arguments.out.clone().unwrap_or_else(|| "results".into());
    let wanted = Wanted {
        name: &file.name,
        text: &file.text,
        sets: &arguments.sets,
        objectives: &objectives,
        place: &place,
        force: arguments.force,
    };
    let plan = match Plan::new(&wanted, choice) {
        Ok(plan) => plan,
        Err(errors) => return Ok(common::invalid(&errors)),
    };
    if common::look_ahead([("baseline: ".to_owned(), &plan.baseline)], plan.most_runs(), &place, arguments.force)
        == Refused::Yes
    {
        return Ok(exit::REFUSED);
    }
    let name = format!("{}-what-if", plan.baseline.name);
    let wanted = common::Wanted::of(arguments.out.as_deref(), &name);
    let others: Vec<_> = plan.baseline.file.directory.iter().cloned().collect();
    let (directory, interrupted) = wanted.claim(&others)?;
    let command = common::command();
    let how = How { command: &command, interrupted: &interrupted };
    let live = Live::terse();
    let budget_ns = cost_model::budget_ns(&plan.baseline);
    let mut measure =
        |scenario: &Scenario, place: &Path| commit_law(scenario, place, budget_ns, &interrupted, &mut |_| {});
    let finished = what_if(&plan, &how, directory, Some(&mut measure), &mut |step| tell(&live, &step))?;
    live.end();
    let Some((what_if, directory)) = finished else {
        return Ok(exit::INCOMPLETE);
    };
    let text = if arguments.json { serde_json::to_string_pretty(&what_if)? + "\n" } else { what_if.to_string() };
    Ok(common::show(&text, &directory, arguments.no_report, exit_code(&what_if)))
}

fn tell(live: &Live, step: &Step<'_>) {
    match step {
        Step::Run { name, of: None, .. } => live.line(&format!("running the {name}")),
        Step::Run { name, number, of: Some(of) } => live.line(&format!("running cure {number} of {of}: {name}")),
        Step::Law { name } => live.line(&format!("measuring what a commit costs, to predict: {name}")),
        Step::Going(progress) => live.show(progress),
    }
}

/// What is incomplete or failed weighs more than the verdict; objectives that a cure met are met.
fn exit_code(what_if: &WhatIf) -> u8 {
    let outcome = |verdict: Option<&crate::results::Verdict>| verdict.map(|verdict| verdict.outcome);
    let has_status = |status| what_if.cures.iter().any(|cure| cure.status == status);
    let is_met = |outcome| matches!(outcome, None | Some(Judgement::Met));
    if !what_if.baseline.complete || !what_if.incomplete_because.is_empty() || has_status(CureStatus::Incomplete) {
        return exit::INCOMPLETE;
    }
    if what_if.baseline.errors > 0 || has_status(CureStatus::Failed) {
        return exit::FAILURE;
    }
    if has_status(CureStatus::NotRun) {
        return exit::INCOMPLETE;
    }
    let mut cured =
        what_if.cures.iter().filter(|cure| cure.status == CureStatus::Measured).filter_map(|cure| cure.run.as_ref());
    if is_met(outcome(what_if.baseline.verdict.as_ref())) || cured.any(|run| is_met(outcome(run.verdict.as_ref()))) {
        return exit::FINE;
    }
    exit::SLO_NOT_MET
}
