//! Charts of made-up results: what must be on them, and results with gaps.

use std::sync::LazyLock;

use super::cost_charts;
use crate::{
    mailboxes::Format,
    present::{
        Chart,
        charts::checks::{checked, expect, expect_described, names, sample, words},
    },
    results::{Availability, Cost, CostLevel, CostOutcome, CostRow, Measurement, fixtures::cost_of_formats},
    scenario::MapMode::{self, ReadOnly, ReadWrite},
    stats::{CostModel, CostPoint, Curvature, CurvatureVerdict, Estimate},
};

const LEVELS: [u32; 4] = [0, 100, 200, 400];

/// A real result, of which the made-up ones have what no test is about.
static REAL: LazyLock<Cost> = LazyLock::new(|| Cost::load(&sample("cost-4000-2cpu-linux-6.18")).unwrap());

/// A measured cost model: base and slope, each with half the length of its interval.
fn measured(base: (f64, f64), slope: (f64, f64)) -> CostOutcome {
    let real = REAL.rows.iter().find_map(|row| row.measured()).unwrap().clone();
    let estimate = |(value, half): (f64, f64)| Estimate { value, low: value - half, high: value + half };
    let cost_model = CostModel {
        base_ns: estimate(base),
        per_mapper_ns: estimate(slope),
        points: Vec::new(),
        drift: None,
        curvature: Curvature { share: None, verdict: CurvatureVerdict::Straight },
        rounds: 7,
        levels: 4,
        most_mappers: 400,
    };
    let level = |mappers: u32| {
        let median_ns = (base.0 + slope.0 * f64::from(mappers)).max(20.0);
        CostLevel { mappers, updates: 10, median_ns, apart_ns: median_ns, ..real.levels[0] }
    };
    CostOutcome::Measured(Box::new(Measurement {
        apart: cost_model.clone(),
        cost_model,
        flat: (slope.0.abs() + slope.1) * 400.0 < base.0 / 20.0,
        levels: LEVELS.map(level).to_vec(),
        ..real
    }))
}

fn row(method: &str, mode: MapMode, write_size: u64, outcome: CostOutcome) -> CostRow {
    CostRow {
        method: method.to_owned(),
        emulated: ["demap", "stop-mappers"].contains(&method),
        format: None,
        mode,
        write_size,
        folio_bytes: Availability::Value(write_size),
        directory: "/srv/mail/spool/imap/a & b".into(),
        file_system: Availability::Value("ext4".to_owned()),
        outcome,
    }
}

fn cost(rows: Vec<CostRow>) -> Cost {
    let mut cost = Cost { rows, asking: None, ..REAL.clone() };
    cost.plan.levels = LEVELS.to_vec();
    cost
}

fn usual() -> Vec<CostRow> {
    let commit =
        |mode, size: u64, slope| row("commit-replace", mode, size, measured((3e5, 2e4), (slope, slope / 10.0)));
    vec![
        commit(ReadOnly, 4096, 60.0),
        commit(ReadOnly, 1 << 20, 70.0),
        commit(ReadWrite, 4096, 1000.0),
        commit(ReadWrite, 65536, 2500.0),
        commit(ReadWrite, 1 << 20, 24000.0),
        row("pwrite", ReadWrite, 1 << 20, measured((2300.0, 90.0), (0.0, 0.125))),
        row("punch", ReadWrite, 1 << 20, CostOutcome::Unsupported("no holes here".to_owned())),
        row("demap", ReadWrite, 1 << 20, measured((2e5, 1e4), (29000.0, 800.0))),
    ]
}

fn charts(cost: &Cost) -> Vec<Chart> {
    checked(cost_charts(cost))
}

