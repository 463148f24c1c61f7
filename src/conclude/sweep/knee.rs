//! From the verdicts of runs to the knee: what each load's runs said, and where loads stop to meet the objectives.
//! A run that is invalid is no answer: it is counted apart, with its reasons.

use super::groups::Group;
use crate::{
    conclude::in_order::unique,
    results::{Answer, Decision, Judgement, Knee, SweptRun, Verdict},
};

pub(crate) fn decision<'a>(load: f64, runs: impl Iterator<Item = &'a SweptRun>) -> Decision {
    let verdicts: Vec<&Verdict> = runs.filter_map(|run| run.verdict.as_ref()).collect();
    let of_outcome = |outcome| verdicts.iter().filter(move |verdict| verdict.outcome == outcome);
    let count = |outcome| of_outcome(outcome).count() as u32;
    Decision {
        load,
        met: count(Judgement::Met),
        not_met: count(Judgement::NotMet),
        invalid: count(Judgement::Invalid),
        reasons: unique(of_outcome(Judgement::Invalid).flat_map(|verdict| verdict.reasons.clone())),
    }
}

/// The knee along a group of runs; `None`: they had no objectives.
pub(crate) fn knee(group: &Group<'_>) -> Option<Knee> {
    group.runs.iter().find(|(_, run)| run.verdict.is_some())?;
    let at = |load: f64| group.runs.iter().filter(move |(other, _)| *other == load).map(|(_, run)| *run);
    let decisions: Vec<Decision> = group.loads().into_iter().map(|load| decision(load, at(load))).collect();
    let meets = |decision: &&Decision| decision.meets() == Some(true);
    let misses = |decision: &&Decision| decision.meets() == Some(false);
    let load_of = |decision: &Decision| decision.load;
    let fails = decisions.iter().find(misses).map(load_of);
    let below: Vec<&Decision> =
        decisions.iter().take_while(|decision| fails.is_none_or(|fails| decision.load < fails)).collect();
    let load = below.iter().copied().rev().find(meets).map(load_of);
    let open =
        decisions.iter().any(|decision| decision.meets().is_none() && load.is_none_or(|load| decision.load > load));
    let answer = match (load, fails) {
        (Some(_), Some(_)) => Answer::Found,
        (None, Some(_)) => Answer::Below,
        (Some(_), None) if !open => Answer::Above,
        (_, None) => Answer::Undecided,
    };
    let mut knee = Knee {
        key: group.key.clone(),
        at: group.at.clone(),
        answer,
        load,
        low: below.iter().copied().rev().filter(meets).find(|decision| decision.not_met == 0).map(load_of),
        high: decisions.iter().filter(misses).find(|decision| decision.met == 0).map(load_of),
        runs: decisions.iter().map(|decision| decision.met + decision.not_met).sum(),
        invalid: decisions.iter().map(|decision| decision.invalid).sum(),
        decisions,
        notes: Vec::new(),
    };
    knee.notes = notes(&knee, fails, group);
    Some(knee)
}

fn notes(knee: &Knee, fails: Option<f64>, group: &Group<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(fails) = fails
        && let Some(Decision { load, .. }) =
            knee.decisions.iter().find(|decision| decision.load > fails && decision.meets() == Some(true))
    {
        let why = "there is no single knee, or the runs are too short";
        notes.push(format!("{load} met the objectives although {fails} did not: {why}"));
    }
    for decision in knee.decisions.iter().filter(|decision| decision.met == decision.not_met && decision.met > 0) {
        let load = decision.load;
        notes.push(format!("at {load} as many runs met the objectives as did not: more repeats would decide"));
    }
    for decision in knee.decisions.iter().filter(|decision| decision.invalid > 0) {
        let (load, invalid, reasons) = (decision.load, decision.invalid, decision.reasons.join("; "));
        let all = decision.met + decision.not_met + invalid;
        notes.push(format!("at {load} {invalid} of {all} runs were invalid and say nothing: {reasons}"));
    }
    let undecided = |run: &SweptRun| {
        let is_valid = |verdict: &&Verdict| verdict.outcome != Judgement::Invalid && !verdict.clauses.is_empty();
        let verdict = run.verdict.as_ref().filter(is_valid);
        verdict.is_some_and(|verdict| match verdict.outcome {
            // One clause that significantly fails is enough.
            Judgement::NotMet => verdict.clauses.iter().filter(|clause| !clause.met).all(|clause| !clause.enough),
            _ => verdict.clauses.iter().any(|clause| !clause.enough),
        })
    };
    let undecided = group.runs.iter().filter(|(_, run)| undecided(run)).count();
    if undecided > 0 {
        let what = "runs had too few operations for a significant verdict: run longer";
        notes.push(format!("{undecided} of {} {what}", knee.runs));
    }
    notes
}

