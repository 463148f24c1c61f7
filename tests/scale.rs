//! `mapstorm compare` of a simulated fleet: directories that are searched, groups by machine type, what is shown of many rows, and that
//! JSON holds all of them. Times are no matter here: `scripts/fleet/simulate.py` makes thousands to measure.

mod support;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use serde_json::Value;
use support::{assert_valid, compare};
use tempfile::TempDir;

/// So many results, of which the script makes one invalid of each hundred, and one of two hundred unreadable.
const RESULTS: usize = 120;
/// Nothing but their numbers decides that: 37 is invalid, and 113 cannot be read.
const INVALID: u64 = 1;
const UNREADABLE: usize = 1;

struct Fleet {
    root: TempDir,
}

impl Fleet {
    fn of(kind: &str) -> Fleet {
        let root = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/fleet/simulate.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(RESULTS.to_string()).arg(root.path().join("fleet")).arg(kind);
        let made = command.output().unwrap_or_else(|error| panic!("python3: {error}"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Fleet { root }
    }

    fn path(&self) -> PathBuf {
        self.root.path().join("fleet")
    }

    fn compare(&self, arguments: &[&str]) -> String {
        let (code, text, errors) = compare(&[&[self.path().to_str().unwrap()], arguments].concat());
        assert_eq!(code, Some(0), "{errors}");
        text
    }

    fn json(&self) -> Value {
        let json: Value = serde_json::from_str(&self.compare(&["--json"])).unwrap();
        assert_valid(&json, "compare");
        json["compared"]["ranking"].clone()
    }
}

static RUNS: LazyLock<Fleet> = LazyLock::new(|| Fleet::of("run"));
static QUALIFICATIONS: LazyLock<Fleet> = LazyLock::new(|| Fleet::of("qualify"));

fn rows(ranking: &Value) -> &Vec<Value> {
    ranking["rows"].as_array().unwrap()
}

/// What holds for every ranking of a fleet.
fn check_json(ranking: &Value) {
    assert_eq!(rows(ranking).len(), RESULTS - UNREADABLE, "JSON holds every row");
    let unread = ranking["unread"].as_array().unwrap();
    assert_eq!(unread.len(), UNREADABLE);
    assert!(unread[0]["directory"].as_str().unwrap().ends_with("imap0113"), "{unread:?}");
    let verdicts = &ranking["verdicts"];
    let count = |verdict: &str| rows(ranking).iter().filter(|row| row["verdict"] == verdict).count() as u64;
    for verdict in ["met", "not_met", "invalid"] {
        assert_eq!(verdicts[verdict].as_u64(), Some(count(verdict)), "{verdict}");
    }
    assert!(count("met") > 10 && count("not_met") > 10, "{verdicts}");
    assert_eq!(count("invalid"), INVALID);
    let groups = ranking["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 5, "as many machine types as the script has");
    let sum = |key: &str| groups.iter().map(|group| group[key].as_u64().unwrap()).sum::<u64>() as usize;
    assert_eq!((sum("rows"), sum("hosts")), (RESULTS - UNREADABLE, RESULTS - UNREADABLE));
    let sizes: Vec<u64> = groups.iter().map(|group| group["rows"].as_u64().unwrap()).collect();
    assert!(sizes.is_sorted_by(|one, other| one >= other), "the largest first: {sizes:?}");
    for group in groups {
        let of_group = |row: &&Value| {
            ["kernel", "system"].iter().all(|key| row["machine"][key] == group[key])
                && row["machine"]["cpu_model"] == group["processor"]
        };
        let own: Vec<&Value> = rows(ranking).iter().filter(of_group).collect();
        let met = own.iter().filter(|row| row["verdict"] == "met").count() as u64;
        assert_eq!((group["rows"].as_u64(), &group["verdicts"]["met"]), (Some(own.len() as u64), &met.into()));
        for figure in group["figures"].as_array().unwrap() {
            let of = |end: &str| figure["spread"][end].as_f64().unwrap();
            assert!(of("least") <= of("median") && of("median") <= of("most"), "{figure}");
        }
    }
}

/// A result that the conclusion names is called as its row is.
fn check_names(ranking: &Value) {
    let (conclusion, first) = (ranking["conclusion"].as_str().unwrap(), &rows(ranking)[0]);
    let name = format!("{} ({}, ", first["letter"].as_str().unwrap(), first["machine"]["host"].as_str().unwrap());
    assert!(conclusion.contains(&name), "{name}: {conclusion}");
}

/// The verdicts of rows are in this order.
fn is_ordered(ranking: &Value) -> bool {
    let place = |row: &Value| ["met", "not_met", "invalid"].iter().position(|verdict| row["verdict"] == *verdict);
    rows(ranking).is_sorted_by_key(place)
}

/// The hosts of the rows that the tables of a text show.
fn shown_hosts(text: &str) -> Vec<String> {
    let cells = text.lines().filter(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(2));
    cells.map(str::trim).filter(|cell| cell.starts_with("imap")).map(str::to_owned).collect()
}

fn check_text(text: &str, ranking: &Value, boundary: &str) {
    assert_eq!(text.lines().find(|line| line.chars().count() > 100 && !line.starts_with('|')), None);
    let in_one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["By machine type (5 types)", "the first 8", boundary, "the last 8", "1 of 1 that say nothing"] {
        assert!(in_one_line.contains(words), "{words}: {text}");
    }
    let (shown, all) = (shown_hosts(text), rows(ranking));
    assert!(in_one_line.contains(&format!("{} of {} rows are shown", shown.len(), all.len())), "{text}");
    assert!(in_one_line.contains(&format!("The {} others are in comparison.json alone", all.len() - shown.len())));
    let hosts: Vec<&str> = all.iter().map(|row| row["machine"]["host"].as_str().unwrap()).collect();
    assert_eq!(shown[..8], hosts[..8]);
    let edge = all.iter().position(|row| row["verdict"] == "not_met").unwrap();
    let judged = all.iter().position(|row| row["verdict"] == "invalid").unwrap();
    for (place, host) in hosts.iter().enumerate() {
        let is_wanted = place < 8 || place.abs_diff(edge) < 5 || (judged - 8..judged + 1).contains(&place);
        let is_shown = shown.iter().any(|shown| shown == host);
        assert!(is_shown || !is_wanted, "{host} at {place} is not shown");
    }
    assert!(shown.len() < 40 && text.lines().count() < 250, "{} rows: {text}", shown.len());
}

#[test]
fn runs_of_a_fleet_are_ranked_in_groups_and_all_are_in_json() {
    let ranking = RUNS.json();
    check_json(&ranking);
    assert!(is_ordered(&ranking));
    check_names(&ranking);
    let text = RUNS.compare(&[]);
    check_text(&text, &ranking, "around the boundary of met and not met");
    assert!(text.contains("imap0113 could not be read"), "{text}");
}

#[test]
fn qualifications_of_a_fleet_are_ranked_by_verdict_and_margin() {
    let ranking = QUALIFICATIONS.json();
    check_json(&ranking);
    assert!(is_ordered(&ranking));
    check_names(&ranking);
    let margin = |row: &Value| row["qualified"]["margin"].as_f64().unwrap();
    for verdict in ["met", "not_met"] {
        let of_verdict: Vec<&Value> = rows(&ranking).iter().filter(|row| row["verdict"] == verdict).collect();
        assert!(of_verdict.is_sorted_by(|one, other| margin(one) >= margin(other)), "{verdict}");
        assert!(of_verdict.iter().all(|row| (margin(row) >= 1.0) == (verdict == "met")), "{verdict}");
    }
    let conclusion = ranking["conclusion"].as_str().unwrap();
    let fit = ranking["verdicts"]["met"].as_u64().unwrap();
    assert!(conclusion.starts_with(&format!("{fit} of 119 results say fit for 6000 processes")), "{conclusion}");
    check_text(&QUALIFICATIONS.compare(&[]), &ranking, "around the boundary of fit and not fit");
}

#[test]
fn the_page_of_a_fleet_has_one_chart_and_no_row_for_each_result() {
    let root = tempfile::tempdir().unwrap();
    for (fleet, words) in [(&*RUNS, "NOT MET"), (&*QUALIFICATIONS, "NOT FIT")] {
        let out = root.path().join("out");
        fleet.compare(&["--out", out.to_str().unwrap()]);
        let charts: Vec<_> =
            std::fs::read_dir(out.join("charts")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(charts, ["ranking-distribution.svg"]);
        let page = std::fs::read_to_string(out.join("report.html")).unwrap();
        assert!(page.contains("By machine type (5 types)") && page.contains(words));
        assert!(page.contains("rows are shown: the first 8"));
        let hosts = (0..RESULTS).filter(|number| page.contains(&format!("imap{number:04}"))).count();
        assert!((20..60).contains(&hosts), "{hosts} hosts are named");
    }
}

#[test]
fn a_few_qualifications_are_compared_point_by_point_and_ranked_on_request() {
    let of = |number: &str| QUALIFICATIONS.path().join(format!("qualify-imap{number}")).display().to_string();
    let (a, b) = (of("0000"), of("0001"));
    let kind = |arguments: &[&str]| {
        let (code, text, errors) = compare(&[arguments, &["--json"]].concat());
        assert_eq!(code, Some(0), "{errors}");
        let json: Value = serde_json::from_str(&text).unwrap();
        json["compared"].as_object().unwrap().keys().next().unwrap().clone()
    };
    assert_eq!(kind(&[&a, &b]), "sweeps");
    assert_eq!(kind(&[&a, &b, "--rank"]), "ranking");
    let nine: Vec<String> = (0..9).map(|number| of(&format!("{number:04}"))).collect();
    let nine: Vec<&str> = nine.iter().map(String::as_str).collect();
    assert_eq!((kind(&nine[..8]), kind(&nine)), ("sweeps".to_owned(), "ranking".to_owned()));
    assert_eq!(kind(&[&["--baseline", nine[0]], &nine[1..]].concat()), "sweeps");
}

#[test]
fn what_was_named_must_be_readable_and_a_directory_must_hold_results() {
    let unreadable = RUNS.path().join("run-imap0113").display().to_string();
    let other = RUNS.path().join("run-imap0001").display().to_string();
    let (code, _, errors) = compare(&[&unreadable, &other, "--rank"]);
    assert!(code == Some(2) && errors.contains("run.json"), "{errors}");
    let (code, _, errors) = compare(&["docs"]);
    assert!(code == Some(2) && errors.contains("no results in it either"), "{errors}");
}
