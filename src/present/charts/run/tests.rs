//! Charts of real and of made-up runs: what must be on them, that they agree with the result, and runs with gaps.

use roxmltree::Document;

use super::{columns::Rates, run_charts};
use crate::{
    mailboxes::Phase,
    present::{
        Chart,
        charts::checks::{checked, expect, expect_described, names, points, sample, words},
    },
    results::{Availability, Counters, Freeze, Role, Series, Slot, Slots, TimeSeries, TimelineRow, fixtures},
    scenario::units::short_ns,
};

const NAMES: [&str; 4] = ["timeline", "latency-by-percentile", "latency-over-time", "phases"];
const FREEZE: &str = "#F0E442";

/// A real run of 6000 readers, ten seconds.
fn real(name: &str) -> TimeSeries {
    TimeSeries::load(&sample(name)).unwrap()
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
    Freeze { instance, ..fixtures::freeze(start_ms, start_ms + length_ms) }
}

fn charts(time_series: &TimeSeries) -> Vec<Chart> {
    checked(run_charts(time_series))
}

#[test]
fn a_real_run_has_four_charts_with_their_counts() {
    let charts = charts(&read_only());
    assert_eq!(names(&charts), NAMES);
    for name in NAMES {
        let counts = ["of 60229 operations that came due for readers, 60229 completed", "6000 readers and 1 writer"];
        expect(&charts, &[(name, &counts)]);
        expect_described(&charts, &[(name, &[counts[0], counts[1], "!INCOMPLETE"])]);
    }
    expect(
        &charts,
        &[
            ("timeline", &["operations per second, in columns of 20 ms", "stalled workers: over 20 ms behind"]),
            ("timeline", &["writers' time", "TLB shootdowns: interrupts received", "pressure (PSI)", "I/O full"]),
            ("timeline", &["processes at the end of an interval", "lock wait", "I/O some"]),
            ("latency-by-percentile", &["lookup, response (n = 60229)", "commit, service (n = 110)", "(logarithmic)"]),
            ("latency-by-percentile", &["lookup.p99 <= 50 ms", "commit.p99 <= 1 s", "limit of an objective", "!rate"]),
            ("latency-by-percentile", &["99.99 %", "!99.999 %"]),
            ("latency-over-time", &["readers' response time (n = 60229)", "writers' response time (n = 110)"]),
            ("latency-over-time", &["p50", "p99", "100+"]),
            ("phases", &["n = 60229", "n = 52", "start delay", "sync", "391 µs"]),
        ],
    );
    expect_described(&charts, &[("timeline", &["freeze: none"])]);
    assert!(!charts[0].svg.contains(FREEZE));
    let whole: usize = charts.iter().map(|chart| chart.svg.len()).sum();
    assert!(whole < 500_000, "{whole}");
}

#[test]
fn columns_of_operations_add_up() {
    for time_series in [read_only(), small()] {
        let rates = Rates::of(&time_series);
        let slots = || time_series.slots.instances.iter().flatten();
        let due: u64 = slots().map(|slot| u64::from(slot.due)).sum();
        let completed: u64 = slots().map(|slot| u64::from(slot.completed)).sum();
        assert!((rates.due.sum() - due as f64).abs() < 1e-3 && (rates.completed.sum() - completed as f64).abs() < 1e-3);
        assert!(due > 0 && completed > 0);
    }
    // What lies behind the end of an interrupted run is no part of it.
    let mut time_series = small();
    time_series.run.summary.measured_ns = 10_500_000;
    let rates = Rates::of(&time_series);
    assert_eq!(rates.due.spans.last().map(|span| span.end), Some(0.0105));
    let first: u32 = time_series.slots.instances.iter().flat_map(|slots| &slots[..11]).map(|slot| slot.due).sum();
    assert!((rates.due.sum() - f64::from(first)).abs() < 1e-3);
}

#[test]
fn spikes_of_what_is_caught_up_go_on_beyond_the_axis() {
    let mut time_series = small();
    for slots in &mut time_series.slots.instances {
        slots.iter_mut().for_each(|slot| *slot = Slot { due: 1, completed: 1 });
    }
    let beyond = "goes on beyond the axis";
    expect(&charts(&time_series), &[("timeline", &["!goes on beyond"])]);
    time_series.slots.instances[0][100..140].iter_mut().for_each(|slot| slot.completed = 0);
    time_series.slots.instances[0][140].completed = 600;
    let drawn = charts(&time_series);
    expect(&drawn, &[("timeline", &[beyond])]);
    let document = Document::parse(&drawn[0].svg).unwrap();
    let titles = document.descendants().filter(|node| node.tag_name().name() == "title").filter_map(|node| node.text());
    assert_eq!(titles.filter(|title| title.ends_with(beyond)).count(), 1);
}

