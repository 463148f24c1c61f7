//! Cost models of two or more results: base and slope of every model that another result shares with the first.
//! The intervals are those of repeats of the measurement, so the ratio's is made of both.

use std::collections::BTreeMap;

use super::{
    conclusion::RESULTS,
    machine::{self, fact},
    matching,
    rows::{Gathered, Whole, matched},
};
use crate::{
    conclude::{
        claim::{SAME, effect_of},
        in_order::unique,
        wording::{formats, known},
    },
    results::{
        Availability, Cost, CostComparison, CostDifference, CostFigure, CostRow, Effect, Fact, Machine, MatchedResult,
        Provenance,
    },
    scenario::units::format_bytes,
    stats::Estimate,
};

/// Compares cost results, each with its directory as it was given, with the first of them. A ratio's interval is
/// [`Estimate::ratio_to`]'s.
pub fn compare_costs(costs: &[(String, Cost)], across: &[String], least_effect: f64) -> CostComparison {
    let results = costs.iter().map(|(directory, cost)| Gathered {
        result: MatchedResult {
            directory: directory.clone(),
            started: cost.started.clone(),
            machine: Availability::Value(machine_of(cost)),
            provenance: unique(cost.rows.iter().map(|row| cost.provenance_of(row))),
        },
        environment: machine::with_limits(&cost.environment),
        plan: plan(cost),
        is_complete: cost.complete,
        is_first: *cost == costs[0].1,
    });
    let others = costs.iter().enumerate().skip(1);
    let differences = others.flat_map(|(other, (_, cost))| of_pair(&costs[0].1, cost, other, least_effect)).collect();
    let loads: Vec<_> = costs.iter().map(|(_, cost)| load(cost)).collect();
    let scenario = matching::of_keys(&loads, across);
    let whole = Whole { part: "cost model", verbs: RESULTS, scenario, doubts: vec![], least_effect };
    let mut comparison = matched(results.collect(), whole, differences);
    comparison.sentences.extend(comparison.folios());
    comparison
}

fn of_pair(a: &Cost, b: &Cost, other: usize, least_effect: f64) -> Vec<CostDifference> {
    let (mut differences, is_same) = (Vec::new(), a == b);
    let systems = |cost: &Cost| unique(cost.rows.iter().map(|row| row.file_system.clone())).len();
    let has_several = systems(a).max(systems(b)) > 1;
    for row_a in &a.rows {
        let condition = |row: &CostRow| (row.method.clone(), row.mode, row.write_size);
        // Only where neither result has several formats, those may differ: then they are what is compared.
        let is_of_format =
            |row: &CostRow| row.engine().or(row_a.engine()).is_none() || b.format_of(row) == a.format_of(row_a);
        let is_alike = |row: &CostRow| condition(row) == condition(row_a) && is_of_format(row);
        // Where a result has several file systems, they are compared kind by kind; where each has one, those may differ.
        let is_on_same = |row: &CostRow| !has_several || row.file_system == row_a.file_system;
        let found = b.rows.iter().find(|row| is_alike(row) && is_on_same(row) && row.measured().is_some());
        let Some((row_b, first, second)) = found.and_then(|row| Some((row, row_a.measured()?, row.measured()?))) else {
            continue;
        };
        let models = [&first.cost_model, &second.cost_model];
        let provenances = [a.provenance_of(row_a), b.provenance_of(row_b)];
        for (figure, [a, b]) in [
            (CostFigure::PerMapper, models.map(|model| model.per_mapper_ns)),
            (CostFigure::Base, models.map(|model| model.update_ns(0.0))),
        ] {
            let (ratio, effect) = match apart_by_emulation(provenances) {
                Some(why) => (Err(why.to_owned()).into(), Effect::Unknown),
                None => of_both(&a, &b, is_same, least_effect),
            };
            differences.push(CostDifference {
                other,
                method: row_a.method.clone(),
                format: row_a.engine(),
                mode: row_a.mode,
                write_size: row_a.write_size,
                file_system: has_several.then(|| known(&row_a.file_system, Clone::clone)),
                file_systems: [row_a.file_system.clone(), row_b.file_system.clone()],
                provenances,
                folio_bytes: [row_a, row_b].map(|row| row.folio_bytes.clone()),
                pages_per_mapper: [first, second].map(|found| found.pages_per_mapper.clone()),
                traced_walks: [first, second].map(|found| found.traced_walks.clone()),
                figure,
                a,
                b,
                effect,
                ratio,
                adjusted_p: None,
                rounds: models.map(|model| model.rounds),
            });
        }
    }
    differences
}

