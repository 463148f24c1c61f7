//! Cost models of two or more results: base and slope of every law that another result shares with the first.
//! The intervals are those of repeats of the measurement, so the ratio's is made of both.

use super::{
    machine::{self, fact},
    matched::{MatchedResult, matched},
};
use crate::{
    conclude::claim::effect_of,
    results::{
        Availability, Cost, CostComparison, CostDifference, CostFigure, CostRow, Effect, Fact, Machine, Measurement,
        Provenance,
    },
    scenario::units::format_bytes,
    stats::Estimate,
};

/// Compares cost results, each with its directory as it was given, with the first of them. A ratio's interval is
/// [`Estimate::ratio_to`]'s.
pub fn compare_costs(costs: &[(String, Cost)], least_effect: f64) -> CostComparison {
    let sides = costs.iter().map(|(directory, cost)| MatchedResult {
        directory: directory.clone(),
        machine: Availability::Value(machine_of(cost)),
        environment: machine::of_environment(&cost.environment),
        plan: plan(cost),
        is_complete: cost.complete,
    });
    let others = costs.iter().enumerate().skip(1);
    let differences = others.flat_map(|(other, (_, cost))| of_pair(&costs[0].1, cost, other, least_effect)).collect();
    matched(sides.collect(), "law", least_effect, differences)
}

fn of_pair(a: &Cost, b: &Cost, other: usize, least_effect: f64) -> Vec<CostDifference> {
    let mut differences = Vec::new();
    for one in &a.rows {
        let same = |row: &&CostRow| {
            (&row.method, row.mode, row.write_size) == (&one.method, one.mode, one.write_size)
                && row.measured().is_some()
        };
        // Where a result has several file systems, the law of the same kind of one.
        let mut alike = b.rows.iter().filter(same);
        let found = alike.clone().find(|row| row.file_system == one.file_system).or_else(|| alike.next());
        let Some((row, first, second)) = found.and_then(|row| Some((row, one.measured()?, row.measured()?))) else {
            continue;
        };
        for figure in [CostFigure::PerMapper, CostFigure::Base] {
            let of = |found: &Measurement| match figure {
                CostFigure::PerMapper => found.cost_model.per_mapper_ns,
                CostFigure::Base => found.cost_model.base_ns,
            };
            let (a, b) = (of(first), of(second));
            let ratio = a.ratio_to(&b).ok_or_else(|| "an interval includes 0".to_owned());
            let effect = match &ratio {
                Ok(ratio) => effect_of(ratio, least_effect, false),
                Err(_) => apart(&a, &b),
            };
            differences.push(CostDifference {
                other,
                method: one.method.clone(),
                mode: one.mode,
                write_size: one.write_size,
                file_systems: [one.file_system.clone(), row.file_system.clone()],
                provenance: Provenance::of_run(one.emulated),
                figure,
                a,
                b,
                ratio: ratio.into(),
                effect,
                rounds: [first.cost_model.rounds, second.cost_model.rounds],
            });
        }
    }
    differences
}

/// Without a ratio, only intervals without a common point tell a difference.
fn apart(a: &Estimate, b: &Estimate) -> Effect {
    match (a.overlaps(b), b.value < a.value) {
        (true, _) => Effect::Undecided,
        (false, true) => Effect::Better,
        (false, false) => Effect::Worse,
    }
}

fn plan(cost: &Cost) -> Vec<Fact> {
    let plan = &cost.plan;
    vec![
        fact("mappers", format!("{:?}", plan.mappers).to_lowercase()),
        fact("most mappers", plan.levels.last().copied().unwrap_or(0).to_string()),
        fact("mappers do", format!("{:?}", plan.read_pattern).to_lowercase()),
        fact("format", plan.format.name().to_owned()),
        fact("size of the file", format_bytes(plan.file_bytes)),
        fact("mapstorm", cost.mapstorm_version.clone()),
    ]
}

pub fn machine_of(cost: &Cost) -> Machine {
    let none = || Availability::Unavailable { unavailable: "nothing was measured".to_owned() };
    Machine::with_files(&cost.environment, cost.rows.first().map_or_else(none, |row| row.file_system.clone()))
}
