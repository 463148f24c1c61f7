//! The prediction for made-up runs: where its cost model comes from, and its sentence where the two differ.
//! Simulations take seconds in a debug build, so few are made.

use super::*;
use crate::{
    conclude::{
        predicted::tests::commit_model,
        sweep::{groups, knee},
    },
    results::{Confidence, SweepReport, TopFinding, fixtures},
    scenario::Clause,
};

fn report(met_up_to: f64) -> SweepReport {
    let mut report = fixtures::sweep(vec![]);
    for load in [100.0, 200.0, 400.0, 800.0] {
        for repeat in 1..=3 {
            let judgement = if load <= met_up_to { Judgement::Met } else { Judgement::NotMet };
            let order = report.runs.len() as u32 + 1;
            report.runs.push(fixtures::swept(order, load, repeat, Some(judgement)));
        }
    }
    report
}

fn check_of(report: &SweepReport, objective: &str, given: Option<&CommitModel>) -> Predicted {
    let mut scenario = Scenario::parse("x", "[file]\nmailboxes = 5", &[]).unwrap();
    scenario.slo.clauses.push(Clause::parse(objective).unwrap());
    let group = groups(report).remove(0);
    let knee = knee::knee(&group);
    prediction_check(&group, &scenario, knee.as_ref(), given, Some(2.0)).unwrap()
}

#[test]
fn the_cost_model_comes_from_the_runs_below_the_knee() {
    let mut report = report(400.0);
    // Of 2 CPUs the readers want 50 µs an operation, and a commit waits for those that it woke.
    for run in &mut report.runs {
        let among = Contention::of(run.readers.due_per_s * 50e-6, 0.0, 1.0, 2.0);
        run.hold_ns = run.hold_ns.map(|alone| alone * among.commit);
    }
    // Beyond the knee commits cost more than the model says.
    report.runs.iter_mut().filter(|run| run.mappers > 401).for_each(|run| run.hold_ns = Some(90e6));
    let predicted = check_of(&report, "commit.p50<=4ms", None);
    let cost_model = predicted.cost_model.unwrap();
    let is_close = |estimate: Estimate, value: f64| (estimate.value / value - 1.0).abs() < 0.01;
    assert!(is_close(cost_model.base_ns, 1e6) && is_close(cost_model.per_mapper_ns, 5e3));
    let source = &cost_model.source;
    assert!(source.contains("9 runs below the knee, 3 numbers of mappers up to 401"), "{source}");
    assert_eq!(predicted.points.len(), 4);
    assert_eq!(predicted.reader_cpu_ns, Some(50e3));
    // 1 ms + 5 µs · mappers reaches 4 ms at 600 mappers, between the loads that met and did not.
    let knee = predicted.knee.unwrap().load.unwrap();
    assert!((550.0..650.0).contains(&knee.value), "{knee:?}");
    let comparison = predicted.comparison.unwrap();
    // At 800 no run met the objective, at 400 all did: 600 lies between them, and half as much again as 400.
    assert!(!comparison.differs && comparison.sentence.contains("UNDECIDED"), "{comparison:?}");
}

#[test]
fn commits_vary_as_at_the_smallest_load() {
    let mut report = report(400.0);
    for (place, run) in report.runs.iter_mut().enumerate() {
        let end = if run.mappers == 101 { 3.0 + (place % 2) as f64 } else { 9.0 };
        run.commit_spread = vec![0.5, 1.0, end];
    }
    let predicted = check_of(&report, "commit.p50<=4ms", None);
    let spread = predicted.cost_model.unwrap().spread;
    assert!(spread[..2] == [0.5, 1.0] && (3.0..=4.0).contains(&spread[2]), "{spread:?}");
}

#[test]
fn a_knee_before_its_time_names_what_the_runs_named() {
    let mut report = report(100.0);
    for run in report.runs.iter_mut().filter(|run| run.mappers > 101).take(7) {
        let (cause, statement) = ("remap-herd".to_owned(), String::new());
        run.finding = Some(TopFinding { cause, share: 0.9, confidence: Confidence::High, statement });
    }
    let cost_model = CommitModel { source: "elsewhere".to_owned(), ..commit_model(1e6, 5e3) };
    let predicted = check_of(&report, "commit.p50<=4ms", Some(&cost_model));
    assert!(predicted.cost_model.as_ref().unwrap().source.starts_with("elsewhere; × 0.99, as at the smallest load"));
    let comparison = predicted.comparison.unwrap();
    assert!(comparison.differs && comparison.difference.unwrap() > 3.0, "{comparison:?}");
    for words in ["DISAGREE", "7 of the 9 runs that failed name `remap-herd`"] {
        assert!(comparison.sentence.contains(words), "{}", comparison.sentence);
    }
    assert!(predicted.notes.is_empty(), "{:?}", predicted.notes);
    let carries_more = compared([40.0, 30.0, 50.0], &report);
    assert!(carries_more.differs && carries_more.sentence.contains("carries more"), "{}", carries_more.sentence);
}

