//! Charts of a made-up what-if: what must be on them, and what-ifs with gaps.
//! Every chart is read as XML; that it looks right is for people to judge.

use super::what_if_charts;
use crate::{
    present::{
        Chart,
        charts::checks::{check, has, words},
    },
    results::{Availability, Change, Difference, KeyFigure, MitigationStatus, WhatIf, fixtures::what_if},
    stats::Estimate,
};

fn charts(tried: &WhatIf) -> Vec<Chart> {
    let charts = what_if_charts(tried).unwrap();
    charts.iter().for_each(check);
    charts
}

fn names(charts: &[Chart]) -> Vec<&str> {
    charts.iter().map(|chart| chart.name.as_str()).collect()
}

/// How often an element with these attributes is on a chart.
fn count(chart: &Chart, element: &str, attributes: &[(&str, &str)]) -> usize {
    let document = roxmltree::Document::parse(&chart.svg).unwrap();
    let is_one = |node: &roxmltree::Node| {
        node.tag_name().name() == element && attributes.iter().all(|(name, value)| node.attribute(*name) == Some(value))
    };
    document.descendants().filter(is_one).count()
}

#[test]
fn every_difference_is_a_mark_and_cures_not_run_say_why() {
    let tried = what_if();
    let charts = charts(&tried);
    assert_eq!(names(&charts), ["what-if-ratios", "what-if-times"]);
    assert_eq!(charts, what_if_charts(&tried).unwrap(), "the same result makes the same charts");
    let ratios = &charts[0];
    // Better: two of read-only's figures in the panels and the key; a circle is two, white or not.
    assert_eq!(count(ratios, "circle", &[("fill", "#009E73"), ("r", "40")]), 2 + 1);
    for text in ["measured: better", "measured: worse", "measured: no real difference", "measured: no interval"] {
        assert!(has(ratios, text), "{text}: {:?}", words(ratios));
    }
    assert!(has(ratios, "with the cure, as a multiple of the baseline (logarithmic)") && has(ratios, "×1"));
    let all = words(ratios).join(" ");
    for told in [
        "4-instances (refused: memory is short)",
        "12-instances (failed: the disk is full)",
        "2-instances (does not apply: there are 2 instances already)",
        "small-writes (not run: interrupted)",
        "Predictions unavailable: the cost model of a commit was not measured.",
        "INCOMPLETE",
    ] {
        assert!(all.contains(told), "{told}: {all}");
    }
    assert!(!words(ratios).contains(&"4-instances".to_owned()), "it was not run, so it has no line");
    assert!(ratios.description.contains("readers' p99 49 ms to 3.5 ms (times 0.071, 0.064 to 0.079), better"));
    assert!(ratios.description.contains("(no interval: 20 operations are too few)"), "{}", ratios.description);
}

#[test]
fn absolute_figures_stand_beside_what_was_predicted() {
    let charts = charts(&what_if());
    let times = &charts[1];
    for text in ["baseline", "read-only", "97.5 %", "3.01 s", "none", "response time, ms (logarithmic)"] {
        assert!(has(times, text), "{text}: {:?}", words(times));
    }
    // Only read-only has a prediction: its p99 twice, and its key; hollow circles are purple around white.
    assert_eq!(count(times, "circle", &[("fill", "#CC79A7"), ("r", "40")]), 2 + 1);
    assert!(has(times, "p99, predicted") && has(times, "p99, measured"));
    assert!(
        times.description.contains("readers' p99 3.5 ms, predicted 4 ms; commits' median"),
        "{}",
        times.description
    );
    assert!(times.description.contains("commits' p99 unavailable"), "{}", times.description);
}

#[test]
fn predictions_of_baseline_and_cure_make_a_hollow_ratio() {
    let mut tried = what_if();
    tried.baseline.predicted = tried.mitigations[0].run.as_ref().unwrap().predicted.clone();
    let same = charts(&tried);
    assert!(has(&same[0], "predicted, to the predicted baseline"), "{:?}", words(&same[0]));
    let Availability::Value(predicted) = &mut tried.baseline.predicted else { panic!("it was predicted") };
    predicted.reader_p99_ns = Estimate { value: 1e15, low: 0.0, high: f64::INFINITY };
    let far = charts(&tried);
    assert!(words(&far[0]).join(" ").contains("What is predicted beyond the axis is cut off."));
}

#[test]
fn gaps_are_said() {
    let mut tried = what_if();
    let figure = KeyFigure::StalledNsPerS;
    let unknown = Availability::Unavailable { unavailable: "nothing stalled before".to_owned() };
    for (before, after, text) in [
        (Some(0.0), Some(0.0), "none in both"),
        (Some(0.0), Some(1e6), "none before"),
        (Some(1e6), Some(0.0), "none any more"),
        (None, Some(1e6), "unavailable"),
    ] {
        let difference = Difference { figure, before, after, ratio: unknown.clone(), change: Change::Unknown };
        tried.mitigations[0].differences = vec![difference];
        tried.mitigations[1].differences.clear();
        let charts = charts(&tried);
        assert!(words(&charts[0]).contains(&text.to_owned()), "{text}: {:?}", words(&charts[0]));
    }
    for mitigation in &mut tried.mitigations {
        (mitigation.run, mitigation.status) = (None, MitigationStatus::NotRun);
        mitigation.differences.clear();
    }
    assert_eq!(names(&charts(&tried)), ["what-if-times"], "the baseline alone");
    let measured = &mut tried.baseline.measured;
    (measured.reader_p50_ns, measured.reader_p99_ns) = (None, None);
    assert!(words(&charts(&tried)[0]).contains(&"none completed".to_owned()), "of readers");
    let measured = &mut tried.baseline.measured;
    (measured.commit_p50_ns, measured.commit_p99_ns) = (None, None);
    assert_eq!(charts(&tried), []);
}
