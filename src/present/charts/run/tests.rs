//! Charts of real and of made-up runs: what must be on them, that they agree with the result, and runs with gaps.
//! Every chart is read as XML; that it looks right is for people to judge.

use std::path::Path;

use roxmltree::Document;

use super::{columns::Rates, run_charts};
use crate::{
    present::{
        Chart,
        charts::checks::{self, check},
    },
    results::{Availability, Counters, Freeze, Slot, Slots, TimeSeries, TimelineRow, fixtures},
};

const NAMES: [&str; 4] = ["timeline", "latency-by-percentile", "latency-over-time", "phases"];
const FREEZE: &str = "#F0E442";

/// A real run of 6000 readers, ten seconds.
fn real(name: &str) -> TimeSeries {
    TimeSeries::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples").join(name)).unwrap()
}

fn read_only() -> TimeSeries {
    real("fastmail-150m-6000-read-only-2cpu-linux-6.18")
}

/// The made-up run of this crate's tests: two instances, three intervals, no evidence.
fn small() -> TimeSeries {
    let outcome = fixtures::outcome();
    let directory = tempfile::tempdir().unwrap();
    fixtures::write(directory.path(), &fixtures::run(&outcome), &outcome);
    TimeSeries::load(directory.path()).unwrap()
}

fn freeze(instance: Option<u32>, start_ms: u64, length_ms: u64) -> Freeze {
    Freeze {
        instance,
        start_ns: start_ms * 1_000_000,
        end_ns: (start_ms + length_ms) * 1_000_000,
        due: 70,
        completed: 0,
        waiting: 77,
        workers: 70,
        noise_probes: vec![],
        writer: vec![],
    }
}

fn charts(time_series: &TimeSeries) -> Vec<Chart> {
    let charts = run_charts(time_series).unwrap();
    charts.iter().for_each(check);
    assert!(charts.iter().all(|chart| !chart.svg.contains("inf")));
    charts
}

fn names(charts: &[Chart]) -> Vec<&str> {
    charts.iter().map(|chart| chart.name.as_str()).collect()
}

/// The corners of a line or an area.
fn points(node: roxmltree::Node) -> Vec<(i32, i32)> {
    let all = node.attribute("points").unwrap_or_default().split_whitespace().filter_map(|point| point.split_once(','));
    all.map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).collect()
}

fn words(chart: &Chart) -> String {
    checks::words(chart).join("\n")
}

#[track_caller]
fn has(chart: &Chart, texts: &[&str]) {
    let words = words(chart);
    let flat = words.replace('\n', " ");
    for text in texts {
        assert!(words.contains(text) || flat.contains(text), "{}: {text}\n{words}", chart.name);
    }
}

#[test]
fn a_real_run_has_four_charts_that_tell_their_counts() {
    let time_series = read_only();
    let charts = charts(&time_series);
    assert_eq!(names(&charts), NAMES);
    assert_eq!(charts, run_charts(&time_series).unwrap(), "the same result makes the same charts");
    let panels = ["operations per second, in columns of 20 ms", "stalled workers: over 20 ms behind", "writers' time"];
    has(&charts[0], &panels);
    has(&charts[0], &["TLB shootdowns: interrupts received", "pressure (PSI)", "load: ", "lock wait", "I/O full"]);
    has(&charts[1], &["lookup, response (n = 60229)", "commit, service (n = 110)", "99.99 %", "(logarithmic)"]);
    has(&charts[1], &["lookup.p99 <= 50 ms", "commit.p99 <= 1 s", "limit of an objective"]);
    assert!(
        !words(&charts[1]).contains("99.999 %") && !words(&charts[1]).contains("rate"),
        "no more than the count tells"
    );
    has(&charts[2], &["readers' response time (n = 60229)", "writers' response time (n = 110)", "p50", "p99", "100+"]);
    has(&charts[3], &["n = 60229", "n = 52", "start delay", "sync", "391 µs"]);
    for chart in &charts {
        has(chart, &["of 60229 operations that came due for readers, 60229 completed", "6000 readers and 1 writer"]);
        assert!(chart.description.len() > 300 && !chart.description.contains("INCOMPLETE"), "{}", chart.description);
    }
    assert!(charts[0].description.contains("The whole crowd never froze."));
    assert!(!charts[0].svg.contains(FREEZE));
    let whole: usize = charts.iter().map(|chart| chart.svg.len()).sum();
    assert!(whole < 500_000, "{whole}");
}

