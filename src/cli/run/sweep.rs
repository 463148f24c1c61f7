//! A sweep, step by step: check that the machine is large enough for every point, run them all, show the findings.

use super::common::{self, Wanted};
use super::{Run, cost_model, many};
use crate::cli::failure::Outcome;
use crate::cli::live::Live;
use crate::experiment::{self, Many};
use crate::scenario::Sweep;

pub fn run(arguments: &Run, mut sweep: Sweep) -> Outcome {
    let objectives = common::objectives(arguments)?;
    for point in &mut sweep.points {
        point.scenario.slo.clauses.extend(&objectives);
    }
    let name = sweep.points.first().map(|point| format!("{}-sweep", point.scenario.name)).unwrap_or_default();
    let wanted = Wanted::of(arguments.out.as_deref(), &name);
    let points = sweep.points.iter().map(|point| (format!("{}: ", many::settings(&point.settings)), &point.scenario));
    common::look_ahead(points, sweep.repeats, wanted.path(), arguments.force)?;
    let first = sweep.points.first();
    let cost_model = first.map_or(Ok(None), |point| cost_model::given(arguments, &point.scenario))?;
    let others: Vec<_> = sweep.points.iter().filter_map(|point| point.scenario.file.directory.clone()).collect();
    let (directory, interrupted) = wanted.claim(&others)?;
    let command = common::command();
    let how = Many { command: &command, interrupted: &interrupted, cost_model, again: None };
    let live = Live::terse();
    let finished = experiment::sweep(&sweep, &how, directory, &mut |step| many::show(&live, &step))?;
    live.end();
    many::print(arguments, finished).map(|_| ())
}
