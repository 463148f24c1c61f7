//! What a what-if allows to say: which mitigations helped, and which one is the best, if one significantly is.
//! A mitigation must help the readers, and must not buy that with anything else. The best is judged by their 99th percentile.

use super::{blocked_run::BlockedRun, differences::difference};
use crate::results::{Change, Conclusion, Difference, KeyFigure, MitigationResult, MitigationStatus};

/// The figures of which one must be better.
const LOWERS: [KeyFigure; 4] =
    [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns, KeyFigure::CompletedShare, KeyFigure::StalledNsPerS];
const DECIDES: KeyFigure = KeyFigure::ReaderP99Ns;

/// The conclusion from the mitigations' results. `found` are the baseline's causes, `side` gives the run of a mitigation by its name, `seed` is
/// that of the resampling.
pub fn conclude<'s>(
    mitigations: &[MitigationResult],
    found: &[String],
    side: impl Fn(&str) -> Option<&'s BlockedRun>,
    seed: u64,
) -> Conclusion {
    let measured: Vec<&MitigationResult> =
        mitigations.iter().filter(|mitigation| mitigation.status == MitigationStatus::Measured).collect();
    let mut lowered: Vec<&MitigationResult> =
        measured.iter().copied().filter(|mitigation| has_lowered(mitigation)).collect();
    let figure = |mitigation: &MitigationResult| {
        mitigation.run.as_ref().and_then(|run| run.measured.get(DECIDES)).unwrap_or(f64::MAX)
    };
    lowered.sort_by(|one, other| figure(one).total_cmp(&figure(other)));
    let is_significantly_better = |than: &&MitigationResult| {
        let (Some(best), Some(other)) = (lowered.first().and_then(|best| side(&best.name)), side(&than.name)) else {
            return false;
        };
        difference(DECIDES, other, best, seed).change == Change::Better
    };
    let best =
        lowered.first().filter(|_| lowered.iter().skip(1).all(is_significantly_better)).map(|best| best.name.clone());
    let lowered: Vec<String> = lowered.into_iter().map(|mitigation| mitigation.name.clone()).collect();
    let statement = if measured.is_empty() {
        without_any(mitigations, found)
    } else {
        statement(&measured, &lowered, best.as_deref())
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
            "Nothing to cure: the diagnosis of the baseline found nothing to explain. (--what-if=all tries every cure.)"
                .to_owned()
        }
        ([], found) => {
            format!("No cure is known for {}: see what to do about it in the baseline's diagnosis.", list(found))
        }
        _ if all_inapplicable => {
            "These cures would change nothing in this scenario; --what-if=all tries every one that does.".to_owned()
        }
        _ => "No cure was measured.".to_owned(),
    }
}

fn statement(measured: &[&MitigationResult], lowered: &[String], best: Option<&str>) -> String {
    let is_unknown = |mitigation: &&MitigationResult| {
        let latencies = [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns].map(|figure| mitigation.difference(figure));
        latencies.iter().all(|difference| difference.is_none_or(|difference| difference.change == Change::Unknown))
    };
    let all_unknown = measured.iter().all(is_unknown);
    match (lowered, best) {
        ([], _) if all_unknown => {
            "Nothing can be said of the cures: the runs have too few operations, or too few intervals. Raise run.duration."
                .to_owned()
        }
        ([], _) => "No cure surely helped the readers without making something else worse.".to_owned(),
        ([only], _) => format!("Only {only} surely helped the readers, and it made nothing worse."),
        (several, Some(best)) => format!(
            "{} helped the readers and made nothing worse. The best is {best}: its read p99 is surely below that of the others.",
            list(several)
        ),
        (several, None) => {
            format!("{} helped the readers and made nothing worse; which is best these runs do not tell.", list(several))
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
    use crate::{
        mailboxes::{LockKind, OpenMode, RemapRule},
        results::{Availability, Tried, TriedSettings},
    };

    fn result(name: &str, baseline: &BlockedRun, mitigated: &BlockedRun) -> MitigationResult {
        let settings = TriedSettings {
            instances: 1,
            readers: 10,
            readers_per_instance: 10,
            reader_rate_per_s: None,
            open: OpenMode::ReadOnly,
            lock: LockKind::Fcntl,
            remap: RemapRule::WhenNeeded,
            write_size_bytes: 4096,
            emulate: crate::scenario::Emulation::Nothing,
        };
        let run = Tried {
            directory: name.to_owned(),
            scenario_hash: String::new(),
            settings,
            complete: true,
            errors: 0,
            measured: mitigated.measured,
            predicted: Availability::Unavailable { unavailable: "not asked".to_owned() },
            verdict: None,
        };
        MitigationResult {
            name: name.to_owned(),
            meaning: String::new(),
            overrides: vec![],
            suggested_by: vec![],
            status: MitigationStatus::Measured,
            reason: None,
            run: Some(run),
            differences: differences(baseline, mitigated, 7),
        }
    }

    /// The conclusion about mitigations with these times of readers and commits, µs.
    fn concluded(reads: u64, mitigations: &[(&str, u64, u64)]) -> Conclusion {
        let baseline = side(reads, 8000, 50_000, 1.0, 0);
        let sides: Vec<(&str, BlockedRun)> =
            mitigations.iter().map(|(name, reader, commit)| (*name, side(reads, *reader, *commit, 1.0, 0))).collect();
        let results: Vec<MitigationResult> = sides.iter().map(|(name, side)| result(name, &baseline, side)).collect();
        conclude(&results, &[], |name| sides.iter().find(|(known, _)| *known == name).map(|(_, side)| side), 7)
    }

    #[test]
    fn the_best_is_named_only_if_it_surely_is() {
        let clear = concluded(1000, &[("slow", 4000, 30_000), ("fast", 100, 4000)]);
        assert_eq!(clear.best.as_deref(), Some("fast"));
        assert_eq!(clear.lowered, ["fast", "slow"]);
        let close = concluded(1000, &[("one", 100, 4000), ("other", 101, 4000)]);
        assert_eq!(close.best, None, "{close:?}");
        assert!(close.statement.contains("one and other"), "{}", close.statement);
    }

    #[test]
    fn what_makes_something_worse_is_no_cure() {
        let bought = concluded(1000, &[("bought", 100, 500_000)]);
        assert_eq!((bought.lowered.len(), bought.best.clone()), (0, None));
        assert!(bought.statement.starts_with("No cure surely"), "{}", bought.statement);
        let same = concluded(1000, &[("same", 8000, 50_000)]);
        assert!(same.lowered.is_empty());
    }

    #[test]
    fn without_evidence_it_says_what_is_missing() {
        let short = concluded(0, &[("fast", 8000, 50_000)]);
        assert!(short.statement.contains("run.duration"), "{}", short.statement);
        let nothing = conclude(&[], &[], |_| None, 7).statement;
        assert!(nothing.starts_with("Nothing to cure"), "{nothing}");
        let strange = conclude(&[], &["late-wake-up".to_owned()], |_| None, 7).statement;
        assert!(strange.contains("No cure is known for late-wake-up"), "{strange}");
    }
}