#[test]
fn columns_of_operations_add_up() {
    for time_series in [read_only(), small()] {
        let rates = Rates::of(&time_series);
        let total = |steps: &super::columns::Steps| -> f64 {
            steps.spans.iter().zip(&steps.values).map(|(span, rate)| (span.end - span.start) * rate.unwrap()).sum()
        };
        let slots = || time_series.slots.instances.iter().flatten();
        let due: u64 = slots().map(|slot| u64::from(slot.due)).sum();
        let completed: u64 = slots().map(|slot| u64::from(slot.completed)).sum();
        assert!(
            (total(&rates.due) - due as f64).abs() < 1e-3 && (total(&rates.completed) - completed as f64).abs() < 1e-3
        );
        assert!(due > 0 && completed > 0 && rates.sums == (due, completed));
    }
    // What lies behind the end of an interrupted run is no part of it.
    let mut time_series = small();
    time_series.run.summary.measured_ns = 10_500_000;
    let rates = Rates::of(&time_series);
    assert_eq!(rates.due.spans.last().map(|span| span.end), Some(0.0105));
    let first: u32 = time_series.slots.instances.iter().flat_map(|slots| &slots[..11]).map(|slot| slot.due).sum();
    assert_eq!(rates.sums.0, u64::from(first));
}

#[test]
fn freezes_go_through_all_panels() {
    let mut time_series = read_only();
    time_series.run.diagnosis.freezes = vec![freeze(None, 500, 140), freeze(None, 7000, 1), freeze(None, 9990, 10)];
    let drawn = charts(&time_series);
    // Six panels with data, and a sample in the legend.
    assert_eq!(drawn[0].svg.matches(FREEZE).count(), 3 * 6 + 1);
    let document = Document::parse(&drawn[0].svg).unwrap();
    let shades: Vec<_> =
        document.descendants().filter(|node| node.attribute("fill") == Some(FREEZE)).map(points).collect();
    let widths = shades.iter().map(|shade| shade.iter().map(|at| at.0).max().unwrap() - shade[0].0);
    assert!(widths.clone().all(|width| width >= 10), "at least a pixel: {:?}", widths.collect::<Vec<_>>());
    let told = &drawn[0].description;
    assert!(
        told.contains("3 freezes, 151 ms together") && told.contains("at 0.500 s for 140 ms (77 waiting)"),
        "{told}"
    );
    has(&drawn[2], &["Marks above: freezes."]);
    assert!(!drawn[0].svg.contains("an instance froze") && !words(&drawn[0]).contains("of each instance"));
}

#[test]
fn instances_have_a_strip_and_a_shade_of_their_own() {
    let mut time_series = small();
    time_series.run.diagnosis.freezes = vec![freeze(None, 50, 20), freeze(Some(1), 40, 60), freeze(Some(1), 200, 30)];
    let drawn = charts(&time_series);
    has(
        &drawn[0],
        &["freezes of all instances at once, and of each instance", "whole crowd froze", "an instance froze"],
    );
    has(&drawn[0], &["all\n0\n1\n"]);
    let told = &drawn[0].description;
    assert!(told.contains("Freezes by instance: instance 1 2 times, 90 ms together."), "{told}");
}

#[test]
fn what_is_unavailable_says_why() {
    let mut time_series = read_only();
    let timeline = |time_series: &TimeSeries| charts(time_series).remove(0);
    time_series.counters.columns.retain(|name| !name.starts_with("tlb_interrupts."));
    // The values keep their places, so those of the columns that follow are others; enough to see what is drawn.
    has(&timeline(&time_series), &["TLB shootdowns: flushes (tlb_flush, remote) received per second"]);
    let source =
        time_series.run.environment.evidence.iter_mut().find(|evidence| evidence.source.contains("pressure")).unwrap();
    source.available = Availability::Unavailable { unavailable: "a kernel without PSI".to_owned() };
    time_series.counters.columns.retain(|name| !name.starts_with("pressure"));
    has(&timeline(&time_series), &["unavailable: a kernel without PSI"]);
    for row in &mut time_series.counters.rows {
        row.values.iter_mut().for_each(|value| *value = None);
    }
    has(&timeline(&time_series), &["no such column, or no value in it", "blocked: unavailable", "could run"]);
    time_series.counters = Counters::default();
    time_series.run.recording = None;
    let chart = timeline(&time_series);
    has(&chart, &["unavailable: the scenario wanted no evidence"]);
    assert!(chart.description.contains("TLB shootdowns: requests received per second, all CPUs: unavailable"));
    time_series.timeline.clear();
    has(&timeline(&time_series), &["the run was too short for an interval", "load: processes"]);
}

#[test]
fn percentile_curves_rise_within_the_frame() {
    let time_series = real("fastmail-150m-6000-2cpu-linux-6.18");
    let chart = charts(&time_series).remove(1);
    let document = Document::parse(&chart.svg).unwrap();
    let lines = document.descendants().filter(|node| node.attribute("stroke-width") == Some("20"));
    let curves: Vec<_> = lines.map(points).filter(|points| points.len() > 20).collect();
    // Dashed lines are pieces; the two response times are whole.
    assert_eq!(curves.len(), 2);
    for curve in &curves {
        let rises = |pair: &[(i32, i32)]| pair[0].0 <= pair[1].0 && pair[0].1 >= pair[1].1;
        assert!(curve.windows(2).all(rises), "{curve:?}");
    }
    // The readers' curve ends at the right edge, the commits' where 110 commits end.
    let end = |curve: &Vec<(i32, i32)>| f64::from(curve.last().unwrap().0 - curve[0].0);
    let share = end(&curves[1]) / end(&curves[0]);
    assert!((share - 110_f64.ln() / 60_229_f64.ln()).abs() < 0.002, "{share}");
    let max = time_series.run.summary.rows.iter().find(|row| row.series == "response").unwrap().max_ns;
    assert!(
        chart.description.contains(&format!("max {}.", crate::scenario::units::short_ns(max as f64))),
        "{}",
        chart.description
    );
}

