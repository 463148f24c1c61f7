//! Charts of a made-up what-if: what must be on them, and what-ifs with gaps.

use super::what_if_charts;
use crate::{
    present::{
        Chart,
        charts::checks::{checked, count, expect, expect_described, names, words},
    },
    results::{Availability, Change, Difference, KeyFigure, MitigationStatus, WhatIf, fixtures::what_if},
    stats::Estimate,
};

fn charts(tried: &WhatIf) -> Vec<Chart> {
    let started = "2007-09-24T08:00:00Z".to_owned();
    checked(what_if_charts(&WhatIf { started, ..tried.clone() }, "imap1"))
}

#[test]
fn every_difference_and_every_figure_is_a_mark() {
    let charts = charts(&what_if());
    assert_eq!(names(&charts), ["what-if-ratios", "what-if-times"]);
    // Better: two of read-only's figures in the panels and the key; a circle is two, white or not.
    assert_eq!(count(&charts[0], "circle", &[("fill", "#009E73"), ("r", "40")]), 2 + 1);
    // Only read-only has a prediction: its p99 twice, and its key; hollow circles are purple around white.
    assert_eq!(count(&charts[1], "circle", &[("fill", "#CC79A7"), ("r", "40")]), 2 + 1);
    // What was not run has no line.
    assert!(!words(&charts[0]).contains(&"4-instances".to_owned()));
    expect(
        &charts,
        &[
            ("what-if-ratios", &["measured: better", "measured: worse", "measured: no real difference"]),
            ("what-if-ratios", &["measured: no interval", "×1", "INCOMPLETE"]),
            ("what-if-ratios", &["completed of scheduled", "0 % 25 % 50 % 75 % 100 %"]),
            ("what-if-ratios", &["imap1, 2007-09-24T08:00:00Z, seed"]),
            ("what-if-ratios", &["with the mitigation, as a multiple of the baseline (logarithmic)"]),
            ("what-if-ratios", &["4-instances (refused: memory is short)", "12-instances (failed: the disk is full)"]),
            ("what-if-ratios", &["2-instances (does not apply: there are 2 instances already)"]),
            ("what-if-ratios", &["small-writes (not run: interrupted)"]),
            ("what-if-ratios", &["Predictions unavailable: the cost model of a commit was not measured."]),
            ("what-if-times", &["baseline", "read-only", "97.5 % / 90.0 %", "3.01 s", "none"]),
            ("what-if-times", &["p99, predicted", "p99, measured", "response time, ms (logarithmic)"]),
        ],
    );
    expect_described(
        &charts,
        &[
            ("what-if-ratios", &["readers' p99 49 ms to 3.5 ms (times 0.071, 0.064 to 0.079), better"]),
            ("what-if-ratios", &["(no interval: 20 operations are too few)"]),
            ("what-if-times", &["read-only, readers' p99: 3.5 ms", "read-only, readers' p99, predicted: 4 ms"]),
            ("what-if-times", &["baseline: 97.5 % / 90.0 %, 3.01 s", "baseline, commits' p99: unavailable"]),
        ],
    );
}

#[test]
fn predictions_of_baseline_and_mitigation_make_a_hollow_ratio() {
    let mut tried = what_if();
    tried.baseline.predicted = tried.mitigations[0].run.as_ref().unwrap().predicted.clone();
    expect(&charts(&tried), &[("what-if-ratios", &["predicted, to the predicted baseline"])]);
    let Availability::Value(predicted) = &mut tried.baseline.predicted else { panic!("it was predicted") };
    predicted.reader_p99_ns = Estimate { value: 1e15, low: 0.0, high: f64::INFINITY };
    expect(&charts(&tried), &[("what-if-ratios", &["What is predicted beyond the axis is cut off."])]);
}

#[test]
fn gaps_are_named() {
    let mut tried = what_if();
    let figure = KeyFigure::StalledNsPerS;
    let unknown = Availability::Unavailable { unavailable: "nothing stalled before".to_owned() };
    for (before, after, text) in [
        (Some(0.0), Some(0.0), "none in both"),
        (Some(0.0), Some(1e6), "none before"),
        (Some(1e6), Some(0.0), "none after"),
        (None, Some(1e6), "unavailable"),
    ] {
        let difference = Difference { figure, before, after, ratio: unknown.clone(), change: Change::Unknown };
        tried.mitigations[0].differences = vec![difference];
        tried.mitigations[1].differences.clear();
        expect(&charts(&tried), &[("what-if-ratios", &[text])]);
    }
    for mitigation in &mut tried.mitigations {
        (mitigation.run, mitigation.status) = (None, MitigationStatus::NotRun);
        mitigation.differences.clear();
    }
    assert_eq!(names(&charts(&tried)), ["what-if-times"], "the baseline alone");
    let measured = &mut tried.baseline.measured;
    (measured.reader_p50_ns, measured.reader_p99_ns) = (None, None);
    expect(&charts(&tried), &[("what-if-times", &["none completed"])]);
    let measured = &mut tried.baseline.measured;
    (measured.commit_p50_ns, measured.commit_p99_ns) = (None, None);
    assert_eq!(charts(&tried), []);
}
