//! Looks at live servers, of two or more results: every figure that another one shares with the first.

use super::{
    conclusion::RESULTS,
    machine::{self, fact},
    rows::{Gathered, MatchedRow, Pairing, Whole, matched},
};
use crate::{
    conclude::{
        difference::{Sentence, differs},
        wording::{at_most, effect_word},
    },
    results::{
        Availability, Effect, Inspection, InspectionComparison, InspectionDifference, InspectionFigure, Machine,
        MatchedResult, Provenance,
    },
    scenario::units::{format_bytes, short_ns},
    stats::Estimate,
};

/// Compares results, each with its directory as it was given, with the first of them.
pub fn compare_inspections(found: &[(String, Inspection)], least_effect: f64) -> InspectionComparison {
    let first = &found[0].1;
    // What was counted holds on an emulated machine too.
    let pairing = |one: &Inspection| Pairing { is_same: one == first, incomparable: None, least_effect };
    let results = found.iter().map(|(directory, one)| Gathered {
        result: MatchedResult {
            directory: directory.clone(),
            started: one.started.clone(),
            machine: Availability::Value(Machine::of_environment(&one.environment)),
            provenance: vec![Provenance::Measured, Provenance::Predicted],
        },
        environment: machine::with_limits(&one.environment),
        plan: vec![
            fact("file", one.file.path.display().to_string()),
            fact("format", one.format.name.clone()),
            fact("size", format_bytes(one.file.bytes)),
            fact("mapstorm", one.mapstorm_version.clone()),
        ],
        is_complete: one.complete,
        pairing: pairing(one),
    });
    let others = found.iter().enumerate().skip(1);
    let differences = others.flat_map(|(other, (_, one))| of_pair([first, one], other, pairing(one))).collect();
    let doubts = vec!["each result is one look at a live server, whose load may have changed by itself".to_owned()];
    let whole = Whole { part: "figure", verbs: RESULTS, scenario: Vec::new(), doubts, least_effect };
    matched(results.collect(), whole, differences)
}

fn of_pair([a, b]: [&Inspection; 2], other: usize, pairing: Pairing) -> Vec<InspectionDifference> {
    let theirs = figures(b);
    let difference = |(figure, a): (InspectionFigure, Estimate)| {
        let b = theirs.iter().find(|(name, _)| *name == figure)?.1;
        let (ratio, effect) = pairing.of_both(&a, &b);
        // What was counted at two moments is no sample of anything.
        let effect = if is_counted(figure) { Effect::Undecided } else { effect };
        Some(InspectionDifference { other, figure, a, b, ratio, adjusted_p: None, effect })
    };
    figures(a).into_iter().filter_map(difference).collect()
}

/// Whether a figure was counted, where others have an interval.
fn is_counted(figure: InspectionFigure) -> bool {
    !matches!(figure, InspectionFigure::Commit | InspectionFigure::OfMappers | InspectionFigure::Hold)
}

/// What is known of a server.
fn figures(one: &Inspection) -> Vec<(InspectionFigure, Estimate)> {
    let exactly = |value: f64| Estimate::around(value, 0.0);
    let (cost, load) = (&one.commit_cost, &one.load);
    let tables =
        one.groups.iter().filter_map(|group| group.page_table_bytes.value()).copied().reduce(|sum, more| sum + more);
    let waiters = one.locks.held.value().map(|_| exactly(f64::from(one.locks.most_waiters)));
    let known = [
        (InspectionFigure::Commit, cost.commit_ns.value().copied()),
        (InspectionFigure::OfMappers, cost.of_mappers_ns.value().copied()),
        (InspectionFigure::Hold, load.hold_ns.value.value().copied()),
        (InspectionFigure::CommitsPerS, load.commits_per_s.value.value().copied()),
        (InspectionFigure::Mappers, Some(exactly(f64::from(cost.mappers)))),
        (InspectionFigure::PageTables, tables.map(|bytes| exactly(bytes as f64))),
        (InspectionFigure::LockWaiters, waiters),
        (InspectionFigure::CpusUsed, load.cpus_used.value.value().copied()),
        (InspectionFigure::CpusWaitedFor, load.cpus_waited_for.value.value().copied()),
    ];
    known.into_iter().filter_map(|(figure, value)| Some((figure, value?))).collect()
}

