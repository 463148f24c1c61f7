//! Drives `mapstorm run` with another system's behaviour imitated at every commit.
//! Asserts on what was done and how it is labelled, not on how long it took.

mod support;

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use support::command;

fn mapstorm(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().unwrap()
}

fn result(directory: &Path) -> Value {
    support::json(&directory.join("result/run.json"))
}

fn rows<'a>(run: &'a Value, role: &'a str, series: &'a str) -> Vec<&'a Value> {
    let rows = run["summary"]["rows"].as_array().unwrap();
    rows.iter().filter(|row| row["role"] == role && row["series"] == series).collect()
}

/// Runs so; what the terminal showed, and `run.json`.
fn emulated(directory: &Path, arguments: &[&str]) -> (String, Value) {
    let output = mapstorm(directory, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (text, run) = (String::from_utf8(output.stdout).unwrap(), result(directory));
    assert_eq!(run["summary"]["errors"], 0);
    assert_eq!(run["summary"]["lost_workers"].as_array().unwrap().len(), 0);
    // Every commit was followed by what is emulated, and that is a phase of its own.
    let count = |rows: Vec<&Value>| rows.iter().map(|row| row["count"].as_u64().unwrap()).sum::<u64>();
    let commits = count(rows(&run, "writer", "response"));
    assert!(commits > 0);
    assert_eq!(count(rows(&run, "writer", "emulated")), commits);
    assert!(text.contains("WARNING: EMULATED: every commit"), "{text}");
    (text, run)
}

#[test]
fn what_is_unmapped_is_written_again() {
    let directory = tempfile::tempdir().unwrap();
    let (_, run) = emulated(directory.path(), &["--set", "writer.emulate=demap", "--keep-file"]);
    assert_eq!(run["scenario"]["writer"]["emulate"], "demap");
    let check = Command::new(env!("CARGO_BIN_EXE_mapstorm"))
        .args(["mailboxes", "check"])
        .arg(directory.path().join("result/mailboxes-0.db"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn everybody_stands_still_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let set = ["writer.emulate=stop-mappers", "writer.stop-time=30ms", "writer.stop-time-per-mapper=1ms"];
    let arguments: Vec<&str> = set.iter().flat_map(|set| ["--set", *set]).collect();
    let (_, run) = emulated(directory.path(), &arguments);
    for row in rows(&run, "writer", "emulated") {
        // 30 ms and 12 times 1 ms; a histogram's values are within a thousandth.
        assert!(row["p50_ns"].as_u64().unwrap() >= 41_900_000, "{row}");
    }
    assert!(run["summary"]["readers"]["completed"].as_u64().unwrap() > 0);
}

#[test]
fn readers_that_were_stopped_while_they_slept_are_not_late() {
    let directory = tempfile::tempdir().unwrap();
    let set = [
        "writer.emulate=stop-mappers",
        "writer.stop-time=300ms",
        "writer.rate=4/s",
        "run.duration=2s",
        "run.stall=20ms",
    ];
    let arguments: Vec<&str> = set.iter().flat_map(|set| ["--set", *set]).collect();
    let (_, run) = emulated(directory.path(), &arguments);
    let findings = run["diagnosis"]["findings"].as_array().unwrap();
    let share = |cause: &str| {
        let found = findings.iter().find(|finding| finding["cause"] == cause);
        found.map_or(0.0, |finding| finding["share"].as_f64().unwrap())
    };
    assert!(share("emulated") > share("late-wake-up"), "{findings:#?}");
}

#[test]
fn what_cannot_be_emulated_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for (sets, said) in [
        (&["writer.emulate=demap", "readers.lock=none"][..], "cannot be emulated without a lock"),
        (&["writer.stop-time=5ms"][..], "no reader is stopped"),
        (&["writer.emulate=solaris"][..], "stop-mappers"),
    ] {
        let arguments: Vec<&str> = sets.iter().flat_map(|set| ["--set", *set]).collect();
        let output = mapstorm(directory.path(), &arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(said), "{message}");
    }
    assert!(!directory.path().join("result").exists());
}