/// Why two times have nothing to do with each other. `None`: they do. Methods that imitate another system do so on both.
fn apart_by_emulation([a, b]: [Provenance; 2]) -> Option<&'static str> {
    let is_one = (a == Provenance::Emulated) != (b == Provenance::Emulated);
    is_one.then_some("the time of an emulated machine is not compared with that of a real one")
}

/// The ratio of two estimates of what is better when it is less, and its effect.
pub fn of_both(a: &Estimate, b: &Estimate, is_same: bool, least_effect: f64) -> (Availability<Estimate>, Effect) {
    let ratio = if is_same { Some(SAME) } else { a.ratio_to(b) };
    let effect = ratio.map_or_else(|| apart(a, b), |ratio| effect_of(&ratio, least_effect, false));
    (ratio.ok_or_else(|| "an interval includes 0".to_owned()).into(), effect)
}

/// Without a ratio, only intervals without a common point show a difference.
fn apart(a: &Estimate, b: &Estimate) -> Effect {
    match (a.overlaps(b), b.value < a.value) {
        (true, _) => Effect::Undecided,
        (false, true) => Effect::Better,
        (false, false) => Effect::Worse,
    }
}

/// What an update costs depends on it, as it does on a machine: options of `mapstorm cost`.
fn load(cost: &Cost) -> BTreeMap<String, String> {
    let plan = &cost.plan;
    let load = [
        ("mappers", format!("{:?}", plan.mappers).to_lowercase()),
        ("readers", format!("{:?}", plan.read_pattern).to_lowercase()),
        ("format", formats(&cost.formats())),
        ("size", format_bytes(plan.file_bytes)),
    ];
    load.map(|(key, value)| (key.to_owned(), value)).into()
}

fn plan(cost: &Cost) -> Vec<Fact> {
    vec![
        fact("most mappers", cost.plan.levels.last().copied().unwrap_or(0).to_string()),
        fact("mapstorm", cost.mapstorm_version.clone()),
    ]
}

pub fn machine_of(cost: &Cost) -> Machine {
    let files = cost.rows.first().map(|row| row.file_system.clone());
    let none = || Availability::Unavailable { unavailable: "nothing was measured".to_owned() };
    Machine::with_files(&cost.environment, files.unwrap_or_else(none))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conclude::MatchedRow, mailboxes::Format, results::fixtures::cost_of_formats};

    #[test]
    fn commits_are_compared_with_those_of_the_same_format() {
        let [fast, slow] = [2000.0, 4000.0].map(|slope| Estimate::around(slope, 50.0));
        let both = cost_of_formats(&[(Format::Skiplist, fast), (Format::Twoskip, slow)]);
        let alone = |format, slope| cost_of_formats(&[(format, slope)]);
        let compared = |a: &Cost, b: &Cost| {
            let found = compare_costs(&[("a".to_owned(), a.clone()), ("b".to_owned(), b.clone())], &[], 0.05);
            let commits = found.differences.into_iter().filter(|row| row.method == "commit-store");
            commits.filter(|row| row.figure == CostFigure::PerMapper).collect::<Vec<_>>()
        };
        let found = compared(&both, &both);
        assert_eq!(found.len(), 8, "two formats, open modes and sizes");
        let names: Vec<String> = found.iter().map(MatchedRow::name).collect();
        assert!(names.contains(&"skiplist commit-store, 4 KiB".to_owned()), "{names:?}");
        assert!(names.contains(&"twoskip commit-store, 4 KiB".to_owned()), "{names:?}");
        // With a result of one format, only commits of that one, whichever of the two is the first result.
        let twoskip = alone(Format::Twoskip, slow);
        for (a, b) in [(&both, &twoskip), (&twoskip, &both)] {
            let found = compared(a, b);
            assert_eq!(found.len(), 4);
            assert!(found.iter().all(|row| row.effect == Effect::Same && row.a == row.b), "{found:#?}");
        }
        // Two results of one format each are compared across formats: then that is what differs.
        let found = compared(&alone(Format::Skiplist, fast), &twoskip);
        assert!(found.len() == 4 && found.iter().all(|row| row.effect == Effect::Worse && row.format.is_none()));
    }
}
