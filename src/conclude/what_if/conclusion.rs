//! What a what-if allows to say: which mitigations lowered what, and which one is the best, if one significantly is.
//! A mitigation must improve a figure of the readers and make no other figure worse. The best is judged by the readers' 99th percentile.

use super::{blocked_run::BlockedRun, differences::difference};
use crate::results::{Change, Conclusion, Difference, KeyFigure, MitigationResult, MitigationStatus};

/// The figures of which one must be better.
const LOWERS: [KeyFigure; 4] =
    [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns, KeyFigure::CompletedShare, KeyFigure::StalledNsPerS];
const LOWERED: &str = "the readers' latency, stalls or backlog";
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
    let lowered: Vec<String> = lowered.into_iter().map(|result| result.name.clone()).collect();
    let is_better = |best: &str, other: &str| {
        let runs = side(best).zip(side(other));
        runs.is_some_and(|(best, other)| difference(DECIDES, other, best, seed).change == Change::Better)
    };
    let best = lowered.first().filter(|best| lowered.iter().skip(1).all(|other| is_better(best, other))).cloned();
    let statement = match measured.is_empty() {
        true => without_any(mitigations, found),
        false => statement(&measured, &lowered, best.as_deref()),
    };
    Conclusion { statement, lowered, best }
}

/// Something is better for the readers, and nothing is worse.
fn has_lowered(mitigation: &MitigationResult) -> bool {
    let has = |change: Change| move |difference: &&Difference| difference.change == change;
    let better = mitigation.differences.iter().filter(has(Change::Better));
    better.map(|difference| difference.figure).any(|figure| LOWERS.contains(&figure))
        && !mitigation.differences.iter().any(|difference| has(Change::Worse)(&difference))
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

fn statement(measured: &[&MitigationResult], lowered: &[String], best: Option<&str>) -> String {
    let is_unknown = |result: &&MitigationResult| {
        let latencies = [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns].map(|figure| result.difference(figure));
        latencies.iter().all(|difference| difference.is_none_or(|difference| difference.change == Change::Unknown))
    };
    match (lowered, best) {
        ([], _) if measured.iter().all(is_unknown) => {
            "Nothing can be said of the mitigations: the runs have too few operations, or too few intervals. Raise run.duration."
                .to_owned()
        }
        ([], _) => format!("No mitigation significantly lowered {LOWERED} without making something else worse."),
        ([only], _) => format!("Only {only} significantly lowered {LOWERED}, and it made nothing worse."),
        (several, best) => {
            let which = match best {
                Some(best) => format!(". The best is {best}: its read p99 is significantly lower than that of the others."),
                None => "; which is best these runs do not show.".to_owned(),
            };
            format!("{} significantly lowered {LOWERED} and made nothing worse{which}", list(several))
        }
    }
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
    use super::super::differences::{differences, tests::side};
    use super::*;
    use crate::results::{Tried, fixtures};

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
        assert_eq!(clear.best.as_deref(), Some("fast"));
        assert_eq!(clear.lowered, ["fast", "slow"]);
        let close = concluded(1000, &[("one", 100, 4000), ("other", 101, 4000)]);
        assert_eq!(close.best, None, "{close:?}");
        assert!(close.statement.contains("one and other"), "{}", close.statement);
    }

    #[test]
    fn what_makes_something_worse_has_lowered_nothing() {
        let bought = concluded(1000, &[("bought", 100, 500_000)]);
        assert_eq!((bought.lowered.len(), bought.best.clone()), (0, None));
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
