//! From the verdicts of runs to the knee: what each load's runs said, and where loads stop to meet the objectives.
//! A run that is invalid is no answer: it is counted apart, with its reasons.

use super::Group;
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
        low: decisions.iter().take_while(|decision| meets(decision) && decision.not_met == 0).last().map(load_of),
        high: decisions.iter().rev().take_while(|decision| misses(decision) && decision.met == 0).last().map(load_of),
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

/// What the valid runs at every load said, loads with the same answer together: `all 6 met them at 100 and 200, 2 of 3 at 400, none of 3
/// at 800`.
pub fn tally(decisions: &[Decision]) -> String {
    let of = |decision: &Decision| match (decision.met, decision.met + decision.not_met) {
        (_, 0) => Seen::Invalid,
        (met, all) if met == all => Seen::All,
        (0, _) => Seen::None,
        (met, all) => Seen::Some(met, all),
    };
    let mut groups: Vec<(Seen, u32, Vec<f64>)> = Vec::new();
    for decision in decisions {
        let (seen, runs) = (of(decision), decision.met + decision.not_met);
        match groups.last_mut().filter(|(before, ..)| *before == seen) {
            Some((_, sum, loads)) => {
                *sum += runs;
                loads.push(decision.load);
            }
            None => groups.push((seen, runs, vec![decision.load])),
        }
    }
    let mut met_them = " met them";
    let words = groups.iter().map(|(seen, runs, loads)| {
        let what = match seen {
            Seen::Invalid => "no valid run".to_owned(),
            Seen::All if *runs == 1 => format!("the only run{met_them}"),
            Seen::All => format!("all {runs} runs{met_them}"),
            Seen::None => format!("none of {runs}{met_them}"),
            Seen::Some(met, all) if loads.len() == 1 => format!("{met} of {all}{met_them}"),
            Seen::Some(met, all) => format!("{met} of {all}{met_them} at each"),
        };
        met_them = if *seen == Seen::Invalid { met_them } else { "" };
        let at = match loads.as_slice() {
            [one] => load(*one),
            [first, .., last] if loads.len() > 2 => {
                format!("the {} loads from {} to {}", loads.len(), load(*first), load(*last))
            }
            several => several.iter().map(|place| load(*place)).collect::<Vec<_>>().join(" and "),
        };
        format!("{what} at {at}")
    });
    words.collect::<Vec<_>>().join(", ")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Invalid,
    All,
    None,
    /// So many met the objectives, of so many valid runs.
    Some(u32, u32),
}

