//! Cost models of two or more results: base and slope of every model that another result shares with the first.
//! The intervals are those of repeats of the measurement, so the ratio's is made of both.

use super::{
    machine::{self, fact},
    rows::{MatchedResult, matched},
};
use crate::{
    conclude::claim::effect_of,
    results::{
        Availability, Cost, CostComparison, CostDifference, CostFigure, CostRow, Effect, Fact, Machine, Provenance,
    },
    scenario::units::format_bytes,
    stats::Estimate,
};

/// Compares cost results, each with its directory as it was given, with the first of them. A ratio's interval is
/// [`Estimate::ratio_to`]'s.
pub fn compare_costs(costs: &[(String, Cost)], least_effect: f64) -> CostComparison {
    let results = costs.iter().map(|(directory, cost)| MatchedResult {
        directory: directory.clone(),
        machine: Availability::Value(machine_of(cost)),
        environment: machine::with_limits(&cost.environment),
        plan: plan(cost),
        is_complete: cost.complete,
    });
    let others = costs.iter().enumerate().skip(1);
    let differences = others.flat_map(|(other, (_, cost))| of_pair(&costs[0].1, cost, other, least_effect)).collect();
    matched(results.collect(), "cost model", least_effect, differences)
}

fn of_pair(a: &Cost, b: &Cost, other: usize, least_effect: f64) -> Vec<CostDifference> {
    let mut differences = Vec::new();
    for row_a in &a.rows {
        let condition = |row: &CostRow| (row.method.clone(), row.mode, row.write_size);
        // Where a result has several file systems, the model of the same kind of one.
        let mut alike = b.rows.iter().filter(|row| condition(row) == condition(row_a) && row.measured().is_some());
        let found = alike.clone().find(|row| row.file_system == row_a.file_system).or_else(|| alike.next());
        let Some((row_b, first, second)) = found.and_then(|row| Some((row, row_a.measured()?, row.measured()?))) else {
            continue;
        };
        let models = [&first.cost_model, &second.cost_model];
        for (figure, [a, b]) in [
            (CostFigure::PerMapper, models.map(|model| model.per_mapper_ns)),
            (CostFigure::Base, models.map(|model| model.base_ns)),
        ] {
            let ratio = a.ratio_to(&b).ok_or_else(|| "an interval includes 0".to_owned());
            differences.push(CostDifference {
                other,
                method: row_a.method.clone(),
                mode: row_a.mode,
                write_size: row_a.write_size,
                file_systems: [row_a.file_system.clone(), row_b.file_system.clone()],
                provenance: Provenance::of_run(row_a.emulated),
                figure,
                a,
                b,
                effect: ratio.as_ref().map_or_else(|_| apart(&a, &b), |ratio| effect_of(ratio, least_effect, false)),
                ratio: ratio.into(),
                rounds: models.map(|model| model.rounds),
            });
        }
    }
    differences
}

/// Without a ratio, only intervals without a common point show a difference.
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
    let files = cost.rows.first().map(|row| row.file_system.clone());
    let none = || Availability::Unavailable { unavailable: "nothing was measured".to_owned() };
    Machine::with_files(&cost.environment, files.unwrap_or_else(none))
}
