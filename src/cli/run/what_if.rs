//! `--what-if`: the scenario as it is, then with the mitigations that its findings suggest.
//! Everything is read and checked against the limits of this machine before the first run.

use std::path::Path;

use super::{Run, cost_model};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::live::Live;
use crate::cli::scenario_file::ScenarioFile;
use crate::cli::steps;
use crate::experiment::commit_model;
use crate::experiment::what_if::{Choice, How, Plan, Step, Wanted, what_if};
use crate::results::{Judgement, MitigationStatus, Tried, WhatIf};
use crate::scenario::{Clause, Scenario};

pub fn run(arguments: &Run, file: &ScenarioFile, objectives: &[Clause], names: &str) -> Outcome {
    let choice = Choice::parse(names).map_err(Failure::invalid)?;
    // The default place needs the scenario's name; its parent is on the same disk.
    let place = arguments.out.clone().unwrap_or_else(|| "results".into());
    let wanted = Wanted {
        name: &file.name,
        text: &file.text,
        sets: &arguments.sets,
        objectives,
        place: &place,
        force: arguments.force,
    };
    let plan = Plan::new(&wanted, choice)?;
    steps::look_ahead([("baseline: ".to_owned(), &plan.baseline)], plan.most_runs(), &place, arguments.force)?;
    let name = format!("{}-what-if", plan.baseline.name);
    let wanted = steps::Wanted::of(arguments.out.as_deref(), &name);
    let (directory, interrupted) = wanted.claim(&plan.baseline.file.directory)?;
    let how = How { command: &steps::command(), interrupted: &interrupted };
    let budget_ns = cost_model::budget_ns(&plan.baseline);
    let mut measure =
        |scenario: &Scenario, place: &Path| commit_model(scenario, place, budget_ns, &interrupted, &mut |_| {});
    let finished = Live::terse()
        .during(|live| what_if(&plan, &how, directory, Some(&mut measure), &mut |step| on_step(live, &step)));
    let (what_if, directory) = finished?.ok_or(Failure::Incomplete)?;
    arguments.kept.show(&what_if, &directory, outcome(&what_if))
}

fn on_step(live: &Live, step: &Step<'_>) {
    match step {
        Step::Run { name, of: None, .. } => live.line(&format!("running the {name}")),
        Step::Run { name, number, of: Some(total) } => {
            live.line(&format!("running mitigation {number} of {total}: {name}"));
        }
        Step::CostModel { name } => live.line(&format!("measuring what a commit costs, to predict: {name}")),
        Step::Going(progress) => live.show(progress),
    }
}

/// Incomplete and failed runs come before the verdict; objectives that a run with a mitigation met are met.
fn outcome(what_if: &WhatIf) -> Outcome {
    let has_status = |status| what_if.mitigations.iter().any(|mitigation| mitigation.status == status);
    let is_met = |run: &Tried| run.verdict.as_ref().is_none_or(|verdict| verdict.outcome == Judgement::Met);
    if !what_if.baseline.complete || !what_if.incomplete_because.is_empty() || has_status(MitigationStatus::Incomplete)
    {
        return Err(Failure::Incomplete);
    }
    if what_if.baseline.errors > 0 || has_status(MitigationStatus::Failed) {
        return Err(Failure::Failed);
    }
    if has_status(MitigationStatus::NotRun) {
        return Err(Failure::Incomplete);
    }
    let measured = what_if.mitigations.iter().filter(|mitigation| mitigation.status == MitigationStatus::Measured);
    let mut runs = measured.filter_map(|mitigation| mitigation.run.as_ref()).chain([&what_if.baseline]);
    if runs.any(is_met) { Ok(()) } else { Err(Failure::NotMet) }
}