/// Where the measured knee is, short enough for a panel.
pub fn knee_in_short(knee: &Knee) -> String {
    let end = |place: Option<&Decision>| place.map_or_else(|| "any load".to_owned(), |place| load(place.load));
    let decisions = &knee.decisions;
    let all_met = decisions.iter().all(Decision::all_met);
    match (knee.answer, knee.load) {
        (Answer::Found, Some(at)) => match (knee.low, knee.high) {
            (Some(low), Some(high)) if low == at => format!("between {} and {}", load(low), load(high)),
            (low, high) => {
                let low = low.map_or_else(|| "below all tried".to_owned(), load);
                let high = high.map_or_else(|| "beyond all tried".to_owned(), load);
                format!("{} ({low} to {high})", load(at))
            }
        },
        (Answer::Above, _) if all_met => format!("none up to {}, all met", end(decisions.last())),
        (Answer::Above, _) => format!("none up to {}, most met", end(decisions.last())),
        (Answer::Below, _) if decisions.first().is_some_and(Decision::none_met) => {
            format!("below {}, not met there", end(decisions.first()))
        }
        (Answer::Below, _) => format!("below {}, most missed there", end(decisions.first())),
        (_, Some(at)) => format!("not decided; most met at {}", load(at)),
        (_, None) => "not decided by these runs".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::sweep::groups,
        results::{Judgement::*, fixtures},
    };

    fn knee_of(verdicts: &[(f64, Judgement)]) -> Knee {
        let runs = (1..).zip(verdicts).map(|(order, (load, outcome))| fixtures::swept(order, *load, 1, Some(*outcome)));
        let report = fixtures::sweep(runs.collect());
        let group = groups(&report).remove(0);
        knee(&group).unwrap()
    }

    /// Verdicts of the runs at each load: `+` met, `-` not met, `!` invalid.
    fn tried(loads: &[(f64, &str)]) -> Knee {
        let verdict = |run| match run {
            '+' => Met,
            '-' => NotMet,
            _ => Invalid,
        };
        let all = loads.iter().flat_map(|(load, runs)| runs.chars().map(move |run| (*load, verdict(run))));
        knee_of(&all.collect::<Vec<_>>())
    }

    #[test]
    fn the_knee_is_below_the_first_load_that_fails() {
        use Answer::*;
        for (verdicts, answer, load, [low, high], [runs, invalid]) in [
            (
                &[(100.0, "++"), (200.0, "+-+"), (400.0, "--")][..],
                Found,
                Some(200.0),
                [Some(100.0), Some(400.0)],
                [7, 0],
            ),
            (&[(100.0, "-"), (200.0, "-")], Below, None, [None, Some(100.0)], [2, 0]),
            (&[(100.0, "+"), (200.0, "+")], Above, Some(200.0), [Some(200.0), None], [2, 0]),
            (&[(100.0, "!")], Undecided, None, [None, None], [0, 1]),
            (&[(100.0, "!++")], Above, Some(100.0), [Some(100.0), None], [2, 1]),
        ] {
            let knee = tried(verdicts);
            assert_eq!((knee.answer, knee.load, [knee.low, knee.high]), (answer, load, [low, high]), "{verdicts:?}");
            assert_eq!([knee.runs, knee.invalid], [runs, invalid], "{verdicts:?}");
            assert_eq!(knee.notes.is_empty(), invalid == 0, "{:?}", knee.notes);
        }
    }

    #[test]
    fn invalid_runs_and_contradictions_are_reported() {
        let failed = "at 200 2 of 3 runs were invalid and say nothing: 7 operations failed";
        for (verdicts, answer, invalid, note) in [
            (&[(100.0, "+"), (200.0, "!!+")][..], Answer::Undecided, 2, failed),
            // Beyond it one run met them again.
            (
                &[(100.0, "+"), (200.0, "-"), (400.0, "+")],
                Answer::Found,
                0,
                "400 met the objectives although 200 did not",
            ),
            (&[(100.0, "+"), (200.0, "+-")], Answer::Undecided, 0, "at 200 as many runs"),
        ] {
            let knee = tried(verdicts);
            assert_eq!((knee.answer, knee.load, knee.low), (answer, Some(100.0), Some(100.0)), "{verdicts:?}");
            assert_eq!((knee.high, knee.invalid), (None, invalid), "{verdicts:?}");
            assert!(knee.notes[0].starts_with(note), "{:?}", knee.notes);
        }
    }

    #[test]
    fn what_was_seen_below_and_at_the_knee_is_said() {
        let knee = tried(&[(100.0, "++-"), (200.0, "+++"), (400.0, "+++"), (800.0, "++-"), (1600.0, "---")]);
        assert_eq!((knee.load, knee.low, knee.high), (Some(800.0), None, Some(1600.0)));
        let said = "2 of 3 met them at 100, all 6 runs at 200 and 400, 2 of 3 at 800, none of 3 at 1600";
        assert_eq!(tally(&knee.decisions), said);
        assert_eq!(knee_in_short(&knee), "800 (below all tried to 1600)");
    }

    proptest::proptest! {
        #[test]
        fn no_bound_contradicts_a_run(verdicts in proptest::collection::vec((1u8..6, 0u8..3), 1..20)) {
            let outcomes = [Met, NotMet, Invalid];
            let mut verdicts: Vec<(f64, Judgement)> =
                verdicts.iter().map(|(load, outcome)| (f64::from(*load) * 100.0, outcomes[usize::from(*outcome)])).collect();
            verdicts.sort_by(|one, other| one.0.total_cmp(&other.0));
            let knee = knee_of(&verdicts);
            for (load, outcome) in &verdicts {
                proptest::prop_assert!(*outcome != NotMet || knee.low.is_none_or(|low| *load > low), "{knee:?}");
                proptest::prop_assert!(*outcome != Met || knee.high.is_none_or(|high| *load < high), "{knee:?}");
            }
            let said = tally(&knee.decisions);
            for decision in &knee.decisions {
                let partly = format!("{} of {}", decision.met, decision.met + decision.not_met);
                proptest::prop_assert!(decision.all_met() || decision.met == 0 || said.contains(&partly), "{said}: {decision:?}");
                let has = |words| said.contains(words);
                proptest::prop_assert!(!decision.none_met() || has("none of"), "{said}: {decision:?}");
            }
            let all = knee.decisions.iter().all(Decision::all_met);
            proptest::prop_assert!(knee.low.is_none_or(|low| knee.load.is_some_and(|load| low <= load)), "{knee:?}");
            proptest::prop_assert!(all || !knee_in_short(&knee).contains("all met"));
        }
    }
}
