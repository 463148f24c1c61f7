//! The text of a sweep with every sentence there can be.

use super::*;
use crate::{
    conclude::predicted::tests::commit_model,
    results::{Answer, Decision, Knee, KneeComparison, PredictedKnee, PredictedPoint, Throughput, fixtures},
    scenario::Clause,
    stats::{Estimate, Usl},
};

fn around(value: f64) -> Estimate {
    Estimate::around(value, 0.1 * value)
}

fn report() -> SweepReport {
    let mut runs = Vec::new();
    for load in [100.0, 12_000.0] {
        for repeat in 1..=3 {
            let judgement = if load < 200.0 { Judgement::Met } else { Judgement::NotMet };
            runs.push(fixtures::swept(runs.len() as u32 + 1, load, repeat, Some(judgement)));
        }
    }
    runs[5].verdict.as_mut().unwrap().outcome = Judgement::Invalid;
    let mut report = fixtures::sweep(runs);
    report.objectives = vec![Clause::parse("lookup.p99<=50ms").unwrap(), Clause::parse("rate>=0.99").unwrap()];
    let decision = |load, met, not_met, invalid| Decision { load, met, not_met, invalid, reasons: vec![] };
    let key = "readers.count".to_owned();
    report.knees.push(Knee {
        decisions: vec![decision(100.0, 3, 0, 0), decision(12_000.0, 0, 2, 1)],
        runs: 5,
        invalid: 1,
        notes: vec!["at 12000 1 of 3 runs were invalid and say nothing: 7 operations failed".to_owned()],
        ..fixtures::knee(Answer::Found, 100.0, [Some(100.0), Some(12_000.0)])
    });
    report.throughput.push(Throughput {
        key: key.clone(),
        at: vec![],
        usl: Some(Usl {
            lambda_per_s: around(2.0),
            sigma: around(0.03),
            kappa: around(0.000_001_25),
            peak_load: Some(around(880.0)),
        }),
        runs: 6,
        notes: vec!["the loop is open".to_owned()],
    });
    let point = |load, held| PredictedPoint { load, utilisation: around(held), clauses: vec![] };
    report.predicted.push(Predicted {
        key,
        at: vec![],
        cost_model: Some(commit_model(1e6, 5e3)),
        reader_cpu_ns: Some(50e3),
        cpus: Some(2.0),
        points: vec![point(100.0, 0.015), point(12_000.0, 0.61)],
        saturation: Some(around(19_800.0)),
        knee: Some(PredictedKnee { answer: Answer::Found, load: Some(around(4321.0)), from: 6.0, to: 192e3 }),
        comparison: Some(KneeComparison {
            difference: Some(42.21),
            differs: true,
            sentence: "prediction and measurement DISAGREE".to_owned(),
        }),
        notes: vec![],
    });
    report
}

#[test]
fn a_sweep_says_what_its_points_are_and_what_they_mean() {
    insta::assert_snapshot!(report().to_string());
}

#[test]
fn it_fits_a_terminal_also_at_its_widest() {
    let mut report = report();
    for run in &mut report.runs {
        run.settings[0].key = "readers.operations.lookup".to_owned();
        run.readers.completed_per_s = 123_456.0;
        run.responses[0].p99_ns = u64::from(run.repeat).pow(12) * 12_340;
        run.freezes = 40;
    }
    report.axes[0].key = "readers.operations.lookup".to_owned();
    report.knees[0].key = "readers.operations.lookup".to_owned();
    report.predicted[0].key = "readers.operations.lookup".to_owned();
    let text = report.to_string();
    assert!(text.contains("| …tions.lookup |"), "{text}");
    let wide = text.lines().find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
}

#[test]
fn invalid_runs_are_in_no_median_as_in_the_charts() {
    let mut report = report();
    for run in &mut report.runs[3..] {
        run.readers.completed_per_s = f64::from(run.order) * 1000.0;
    }
    let text = report.to_string();
    let row = text.lines().find(|line| line.starts_with("|         12000")).unwrap();
    // The runs completed 4000, 5000 and 6000 a second, and the last is invalid.
    assert!(row.contains("|   4500 |") && row.contains("| 0/2 |"), "{row}");
}

#[test]
fn what_is_missing_is_marked_and_not_zero() {
    let mut report = report();
    report.runs.truncate(1);
    report.runs[0].responses.clear();
    report.runs[0].readers.due = 0;
    (report.complete, report.stopped) = (false, Some("interrupted".to_owned()));
    let text = report.to_string();
    assert!(text.contains("1 of 6 runs (INCOMPLETE)") && text.contains("interrupted"), "{text}");
    let row = text.lines().find(|line| line.starts_with("|           100")).unwrap();
    assert_eq!(row.matches('–').count(), 4, "{row}");
}
