//! Drives sweeps and searches for the knee as a user would, with small crowds.
//! Asserts on structure and counts only: a busy machine makes everything slower, not different.

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::Value;
use support::{assert_valid, errors, json, printed, text};

// No operation is a stall: on a busy machine, stalls of the generator itself would make runs invalid, and rightly.
const SMALL: &str = r#"
name = "small"
[file]
mailboxes = 300
[readers]
count = 6
rate = "50/s"
[writer]
rate = "30/s"
[run]
warm-up = "0s"
control = "0ms"
duration = "200ms"
interval = "50ms"
stall = "1min"
"#;

fn mapstorm(directory: &Path, scenario: &str, arguments: &[&str]) -> Command {
    let file = directory.join("scenario.toml");
    fs::write(&file, scenario).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.arg("run").arg(&file).arg("--out").arg(directory.join("result")).args(arguments);
    command
}

fn run(directory: &Path, scenario: &str, arguments: &[&str]) -> Output {
    mapstorm(directory, scenario, arguments).arg("--json").output().unwrap()
}

#[test]
fn a_sweep_runs_every_point_as_often_as_asked_and_keeps_every_run() {
    let directory = tempfile::tempdir().unwrap();
    let axes = ["--axis", "readers.count=3,6", "--axis", "readers.open=read-write,read-only", "--repeats", "2"];
    let output = run(directory.path(), SMALL, &axes);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let report = printed(&output);
    assert_valid(&report, "sweep");
    assert_eq!((&report["complete"], &report["stopped"]), (&true.into(), &Value::Null));
    assert!(report["knees"].as_array().unwrap().is_empty(), "there are no objectives");
    let result = directory.path().join("result");
    assert_eq!(json(&result.join("sweep.json")), report, "what is printed is what is kept");

    let runs = report["runs"].as_array().unwrap();
    let mut points: Vec<String> = Vec::new();
    for kept in runs {
        let settings = kept["settings"].as_array().unwrap();
        points.push(format!("{} {} {}", settings[0]["value"], settings[1]["value"], kept["repeat"]));
        let directory = result.join(kept["directory"].as_str().unwrap());
        let run = json(&directory.join("run.json"));
        assert_eq!(run["scenario"]["readers"]["count"].to_string(), settings[0]["value"].as_str().unwrap());
        assert_eq!(run["scenario"]["readers"]["open"], settings[1]["value"]);
        assert_eq!(run["scenario"]["run"]["seed"], kept["seed"]);
        assert_eq!(run["summary"]["readers"], kept["readers"]);
        assert!(!directory.join("mailboxes-0.db").exists());
    }
    // Every repeat is a whole pass.
    let mut expected: Vec<String> = Vec::new();
    for repeat in 1..=2 {
        for (count, open) in [("3", "read-only"), ("3", "read-write"), ("6", "read-only"), ("6", "read-write")] {
            expected.push(format!("\"{count}\" \"{open}\" {repeat}"));
        }
    }
    points[..4].sort();
    points[4..].sort();
    assert_eq!(points, expected);
    assert_ne!(runs[0]["seed"], runs[4]["seed"], "repeats are independent");
    // One line for each point, and nothing temporary is left.
    assert_eq!(errors(&output).matches("point ").count(), 8, "{}", errors(&output));
    assert!(errors(&output).contains("point 8 of 8: readers.count="));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[test]
fn the_axes_of_a_scenario_are_swept_unless_they_are_taken_away() {
    let directory = tempfile::tempdir().unwrap();
    let own = format!("{SMALL}[sweep]\naxes = [\"writer.rate=20/s,40/s\"]\nrepeats = 1\n");
    let output = mapstorm(directory.path(), &own, &["--slo", "lookup.max<=10min"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let text = text(&output.stdout);
    assert!(text.starts_with("small by writer.rate: 2 runs\n"), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("even at the largest writer.rate that was tried, 40, most runs met every objective"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &own, &["--set", "sweep.axes=[]"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(printed(&output)["summary"]["complete"], true);
}

#[test]
fn points_that_fail_their_objectives_are_data() {
    let directory = tempfile::tempdir().unwrap();
    let slo = ["--axis", "readers.count=3,6", "--repeats", "1", "--slo", "lookup.p50<=1ns"];
    let output = run(directory.path(), SMALL, &slo);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let report = printed(&output);
    assert_eq!(report["knees"][0]["answer"], "below");
    assert!(report["runs"].as_array().unwrap().iter().all(|run| run["verdict"]["outcome"] == "not_met"));
}

#[test]
fn wrong_axes_are_refused_before_anything_is_made() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, code, said) in [
        (&["--axis", "readers.count=3,six"][..], 2, "--axis readers.count=3,six"),
        (&["--axis", "slo.clauses=rate>=0.5"], 2, "diagnose RESULT"),
        (&["--axis", "readers.count=3", "--keep-file"], 2, "--keep-file"),
        (&["--axis", "readers.count=3", "--find-knee", "readers.count"], 2, "--find-knee"),
        (&["--axis", "readers.count=3", "--repeats", "0"], 2, "1..=100"),
        (&["--repeats", "3"], 2, "without an axis"),
        // A machine that could hold a million processes does not run this test suite.
        (&["--axis", "readers.count=3,1000000"], 3, "readers.count=1000000: "),
        (&["--find-knee", "readers.count"], 2, "--slo"),
        (&["--find-knee", "readers.open", "--slo", "rate>=0.5"], 2, "no whole number"),
        (&["--find-knee", "readers.count", "--slo", "rate>=0.5", "--knee-range", "9..3"], 2, "does not end"),
        (&["--find-knee", "readers.count", "--slo", "rate>=0.5", "--knee-within", "5"], 2, "5%"),
        (
            &["--find-knee", "readers.count", "--slo", "rate>=0.5", "--knee-range", "3..1000000"],
            3,
            "readers.count=1000000: ",
        ),
        (&["--knee-range", "3..9"], 2, "--find-knee"),
    ] {
        let output = run(directory.path(), SMALL, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).contains(said), "{arguments:?}: {}", errors(&output));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "{arguments:?}");
    }
}

#[test]
fn a_knee_is_looked_for_within_its_range_and_every_load_decided_by_two_runs() {
    let directory = tempfile::tempdir().unwrap();
    let search = ["--find-knee", "readers.count", "--knee-range", "2..5", "--slo", "lookup.max<=10min"];
    let output = run(directory.path(), SMALL, &search);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let report = printed(&output);
    assert_valid(&report, "sweep");
    assert_eq!((&report["purpose"], &report["planned"]), (&"knee".into(), &Value::Null));
    let knee = &report["knees"][0];
    // Where the harness could not keep its schedule on a busy machine, runs are invalid: there are more of them then.
    if knee["invalid"] == 0 {
        assert_eq!((&knee["answer"], &knee["load"], &knee["high"]), (&"above".into(), &5.0.into(), &Value::Null));
        assert_eq!(report["runs"].as_array().unwrap().len(), 4, "the ends of the range, twice each");
    }
    assert!(errors(&output).contains("run 1: readers.count=2, repeat 1"), "{}", errors(&output));
}

#[test]
fn objectives_that_no_load_meets_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let search = ["--find-knee", "readers.count", "--slo", "commit.p50<=1ns", "--set", "readers.count=4"];
    let output = run(directory.path(), SMALL, &search);
    assert_eq!(output.status.code(), Some(4), "{}", errors(&output));
    let report = printed(&output);
    let knee = &report["knees"][0];
    if knee["invalid"] == 0 {
        assert_eq!((&knee["answer"], &knee["load"]), (&"below".into(), &Value::Null));
        let loads: Vec<_> = report["axes"][0]["values"].as_array().unwrap().iter().map(Value::to_string).collect();
        assert_eq!(loads, ["\"4\"", "\"2\"", "\"1\""], "down by halving");
    }
}

#[test]
fn an_interrupted_sweep_keeps_what_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let long = ["--axis", "readers.count=3,6", "--set", "run.duration=400ms", "--repeats", "100", "--json"];
    let mut child = mapstorm(directory.path(), SMALL, &long)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let temporary = directory.path().join(".result.unfinished");
    let patience = Instant::now();
    // The first run is over once there is a report.
    while !temporary.join("sweep.json").exists() {
        assert!(patience.elapsed() < Duration::from_secs(120), "no run ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    let driver = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(driver, nix::sys::signal::Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5));
    let result = directory.path().join("result");
    let report = json(&result.join("sweep.json"));
    assert_valid(&report, "sweep");
    assert_eq!((&report["complete"], &report["stopped"]), (&false.into(), &"interrupted".into()));
    let runs = report["runs"].as_array().unwrap();
    assert!(!runs.is_empty() && runs.len() < 200);
    for run in runs {
        assert!(result.join(run["directory"].as_str().unwrap()).join("run.json").exists());
    }
    assert!(!temporary.exists());
}
