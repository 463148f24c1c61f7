//! Drives `mapstorm run` as a user would, with a small crowd.
//! Asserts on structure and counts only: a busy machine makes everything slower, not different.

use std::{path::Path, process::Command};

use assert_cmd::prelude::*;
use serde_json::Value;

const SMALL: &str = r#"
name = "small"
[file]
format = "twoskip"
mailboxes = 500
[readers]
count = 12
rate = "20/s"
operations = { lookup = 8, list = 1, noop = 1 }
[writer]
rate = "20/s"
[run]
warm-up = "100ms"
duration = "1s"
"#;

fn mapstorm() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mapstorm"))
}

fn run(directory: &Path, scenario: &str, arguments: &[&str]) -> (std::process::Output, Option<Value>) {
    let file = directory.join("scenario.toml");
    std::fs::write(&file, scenario).unwrap();
    let output = mapstorm()
        .arg("run")
        .arg(&file)
        .args(["--json", "--out"])
        .arg(directory.join("result"))
        .args(arguments)
        .output()
        .unwrap();
    let json = serde_json::from_slice(&output.stdout).ok();
    (output, json)
}

#[test]
fn a_small_run_measures_what_was_due_and_leaves_only_its_results() {
    let directory = tempfile::tempdir().unwrap();
    let (output, json) = run(directory.path(), SMALL, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = json.unwrap();
    let summary = &json["summary"];
    assert_eq!(summary["complete"], true);
    assert_eq!(summary["errors"], 0);
    let due = summary["readers"]["due"].as_u64().unwrap();
    // 240 expected of a Poisson process: six deviations either way.
    assert!((147..=333).contains(&due), "{due}");
    let completed = summary["readers"]["completed"].as_u64().unwrap();
    assert!(completed > 0 && completed <= due);
    let rows = summary["rows"].as_array().unwrap();
    let responses: u64 = rows
        .iter()
        .filter(|row| row["role"] == "reader" && row["series"] == "response")
        .map(|row| row["count"].as_u64().unwrap())
        .sum();
    assert_eq!(responses, completed, "every completed operation is in one histogram");
    for sync in ["sync-1", "sync-2", "sync-3"] {
        assert!(rows.iter().any(|row| row["role"] == "writer" && row["series"] == sync), "{sync}");
    }
    let mut left: Vec<_> = std::fs::read_dir(directory.path().join("result"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["latency.hlog", "run.json", "timeline.csv"]);
    let outside = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(outside, 2, "the scenario and the result, nothing temporary");
}

#[test]
fn a_kept_file_is_consistent_after_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let (output, _) = run(directory.path(), SMALL, &["--keep-file", "--set", "instances.count=2"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for instance in ["mailboxes-0.db", "mailboxes-1.db"] {
        mapstorm().args(["mailboxes", "check"]).arg(directory.path().join("result").join(instance)).assert().success();
    }
}

#[test]
fn a_wrong_scenario_is_refused_before_anything_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let (output, _) = run(directory.path(), SMALL, &["--set", "readers.cuont=3"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("cuont") && message.contains("count"), "{message}");
    assert!(!directory.path().join("result").exists());
}

#[test]
fn a_crowd_that_this_machine_cannot_hold_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (output, _) = run(directory.path(), SMALL, &["--set", "readers.count=1000000", "--set", "file.mailboxes=1000"]);
    // A machine that could hold a million processes does not run this test suite.
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("readers.count"));
    assert!(!directory.path().join("result").exists());
}

#[test]
fn a_users_own_file_is_copied_and_never_written() {
    let directory = tempfile::tempdir().unwrap();
    let own = directory.path().join("own.db");
    mapstorm().args(["mailboxes", "generate", "--mailboxes", "200"]).arg(&own).assert().success();
    let before = std::fs::read(&own).unwrap();
    let (output, json) = run(directory.path(), SMALL, &["--set", &format!("file.source={}", own.display())]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(json.unwrap()["summary"]["writers"]["completed"].as_u64().unwrap() > 0);
    assert_eq!(std::fs::read(&own).unwrap(), before);
}

#[test]
fn readers_with_nothing_due_stay_until_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let (output, json) = run(directory.path(), SMALL, &["--set", "readers.rate=0.001/s", "--set", "writer.count=0"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(json.unwrap()["summary"]["measured_ns"].as_u64().unwrap() >= 999_000_000, "the run ended early");
}

#[test]
fn a_flat_file_is_read_and_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let (output, json) = run(directory.path(), SMALL, &["--set", "file.format=flat", "--keep-file"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = json.unwrap();
    assert_eq!(json["summary"]["errors"], 0);
    assert!(json["summary"]["writers"]["completed"].as_u64().unwrap() > 0);
    mapstorm().args(["mailboxes", "check"]).arg(directory.path().join("result/mailboxes-0.db")).assert().success();
    let (output, _) =
        run(directory.path(), SMALL, &["--set", "file.format=flat", "--set", "writer.operations={ delete = 1 }"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("can only be replaced"));
}