#[test]
fn the_runs_at_the_smallest_load_say_how_much_slower_the_machine_is_than_when_its_model_was_measured() {
    // A model of commits that take two thirds of what they take in all runs.
    let given = commit_model(1e6 / 1.5, 5e3 / 1.5);
    let mut report = report(400.0);
    report.runs.iter_mut().for_each(|run| run.reader_own_ns = Some(0.0));
    let predicted = check_of(&report, "commit.p50<=4ms", Some(&given));
    let used = predicted.cost_model.as_ref().unwrap();
    assert!((used.commit_ns(601.0).value / 4.005e6 - 1.0).abs() < 1e-9, "{used:?}");
    assert!(used.source.contains("× 1.50") && predicted.notes[0].contains("1.50 times"), "{:?}", predicted.notes);
    let knee = predicted.knee.unwrap().load.unwrap();
    assert!((550.0..650.0).contains(&knee.value), "as from the runs' own model: {knee:?}");
    // Too few commits make no median.
    report.runs.iter_mut().for_each(|run| run.writers.completed = 19);
    let predicted = check_of(&report, "commit.p50<=4ms", Some(&given));
    assert_eq!(predicted.cost_model.unwrap(), given);
}

proptest::proptest! {
    #[test]
    fn a_comparison_never_contradicts_the_two_knees(
        met in proptest::collection::vec(0u32..4, 2..7),
        value in 10.0..9000.0f64,
        down in 0.0..1.0f64,
        up in 0.0..3.0f64,
    ) {
        let mut report = fixtures::sweep(vec![]);
        for (place, met) in (1..).zip(&met) {
            for repeat in 1..=3 {
                let judgement = if repeat <= *met { Judgement::Met } else { Judgement::NotMet };
                let order = report.runs.len() as u32 + 1;
                report.runs.push(fixtures::swept(order, 100.0 * f64::from(place), repeat, Some(judgement)));
            }
        }
        let knee = knee::knee(&groups(&report).remove(0)).unwrap();
        if knee.answer == Answer::Found {
            let found = compared([value, value * (1.0 - down), value * (1.0 + up)], &report);
            let apart = (value / knee.load.unwrap() - 1.0).abs();
            proptest::prop_assert_eq!(found.sentence.contains("agree to 15 %"), apart <= LEAST_DIFFERENCE);
            proptest::prop_assert_eq!(found.sentence.contains("DISAGREE"), found.differs);
            // Where they disagree, no load that the prediction allows lies between those at which most runs met and missed them.
            let loads = |meets| knee.decisions.iter().filter(move |found| found.meets() == Some(meets)).map(|found| found.load);
            let (least, most) = (loads(true).fold(f64::MAX, f64::min), loads(false).fold(0.0, f64::max));
            let allows = value * (1.0 - down) <= least && value * (1.0 + up) >= most;
            proptest::prop_assert!(!(found.differs && allows), "{:?} {:?}", knee, found);
        }
    }
}

/// The comparison of a knee predicted at `value` (`low` to `high`) with one measured at `load`.
fn compared([value, low, high]: [f64; 3], report: &SweepReport) -> KneeComparison {
    let group = groups(report).remove(0);
    let knee = knee::knee(&group).unwrap();
    let scenario = Scenario::parse("x", "[file]\nmailboxes = 5", &[]).unwrap();
    let predicted = prediction_check(&group, &scenario, None, Some(&commit_model(1e6, 5e3)), Some(2.0)).unwrap();
    let found = PredictedKnee { answer: Answer::Found, load: Some(Estimate { value, low, high }), from: 1.0, to: 1e9 };
    compare(&knee, &found, &predicted, &group).unwrap()
}

#[test]
fn knees_far_apart_do_not_agree() {
    // Most runs miss the objectives at 800, but not all of them.
    let mut report = report(400.0);
    let last = report.runs.last_mut().unwrap();
    last.verdict.as_mut().unwrap().outcome = Judgement::Met;
    let far = compared([6749.0, 3077.0, 12800.0], &report);
    assert!(far.differs && far.difference.unwrap() > 10.0 && far.sentence.contains("DISAGREE"), "{far:?}");
    let wide = compared([6749.0, 300.0, 12800.0], &report);
    assert!(!wide.differs && wide.sentence.contains("UNDECIDED"), "{wide:?}");
    assert!(compared([420.0, 300.0, 500.0], &report).sentence.contains("agree to 15 %"));
}

#[test]
fn without_a_cost_model_it_says_why() {
    let mut report = report(800.0);
    report.runs.iter_mut().for_each(|run| run.hold_ns = None);
    let predicted = check_of(&report, "rate>=0.5", None);
    assert!(predicted.cost_model.is_none() && predicted.notes[0].contains("no cost model"), "{:?}", predicted.notes);
}