impl InspectionFigure {
    fn what(self) -> &'static str {
        match self {
            InspectionFigure::Commit => "one commit (predicted)",
            InspectionFigure::OfMappers => "of a commit by mappers (predicted)",
            InspectionFigure::Hold => "a commit holds the lock",
            InspectionFigure::CommitsPerS => "commits a second",
            InspectionFigure::Mappers => "mappers that a commit visits",
            InspectionFigure::PageTables => "page tables",
            InspectionFigure::LockWaiters => "most waiters for a lock",
            InspectionFigure::CpusUsed => "CPUs used",
            InspectionFigure::CpusWaitedFor => "CPUs waited for",
        }
    }

    fn shown(self, value: &Estimate) -> String {
        match self {
            InspectionFigure::Commit | InspectionFigure::OfMappers | InspectionFigure::Hold => at_most("<=", value),
            InspectionFigure::PageTables => format_bytes(value.value as u64),
            InspectionFigure::Mappers | InspectionFigure::LockWaiters => format!("{:.0}", value.value),
            InspectionFigure::CommitsPerS | InspectionFigure::CpusUsed | InspectionFigure::CpusWaitedFor => {
                format!("{:.2}", value.value)
            }
        }
    }
}

impl MatchedRow for InspectionDifference {
    const PART: &'static str = "figure";
    const CHART: [&'static str; 3] = [
        "comparison-inspections",
        "A live server: the ratio of every figure",
        "a figure of the other result divided by that of A",
    ];

    fn table(&self) -> (usize, String) {
        (0, "What was seen, and what a commit costs".to_owned())
    }

    fn name(&self) -> String {
        self.figure.what().to_owned()
    }

    fn subject(&self) -> Option<(String, &'static str, bool)> {
        (!is_counted(self.figure)).then(|| (self.name(), "figures", true))
    }

    fn charted(&self) -> Option<String> {
        Some(self.name())
    }

    fn values(&self) -> [String; 2] {
        [&self.a, &self.b].map(|value| self.figure.shown(value))
    }

    fn ratio(&self) -> Option<(f64, Option<Estimate>)> {
        let ratio = self.ratio.value()?;
        Some((ratio.value, (!is_counted(self.figure)).then_some(*ratio)))
    }

    fn verdict(&self) -> &'static str {
        if is_counted(self.figure) { "counted" } else { effect_word(self.effect, "lower", "higher", "unknown") }
    }

    fn provenance(&self) -> Provenance {
        match self.figure {
            InspectionFigure::Commit | InspectionFigure::OfMappers => Provenance::Predicted,
            _ => Provenance::Measured,
        }
    }

    fn note(&self) -> &'static str {
        "are 95 % intervals; that of a ratio is made of both, on a logarithmic scale. What was counted at two moments has none."
    }

    fn sentence(&self, letter: &str) -> Option<Sentence> {
        let ratio = self.ratio.value().filter(|_| self.effect.is_real())?;
        let values = [&self.a, &self.b].map(|estimate| short_ns(estimate.value));
        Some(differs(self.figure.what(), letter, values, ratio, "95 % interval"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures::inspection;

    #[test]
    fn what_a_change_lowered_is_concluded_and_what_was_counted_is_only_shown() {
        let mut before = inspection();
        let commit = Estimate { value: 42e6, low: 40e6, high: 44e6 };
        before.commit_cost.commit_ns = Availability::Value(commit);
        before.commit_cost.mappers = 300;
        let mut after = before.clone();
        after.commit_cost.commit_ns = Availability::Value(commit.scaled(0.1));
        after.commit_cost.mappers = before.commit_cost.mappers / 12;
        let found = compare_inspections(&[("a".to_owned(), before), ("b".to_owned(), after)], 0.05);
        let of = |figure| found.differences.iter().find(|row| row.figure == figure).expect("a row");
        assert_eq!(of(InspectionFigure::Commit).effect, Effect::Better);
        assert_eq!(of(InspectionFigure::Mappers).effect, Effect::Undecided);
        assert!(of(InspectionFigure::Mappers).b.value < of(InspectionFigure::Mappers).a.value);
        let said = found.sentences.join(" ");
        assert!(said.contains("one commit (predicted)") && !said.contains("mappers that a commit visits"), "{said}");
        let warnings = &found.warnings;
        assert!(warnings.iter().any(|warning| warning.contains("may have changed by itself")), "{warnings:?}");
    }

    #[test]
    fn a_result_is_the_same_as_itself() {
        let one = || ("a".to_owned(), inspection());
        let found = compare_inspections(&[one(), one()], 0.05);
        assert!(found.conclusion.contains("same"), "{}", found.conclusion);
        assert!(found.differences.iter().all(|row| row.a == row.b));
    }
}
