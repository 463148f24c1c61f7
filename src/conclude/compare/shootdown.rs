//! Models of shootdowns of two or more results: what a CPU adds and what a responder loses, for every operation that another result shares with
//! the first.

use super::{
    conclusion::RESULTS,
    cost::of_both,
    machine::{self, fact},
    rows::{Gathered, Whole, matched},
};
use crate::results::{
    Availability, Machine, MatchedResult, Provenance, Shootdown, ShootdownComparison, ShootdownDifference,
    ShootdownFigure, ShootdownModel,
};
use crate::stats::Estimate;

/// Compares results, each with its directory as it was given, with the first of them.
pub fn compare_shootdowns(found: &[(String, Shootdown)], least_effect: f64) -> ShootdownComparison {
    let results = found.iter().map(|(directory, one)| Gathered {
        result: MatchedResult {
            directory: directory.clone(),
            started: one.started.clone(),
            machine: Availability::Value(Machine::of_environment(&one.environment)),
            provenance: vec![Provenance::Measured],
        },
        environment: machine::with_limits(&one.environment),
        plan: vec![
            fact("CPUs of responders", one.responders().to_string()),
            fact("mapstorm", one.mapstorm_version.clone()),
        ],
        is_complete: one.complete,
        is_first: *one == found[0].1,
    });
    let others = found.iter().enumerate().skip(1);
    let differences = others.flat_map(|(other, (_, one))| of_pair(&found[0].1, one, other, least_effect)).collect();
    let doubts = found.iter().enumerate().flat_map(|(place, (_, one))| {
        one.warnings().into_iter().map(move |warning| format!("{}: {warning}", crate::conclude::letter(place)))
    });
    let whole = Whole { part: "model", verbs: RESULTS, scenario: Vec::new(), doubts: doubts.collect(), least_effect };
    matched(results.collect(), whole, differences)
}

fn of_pair(a: &Shootdown, b: &Shootdown, other: usize, least_effect: f64) -> Vec<ShootdownDifference> {
    let is_same = a == b;
    let pairs = a.models.iter().filter_map(|first| {
        let second = b.models.iter().find(|model| (&model.method, model.kind) == (&first.method, first.kind))?;
        Some((first, second))
    });
    let figures = |(a, b): (&ShootdownModel, &ShootdownModel)| {
        let lost = |model: &ShootdownModel| model.responder_lost_ns.value().copied();
        let both: [(ShootdownFigure, Option<[Estimate; 2]>); 3] = [
            (ShootdownFigure::PerCpu, Some([a.per_cpu_ns, b.per_cpu_ns])),
            (ShootdownFigure::ResponderLost, lost(a).zip(lost(b)).map(|(a, b)| [a, b])),
            (ShootdownFigure::PerPage, a.per_page_ns.zip(b.per_page_ns).map(|(a, b)| [a, b])),
        ];
        let (method, kind) = (a.method.clone(), a.kind);
        let measured = both.into_iter().filter_map(|(figure, values)| Some((figure, values?)));
        let difference = |(figure, [a, b]): (ShootdownFigure, [Estimate; 2])| {
            let (ratio, effect) = of_both(&a, &b, is_same, least_effect);
            ShootdownDifference { other, method: method.clone(), kind, figure, a, b, ratio, adjusted_p: None, effect }
        };
        measured.map(difference).collect::<Vec<_>>()
    };
    pairs.flat_map(figures).collect()
}