#[test]
fn times_without_samples_are_hatched() {
    let mut time_series = read_only();
    expect(&charts(&time_series), &[("timeline", &["!nothing was sampled"])]);
    // The driver did not wake for a second: one interval is that long.
    let removed: Vec<TimelineRow> = time_series.timeline.drain(21..30).collect();
    time_series.timeline[20].length_s += removed.iter().map(|row| row.length_s).sum::<f64>();
    let drawn = charts(&time_series);
    expect(&drawn, &[("timeline", &["nothing was sampled for over two intervals"])]);
    assert_eq!(drawn[0].description.matches("nothing sampled: 1, ").count(), 1, "{}", drawn[0].description);
    // Counters without a value while it was measured (the first 70 rows are from before that).
    for row in &mut time_series.counters.rows[110..115] {
        row.values.iter_mut().for_each(|value| *value = None);
    }
    let gaps = charts(&time_series)[0].description.matches("nothing sampled: 1, ").count();
    assert_eq!(gaps, 2, "that of the timeline, and once for all panels of the system");
    expect_described(&charts(&time_series), &[("timeline", &["received per second: at most", "; at least "])]);
}

#[test]
fn in_a_closed_loop_response_and_service_are_one_curve() {
    let mut time_series = small();
    let response = time_series.latencies.iter().filter(|line| line.tag.ends_with("lookup.response"));
    let service: Vec<_> = response
        .map(|line| {
            let mut line = line.clone();
            line.tag = line.tag.replace("response", "service");
            line
        })
        .collect();
    assert!(!service.is_empty());
    time_series.latencies.retain(|line| !line.tag.ends_with("lookup.service"));
    time_series.latencies.extend(service);
    expect(
        &charts(&time_series),
        &[("latency-by-percentile", &["lookup, response and service (n =", "!lookup, service"])],
    );
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
    let freezes = "freeze: 3, 151 ms together: 0.500 s to 0.640 s; 7.000 s to 7.001 s; 9.990 s to 10.000 s";
    expect_described(&drawn, &[("timeline", &[freezes, "!an instance froze", "!of each instance"])]);
    expect(&drawn, &[("latency-over-time", &["Marks above: freezes."])]);
}

#[test]
fn instances_have_a_strip_and_a_shade_of_their_own() {
    let mut time_series = small();
    time_series.run.diagnosis.freezes = vec![freeze(None, 50, 20), freeze(Some(1), 40, 60), freeze(Some(1), 200, 30)];
    let drawn = charts(&time_series);
    let texts = ["freezes of all instances at once, and of each instance", "all instances froze", "an instance froze"];
    expect(&drawn, &[("timeline", &texts), ("timeline", &["all 0 1", "grey, with a lower mark: of single instances"])]);
    let freezes = ["froze, 0: none", "froze, 1: 2, 90 ms together: 0.040 s to 0.100 s; 0.200 s to 0.230 s"];
    expect_described(&drawn, &[("timeline", &freezes)]);
}

#[test]
fn what_is_unavailable_has_the_reason() {
    let mut time_series = read_only();
    let expect = |time_series: &TimeSeries, texts: &[&str]| expect(&charts(time_series), &[("timeline", texts)]);
    time_series.counters.columns.retain(|name| !name.starts_with("tlb_interrupts."));
    // The values keep their places, so those of the columns that follow are others; enough to see what is drawn.
    expect(&time_series, &["TLB shootdowns: flushes (tlb_flush, remote) received per second"]);
    let source =
        time_series.run.environment.evidence.iter_mut().find(|evidence| evidence.source.contains("pressure")).unwrap();
    source.available = Availability::Unavailable { unavailable: "a kernel without PSI".to_owned() };
    time_series.counters.columns.retain(|name| !name.starts_with("pressure"));
    expect(&time_series, &["unavailable: a kernel without PSI"]);
    for row in &mut time_series.counters.rows {
        row.values.iter_mut().for_each(|value| *value = None);
    }
    expect(&time_series, &["no such column, or no value in it", "blocked: unavailable", "could run"]);
    let no_value = "blocked: unavailable: counters.csv has no such column, or no value in it";
    expect_described(&charts(&time_series), &[("timeline", &[no_value])]);
    time_series.counters = Counters::default();
    time_series.run.recording = None;
    let unwanted =
        "TLB shootdowns: requests received per second, all CPUs. unavailable: the scenario wanted no evidence";
    expect_described(&charts(&time_series), &[("timeline", &[unwanted])]);
    time_series.timeline.clear();
    expect(&time_series, &["the run was too short for an interval", "processes at the end"]);
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
    let max = time_series.run.summary.rows.iter().find(|row| row.series == Series::Response).unwrap().max_ns;
    expect_described(&[chart], &[(NAMES[1], &[&format!("max {}.", short_ns(max as f64))])]);
}

