//! Sweeps with something missing, and with extreme values: what is not there is not drawn as zero.

use super::*;
use crate::results::Availability;

fn with(change: impl Fn(&mut SweptRun)) -> SweepReport {
    let mut report = full();
    report.runs.iter_mut().for_each(change);
    report
}

#[test]
fn nothing_ran_or_nothing_was_varied() {
    assert_eq!(charts(&sweep(vec![])), []);
    let mut report = full();
    report.axes.clear();
    assert_eq!(charts(&report), []);
}

#[test]
fn without_objectives_models_and_freezes() {
    let runs = LOADS.iter().enumerate().map(|(place, load)| swept(place as u32 + 1, *load, 1, None)).collect();
    let charts = charts(&sweep(runs));
    assert_eq!(names(&charts), NAMES[..3]);
    for name in &NAMES[..3] {
        let absent = ["!predicted", "!knee", "!USL", "!Cost model", "!met", "!least and most", "!unavailable"];
        expect(&charts, &[(name, &absent), (name, &["At each readers.count: 1 run, a point each"])]);
    }
}

#[test]
fn the_reason_why_there_is_no_model_or_no_knee_is_written() {
    let mut report = full();
    report.throughput = vec![throughput(false)];
    report.predicted[0].cost_model = None;
    report.predicted[0].notes = vec!["the loop is closed".to_owned()];
    (report.predicted[0].points, report.predicted[0].knee) = (vec![], None);
    report.knees[0] = Knee { answer: Answer::Above, load: Some(800.0), high: None, ..knee() };
    let charts = charts(&report);
    expect(
        &charts,
        &[
            ("sweep-latency", &["knee, measured: none up to 800, all met", "!knee, predicted"]),
            ("sweep-throughput", &["no USL fitted: see below", "No knee in throughput was found."]),
            ("sweep-commit", &["No cost model: the loop is closed."]),
        ],
    );
    assert_eq!(count(&charts[0], "polygon", &[("opacity", "0.16")]), 0);
    for (answer, load, text) in [
        (Answer::Below, None, "below 100, most missed there"),
        (Answer::Undecided, Some(200.0), "not decided; most met at 200"),
        (Answer::Undecided, None, "not decided by these runs"),
    ] {
        report.knees[0] = Knee { answer, load, low: None, ..knee() };
        expect(&self::charts(&report), &[("sweep-latency", &[text])]);
    }
}

#[test]
fn what_did_not_complete_is_not_drawn_as_zero() {
    // No commit at one load.
    let gap = charts(&with(|run| {
        if run.settings[0].number == Some(400.0) {
            run.responses.retain(|responses| responses.role == Role::Reader);
            run.hold_ns = None;
        }
    }));
    for (chart, text) in [(&gap[0], "none completed, or too few"), (&gap[2], "no commit completed")] {
        assert_eq!(words(chart).iter().filter(|line| *line == text).count(), 1);
    }
    assert_eq!(marks(&gap[0], "#0072B2", 0), 18 - 3);
    expect_described(&gap, &[("sweep-latency", &["p99 at 400: none completed, or too few"])]);
    // Commits at one load, but too few for a p99: the text does not hide their median.
    let few = charts(&with(|run| {
        if run.settings[0].number == Some(400.0) {
            let commits = run.responses.iter_mut().filter(|responses| responses.role == Role::Writer);
            commits.for_each(|responses| (responses.count, responses.unfinished) = (50, 0));
        }
    }));
    expect_described(&few, &[("sweep-latency", &["p99 at 400: too few for p99", "median at 400"])]);
    // Nothing at all.
    let nothing = charts(&with(|run| {
        run.responses.clear();
        run.hold_ns = None;
        (run.readers.completed, run.readers.due) = (0, 0);
        (run.writers.completed, run.writers.due) = (0, 0);
        (run.readers.completed_per_s, run.readers.due_per_s) = (0.0, 0.0);
        run.load_average = None;
    }));
    assert_eq!(names(&nothing), ["sweep-freezes"], "only how long it froze is known");
    expect(&nothing, &[("sweep-freezes", &["Load average: unavailable"])]);
    // Readers that completed nothing at some loads: on an axis from 0 that is seen.
    let frozen = charts(&with(|run| {
        let load = run.settings[0].number.unwrap();
        let rate = if load > 300.0 { 0.0 } else { load * load };
        (run.readers.completed_per_s, run.readers.completed) = (rate, rate as u64);
        run.readers.due_per_s = load * load;
    }));
    expect_described(
        &frozen,
        &[("sweep-throughput", &["completed by readers at 400: 0/s", "completed by readers at 800: 0/s"])],
    );
    expect(&frozen, &[("sweep-throughput", &["scheduled for readers", "!cannot be distinguished"])]);
}

