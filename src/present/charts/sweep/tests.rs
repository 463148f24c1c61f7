//! Charts of made-up sweeps: what must be on them, and sweeps with gaps.
//! Every chart is read as XML; that it looks right is for people to judge.

mod gaps;

use super::sweep_charts;
use crate::{
    present::{
        Chart,
        charts::checks::{check, has, words},
    },
    results::{
        Answer, CommitModel, Decision, JudgedClause, Judgement, Knee, Predicted, PredictedClause, PredictedKnee,
        PredictedPoint, SweepReport, SweptRun, Throughput,
        fixtures::{sweep, swept},
    },
    scenario::{Axis, Clause, Setting},
    stats::{Estimate, Usl},
};

const LOADS: [f64; 4] = [100.0, 200.0, 400.0, 800.0];

fn charts(report: &SweepReport) -> Vec<Chart> {
    let charts = sweep_charts(report).unwrap();
    charts.iter().for_each(check);
    charts
}

fn names(charts: &[Chart]) -> Vec<&str> {
    charts.iter().map(|chart| chart.name.as_str()).collect()
}

fn chart<'a>(charts: &'a [Chart], name: &str) -> &'a Chart {
    charts.iter().find(|chart| chart.name == name).unwrap_or_else(|| panic!("{name}: {:?}", names(charts)))
}

fn estimate(value: f64) -> Estimate {
    Estimate { value, low: value * 0.8, high: value * 1.25 }
}

fn clause(text: &str) -> Clause {
    Clause::parse(text).unwrap()
}

/// Three runs at four loads; past 400 none meets the objectives, and one is invalid.
fn runs() -> Vec<SweptRun> {
    let mut runs = Vec::new();
    for load in LOADS {
        for repeat in 1..=3 {
            let judgement = match (load, repeat) {
                (800.0, 3) => Judgement::Invalid,
                (800.0, _) => Judgement::NotMet,
                _ => Judgement::Met,
            };
            let mut run = swept(runs.len() as u32 + 1, load, repeat, Some(judgement));
            if let Some(verdict) = &mut run.verdict {
                verdict.clauses.push(JudgedClause {
                    clause: clause("lookup.p90<=5ms"),
                    figure: Some(1e4 * load),
                    met: judgement == Judgement::Met,
                    margin: None,
                    samples: 9,
                    enough: true,
                });
            }
            runs.push(run);
        }
    }
    runs
}

fn knee(at: &[Setting]) -> Knee {
    let decision = |load: f64| Decision {
        load,
        met: if load < 800.0 { 3 } else { 0 },
        not_met: if load < 800.0 { 0 } else { 2 },
        invalid: u32::from(load == 800.0),
        reasons: vec![],
    };
    Knee {
        key: "readers.count".to_owned(),
        at: at.to_vec(),
        answer: Answer::Found,
        load: Some(400.0),
        low: Some(400.0),
        high: Some(800.0),
        decisions: LOADS.map(decision).to_vec(),
        runs: 11,
        invalid: 1,
        notes: vec![],
    }
}

fn throughput(at: &[Setting], cost_model: bool) -> Throughput {
    let cost_model = cost_model.then(|| Usl {
        lambda_per_s: estimate(2.1),
        sigma: estimate(0.0001),
        kappa: estimate(4e-6),
        peak_load: Some(estimate(500.0)),
    });
    let notes = if cost_model.is_some() { vec![] } else { vec!["no knee in throughput was reached".to_owned()] };
    Throughput { key: "readers.count".to_owned(), at: at.to_vec(), usl: cost_model, runs: 12, notes }
}

fn predicted(at: &[Setting]) -> Predicted {
    let point = |load: f64| PredictedPoint {
        load,
        utilisation: estimate(load / 500.0),
        clauses: vec![PredictedClause { clause: clause("lookup.p90<=5ms"), figure: 8e3 * load, met: load < 600.0 }],
    };
    Predicted {
        key: "readers.count".to_owned(),
        at: at.to_vec(),
        cost_model: Some(CommitModel {
            base_ns: estimate(1e6),
            per_mapper_ns: estimate(5e3),
            source: "made up, of 9 runs".to_owned(),
        }),
        reader_cpu_ns: Some(2e4),
        cpus: Some(2.0),
        points: LOADS.map(point).to_vec(),
        saturation: Some(estimate(500.0)),
        knee: Some(PredictedKnee { answer: Answer::Found, load: Some(estimate(600.0)), from: 100.0, to: 6400.0 }),
        comparison: None,
        notes: vec![],
    }
}

