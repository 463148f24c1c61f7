//! From the verdicts of runs to the knee: what each load's runs said, and where loads stop to meet the objectives.
//! A run that is invalid is no answer: it is counted apart, with its reasons.

use super::groups::Group;
use crate::results::{Answer, Decision, Judgement, Knee, SweptRun, Verdict};

pub(crate) fn decision<'a>(load: f64, runs: impl Iterator<Item = &'a SweptRun>) -> Decision {
    let mut decision = Decision { load, met: 0, not_met: 0, invalid: 0, reasons: Vec::new() };
    for verdict in runs.filter_map(|run| run.verdict.as_ref()) {
        match verdict.outcome {
            Judgement::Met => decision.met += 1,
            Judgement::NotMet => decision.not_met += 1,
            Judgement::Invalid => {
                decision.invalid += 1;
                for reason in &verdict.reasons {
                    if !decision.reasons.contains(reason) {
                        decision.reasons.push(reason.clone());
                    }
                }
            }
        }
    }
    decision
}

/// The knee along a group of runs; `None`: they had no objectives.
pub(crate) fn knee(group: &Group<'_>) -> Option<Knee> {
    group.runs.iter().find(|(_, run)| run.verdict.is_some())?;
    let at = |load: f64| group.runs.iter().filter(move |(of, _)| *of == load).map(|(_, run)| *run);
    let decisions: Vec<Decision> = group.loads().into_iter().map(|load| decision(load, at(load))).collect();
    let fails = decisions.iter().find(|it| it.meets() == Some(false)).map(|it| it.load);
    let below: Vec<&Decision> = decisions.iter().take_while(|it| fails.is_none_or(|fails| it.load < fails)).collect();
    let load = below.iter().rev().find(|it| it.meets() == Some(true)).map(|it| it.load);
    let open = decisions.iter().any(|it| it.meets().is_none() && load.is_none_or(|load| it.load > load));
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
        low: below.iter().rev().find(|it| it.meets() == Some(true) && it.not_met == 0).map(|it| it.load),
        high: decisions.iter().find(|it| it.meets() == Some(false) && it.met == 0).map(|it| it.load),
        runs: decisions.iter().map(|it| it.met + it.not_met).sum(),
        invalid: decisions.iter().map(|it| it.invalid).sum(),
        decisions,
        notes: Vec::new(),
    };
    knee.notes = notes(&knee, fails, group);
    Some(knee)
}

fn notes(knee: &Knee, fails: Option<f64>, group: &Group<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(fails) = fails
        && let Some(again) = knee.decisions.iter().find(|it| it.load > fails && it.meets() == Some(true))
    {
        notes.push(format!(
            "{} met the objectives although {fails} did not: there is no single knee, or the runs are too short to tell",
            again.load
        ));
    }
    for it in knee.decisions.iter().filter(|it| it.met == it.not_met && it.met > 0) {
        notes.push(format!("at {} as many runs met the objectives as did not: more repeats would tell", it.load));
    }
    for it in knee.decisions.iter().filter(|it| it.invalid > 0) {
        let of = it.met + it.not_met + it.invalid;
        notes.push(format!(
            "at {} {} of {of} runs were invalid and say nothing: {}",
            it.load,
            it.invalid,
            it.reasons.join("; ")
        ));
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
        notes.push(format!(
            "{undecided} of {} runs had too few operations to be sure of their verdict: run longer",
            knee.runs
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::sweep::groups::groups,
        results::{Judgement::*, fixtures},
    };

    fn knee_of(verdicts: &[(f64, Judgement)]) -> Knee {
        let run =
            |(order, (load, judgement)): (u32, &(f64, Judgement))| fixtures::swept(order, *load, 1, Some(*judgement));
        let report = fixtures::sweep((1..).zip(verdicts).map(run).collect());
        let group = groups(&report).remove(0);
        knee(&group).unwrap()
    }

    #[test]
    fn the_knee_is_below_the_first_load_that_fails() {
        let verdicts =
            [(100.0, Met), (100.0, Met), (200.0, Met), (200.0, NotMet), (200.0, Met), (400.0, NotMet), (400.0, NotMet)];
        let knee = knee_of(&verdicts);
        assert_eq!(
            (knee.answer, knee.load, knee.low, knee.high),
            (Answer::Found, Some(200.0), Some(100.0), Some(400.0))
        );
        assert_eq!((knee.runs, knee.invalid), (7, 0));
        assert!(knee.notes.is_empty(), "{:?}", knee.notes);
    }

    #[test]
    fn without_a_load_on_both_sides_there_is_no_knee() {
        let below = knee_of(&[(100.0, NotMet), (200.0, NotMet)]);
        assert_eq!((below.answer, below.load, below.high), (Answer::Below, None, Some(100.0)));
        let above = knee_of(&[(100.0, Met), (200.0, Met)]);
        assert_eq!((above.answer, above.load, above.high), (Answer::Above, Some(200.0), None));
    }

    #[test]
    fn an_invalid_run_is_no_answer_and_says_why() {
        let knee = knee_of(&[(100.0, Met), (200.0, Invalid), (200.0, Invalid), (200.0, Met)]);
        assert_eq!((knee.answer, knee.load, knee.invalid), (Answer::Undecided, Some(100.0), 2));
        assert!(
            knee.notes[0].contains("at 200 2 of 3 runs were invalid") && knee.notes[0].contains("7 operations failed")
        );
        assert_eq!(knee_of(&[(100.0, Invalid)]).answer, Answer::Undecided);
        assert_eq!(knee_of(&[(100.0, Invalid), (100.0, Met), (100.0, Met)]).answer, Answer::Above);
    }

    #[test]
    fn runs_that_contradict_each_other_are_told() {
        let knee = knee_of(&[(100.0, Met), (200.0, NotMet), (400.0, Met)]);
        assert_eq!(
            (knee.answer, knee.load, knee.low, knee.high),
            (Answer::Found, Some(100.0), Some(100.0), Some(200.0))
        );
        assert!(knee.notes[0].starts_with("400 met the objectives although 200 did not"), "{:?}", knee.notes);
        let tied = knee_of(&[(100.0, Met), (200.0, Met), (200.0, NotMet)]);
        assert_eq!((tied.answer, tied.load), (Answer::Undecided, Some(100.0)));
        assert!(tied.notes[0].contains("as many runs"), "{:?}", tied.notes);
    }
}
