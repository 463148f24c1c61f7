//! What a what-if allows to say: which mitigations lowered what, and which are the best, if some significantly are.
//! A mitigation must improve a figure of the readers, or complete more, and make no other figure worse. A figure that is undecided, or has
//! no interval, is neither better nor "not worse". The best are judged by the readers' 99th percentile.

use super::{blocked_run::BlockedRun, differences::difference};
use crate::{
    conclude::{in_order::unique, wording::figure_name},
    results::{Change, Conclusion, Difference, KeyFigure, MitigationResult, MitigationStatus},
};

/// The figures of which one must be better.
const LOWERS: [KeyFigure; 6] = [
    KeyFigure::ReaderP50Ns,
    KeyFigure::ReaderP99Ns,
    KeyFigure::ReadersCompletedShare,
    KeyFigure::CommitsCompletedShare,
    KeyFigure::StalledNsPerS,
    KeyFigure::FrozenShare,
];
const LOWERED: &str = "the readers' latency, stalls, freezes or a backlog";
const DECIDES: KeyFigure = KeyFigure::ReaderP99Ns;

/// The conclusion from the mitigations' results. `found` are the baseline's causes, `side` gives the run of a mitigation by its name, `seed` is
/// that of the resampling.
pub fn conclude<'s>(
    mitigations: &[MitigationResult],
    found: &[String],
    side: impl Fn(&str) -> Option<&'s BlockedRun>,
    seed: u64,
) -> Conclusion {
    let is_measured = |mitigation: &&MitigationResult| mitigation.status == MitigationStatus::Measured;
    let measured: Vec<&MitigationResult> = mitigations.iter().filter(is_measured).collect();
    let mut lowered: Vec<&MitigationResult> = measured.iter().copied().filter(|result| has_lowered(result)).collect();
    let figure =
        |result: &MitigationResult| result.run.as_ref().and_then(|run| run.measured.get(DECIDES)).unwrap_or(f64::MAX);
    lowered.sort_by(|one, other| figure(one).total_cmp(&figure(other)));
    let is_better = |best: &&MitigationResult, other: &&MitigationResult| {
        let runs = side(&best.name).zip(side(&other.name));
        runs.is_some_and(|(best, other)| difference(DECIDES, other, best, seed).change == Change::Better)
    };
    let best = best(&lowered, is_better);
    let names = |results: &[&MitigationResult]| results.iter().map(|result| result.name.clone()).collect::<Vec<_>>();
    let statement = match measured.is_empty() {
        true => without_any(mitigations, found),
        false => statement(&measured, &lowered, &names(best)),
    };
    Conclusion { statement, best: names(best), lowered: names(&lowered) }
}

/// The fewest of the first that are each better than each of the others; none, unless there are others.
fn best<T>(sorted: &[T], is_better: impl Fn(&T, &T) -> bool) -> &[T] {
    let better: Vec<Vec<bool>> =
        sorted.iter().map(|one| sorted.iter().map(|other| is_better(one, other)).collect()).collect();
    let is_apart = |count: &usize| better[..*count].iter().all(|than| than[*count..].iter().all(|better| *better));
    let count = if sorted.len() == 1 { Some(1) } else { (1..sorted.len()).find(is_apart) };
    &sorted[..count.unwrap_or(0)]
}

/// Something is better for the readers, or more completes, and nothing is worse.
fn has_lowered(mitigation: &MitigationResult) -> bool {
    has_better(mitigation) && with(mitigation, Change::Worse).next().is_none()
}

fn has_better(mitigation: &MitigationResult) -> bool {
    with(mitigation, Change::Better).any(|figure| LOWERS.contains(&figure))
}

/// The figures with this change.
fn with(mitigation: &MitigationResult, change: Change) -> impl Iterator<Item = KeyFigure> {
    let differences = mitigation.differences.iter().filter(move |difference| difference.change == change);
    differences.map(|difference| difference.figure)
}

/// What else lowered something, and at what price.
fn at_a_price(measured: &[&MitigationResult]) -> String {
    let sentences = measured.iter().filter(|result| has_better(result) && !has_lowered(result)).map(|result| {
        let worse: Vec<String> = with(result, Change::Worse).map(|figure| figure_name(figure).to_owned()).collect();
        format!(" {} lowered something too, and made {} worse.", result.name, list(&worse))
    });
    sentences.collect()
}

/// The figures that might have become worse.
fn open(mitigation: &MitigationResult) -> impl Iterator<Item = KeyFigure> {
    let is_open = |found: &&Difference| {
        // Less than no freeze is not possible.
        let is_none = found.after == Some(0.0) && !found.figure.more_is_better();
        matches!(found.change, Change::Unknown | Change::Undecided) && !is_none
    };
    mitigation.differences.iter().filter(is_open).map(|found| found.figure)
}

