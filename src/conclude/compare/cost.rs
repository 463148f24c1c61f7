//! Cost models of two or more results: base and slope of every model that another result shares with the first.
//! The intervals are those of repeats of the measurement, so the ratio's is made of both.

use std::collections::BTreeMap;

use super::{
    conclusion::RESULTS,
    machine::{self, fact},
    matching,
    rows::{Gathered, MatchedRow, Pairing, Whole, matched},
    side_by_side::SideBySide,
};
use crate::{
    conclude::{
        difference::{Sentence, differs},
        in_order::unique,
        wording::{at_most, formats, known},
    },
    results::{
        Availability, Cost, CostComparison, CostDifference, CostFigure, CostRow, Effect, Machine, MatchedResult,
        Provenance, update_of,
    },
    scenario::{
        MapMode,
        units::{format_bytes, short_ns},
    },
    stats::Estimate,
};

/// Compares cost results, each with its directory as it was given, with the first of them. A ratio's interval is
/// [`Estimate::ratio_to`]'s.
pub fn compare_costs(costs: &[(String, Cost)], across: &[String], least_effect: f64) -> CostComparison {
    let first = &costs[0].1;
    let pairing =
        |cost: &Cost| Pairing::of_machines([&first.environment, &cost.environment], cost == first, least_effect);
    let results = costs.iter().map(|(directory, cost)| Gathered {
        result: MatchedResult {
            directory: directory.clone(),
            started: cost.started.clone(),
            machine: Availability::Value(machine_of(cost)),
            provenance: unique(cost.rows.iter().map(|row| cost.provenance_of(row))),
        },
        environment: machine::with_limits(&cost.environment),
        plan: vec![
            fact("most mappers", cost.plan.levels.last().copied().unwrap_or(0).to_string()),
            fact("mapstorm", cost.mapstorm_version.clone()),
        ],
        is_complete: cost.complete,
        pairing: pairing(cost),
    });
    let others = costs.iter().enumerate().skip(1);
    let differences = others.flat_map(|(other, (_, cost))| of_pair([first, cost], other, pairing(cost))).collect();
    let loads: Vec<_> = costs.iter().map(|(_, cost)| load(cost)).collect();
    let scenario = matching::of_keys(&loads, across);
    let whole = Whole { part: "cost model", verbs: RESULTS, scenario, doubts: vec![], least_effect };
    let mut comparison = matched(results.collect(), whole, differences);
    comparison.sentences.extend(comparison.folios());
    comparison
}

fn of_pair([a, b]: [&Cost; 2], other: usize, pairing: Pairing) -> Vec<CostDifference> {
    let mut differences = Vec::new();
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
            let (ratio, effect) = pairing.of_both(&a, &b);
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

pub fn machine_of(cost: &Cost) -> Machine {
    let files = cost.rows.first().map(|row| row.file_system.clone());
    let none = || Availability::Unavailable { unavailable: "nothing was measured".to_owned() };
    Machine::with_files(&cost.environment, files.unwrap_or_else(none))
}

impl CostDifference {
    /// The update, as it is called.
    pub(super) fn update(&self) -> String {
        update_of(self.format, &self.method)
    }

    /// The same, with the file system where that tells it from others.
    fn update_there(&self) -> String {
        match &self.file_system {
            Some(system) => format!("{} on {system}", self.update()),
            None => self.update(),
        }
    }
}

impl MatchedRow for CostDifference {
    const PART: &'static str = "update";
    const CHART: [&'static str; 3] = [
        "comparison-costs",
        "What each mapper adds to one update: the ratio of every cost model",
        "the per-mapper cost of the other divided by that of A",
    ];

    fn table(&self) -> (usize, String) {
        let what = match self.figure {
            CostFigure::PerMapper => "What each mapper adds to one update",
            CostFigure::Base => "One update, without any mapper",
        };
        let place = match self.mode {
            MapMode::ReadWrite => 0,
            MapMode::ReadOnly => 1,
            MapMode::Dirty => 2,
        };
        (self.figure as usize * 3 + place, format!("{what}, mapped {}", self.mode.in_words()))
    }

    fn name(&self) -> String {
        format!("{}, {}", self.update_there(), format_bytes(self.write_size))
    }

    fn subject(&self) -> Option<(String, &'static str, bool)> {
        let (emulated, mode) = (self.emulated(" (emulated)"), self.mode.in_words());
        let what = match self.figure {
            CostFigure::PerMapper => "what each mapper adds to an update",
            CostFigure::Base => "an update without mappers",
        };
        let places = match self.file_system {
            Some(_) => "update methods, file systems and write sizes",
            None => "update methods and write sizes",
        };
        Some((format!("{what}, mapped {mode}{emulated},"), places, true))
    }

    fn full_name(&self) -> String {
        let (size, emulated) = (format_bytes(self.write_size), self.emulated(", emulated,"));
        match self.figure {
            CostFigure::PerMapper => {
                let (method, mode) = (self.update_there(), self.mode.in_words());
                format!("what each mapper adds to one {method} (mapped {mode}, written {size} at a time){emulated}")
            }
            CostFigure::Base => {
                format!("one {} without mappers (written {size} at a time){emulated}", self.update_there())
            }
        }
    }

    fn charted(&self) -> Option<String> {
        let (mode, size) = (self.mode.in_words(), format_bytes(self.write_size));
        let name = format!("{}{}, {mode}, {size}", self.update_there(), self.emulated(" (emulated)"));
        (self.figure == CostFigure::PerMapper).then_some(name)
    }

    fn values(&self) -> [String; 2] {
        [&self.a, &self.b].map(|estimate| match self.figure {
            CostFigure::PerMapper => at_most("<=", estimate),
            CostFigure::Base => short_ns(estimate.value),
        })
    }

    fn side_by_side(comparison: &CostComparison) -> Vec<SideBySide> {
        comparison.tables()
    }

    fn ratio(&self) -> Option<(f64, Option<Estimate>)> {
        self.ratio.value().map(|ratio| (ratio.value, Some(*ratio)))
    }

    fn provenance(&self) -> Provenance {
        self.provenances[0].max(self.provenances[1])
    }

    fn note(&self) -> &'static str {
        "are 95 % prediction intervals; that of a ratio is made of both, on a logarithmic scale. \
         Where one includes 0 there is no ratio, and only models whose intervals have no point in common differ."
    }

    fn sentence(&self, letter: &str) -> Option<Sentence> {
        if !self.effect.is_real() {
            return None;
        }
        let subject = self.full_name();
        let values = [&self.a, &self.b].map(|estimate| short_ns(estimate.value));
        Some(match (self.ratio.value(), self.effect) {
            (Some(ratio), _) => differs(&subject, letter, values, ratio, "95 % interval"),
            (None, Effect::Better) => {
                let b = at_most("at most", &self.b);
                Sentence::new(format!("{subject} is significantly lower in {letter}: {b}, {} in A", values[0]))
            }
            (None, _) => {
                let a = at_most("at most", &self.a);
                Sentence::new(format!("{subject} is significantly higher in {letter}: {}, {a} in A", values[1]))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mailboxes::Format, results::fixtures::cost_of_formats};

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