#[test]
fn incomplete_runs_leave_no_median() {
    let charts = charts(&with(|run| run.complete = false));
    assert_eq!(marks(&charts[0], "#0072B2", 4), 24, "every run is still a point, a diamond");
    expect_described(&charts, &[("sweep-latency", &["p99 at 100: ", "!, medians:"])]);
    let mut report = full();
    (report.complete, report.stopped) = (false, Some("interrupted".to_owned()));
    report.machine = None;
    let texts = ["INCOMPLETE: interrupted.", "an unknown machine"];
    expect(&self::charts(&report), &[("sweep-latency", &texts)]);
}

#[test]
fn a_single_point_and_extreme_values() {
    let one = charts(&sweep(vec![swept(1, 100.0, 1, None)]));
    assert_eq!(marks(&one[0], "#0072B2", 0), 2);
    for factor in [1e-9, 1e9] {
        let charts = charts(&with(|run| {
            run.hold_ns = run.hold_ns.map(|ns| ns * factor * run.settings[0].number.unwrap());
            for responses in &mut run.responses {
                responses.p99_ns = (responses.p99_ns as f64 * factor) as u64;
            }
            run.readers.completed_per_s *= factor;
        }));
        assert!(charts.len() == 4, "{:?}", names(&charts));
    }
    // Predictions that are no numbers, or far beyond all that was measured.
    let mut report = full();
    for (point, value) in report.predicted[0].points.iter_mut().zip([f64::NAN, f64::INFINITY, 1e30, 1e6]) {
        point.utilisation = estimate(value);
        point.clauses[0].figure = value;
    }
    report.predicted[0].knee = Some(PredictedKnee { load: Some(estimate(1e12)), ..report.predicted[0].knee.unwrap() });
    expect(&charts(&report), &[("sweep-latency", &["Predictions beyond the axis are cut off."])]);
}

#[test]
fn words_go_across_by_name_and_numbers_with_their_units() {
    let mut runs = Vec::new();
    for (place, name) in ["twoskip", "skiplist", "flat"].into_iter().enumerate() {
        for repeat in 1..=2 {
            let mut run = swept(runs.len() as u32 + 1, 100.0, repeat, None);
            run.settings = vec![Setting { key: "file.format".to_owned(), value: name.to_owned(), number: None }];
            run.hold_ns = Some(1e6 * (place + 1) as f64);
            runs.push(run);
        }
    }
    let mut report = sweep(runs.clone());
    let values = ["twoskip", "skiplist", "flat"].map(str::to_owned).to_vec();
    report.axes = vec![Axis { key: "file.format".to_owned(), values, numbers: None }];
    let in_order = "twoskip skiplist flat";
    expect(&charts(&report), &[("sweep-latency", &[in_order, "a short line is the median"])]);

    let sizes = [("4KiB", 4096.0), ("64KiB", 65536.0), ("1MiB", 1_048_576.0)];
    for (place, run) in runs.iter_mut().enumerate() {
        let (value, number) = sizes[place / 2];
        run.settings =
            vec![Setting { key: "file.write-size".to_owned(), value: value.to_owned(), number: Some(number) }];
    }
    let mut report = sweep(runs);
    report.axes = vec![Axis {
        key: "file.write-size".to_owned(),
        values: sizes.map(|(value, _)| value.to_owned()).to_vec(),
        numbers: Some(sizes.map(|(_, number)| number).to_vec()),
    }];
    report.machine.as_mut().unwrap().file_system = Availability::Value("ext4".to_owned());
    let sized = charts(&report);
    let axis = "file.write-size (units at the marks) (logarithmic)";
    expect(&sized, &[("sweep-latency", &["4KiB", "1MiB", axis, "files on ext4"])]);
    // Mappers do not differ, so they do not go across.
    expect(&sized, &[("sweep-commit", &["!mappers of one file"])]);
}