#[test]
fn every_measured_condition_is_drawn() {
    let charts = charts(&cost(usual()));
    assert_eq!(names(&charts), ["cost-slopes-ext4", "cost-commits-ext4", "cost-stores-ext4", "cost-emulated-ext4"]);
    expect(
        &charts,
        &[
            ("cost-commits-ext4", &["commit-replace, read-only", "commit-replace, read-write"]),
            ("cost-commits-ext4", &["writes and folios of 4 KiB", "writes and folios of 64 KiB"]),
            ("cost-commits-ext4", &["mappers of the file (processes)", "time of one update", "10 ms", "×0.7 ×1 ×1.5"]),
            ("cost-commits-ext4", &["40 updates in 7 rounds", "95 % prediction intervals", "!emulated"]),
            ("cost-stores-ext4", &["time of one update", "2 µs"]),
            ("cost-commits-ext4", &["Each panel has its own scale of time."]),
            ("cost-emulated-ext4", &["demap (emulated)", "no property of this system"]),
            ("cost-slopes-ext4", &["24 µs (21.6 µs to 26.4 µs)", "nothing (at most 0.12 ns)"]),
            ("cost-slopes-ext4", &["what each mapper adds to one update, ns to µs (logarithmic)"]),
            ("cost-slopes-ext4", &["Not drawn: punch (unsupported)"]),
        ],
    );
    expect_described(&charts, &[("cost-slopes-ext4", &["Mapped read-write, writes and folios of 1 MiB"])]);
    let commits = &charts[1];
    assert_eq!(commits.description.lines().filter(|line| line.ends_with(" a mapper")).count(), 5);
    // A thick line in its colour for each folio size; the read-only ones are dashed.
    let lines = |color: &str| commits.svg.matches(&format!("stroke=\"{color}\" stroke-width=\"20\"")).count();
    assert!(lines("#D55E00") == 2 && lines("#0072B2") > 20, "once as a sample: {}", lines("#D55E00"));
    let slopes = words(&charts[0]);
    let at = |text: &str| slopes.iter().position(|line| line == text).unwrap_or_else(|| panic!("{text}: {slopes:?}"));
    assert!(
        at("demap (emulated)") < at("commit-replace") && at("commit-replace") < at("pwrite"),
        "the most expensive first"
    );
}

#[test]
fn gaps_and_noise() {
    let measured_row = |method: &str, base, slope| row(method, ReadWrite, 4096, measured(base, slope));
    let expect = |rows: &[CostRow], name: &str, texts: &[&str]| expect(&charts(&cost(rows.to_vec())), &[(name, texts)]);
    // Nothing, nothing finished, and times that no axis can hold.
    let unfinished = row("commit-replace", ReadWrite, 4096, CostOutcome::Unfinished("no time".to_owned()));
    let nan = measured_row("commit-replace", (f64::NAN, 1.0), (f64::INFINITY, 1.0));
    for rows in [vec![], vec![unfinished], vec![nan.clone()]] {
        assert_eq!(charts(&cost(rows)), []);
    }
    // One method only, and that emulated and read-only.
    let emulated = charts(&cost(vec![row("demap", ReadOnly, 4096, measured((2e5, 1e4), (29000.0, 800.0)))]));
    assert_eq!(names(&emulated), ["cost-slopes-ext4", "cost-emulated-ext4"]);
    expect_described(&emulated, &[("cost-slopes-ext4", &["Mapped read-only, writes and folios of 4 KiB"])]);
    for (slope, text) in [
        ((0.0, 0.0), "nothing (at most"),
        ((0.001, 0.002), "nothing (at most"),
        ((-1.0, 0.5), "nothing (at most"),
        ((10.0, 25.0), "not significant; at most 35.0 ns"),
    ] {
        expect(&[measured_row("drop", (2e4, 90.0), slope)], "cost-slopes-ext4", &[text]);
    }
    let falls = measured_row("drop", (2e4, 90.0), (-40.0, 5.0));
    expect(&[falls], "cost-slopes-ext4", &["40.0 ns less", "!nothing"]);
    // A base below 0, of an old result, is drawn at 0; a level without a measurement.
    let mut negative = measured_row("remap", (-5000.0, 9000.0), (3e4, 2.9e4));
    if let CostOutcome::Measured(found) = &mut negative.outcome {
        found.levels.remove(1);
    }
    expect(&[negative], "cost-mappings-ext4", &["remap", "goes on beyond the axis"]);
    // A model of points: through them, not beside them.
    let mut bent = measured_row("remap", (1e6, 1e5), (5e4, 1e4));
    if let CostOutcome::Measured(found) = &mut bent.outcome {
        let times = found.levels.iter_mut().zip([1e6, 2e6, 9e6, 40e6]);
        found.cost_model.points = times
            .map(|(level, ns)| {
                level.median_ns = ns;
                CostPoint { mappers: level.mappers, ns: Estimate { value: ns, low: ns * 0.9, high: ns * 1.1 } }
            })
            .collect();
    }
    let drawn = charts(&cost(vec![bent]));
    let title = "1 ms (900 µs to 1.1 ms); 10 µs a mapper up to 100, 155 µs a mapper from 200 to 400";
    expect_described(&drawn, &[("cost-mappings-ext4", &[title, "×1.00 the model", "No straight line: remap"])]);
    let not_drawn = "commit-replace (its cost model is not a number)";
    expect(&[nan, usual().remove(7)], "cost-slopes-ext4", &[not_drawn]);
}