#[test]
fn parts_make_up_the_response() {
    let time_series = real("fastmail-150m-6000-2cpu-linux-6.18");
    // Readers wait under 10 ms, commits take 60 ms: each has a scale of its own.
    let drawn = charts(&time_series);
    let titles = ["readers: mean operation, response time", "writers: mean commit, response time"];
    expect(&drawn, &[("phases", &titles), ("phases", &["9.05 ms", "64.4 ms"])]);
    expect(&drawn, &[("phases", &["!not divided", "!without the start delay"])]);
    assert_eq!(words(&drawn[3]).iter().filter(|text| *text == "mean time, ms").count(), 2);
    // A phase that is missing from the log is not silently dropped; start delays that hide the rest are left out once.
    let mut time_series = time_series;
    time_series.run.summary.rows.retain(|row| row.series != Series::Phase(Phase::Sync1));
    for row in
        time_series.run.summary.rows.iter_mut().filter(|row| row.role == Role::Reader && row.series != Series::Response)
    {
        row.mean_ns *= if row.series == Series::StartDelay { 20.0 } else { 0.2 };
    }
    let texts = ["not divided", "readers: mean operation, without the start delay"];
    expect(&charts(&time_series), &[("phases", &texts)]);
}

#[test]
fn runs_in_which_little_or_nothing_completed() {
    let mut time_series = small();
    assert_eq!(names(&charts(&time_series)), NAMES);
    let mut without_commits = small();
    let commits = without_commits.run.summary.rows.iter_mut().filter(|row| row.role == Role::Writer);
    commits.for_each(|row| (row.count, row.mean_ns) = (0, 0.0));
    let texts = ["readers: mean operation", "!writers: mean commit"];
    expect(&charts(&without_commits), &[("phases", &texts)]);
    time_series.latencies.retain(|line| line.tag.starts_with("writer"));
    time_series.run.summary.rows.retain(|row| row.role == Role::Writer);
    time_series.run.summary.readers.completed = 0;
    let drawn = charts(&time_series);
    assert_eq!(names(&drawn), NAMES);
    NAMES.iter().for_each(|name| expect(&drawn, &[(name, &["operations that came due for readers, 0 completed"])]));
    time_series.latencies.clear();
    time_series.run.summary.rows.clear();
    time_series.run.summary.writers.completed = 0;
    time_series.run.summary.complete = false;
    time_series.slots.instances.iter_mut().flatten().for_each(|slot| *slot = Slot::default());
    time_series.timeline.truncate(1);
    let drawn = charts(&time_series);
    assert_eq!(names(&drawn), ["timeline"]);
    expect(&drawn, &[("timeline", &["none of the commits that came due completed", "INCOMPLETE"])]);
    time_series.run.scenario.writer.count = 0;
    time_series.run.summary.measured_ns = 0;
    time_series.slots = Slots { width_ns: 1_000_000, instances: vec![vec![], vec![]] };
    time_series.timeline.clear();
    let texts = ["the scenario has no writers", "there were no writers"];
    expect(&charts(&time_series), &[("timeline", &texts)]);
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
    expect(&drawn, &[("timeline", &["operations per second, in columns of 10 s", "drawn 60 at a time", "23", "3500"])]);
    let sizes: Vec<usize> = drawn.iter().map(|chart| chart.svg.len()).collect();
    assert!(sizes.iter().sum::<usize>() < 2_000_000, "{sizes:?}");
    assert!(drawn[0].description.len() < 10_000, "{}", drawn[0].description.len());
}
