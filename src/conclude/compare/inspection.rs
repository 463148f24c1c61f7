//! Looks at live servers, of two or more results: every figure that another one shares with the first.

use super::{
    conclusion::RESULTS,
    cost::of_both,
    machine::{self, fact},
    rows::{Gathered, Whole, matched},
};
use crate::{
    results::{
        Availability, Effect, Inspection, InspectionComparison, InspectionDifference, InspectionFigure, Machine,
        MatchedResult, Provenance,
    },
    scenario::units::format_bytes,
    stats::Estimate,
};

/// Compares results, each with its directory as it was given, with the first of them.
pub fn compare_inspections(found: &[(String, Inspection)], least_effect: f64) -> InspectionComparison {
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
        is_first: *one == found[0].1,
    });
    let others = found.iter().enumerate().skip(1);
    let differences = others.flat_map(|(other, (_, one))| of_pair(&found[0].1, one, other, least_effect)).collect();
    let doubts = vec!["each result is one look at a live server, whose load may have changed by itself".to_owned()];
    let whole = Whole { part: "figure", verbs: RESULTS, scenario: Vec::new(), doubts, least_effect };
    matched(results.collect(), whole, differences)
}

fn of_pair(a: &Inspection, b: &Inspection, other: usize, least_effect: f64) -> Vec<InspectionDifference> {
    let is_same = a == b;
    let theirs = figures(b);
    let difference = |(figure, a): (InspectionFigure, Estimate)| {
        let b = theirs.iter().find(|(name, _)| *name == figure)?.1;
        let (ratio, effect) = of_both(&a, &b, is_same, least_effect);
        // What was counted at two moments is no sample of anything.
        let effect = if is_counted(figure) { Effect::Undecided } else { effect };
        Some(InspectionDifference { other, figure, a, b, ratio, adjusted_p: None, effect })
    };
    figures(a).into_iter().filter_map(difference).collect()
}

/// Whether a figure was counted, where others have an interval.
pub fn is_counted(figure: InspectionFigure) -> bool {
    !matches!(figure, InspectionFigure::Commit | InspectionFigure::OfMappers | InspectionFigure::Hold)
}

/// What is known of a server.
fn figures(one: &Inspection) -> Vec<(InspectionFigure, Estimate)> {
    let exactly = |value: f64| Estimate { value, low: value, high: value };
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
        assert!(
            found.warnings.iter().any(|warning| warning.contains("may have changed by itself")),
            "{:?}",
            found.warnings
        );
    }

    #[test]
    fn a_result_is_the_same_as_itself() {
        let one = || ("a".to_owned(), inspection());
        let found = compare_inspections(&[one(), one()], 0.05);
        assert!(found.conclusion.contains("same"), "{}", found.conclusion);
        assert!(found.differences.iter().all(|row| row.a == row.b));
    }
}