/// All that a sweep can have, along one axis.
fn full() -> SweepReport {
    let mut report = sweep(runs());
    report.objectives =
        ["lookup.p90<=5ms", "commit.p99<=40ms", "rate>=0.99", "freeze.longest<=1s"].map(clause).to_vec();
    report.knees = vec![knee(&[])];
    report.throughput = vec![throughput(&[], true)];
    report.predicted = vec![predicted(&[])];
    let last = report.runs.len() - 2;
    (report.runs[last].freezes, report.runs[last].longest_freeze_ns) = (3, Some(1_400_000_000));
    report
}

/// The same runs at every value of another axis.
fn by(key: &str, values: &[&str]) -> SweepReport {
    let mut report = full();
    let setting = |value: &&str| Setting { key: key.to_owned(), value: (*value).to_owned(), number: None };
    let at = |value: &&str, runs: Vec<SweptRun>| -> Vec<SweptRun> {
        runs.into_iter()
            .map(|mut run| {
                run.settings.insert(0, setting(value));
                run
            })
            .collect()
    };
    report.runs = values.iter().flat_map(|value| at(value, report.runs.clone())).collect();
    let values_owned = values.iter().map(|value| (*value).to_owned()).collect();
    report.axes.insert(0, Axis { key: key.to_owned(), values: values_owned, numbers: None });
    report.knees = values.iter().map(|value| knee(&[setting(value)])).collect();
    report.throughput =
        values.iter().enumerate().map(|(place, value)| throughput(&[setting(value)], place == 0)).collect();
    report.predicted = values.iter().map(|value| predicted(&[setting(value)])).collect();
    report
}

/// How many points of this colour and shape are on a chart: circles, or polygons with so many corners.
fn points(chart: &Chart, color: &str, corners: usize) -> usize {
    let document = roxmltree::Document::parse(&chart.svg).unwrap();
    let is_one = |node: &roxmltree::Node| match corners {
        0 => node.tag_name().name() == "circle" && node.attribute("r") == Some("40"),
        _ => {
            let points = node.attribute("points").unwrap_or_default();
            let ends: Vec<i32> =
                points.split_whitespace().filter_map(|point| point.split_once(',')?.0.parse().ok()).collect();
            let wide = ends.iter().max().zip(ends.iter().min()).map_or(0, |(most, least)| most - least);
            node.tag_name().name() == "polygon" && ends.len() == corners && (61..=101).contains(&wide)
        }
    };
    document.descendants().filter(is_one).filter(|node| node.attribute("fill") == Some(color)).count()
}

/// How many strokes of this colour and width, tenths of a pixel, are on a chart.
fn strokes(chart: &Chart, color: &str, width: u32) -> usize {
    chart.svg.matches(&format!("stroke=\"{color}\" stroke-width=\"{width}\"")).count()
}

#[test]
fn every_run_is_a_point_whose_shape_tells_the_verdict() {
    let report = full();
    let charts = charts(&report);
    assert_eq!(names(&charts), ["sweep-latency", "sweep-throughput", "sweep-commit", "sweep-freezes"]);
    assert_eq!(charts, sweep_charts(&report).unwrap(), "the same result makes the same charts");
    // 9 runs met, 2 did not, 1 is invalid; p99 and median are blue and sky-blue, in both panels.
    let latency = &charts[0];
    for blue in ["#0072B2", "#56B4E9"] {
        assert_eq!(points(latency, blue, 0), 18, "{blue}");
        assert_eq!((points(latency, blue, 3), points(latency, blue, 4)), (4, 2), "{blue}");
    }
    assert_eq!(points(latency, "#D55E00", 0), 9, "the objective's own percentile, for readers only");
    for text in ["a run that met every objective", "a run that did not", "a run that says nothing", "least and most"] {
        assert!(has(latency, text), "{text}: {:?}", words(latency));
    }
    assert!(words(latency).join(" ").contains("1 of 12 runs say nothing and are in no median"));
    // Whiskers: two series in two panels at four loads, where repeats differ (p99 does, the median does not).
    assert_eq!(strokes(latency, "#0072B2", 12), 3 * 8, "a line with two bars each");
}