fn without_any(mitigations: &[MitigationResult], found: &[String]) -> String {
    let all_inapplicable = mitigations.iter().all(|mitigation| mitigation.status == MitigationStatus::NotApplicable);
    match (mitigations, found) {
        ([], []) => {
            "Nothing to mitigate: the diagnosis of the baseline found nothing to explain. (--what-if=all tries every \
                     mitigation.)"
                .to_owned()
        }
        ([], found) => {
            format!("No mitigation is known for {}: see what to do about it in the baseline's diagnosis.", list(found))
        }
        _ if all_inapplicable => {
            "These mitigations would change nothing in this scenario; --what-if=all tries every one that does."
                .to_owned()
        }
        _ => "No mitigation was measured.".to_owned(),
    }
}

fn statement(measured: &[&MitigationResult], lowered: &[&MitigationResult], best: &[String]) -> String {
    let is_unknown = |result: &&MitigationResult| {
        let latencies = [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns].map(|figure| result.difference(figure));
        latencies.iter().all(|difference| difference.is_none_or(|difference| difference.change == Change::Unknown))
    };
    let names: Vec<String> = lowered.iter().map(|result| result.name.clone()).collect();
    let only = match &*names {
        [] if measured.iter().all(is_unknown) => {
            return "Nothing can be said of the mitigations: the runs have too few operations, or too few intervals. Raise run.duration."
                .to_owned();
        }
        [] => {
            let price = at_a_price(measured);
            return format!(
                "No mitigation significantly lowered {LOWERED} without making something else worse.{price}"
            );
        }
        [_] => "Only ",
        _ => "",
    };
    let open = unique(lowered.iter().flat_map(|result| open(result)));
    let open: Vec<String> = open.into_iter().map(|figure| figure_name(figure).to_owned()).collect();
    let worse = match &*open {
        [] => "and made nothing worse".to_owned(),
        open => format!("and made nothing significantly worse; whether {} became worse is undecided", list(open)),
    };
    let all_best = list(best);
    let which = match (names.len(), best) {
        (1, _) => String::new(),
        (_, []) => " Which is best these runs do not show.".to_owned(),
        (_, [best]) => format!(" The best is {best}: its read p99 is significantly lower than that of each other one."),
        _ => format!(
            " The best are {all_best}: the read p99 of each is significantly lower than that of each other one."
        ),
    };
    format!("{only}{} significantly lowered {LOWERED} {worse}.{which}{}", list(&names), at_a_price(measured))
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample};

    use super::super::differences::{differences, tests::side};
    use super::*;
    use crate::{
        conclude::wording::KEY_FIGURES,
        results::{Tried, fixtures},
    };

    fn result(name: &str, baseline: &BlockedRun, mitigated: &BlockedRun) -> MitigationResult {
        let [of_fixture, ..] = &fixtures::what_if().mitigations[..] else { unreachable!() };
        let run = of_fixture.run.clone().map(|run| Tried { measured: mitigated.measured, ..run });
        let differences = differences(baseline, mitigated, 7);
        MitigationResult { name: name.to_owned(), run, differences, ..of_fixture.clone() }
    }

    /// The conclusion about mitigations with these times of readers and commits, µs.
    fn concluded(reads: u64, mitigations: &[(&str, u64, u64)]) -> Conclusion {
        let baseline = side(reads, 8000, 50_000, 1.0, 0);
        let runs: std::collections::BTreeMap<&str, BlockedRun> =
            mitigations.iter().map(|(name, reader, commit)| (*name, side(reads, *reader, *commit, 1.0, 0))).collect();
        let results: Vec<_> = mitigations.iter().map(|(name, ..)| result(name, &baseline, &runs[name])).collect();
        conclude(&results, &[], |name| runs.get(name), 7)
    }

    #[test]
    fn the_best_is_named_only_if_it_significantly_is() {
        let clear = concluded(1000, &[("slow", 4000, 30_000), ("fast", 100, 4000)]);
        assert_eq!(clear.best, ["fast"]);
        assert_eq!(clear.lowered, ["fast", "slow"]);
        let close = concluded(1000, &[("one", 100, 4000), ("other", 101, 4000)]);
        assert!(close.best.is_empty(), "{close:?}");
        assert!(close.statement.contains("one and other"), "{}", close.statement);
        let two = concluded(1000, &[("one", 100, 4000), ("slow", 4000, 30_000), ("other", 101, 4000)]);
        assert_eq!(two.best, ["one", "other"]);
        assert!(two.statement.contains("The best are one and other: "), "{}", two.statement);
    }

    #[test]
    fn what_brings_freezes_or_leaves_commits_undone_has_lowered_nothing() {
        let baseline = side(1000, 8000, 50_000, 1.0, 0);
        for (completed, freeze_ns) in [(1.0, 106_000_000), (0.5, 0)] {
            let run = side(1000, 100, 4000, completed, freeze_ns);
            let found = conclude(&[result("it", &baseline, &run)], &[], |_| Some(&run), 7);
            assert!(found.lowered.is_empty() && !found.statement.contains("nothing worse"), "{found:?}");
            let worse =
                if freeze_ns > 0 { "time frozen and longest freeze" } else { "reads completed and commits completed" };
            let price = format!("it lowered something too, and made {worse} worse.");
            assert!(found.statement.ends_with(&price), "{found:?}");
        }
        // A baseline without a single commit that becomes one with all of them.
        let (nothing, all) = (side(1000, 8000, 50_000, 0.0, 0), side(1000, 8000, 50_000, 1.0, 0));
        assert_eq!(conclude(&[result("it", &nothing, &all)], &[], |_| Some(&all), 7).lowered, ["it"]);
    }

    fn changed() -> impl Strategy<Value = (KeyFigure, Change, f64, f64)> {
        let change =
            sample::select(vec![Change::Better, Change::Worse, Change::Same, Change::Undecided, Change::Unknown]);
        let weighted = prop_oneof![3 => Just(Change::Better), 2 => change];
        (sample::select(KEY_FIGURES.to_vec()), weighted, 0.0..2.0f64, 0.0..2.0f64)
    }

    proptest! {
        #[test]
        fn a_conclusion_never_contradicts_the_differences(all in vec(vec(changed(), 1..4), 1..6)) {
            let of_fixture = fixtures::what_if().mitigations[0].clone();
            let mitigations: Vec<MitigationResult> = all.into_iter().enumerate().map(|(number, changes)| {
                let differences = changes.into_iter().map(|(figure, change, before, after)| Difference {
                    figure,
                    before: Some(before),
                    after: Some(after),
                    ratio: crate::results::Availability::Unavailable { unavailable: String::new() },
                    change,
                });
                MitigationResult { name: format!("m{number}"), differences: differences.collect(), ..of_fixture.clone() }
            }).collect();
            let found = conclude(&mitigations, &[], |_| None, 7);
            for mitigation in &mitigations {
                let any = |change| mitigation.differences.iter().any(|found| found.change == change);
                let is_named = found.lowered.contains(&mitigation.name);
                prop_assert!(!is_named || (any(Change::Better) && !any(Change::Worse)), "{found:?}");
                let is_open = any(Change::Undecided) || any(Change::Unknown);
                prop_assert!(!(is_named && is_open && found.statement.contains("made nothing worse")), "{found:?}");
            }
        }

        #[test]
        fn the_best_are_apart_from_the_others(values in vec(0.0..10.0f64, 0..7), least in 0.0..3.0f64) {
            let mut values = values;
            values.sort_by(f64::total_cmp);
            let is_better = |one: &f64, other: &f64| other - one > least;
            let best = best(&values, is_better);
            let others = &values[best.len()..];
            prop_assert!(best.iter().all(|one| others.iter().all(|other| is_better(one, other))));
            // If one is better than all others, some are named.
            let has_gap = values.windows(2).any(|pair| is_better(&pair[0], &pair[1]));
            prop_assert!(values.len() < 2 || best.is_empty() != has_gap);
        }
    }

    #[test]
    fn what_makes_something_worse_has_lowered_nothing() {
        let bought = concluded(1000, &[("bought", 100, 500_000)]);
        assert_eq!((bought.lowered.len(), bought.best.len()), (0, 0));
        assert!(bought.statement.starts_with("No mitigation significantly"), "{}", bought.statement);
        let same = concluded(1000, &[("same", 8000, 50_000)]);
        assert!(same.lowered.is_empty());
    }

    #[test]
    fn without_evidence_it_says_what_is_missing() {
        let short = concluded(0, &[("fast", 8000, 50_000)]);
        assert!(short.statement.contains("run.duration"), "{}", short.statement);
        let nothing = conclude(&[], &[], |_| None, 7).statement;
        assert!(nothing.starts_with("Nothing to mitigate"), "{nothing}");
        let strange = conclude(&[], &["late-wake-up".to_owned()], |_| None, 7).statement;
        assert!(strange.contains("No mitigation is known for late-wake-up"), "{strange}");
    }
}
