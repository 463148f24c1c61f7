//! Charts of made-up results: what must be on them, and results with gaps.
//! Every chart is read as XML; that it looks right is for people to judge.

use super::{
    cost_charts,
    sample::{cost, measured, row, usual},
};
use crate::{
    present::{
        Chart,
        charts::checks::{check, has, words},
    },
    results::{Availability, Cost, CostOutcome, CostRow},
    scenario::MapMode::{ReadOnly, ReadWrite},
};

/// Draws, and checks what holds for every chart.
fn charts(cost: &Cost) -> Vec<Chart> {
    let charts = cost_charts(cost).unwrap();
    charts.iter().for_each(check);
    charts
}

fn names(charts: &[Chart]) -> Vec<&str> {
    charts.iter().map(|chart| chart.name.as_str()).collect()
}

#[test]
fn every_measured_condition_is_drawn_and_told() {
    let cost = cost(usual());
    let charts = charts(&cost);
    let expected = ["cost-slopes-ext4", "cost-commits-ext4", "cost-stores-ext4", "cost-emulated-ext4"];
    assert_eq!(names(&charts), expected);
    assert_eq!(charts, cost_charts(&cost).unwrap(), "the same result makes the same charts");
    let commits = &charts[1];
    for text in ["commit, read-only", "commit, read-write", "folios of 4 KiB", "folios of 64 KiB"] {
        assert!(has(commits, text), "{text}: {:?}", words(commits));
    }
    assert_eq!(commits.description.lines().filter(|line| line.starts_with("One commit costs")).count(), 5);
    // A thick line in its colour for each folio size; the read-only ones are dashed.
    let lines = |color: &str| commits.svg.matches(&format!("stroke=\"{color}\" stroke-width=\"20\"")).count();
    assert!(lines("#D55E00") == 2 && lines("#0072B2") > 20, "once as a sample: {}", lines("#D55E00"));
    for label in ["mappers of the file (processes)", "time of one update, ms (logarithmic)"] {
        assert!(has(commits, label), "{label}: {:?}", words(commits));
    }
    assert!(has(commits, "40 updates in 7 rounds") && has(commits, "19 times of 20"), "{:?}", words(commits));
    assert!(has(&charts[2], "time of one update, µs"), "{:?}", words(&charts[2]));
    assert!(has(&charts[3], "demap (emulated)") && has(&charts[3], "no property of this system"));
    assert!(!has(commits, "emulated"));
}

#[test]
fn slopes_are_those_of_the_largest_folios_and_nothing_is_said_to_be_nothing() {
    let charts = charts(&cost(usual()));
    let slopes = words(&charts[0]);
    let at = |text: &str| slopes.iter().position(|line| line == text).unwrap_or_else(|| panic!("{text}: {slopes:?}"));
    assert!(at("demap (emulated)") < at("commit") && at("commit") < at("pwrite"), "the dearest first");
    at("24 µs (21.6 µs to 26.4 µs)");
    at("nothing (at most 0.12 ns)");
    at("what each mapper adds to one update, ns to µs (logarithmic)");
    assert!(slopes.join(" ").contains("Not drawn: punch (unsupported)"), "{slopes:?}");
    assert!(charts[0].description.contains("Mapped read-write, folios of 1 MiB"));
}

#[test]
fn gaps_and_noise() {
    assert_eq!(charts(&cost(Vec::new())), []);
    let unfinished = row("commit", ReadWrite, 4096, CostOutcome::Unfinished("no time".to_owned()));
    assert_eq!(charts(&cost(vec![unfinished])), []);
    // One method only, and that emulated and read-only.
    let one = charts(&cost(vec![row("demap", ReadOnly, 4096, measured((2e5, 1e4), (29000.0, 800.0)))]));
    assert_eq!(names(&one), ["cost-slopes-ext4", "cost-emulated-ext4"]);
    assert!(one[0].description.contains("Mapped read-only, folios of 4 KiB"));
    // All flat; and slopes that fall.
    for slope in [(0.0, 0.0), (0.001, 0.002), (-1.0, 0.5)] {
        let flat = charts(&cost(vec![row("pwrite", ReadWrite, 4096, measured((2e4, 90.0), slope))]));
        assert!(has(&flat[0], "nothing (at most"), "{:?}", words(&flat[0]));
    }
    let falls = charts(&cost(vec![row("drop", ReadWrite, 4096, measured((2e4, 90.0), (-40.0, 5.0)))]));
    assert!(has(&falls[0], "40.0 ns less") && !has(&falls[0], "nothing"), "{:?}", words(&falls[0]));
    let undecided = charts(&cost(vec![row("drop", ReadWrite, 4096, measured((2e4, 90.0), (10.0, 25.0)))]));
    assert!(has(&undecided[0], "nothing sure; at most 35.0 ns"), "{:?}", words(&undecided[0]));
    // A base below 0 and a band that goes there; a level without a measurement.
    let mut rows = vec![row("remap", ReadWrite, 4096, measured((-5000.0, 9000.0), (3e4, 2.9e4)))];
    if let CostOutcome::Measured(found) = &mut rows[0].outcome {
        found.levels.remove(1);
    }
    let negative = charts(&cost(rows));
    assert!(has(&negative[1], "cut off"), "{:?}", words(&negative[1]));
    // Times that no axis can hold.
    let nan = row("commit", ReadWrite, 4096, measured((f64::NAN, 1.0), (f64::INFINITY, 1.0)));
    assert_eq!(charts(&cost(vec![nan.clone()])), []);
    let beside = charts(&cost(vec![nan, usual().remove(7)]));
    assert!(words(&beside[0]).join(" ").contains("commit (its law is no number)"), "{:?}", words(&beside[0]));
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
    assert!(charts.iter().all(|chart| has(chart, "INCOMPLETE")));
}

#[test]
fn sizes_that_make_no_difference_to_folios_are_told_apart_by_writes() {
    let mut rows = usual();
    for row in &mut rows {
        row.folio_bytes = Availability::Value(4096);
    }
    let charts = charts(&cost(rows));
    assert!(has(&charts[1], "written 64 KiB at a time") && !has(&charts[1], "folios of"), "{:?}", words(&charts[1]));
}

#[test]
fn a_full_matrix_needs_more_charts() {
    let mut rows = Vec::new();
    for method in ["replace", "remap", "mprotect", "drop", "pageout", "something new"] {
        for (mode, size) in
            [ReadOnly, ReadWrite].into_iter().flat_map(|mode| [4096, 8192, 16384].map(|size| (mode, size)))
        {
            rows.push(row(method, mode, size, measured((2e5, 1e4), (29000.0, 800.0))));
        }
    }
    let charts = charts(&cost(rows));
    let expected = ["cost-slopes-ext4", "cost-mappings-ext4", "cost-mappings-2-ext4", "cost-others-ext4"];
    assert_eq!(names(&charts), expected);
    let told: usize = charts[1..].iter().map(|chart| chart.description.matches("One ").count()).sum();
    assert_eq!(told, 36);
}