#[test]
fn parts_make_up_the_response() {
    let time_series = real("fastmail-150m-6000-2cpu-linux-6.18");
    let chart = charts(&time_series).remove(3);
    // Readers wait under 10 ms, commits take 60 ms: each has a scale of its own.
    has(
        &chart,
        &["readers: mean operation, response time", "writers: mean commit, response time", "9.05 ms", "64.4 ms"],
    );
    assert_eq!(words(&chart).matches("mean time, ms").count(), 2);
    assert!(!words(&chart).contains("not divided") && !words(&chart).contains("without the late start"));
    // A phase that is missing from the log is not silently dropped; late starts that hide the rest are left out once.
    let mut time_series = time_series;
    time_series.run.summary.rows.retain(|row| row.series != "sync-1");
    for row in time_series.run.summary.rows.iter_mut().filter(|row| row.role == "reader" && row.series != "response") {
        row.mean_ns *= if row.series == "start-delay" { 20.0 } else { 0.2 };
    }
    has(&charts(&time_series)[3], &["not divided", "readers: mean operation, without the late start"]);
}

#[test]
fn runs_in_which_little_or_nothing_completed() {
    let mut time_series = small();
    assert_eq!(names(&charts(&time_series)), NAMES);
    time_series.latencies.retain(|line| line.tag.starts_with("writer"));
    time_series.run.summary.rows.retain(|row| row.role == "writer");
    let drawn = charts(&time_series);
    assert_eq!(names(&drawn), NAMES);
    drawn[1..].iter().for_each(|chart| has(chart, &["No operation of a reader completed."]));
    time_series.latencies.clear();
    time_series.run.summary.rows.clear();
    time_series.run.summary.writers.completed = 0;
    time_series.run.summary.complete = false;
    time_series.slots.instances.iter_mut().flatten().for_each(|slot| *slot = Slot::default());
    time_series.timeline.truncate(1);
    let drawn = charts(&time_series);
    assert_eq!(names(&drawn), ["timeline"]);
    has(&drawn[0], &["none of the commits that came due completed", "INCOMPLETE"]);
    time_series.run.scenario.writer.count = 0;
    time_series.run.summary.measured_ns = 0;
    time_series.slots = Slots { width_ns: 1_000_000, instances: vec![vec![], vec![]] };
    time_series.timeline.clear();
    has(&charts(&time_series)[0], &["the scenario has no writers", "there were no writers"]);
}

#[test]
fn an_hour_of_24_instances_stays_small() {
    let mut time_series = small();
    time_series.run.scenario.instances.count = 24;
    time_series.run.summary.measured_ns = 3_600_000_000_000;
    let slot = Slot { due: 9, completed: 9 };
    time_series.slots = Slots { width_ns: 100_000_000, instances: vec![vec![slot; 36_000]; 24] };
    let row = time_series.timeline[0].clone();
    time_series.timeline = (0..36_000)
        .map(|number| TimelineRow { start_s: number as f64 / 10.0, length_s: 0.1, stalled: number % 7, ..row.clone() })
        .map(|row| TimelineRow { runnable: Some(row.stalled), ..row })
        .collect();
    let line = time_series.latencies[0].clone();
    time_series.latencies = (0..36_000)
        .map(|number| {
            let mut line = line.clone();
            line.start_ns = number * 100_000_000;
            line.length_ns = 100_000_000;
            line.counts = (0..12).map(|power| (1000 + 1000 * power * (number % 977), number % 5)).collect();
            line
        })
        .collect();
    let mut freezes: Vec<Freeze> = (0..700).map(|number| freeze(None, 5000 * number + 77, 150)).collect();
    freezes.extend((0..9600).map(|number| freeze(Some(number % 24), 370 * u64::from(number), 200)));
    time_series.run.diagnosis.freezes = freezes;
    let drawn = charts(&time_series);
    has(&drawn[0], &["operations per second, in columns of 10 s", "drawn 60 at a time", "23", "3500"]);
    let sizes: Vec<usize> = drawn.iter().map(|chart| chart.svg.len()).collect();
    assert!(sizes.iter().sum::<usize>() < 2_000_000, "{sizes:?}");
    assert!(drawn[0].description.len() < 10_000, "{}", drawn[0].description.len());
}
