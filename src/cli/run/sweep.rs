//! A sweep, step by step: look whether the machine is large enough for every point, run them all, show what they say together.

use super::{
    Run,
    common::{self, Wanted},
    cost_model, many,
};
use crate::{
    cli::{
        failure::{Failure, Outcome},
        live::Live,
    },
    experiment::{self, Many},
    note,
    scenario::Sweep,
};

/// Carries the sweep out; the exit code.
pub fn run(arguments: &Run, mut sweep: Sweep) -> Outcome {
    let objectives = common::objectives(arguments)?;
    for point in &mut sweep.points {
        point.scenario.slo.clauses.extend(&objectives);
    }
    let name = sweep.points.first().map(|point| format!("{}-sweep", point.scenario.name)).unwrap_or_default();
    let wanted = Wanted::of(arguments.out.as_deref(), &name);
    let points = sweep.points.iter().map(|point| (format!("{}: ", many::settings(&point.settings)), &point.scenario));
    common::look_ahead(points, sweep.repeats, wanted.path(), arguments.force)?;
    let cost_model = match (&arguments.many.cost_model, sweep.points.first()) {
        (Some(path), Some(point)) => match cost_model::from_file(path, &point.scenario) {
            Ok(cost_model) => Some(cost_model),
            Err(error) => {
                return Err(Failure::invalid(error));
            }
        },
        _ => None,
    };
    let others: Vec<_> = sweep.points.iter().filter_map(|point| point.scenario.file.directory.clone()).collect();
    let (directory, interrupted) = wanted.claim(&others)?;
    let command = common::command();
    let how = Many { command: &command, interrupted: &interrupted, cost_model, again: None };
    let live = Live::terse();
    let finished = experiment::sweep(&sweep, &how, directory, &mut |step| many::show(&live, &step))?;
    live.end();
    let Some((report, directory)) = finished else {
        note!("interrupted before the first crowd was forked: there is nothing to keep");
        return Err(Failure::Incomplete);
    };
    many::print(arguments, &report, &directory)
}
