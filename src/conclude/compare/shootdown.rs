//! Models of shootdowns of two or more results: what a CPU adds and what a responder loses, for every operation that another result shares with
//! the first.

use super::{
    conclusion::RESULTS,
    machine::{self, fact},
    rows::{Gathered, MatchedRow, Pairing, Whole, matched},
};
use crate::{
    conclude::{
        difference::{Sentence, differs},
        letter,
        wording::{at_most, capital},
    },
    results::{
        Availability, Machine, MatchedResult, Provenance, Shootdown, ShootdownComparison, ShootdownDifference,
        ShootdownFigure, ShootdownModel,
    },
    scenario::units::short_ns,
    stats::Estimate,
};

/// Compares results, each with its directory as it was given, with the first of them.
pub fn compare_shootdowns(found: &[(String, Shootdown)], least_effect: f64) -> ShootdownComparison {
    let first = &found[0].1;
    let pairing =
        |one: &Shootdown| Pairing::of_machines([&first.environment, &one.environment], one == first, least_effect);
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
        pairing: pairing(one),
    });
    let others = found.iter().enumerate().skip(1);
    let differences = others.flat_map(|(other, (_, one))| of_pair([first, one], other, pairing(one))).collect();
    let doubts = found.iter().enumerate().flat_map(|(place, (_, one))| {
        one.warnings().into_iter().map(move |warning| format!("{}: {warning}", letter(place)))
    });
    let whole = Whole { part: "model", verbs: RESULTS, scenario: Vec::new(), doubts: doubts.collect(), least_effect };
    matched(results.collect(), whole, differences)
}

fn of_pair([a, b]: [&Shootdown; 2], other: usize, pairing: Pairing) -> Vec<ShootdownDifference> {
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
            let (ratio, effect) = pairing.of_both(&a, &b);
            ShootdownDifference { other, method: method.clone(), kind, figure, a, b, ratio, adjusted_p: None, effect }
        };
        measured.map(difference).collect::<Vec<_>>()
    };
    pairs.flat_map(figures).collect()
}

impl ShootdownFigure {
    fn what(self) -> &'static str {
        match self {
            ShootdownFigure::PerCpu => "what each interrupted CPU adds to an operation",
            ShootdownFigure::ResponderLost => "what a responder loses each time",
            ShootdownFigure::PerPage => "what each page adds to an operation",
        }
    }
}

impl MatchedRow for ShootdownDifference {
    const PART: &'static str = "operation";
    const CHART: [&'static str; 3] = [
        "comparison-shootdowns",
        "What each interrupted CPU adds to one operation: the ratio of every model",
        "what a CPU adds in the other divided by that of A",
    ];

    fn table(&self) -> (usize, String) {
        (self.figure as usize, capital(self.figure.what()))
    }

    fn name(&self) -> String {
        format!("{}, {}", self.method, self.kind.in_words())
    }

    fn subject(&self) -> Option<(String, &'static str, bool)> {
        Some((self.figure.what().to_owned(), "operations", true))
    }

    fn full_name(&self) -> String {
        format!("{} ({}, responders are {})", self.figure.what(), self.method, self.kind.in_words())
    }

    fn charted(&self) -> Option<String> {
        (self.figure == ShootdownFigure::PerCpu).then(|| self.name())
    }

    fn values(&self) -> [String; 2] {
        [&self.a, &self.b].map(|estimate| at_most("<=", estimate))
    }

    fn ratio(&self) -> Option<(f64, Option<Estimate>)> {
        self.ratio.value().map(|ratio| (ratio.value, Some(*ratio)))
    }

    fn provenance(&self) -> Provenance {
        Provenance::Measured
    }

    fn note(&self) -> &'static str {
        "are 95 % prediction intervals; that of a ratio is made of both, on a logarithmic scale. Where one includes 0 there is no ratio."
    }

    fn sentence(&self, letter: &str) -> Option<Sentence> {
        let ratio = self.ratio.value().filter(|_| self.effect.is_real())?;
        let values = [&self.a, &self.b].map(|estimate| short_ns(estimate.value));
        Some(differs(&self.full_name(), letter, values, ratio, "95 % interval"))
    }
}

#[cfg(test)]
#[test]
fn the_times_of_an_emulated_machine_are_not_compared_with_real_ones() {
    let sample = |name: &str| (name.to_owned(), Shootdown::load(&crate::results::fixtures::sample(name)).unwrap());
    let found =
        compare_shootdowns(&[sample("shootdown-2cpu-linux-6.18"), sample("shootdown-32cpu-tcg-linux-6.1")], 0.05);
    assert!(found.differences.iter().all(|row| row.ratio.value().is_none()) && found.sentences.is_empty());
    assert!(found.conclusion.contains("not compared with that of a real one"), "{}", found.conclusion);
}