#[test]
fn directories_have_charts_of_their_own() {
    let mut rows = usual();
    rows.truncate(1);
    for (directory, kind) in [("/b", Some("zfs")), ("/c", Some("ext4")), ("/d", None)] {
        let unknown = Availability::Unavailable { unavailable: "<why>".to_owned() };
        let file_system = kind.map_or(unknown, |kind| Availability::Value(kind.to_owned()));
        rows.push(CostRow { directory: directory.into(), file_system, ..rows[0].clone() });
    }
    let mut cost = cost(rows);
    cost.complete = false;
    let charts = charts(&cost);
    let slopes: Vec<_> = names(&charts).into_iter().step_by(2).collect();
    assert_eq!(slopes, ["cost-slopes-ext4", "cost-slopes-zfs", "cost-slopes-ext4-2", "cost-slopes-unknown"]);
    let titles: Vec<_> = charts.iter().map(|chart| chart.title.as_str()).step_by(2).collect();
    assert!(titles[0].ends_with("(ext4, /srv/mail/spool/imap/a & b)") && titles[1].ends_with("(zfs)"), "{titles:?}");
    names(&charts).into_iter().for_each(|name| expect(&charts, &[(name, &["INCOMPLETE"])]));
}

#[test]
fn write_size_and_folio_size_are_both_named() {
    let mut rows = usual();
    for row in &mut rows {
        row.folio_bytes = Availability::Value(4096);
    }
    let texts = ["writes and folios of 4 KiB", "writes of 64 KiB, folios of 4 KiB", "writes of 1 MiB, folios of 4 KiB"];
    expect(&charts(&cost(rows)), &[("cost-commits-ext4", &texts)]);
}

#[test]
fn a_full_matrix_needs_more_charts() {
    let mut rows = Vec::new();
    for method in ["replace", "remap", "mprotect", "drop", "pageout", "something new"] {
        for (mode, size) in
            [ReadOnly, ReadWrite].into_iter().flat_map(|mode| [4096, 8192, 16384].map(|size| (mode, size)))
        {
            let slope = size as f64 * if mode == ReadOnly { 1.0 } else { 2.0 };
            rows.push(row(method, mode, size, measured((2e5, 1e4), (slope, 800.0))));
        }
    }
    let charts = charts(&cost(rows));
    let expected = ["cost-slopes-ext4", "cost-mappings-ext4", "cost-mappings-2-ext4", "cost-others-ext4"];
    assert_eq!(names(&charts), expected);
    let models = charts[1..].iter().flat_map(|chart| chart.description.lines());
    assert_eq!(models.filter(|line| line.ends_with(" a mapper")).count(), 36);
}

#[test]
fn formats_stand_side_by_side() {
    let slopes =
        [(Format::Skiplist, Estimate::around(2100.0, 100.0)), (Format::Twoskip, Estimate::around(3200.0, 200.0))];
    let several = charts(&cost_of_formats(&slopes));
    let [all, engines, commits] = ["cost-slopes-ext4", "cost-engines-ext4", "cost-commits-ext4"];
    let [more_commits, stores] = ["cost-commits-2-ext4", "cost-stores-ext4"];
    assert_eq!(names(&several), [all, engines, commits, more_commits, stores]);
    let conditions = ["read-write, writes and folios of 4 KiB", "read-only, writes and folios of 1 MiB"];
    expect(
        &several,
        &[
            (engines, &["What a commit costs per mapper, by database format", "commit-store", "commit-replace"]),
            (engines, &conditions),
            (engines, &["skiplist or twoskip file", "95 % prediction interval", "!pwrite"]),
            (all, &["skiplist commit-store", "twoskip commit-replace", "pwrite"]),
            (commits, &["skiplist commit-store, read-write", "twoskip commit-store, read-only"]),
        ],
    );
    let point = "twoskip commit-store, read-write, writes and folios of 1 MiB: 6.4 µs (6 µs to 6.8 µs)";
    expect_described(&several, &[(engines, &[point])]);
    let chart = &several[1];
    assert_eq!(chart.description.matches("commit-store, ").count(), 8, "{}", chart.description);
    let nothing = [(Format::Flat, Estimate::around(1.0, 40.0)), slopes[0]];
    expect(&charts(&cost_of_formats(&nothing)), &[(engines, &["flat or skiplist file", "Dotted: not significant"])]);
    assert_eq!(
        names(&charts(&cost_of_formats(&slopes[..1]))),
        [all, commits, stores],
        "of one there is nothing to compare"
    );
}