#[test]
fn limits_knees_and_predictions_are_named_and_told_apart() {
    let charts = charts(&full());
    let latency = &charts[0];
    for text in ["lookup.p90 <= 5 ms", "commit.p99 <= 40 ms", "knee, measured: 400 (400 to 800)"] {
        assert!(has(latency, text), "{text}: {:?}", words(latency));
    }
    assert!(has(latency, "knee, predicted: 600 (480 to 750)") && has(latency, "predicted for an objective"));
    assert!(!has(latency, "rate >=") && has(&charts[1], "rate >= 0.99"));
    assert!(has(&charts[3], "freeze.longest <= 1 s") && has(&charts[3], "none"));
    // Predicted points are white inside: a smaller white square on each, and one in the legend.
    assert_eq!(points(latency, "#CC79A7", 4), 4 + 1, "{:?}", words(latency));
    let document = roxmltree::Document::parse(&latency.svg).unwrap();
    let shades = document.descendants().filter(|node| node.attribute("opacity") == Some("0.16")).count();
    assert_eq!(shades, 2, "the knee's interval is shaded in each panel");
    assert!(words(latency).join(" ").contains("the law is from: made up, of 9 runs"), "{:?}", words(latency));
    for line in ["readers.count = 800: 3 runs (2 did not, 1 say nothing)", "Knee, predicted: 600 (480 to 750)."] {
        assert!(latency.description.contains(line), "{line}: {}", latency.description);
    }
}

#[test]
fn throughput_has_its_law_and_commits_have_theirs() {
    let charts = charts(&full());
    let throughput = words(&charts[1]).join(" ");
    for text in ["peak at readers.count = 500 (400 to 625)", "λ = 2.1/s, σ = 1.0e-4, κ = 4.0e-6", "due from readers"]
    {
        assert!(throughput.contains(text), "{text}: {throughput}");
    }
    assert_eq!(points(&charts[1], "#D55E00", 3), 1 + 1, "the peak, and its key");
    let commit = words(&charts[2]).join(" ");
    for text in [
        "Cost law: 1 ms (800 µs to 1.25 ms) + 5 µs (4 µs to 6.25 µs) a mapper (made up, of 9 runs); by it the lock would be in use all the time at readers.count = 500 (400 to 625)",
        "mappers of one file (processes)",
        "1: commits come faster than they can be done",
        "100 commits",
    ] {
        assert!(commit.contains(text), "{text}: {commit}");
    }
    assert_eq!(points(&charts[2], "#CC79A7", 4), 4 + 1, "the lock's use at four loads, and its key");
    assert!(charts[2].description.contains("lock in use, predicted: 0.20 (0.16 to 0.25)"), "{}", charts[2].description);
}

#[test]
fn another_axis_makes_panels_on_common_axes_and_many_make_sheets() {
    let two = by("readers.open", &["read-only", "read-write"]);
    let charts = charts(&two);
    assert_eq!(names(&charts), ["sweep-latency", "sweep-throughput", "sweep-commit", "sweep-freezes"]);
    for chart in &charts {
        assert!(has(chart, "readers.open=read-only") && has(chart, "readers.open=read-write"), "{}", chart.name);
        let marks = words(chart).into_iter().filter(|text| text == "400").count();
        assert!(marks.is_multiple_of(2), "the same marks in both panels: {marks} in {}", chart.name);
    }
    assert_eq!(points(&charts[0], "#0072B2", 0), 36);
    let throughput = words(&charts[1]).join(" ");
    assert!(throughput.contains("readers.open=read-write: No knee in throughput was reached."), "{throughput}");
    let many = self::charts(&by("file.format", &["a", "b", "c", "d", "e"]));
    let latency: Vec<_> = many.iter().filter(|chart| chart.name.starts_with("sweep-latency")).collect();
    assert_eq!(
        latency.iter().map(|chart| chart.name.as_str()).collect::<Vec<_>>(),
        ["sweep-latency", "sweep-latency-2"]
    );
    assert!(has(latency[0], "file.format=c") && !has(latency[0], "file.format=d") && has(latency[1], "file.format=e"));
    assert_eq!(points(latency[0], "#0072B2", 0) + points(latency[1], "#0072B2", 0), 5 * 18);
}
