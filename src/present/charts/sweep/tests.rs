//! Charts of made-up sweeps: what must be on them, and sweeps with gaps.

mod gaps;

use super::sweep_charts;
use crate::{
    present::{
        Chart,
        charts::checks::{checked, count, expect, expect_described, names, points, words},
    },
    results::{
        Answer, CommitModel, Decision, JudgedClause, Judgement, Knee, Predicted, PredictedClause, PredictedKnee,
        PredictedPoint, Role, SweepReport, SweptRun, Throughput,
        fixtures::{self, sweep, swept},
    },
    scenario::{Axis, Clause, Setting},
    stats::{Estimate, Usl},
};

const LOADS: [f64; 4] = [100.0, 200.0, 400.0, 800.0];

fn charts(report: &SweepReport) -> Vec<Chart> {
    checked(sweep_charts(report))
}

fn estimate(value: f64) -> Estimate {
    Estimate { value, low: value * 0.8, high: value * 1.25 }
}

fn clause(text: &str) -> Clause {
    Clause::parse(text).unwrap()
}

fn judged(text: &str, figure: f64, met: bool) -> JudgedClause {
    JudgedClause {
        at_least: false,
        clause: clause(text),
        figure: Some(figure),
        met,
        margin: None,
        samples: 9,
        effective: None,
        enough: true,
    }
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
            let judged = judged("lookup.p90<=5ms", 1e4 * load, judgement == Judgement::Met);
            run.verdict.as_mut().unwrap().clauses.push(judged);
            runs.push(run);
        }
    }
    runs
}

fn knee() -> Knee {
    let decision = |load| Decision { load, met: 3, not_met: 0, invalid: 0, reasons: vec![] };
    let decisions = LOADS.map(decision).to_vec();
    Knee { decisions, ..fixtures::knee(Answer::Found, 400.0, [Some(400.0), Some(800.0)]) }
}

fn throughput(has_usl: bool) -> Throughput {
    let usl = has_usl.then(|| Usl {
        lambda_per_s: estimate(2.1),
        sigma: estimate(0.0001),
        kappa: estimate(4e-6),
        peak_load: Some(estimate(500.0)),
    });
    let notes = if usl.is_some() { vec![] } else { vec!["no knee in throughput was found".to_owned()] };
    Throughput { key: "readers.count".to_owned(), at: vec![], usl, runs: 12, notes }
}