/// A load, with about three digits unless it is whole.
pub fn load(value: f64) -> String {
    match value {
        whole if whole.fract() == 0.0 => format!("{whole:.0}"),
        large if large.abs() >= 100.0 => format!("{large:.0}"),
        some if some.abs() >= 1.0 => format!("{some:.1}"),
        small => format!("{small:.2e}"),
    }
}

/// Where the measured knee is, short enough for a panel.
pub fn knee_in_short(knee: &Knee) -> String {
    let tried = |place: Option<f64>| place.map_or_else(|| "any load".to_owned(), load);
    let loads = || knee.decisions.iter().map(|decision| decision.load);
    match (knee.answer, knee.load) {
        (Answer::Found, Some(at)) => {
            let low = knee.low.map_or_else(|| "below all tried".to_owned(), load);
            let high = knee.high.map_or_else(|| "beyond all tried".to_owned(), load);
            format!("{} ({low} to {high})", load(at))
        }
        (Answer::Above, _) => format!("none up to {}, all met", tried(loads().reduce(f64::max))),
        (Answer::Below, _) => format!("below {}, not met there", tried(loads().reduce(f64::min))),
        (_, Some(at)) => format!("not decided; met up to {}", load(at)),
        (_, None) => "not decided by these runs".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::sweep::groups::groups,
        results::{Judgement::*, fixtures},
    };

    fn knee_of(verdicts: &[(f64, Judgement)]) -> Knee {
        let runs = (1..).zip(verdicts).map(|(order, (load, outcome))| fixtures::swept(order, *load, 1, Some(*outcome)));
        let report = fixtures::sweep(runs.collect());
        let group = groups(&report).remove(0);
        knee(&group).unwrap()
    }

    #[test]
    fn the_knee_is_below_the_first_load_that_fails() {
        for (verdicts, answer, load, [low, high], [runs, invalid]) in [
            (
                &[
                    (100.0, Met),
                    (100.0, Met),
                    (200.0, Met),
                    (200.0, NotMet),
                    (200.0, Met),
                    (400.0, NotMet),
                    (400.0, NotMet),
                ][..],
                Answer::Found,
                Some(200.0),
                [Some(100.0), Some(400.0)],
                [7, 0],
            ),
            (&[(100.0, NotMet), (200.0, NotMet)], Answer::Below, None, [None, Some(100.0)], [2, 0]),
            (&[(100.0, Met), (200.0, Met)], Answer::Above, Some(200.0), [Some(200.0), None], [2, 0]),
            (&[(100.0, Invalid)], Answer::Undecided, None, [None, None], [0, 1]),
            (&[(100.0, Invalid), (100.0, Met), (100.0, Met)], Answer::Above, Some(100.0), [Some(100.0), None], [2, 1]),
        ] {
            let knee = knee_of(verdicts);
            assert_eq!((knee.answer, knee.load, [knee.low, knee.high]), (answer, load, [low, high]), "{verdicts:?}");
            assert_eq!([knee.runs, knee.invalid], [runs, invalid], "{verdicts:?}");
            assert_eq!(knee.notes.is_empty(), invalid == 0, "{:?}", knee.notes);
        }
    }

    #[test]
    fn invalid_runs_and_contradictions_are_reported() {
        for (verdicts, answer, high, invalid, note) in [
            (
                &[(100.0, Met), (200.0, Invalid), (200.0, Invalid), (200.0, Met)][..],
                Answer::Undecided,
                None,
                2,
                "at 200 2 of 3 runs were invalid and say nothing: 7 operations failed",
            ),
            (
                &[(100.0, Met), (200.0, NotMet), (400.0, Met)],
                Answer::Found,
                Some(200.0),
                0,
                "400 met the objectives although 200 did not",
            ),
            (&[(100.0, Met), (200.0, Met), (200.0, NotMet)], Answer::Undecided, None, 0, "at 200 as many runs"),
        ] {
            let knee = knee_of(verdicts);
            assert_eq!((knee.answer, knee.load, knee.low), (answer, Some(100.0), Some(100.0)), "{verdicts:?}");
            assert_eq!((knee.high, knee.invalid), (high, invalid), "{verdicts:?}");
            assert!(knee.notes[0].starts_with(note), "{:?}", knee.notes);
        }
    }
}
