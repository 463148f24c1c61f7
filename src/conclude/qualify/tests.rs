use super::*;
use crate::results::{
    Judgement::{Invalid, Met, NotMet},
    fixtures,
};
use proptest::prelude::*;

fn concluded(search: &[(f64, Judgement)], longer: Option<Judgement>) -> Qualification {
    let mut found = fixtures::qualification(search, longer);
    conclude(&mut found);
    found
}

#[test]
fn a_machine_is_fit_with_its_margin_or_not_with_the_limit_or_the_measurement_says_nothing() {
    let fit = concluded(&[(6000.0, Met), (7500.0, NotMet), (6708.0, Met)], Some(Met));
    assert_eq!(fit.statement, "FIT for 6000 processes: objectives hold up to 7093 (6708 to 7500), margin 1.18×");
    assert_eq!(fit.limit.unwrap().load, 7500.0);
    let far = concluded(&[(6000.0, Met), (7500.0, Met), (9375.0, Met)], Some(Met));
    assert_eq!(far.statement, "FIT for 6000 processes: objectives hold up to at least 9375, margin at least 1.56×");
    assert_eq!(far.limit, None);
    let unfit = concluded(&[(6000.0, NotMet), (4800.0, Met)], Some(NotMet));
    assert!(unfit.statement.starts_with(
        "NOT FIT for 6000 processes: commit.p99 <= 1 s is 1.9 s; objectives hold up to 5367 (4800 to 6000), margin 0.89×; the limit: "
    ), "{}", unfit.statement);
    assert!(unfit.statement.ends_with("83 % of the stalled time at 6000 processes"), "{}", unfit.statement);
    let nowhere = concluded(&[(6000.0, NotMet), (4800.0, NotMet)], Some(NotMet));
    let statement = &nowhere.statement;
    assert!(statement.contains("objectives hold at no load that was tried, down to 4800"), "{statement}");
    let unsure = concluded(&[(6000.0, NotMet), (4800.0, Met)], Some(Met));
    let statement = &unsure.statement;
    assert!(unsure.verdict == Fitness::Invalid && statement.contains("contradict each other"), "{statement}");
}

#[test]
fn what_is_missing_or_invalid_is_no_verdict_and_says_why() {
    let without = concluded(&[(6000.0, Met)], None);
    assert_eq!(without.verdict, Fitness::Invalid);
    assert!(without.statement.contains("the longer run at the wanted load was not made"), "{}", without.statement);
    let invalid = concluded(&[(6000.0, Met)], Some(Invalid));
    assert!(invalid.statement.starts_with("INVALID: 7 operations failed; "), "{}", invalid.statement);
    let mut stopped = fixtures::qualification(&[(6000.0, Met)], Some(Met));
    stopped.stopped = Some("interrupted".to_owned());
    conclude(&mut stopped);
    assert!(stopped.statement.starts_with("INVALID: it ended early: interrupted"), "{}", stopped.statement);
}

#[test]
fn a_longer_run_that_misses_what_a_short_one_met_decides_and_is_noted() {
    let found = concluded(&[(6000.0, Met), (7500.0, Met)], Some(NotMet));
    assert_eq!(found.verdict, Fitness::NotFit);
    assert_eq!(found.knee.unwrap().low, None, "7500 is not below what was missed");
    assert!(found.notes[0].starts_with("a short run at 6000"), "{:?}", found.notes);
}

fn any_judgement() -> impl Strategy<Value = Judgement> {
    prop_oneof![Just(Met), Just(NotMet), Just(Invalid)]
}

proptest! {
    #[test]
    fn no_verdict_contradicts_the_runs_behind_it(
        search in prop::collection::vec((1..20u32, any_judgement()), 1..6),
        longer in prop::option::of(any_judgement()),
    ) {
        let mut search: Vec<(f64, Judgement)> = search.into_iter().map(|(load, judged)| (f64::from(load) * 1000.0, judged)).collect();
        search.dedup_by_key(|(load, _)| *load);
        let found = concluded(&search, longer);
        match found.verdict {
            Fitness::Fit => prop_assert!(longer == Some(Met) && found.reasons.is_empty()),
            Fitness::NotFit => prop_assert!(longer == Some(NotMet) && found.limit.is_some()),
            Fitness::Invalid => prop_assert!(!found.reasons.is_empty()),
        }
        if let Some(FitKnee { load, low, high }) = found.knee {
            prop_assert!(low.is_none_or(|low| low <= load) && high.is_none_or(|high| load <= high));
            // Nothing that is said to hold lies at or above a load that missed the objectives in every run there.
            if found.verdict == Fitness::NotFit {
                prop_assert!(high.is_some_and(|high| high <= 6000.0), "{found:?}");
            }
            if found.verdict == Fitness::Fit && high.is_none_or(|high| high > 6000.0) {
                prop_assert!(low.is_some_and(|low| low >= 6000.0), "{found:?}");
            }
        }
    }
}