pub fn predicted() -> Predicted {
    let point = |load: f64| PredictedPoint {
        load,
        utilisation: estimate(load / 500.0),
        clauses: vec![PredictedClause { clause: clause("lookup.p90<=5ms"), figure: 8e3 * load, met: load < 600.0 }],
    };
    Predicted {
        key: "readers.count".to_owned(),
        at: vec![],
        cost_model: Some(CommitModel::straight(estimate(1e6), estimate(5e3), "made up, of 9 runs".to_owned())),
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
    report.knees = vec![knee()];
    report.throughput = vec![throughput(true)];
    report.predicted = vec![predicted()];
    let last = report.runs.len() - 2;
    (report.runs[last].freezes, report.runs[last].longest_freeze_ns) = (3, Some(1_400_000_000));
    report
}

/// The same runs at every value of another axis.
fn by(key: &str, values: &[&str]) -> SweepReport {
    let mut report = full();
    let at = |value: &str| vec![Setting { key: key.to_owned(), value: value.to_owned(), number: None }];
    let values = || values.iter().copied();
    let run =
        |value: &str, run: &SweptRun| SweptRun { settings: [at(value), run.settings.clone()].concat(), ..run.clone() };
    report.runs =
        values().flat_map(|value| report.runs.iter().map(|old| run(value, old)).collect::<Vec<_>>()).collect();
    report.axes.insert(0, Axis { key: key.to_owned(), values: values().map(str::to_owned).collect(), numbers: None });
    report.knees = values().map(|value| Knee { at: at(value), ..knee() }).collect();
    let throughput = |(place, value)| Throughput { at: at(value), ..throughput(place == 0) };
    report.throughput = values().enumerate().map(throughput).collect();
    report.predicted = values().map(|value| Predicted { at: at(value), ..predicted() }).collect();
    report
}

/// How many marks of this colour and shape are on a chart: circles, or polygons of a mark's size with so many corners.
fn marks(chart: &Chart, color: &str, corners: usize) -> usize {
    if corners == 0 {
        return count(chart, "circle", &[("r", "40"), ("fill", color)]);
    }
    let document = roxmltree::Document::parse(&chart.svg).unwrap();
    let polygons = document.descendants().filter(|node| node.tag_name().name() == "polygon");
    let is_mark = |corners: &[(i32, i32)]| {
        let ends = || corners.iter().map(|corner| corner.0);
        (61..=101).contains(&(ends().max().unwrap() - ends().min().unwrap()))
    };
    let of_color = polygons.filter(|node| node.attribute("fill") == Some(color)).map(points);
    of_color.filter(|found| found.len() == corners && is_mark(found)).count()
}

const NAMES: [&str; 4] = ["sweep-latency", "sweep-throughput", "sweep-commit", "sweep-freezes"];

#[test]
fn every_run_is_a_point_whose_shape_is_the_verdict() {
    let charts = charts(&full());
    assert_eq!(names(&charts), NAMES);
    // 9 runs met, 2 did not, 1 is invalid; p99 and median are blue and sky-blue, in both panels.
    let latency = &charts[0];
    for blue in ["#0072B2", "#56B4E9"] {
        assert_eq!([0, 3, 4].map(|corners| marks(latency, blue, corners)), [18, 4, 2], "{blue}");
    }
    assert_eq!(marks(latency, "#D55E00", 0), 9, "the objective's own percentile, for readers only");
    let legend =
        ["a run that met every objective", "a run that missed an objective", "a run that is invalid", "least and most"];
    let missing = "Invalid or incomplete, and in no median: 1 of 12 runs.";
    expect(&charts, &[("sweep-latency", &legend), ("sweep-latency", &[missing])]);
    // Whiskers: two series in two panels at four loads, where repeats differ (p99 does, the median does not).
    let strokes = latency.svg.matches("stroke=\"#0072B2\" stroke-width=\"12\"").count();
    assert_eq!(strokes, 3 * 8, "a line with two bars each");
}

#[test]
fn limits_knees_predictions_and_models_are_named() {
    let charts = charts(&full());
    expect(
        &charts,
        &[
            ("sweep-latency", &["lookup.p90 <= 5 ms", "commit.p99 <= 40 ms", "knee, measured: between 400 and 800"]),
            ("sweep-latency", &["knee, predicted: 600 (480 to 750)", "predicted for an objective", "!rate >="]),
            ("sweep-latency", &["the cost model is from: made up, of 9 runs"]),
            ("sweep-throughput", &["rate >= 0.99", "peak at readers.count = 500 (400 to 625)"]),
            ("sweep-throughput", &["What was scheduled for readers cannot be distinguished from what they completed"]),
            ("sweep-throughput", &["reads completed, of scheduled", "commits completed, of scheduled", "100 %"]),
            ("sweep-throughput", &["λ = 2.1/s, σ = 1.0e-4, κ = 4.0e-6"]),
            (
                "sweep-commit",
                &["Cost model: 1 ms (800 µs to 1.25 ms) + 5 µs (4 µs to 6.25 µs) a mapper (made up, of 9 runs)"],
            ),
            ("sweep-commit", &["by it the lock would be in use all the time at readers.count = 500 (400 to 625)"]),
            ("sweep-commit", &["mappers of one file (processes)", "1: commits come faster than they can be done"]),
            ("sweep-commit", &["400 commits"]),
            ("sweep-freezes", &["freeze.longest <= 1 s", "none"]),
        ],
    );
    expect_described(
        &charts,
        &[
            ("sweep-latency", &["p99 at 800: 2.9 ms, not met", ", invalid or incomplete", "knee, predicted: 600"]),
            ("sweep-commit", &["predicted at 100: lock in use 0.20 (0.16 to 0.25) of the time"]),
        ],
    );
    // Predicted points are white inside: a smaller white square on each, and one in the legend.
    assert_eq!(marks(&charts[0], "#CC79A7", 4), 4 + 1);
    assert_eq!(marks(&charts[2], "#CC79A7", 4), 4 + 1, "the lock's use at four loads, and its key");
    assert_eq!(marks(&charts[1], "#D55E00", 3), 1 + 1, "the peak, and its key");
    assert_eq!(count(&charts[0], "polygon", &[("opacity", "0.16")]), 2, "the knee's interval is shaded in each panel");
}

#[test]
fn a_curve_that_another_one_hides_is_drawn_once() {
    let mut report = full();
    report.objectives.push(clause("lookup.p99<=9ms"));
    for run in &mut report.runs {
        let p99 = run.all(Role::Reader).unwrap().p99_ns as f64;
        let judged = judged("lookup.p99<=9ms", p99, true);
        run.verdict.as_mut().unwrap().clauses.push(judged);
    }
    let hidden = "Not drawn, as it cannot be distinguished from another curve here: lookup.p99 (p99).";
    let charts = charts(&report);
    expect(&charts, &[("sweep-latency", &[hidden, "lookup.p99 <= 9 ms"])]);
    expect_described(
        &charts,
        &[("sweep-latency", &["p99, medians:", "!lookup.p99, medians:", "lookup.p90, medians:"])],
    );
}

#[test]
fn commits_that_did_not_complete_are_a_panel_of_their_own() {
    let mut report = full();
    for run in report.runs.iter_mut().filter(|run| run.settings[0].number == Some(800.0)) {
        run.writers.completed = 0;
    }
    let texts = [
        "commits completed, of scheduled",
        "completed by writers at 800: 0.0 %",
        "completed by readers at 800: 100.0 %",
    ];
    expect_described(&charts(&report), &[("sweep-throughput", &texts)]);
}

#[test]
fn the_load_average_of_a_short_run_is_not_drawn() {
    let mut report = full();
    expect(&charts(&report), &[("sweep-freezes", &["Load average: not drawn", "!load average, 1 min"])]);
    for run in &mut report.runs {
        run.readers.due_per_s /= 6.0;
    }
    expect(&charts(&report), &[("sweep-freezes", &["load average, 1 min (processes)", "!not drawn"])]);
}

#[test]
fn another_axis_makes_panels_on_common_axes_and_many_make_sheets() {
    let charts = charts(&by("readers.open", &["read-only", "read-write"]));
    assert_eq!(names(&charts), NAMES);
    for chart in &charts {
        expect(&charts, &[(&chart.name, &["readers.open=read-only", "readers.open=read-write"])]);
        let ticks = words(chart).into_iter().filter(|text| text == "400").count();
        assert!(ticks.is_multiple_of(2), "the same ticks in both panels: {ticks} in {}", chart.name);
    }
    assert_eq!(marks(&charts[0], "#0072B2", 0), 36);
    expect(&charts, &[("sweep-throughput", &["readers.open=read-write: No knee in throughput was found."])]);
    let many = self::charts(&by("file.format", &["a", "b", "c", "d", "e"]));
    let latency: Vec<&Chart> = many.iter().filter(|chart| chart.name.starts_with("sweep-latency")).collect();
    let sheets = [
        ("sweep-latency", &["file.format=c", "!file.format=d"][..]),
        ("sweep-latency-2", &["file.format=e", "!file.format=c"]),
    ];
    expect(&many, &sheets);
    assert_eq!(marks(latency[0], "#0072B2", 0) + marks(latency[1], "#0072B2", 0), 5 * 18);
}
