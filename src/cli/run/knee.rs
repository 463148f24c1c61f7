//! A search for the knee, step by step: which loads this machine can hold, the search, and its answer.

use std::ops::RangeInclusive;

use super::{Run, cost_model, many};
use crate::cli::capacity::{possible, possible_runs};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::live::Live;
use crate::cli::scenario_file::ScenarioFile;
use crate::cli::steps::{self, Wanted};
use crate::driver::Places;
use crate::experiment::{self, KneeSearch, Many};
use crate::results::Answer;
use crate::scenario::{Clause, Scenario, Tunable};

const WITHIN: f64 = 0.05;
/// So many runs that agree decide a load, so that at most three valid ones are needed.
const AGREEING: u32 = 2;
/// Runs of a search, at most, as far as the room for their results goes: twenty loads, three runs each.
const MOST_RUNS: u32 = 60;

pub fn run(arguments: &Run, file: &ScenarioFile, objectives: &[Clause], key: &str) -> Outcome {
    let tunable = Tunable::parse(&file.name, &file.text, &arguments.sets, key)?;
    let scenario = Scenario::parse(&file.name, &file.text, &arguments.sets)?;
    if scenario.slo.clauses.is_empty() && objectives.is_empty() {
        return Err(Failure::invalid(
            "--find-knee: the knee is the largest load that meets the objectives, and there are none: give some in the scenario's \
             [slo], or here with --slo default or --slo 'lookup.p99<=50ms,rate>=0.99'",
        ));
    }
    let name = format!("{}-knee", scenario.name);
    let wanted = Wanted::of(arguments.out.as_deref(), &name);
    let look_ahead = |load| {
        let which = format!("{}: ", tunable.setting(load));
        steps::look_ahead([(which, &tunable.at(load)?)], MOST_RUNS, wanted.path(), arguments.force)
    };
    let (range, start) = match arguments.many.knee_range.clone() {
        Some(range) => {
            [*range.start(), *range.end()].into_iter().try_for_each(look_ahead)?;
            (range, None)
        }
        None => {
            let start = tunable.start.unwrap_or(1).clamp(*tunable.allowed.start(), *tunable.allowed.end());
            let range = if arguments.force {
                possible(&tunable, start, &|_| true)
            } else {
                // Where the files will be does not depend on the load.
                possible_runs(&tunable, start, MOST_RUNS, Places::of(&scenario, wanted.path()))
            };
            let Some(range) = range else {
                look_ahead(start)?;
                return Err(Failure::Refused);
            };
            let start = start.clamp(*range.start(), *range.end());
            (range, Some(start))
        }
    };
    let given = cost_model::given(arguments, &scenario)?;
    let search = KneeSearch {
        tunable: &tunable,
        objectives,
        range,
        start,
        within: arguments.many.knee_within.unwrap_or(WITHIN),
        agreeing: AGREEING,
        growth: [2.0; 2],
        has_time: &|_| true,
    };
    let (directory, interrupted) = wanted.claim(&scenario.file.directory)?;
    // With as many mappers as may be tried: a cost model that bends is not known beyond those that were measured.
    let largest = tunable.at(*search.range.end())?;
    let finished = Live::terse().during(|live| {
        let measure = || cost_model::measured(&largest, wanted.path(), &interrupted, live);
        let (cost_model, again): (_, Option<&dyn Fn() -> _>) = match given {
            Some(cost_model) => (Some(cost_model), None),
            None => (measure(), Some(&measure)),
        };
        let how = Many { command: &steps::command(), interrupted: &interrupted, cost_model, again };
        experiment::find_knee(&search, &how, directory, &mut |step| many::show(live, &step))
    });
    let report = many::print(arguments, finished?)?;
    // Even the smallest load does not meet the objectives, or no run was valid: the outcome is that of a single run that does not.
    match report.knees.first().map(|knee| knee.answer) {
        Some(Answer::Found | Answer::Above) => Ok(()),
        _ => Err(Failure::NotMet),
    }
}

/// Reads `100..8000`.
pub fn parse_range(text: &str) -> Result<RangeInclusive<u64>, String> {
    let ends = text.split_once("..").and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)));
    match ends {
        Some((from, to)) if from >= 1 && from <= to => Ok(from..=to),
        Some(_) => Err("a range begins at 1 or above and does not end before it begins".to_owned()),
        None => Err("a range is written as in 100..8000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_begin_at_1_and_do_not_fall() {
        assert_eq!(parse_range("100..8000"), Ok(100..=8000));
        assert!(parse_range("0..5").is_err() && parse_range("9..5").is_err() && parse_range("5").is_err());
    }
}
