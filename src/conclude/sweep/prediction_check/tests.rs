//! The prediction beside made-up runs: where its law comes from, and what it says where the two differ.
//! Simulations take seconds in a debug build, so few are made.

use super::*;
use crate::{
    conclude::sweep::{groups::groups, knee},
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
fn the_law_comes_from_the_runs_below_the_knee() {
    let mut report = report(400.0);
    // Beyond the knee commits cost more than the law.
    report.runs.iter_mut().filter(|run| run.mappers > 401).for_each(|run| run.hold_ns = Some(90e6));
    let predicted = check_of(&report, "commit.p50<=4ms", None);
    let cost_model = predicted.cost_model.unwrap();
    assert!(
        (cost_model.base_ns.value / 1e6 - 1.0).abs() < 0.01
            && (cost_model.per_mapper_ns.value / 5e3 - 1.0).abs() < 0.01
    );
    assert!(
        cost_model.source.contains("9 runs below the knee, 3 numbers of mappers up to 401"),
        "{}",
        cost_model.source
    );
    assert_eq!(predicted.points.len(), 4);
    assert_eq!(predicted.reader_cpu_ns, Some(50e3));
    // 1 ms + 5 µs · mappers reaches 4 ms at 600 mappers, between the loads that met and did not.
    let knee = predicted.knee.unwrap().load.unwrap();
    assert!((550.0..650.0).contains(&knee.value), "{knee:?}");
    let comparison = predicted.comparison.unwrap();
    assert!(!comparison.differs && comparison.sentence.contains("agree"), "{comparison:?}");
}

#[test]
fn a_knee_before_its_time_names_what_the_runs_named() {
    let mut report = report(100.0);
    for run in report.runs.iter_mut().filter(|run| run.mappers > 101).take(7) {
        run.finding = Some(TopFinding {
            cause: "remap-herd".to_owned(),
            share: 0.9,
            confidence: Confidence::High,
            statement: String::new(),
        });
    }
    let around = |value: f64| Estimate { value, low: 0.9 * value, high: 1.1 * value };
    let cost_model = CommitModel { base_ns: around(1e6), per_mapper_ns: around(5e3), source: "elsewhere".to_owned() };
    let predicted = check_of(&report, "commit.p50<=4ms", Some(&cost_model));
    assert_eq!(predicted.cost_model.as_ref().unwrap().source, "elsewhere");
    let comparison = predicted.comparison.unwrap();
    assert!(comparison.differs && comparison.difference.unwrap() > 3.0, "{comparison:?}");
    assert!(
        comparison.sentence.contains("DISAGREE")
            && comparison.sentence.contains("7 of the 9 runs that failed name `remap-herd`"),
        "{}",
        comparison.sentence
    );
    let dear = CommitModel { base_ns: around(30e6), per_mapper_ns: around(5e3), source: "elsewhere".to_owned() };
    let comparison = check_of(&report, "commit.p50<=4ms", Some(&dear)).comparison.unwrap();
    assert!(comparison.differs && comparison.difference.is_none(), "only a bound: {comparison:?}");
    assert!(comparison.sentence.contains("carries more"), "{}", comparison.sentence);
}

#[test]
fn without_a_law_it_says_why() {
    let mut report = report(800.0);
    report.runs.iter_mut().for_each(|run| run.hold_ns = None);
    let predicted = check_of(&report, "rate>=0.5", None);
    assert!(predicted.cost_model.is_none() && predicted.notes[0].contains("no cost law"), "{:?}", predicted.notes);
}
