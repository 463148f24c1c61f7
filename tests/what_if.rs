//! Drives `mapstorm run --what-if` as a user would, with few workers.
//! Asserts on structure only: which mitigation helps is a question for a machine with nothing else to do.

mod support;

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Output, Stdio},
};

use mapstorm::internals::experiment::mitigations::{MITIGATIONS, Mitigation};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use support::{command, errors, json, names_in, text};

fn run(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().unwrap()
}

fn what_if(directory: &Path) -> Value {
    json(&directory.join("result/what-if.json"))
}

fn assert_valid(what_if: &Value) {
    support::assert_valid(what_if, "what-if");
    let mut broken = what_if.clone();
    broken["baseline"]["measured"]["reader_p50_ns"] = "soon".into();
    assert!(!support::schema("what-if").is_valid(&broken));
}

#[test]
fn mitigations_that_are_named_are_run_with_the_same_seed_and_compared() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &["--what-if=remap-when-needed,2-instances,read-only", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let what_if = what_if(directory.path());
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), what_if);
    assert_valid(&what_if);
    assert_eq!((&what_if["complete"], &what_if["seed"]), (&true.into(), &77.into()));
    let mitigations = what_if["mitigations"].as_array().unwrap();
    let statuses: Vec<_> = mitigations.iter().map(|mitigation| [&mitigation["name"], &mitigation["status"]]).collect();
    let expected = [["read-only", "measured"], ["2-instances", "measured"], ["remap-when-needed", "not_applicable"]];
    assert_eq!(statuses, expected);
    assert!(mitigations[2]["reason"].as_str().unwrap().contains("already"));
    assert!(mitigations[2]["run"].is_null());

    let due = |run: &Value| run["summary"]["writers"]["due"].as_u64().unwrap();
    let baseline = json(&directory.path().join("result/baseline/run.json"));
    for (mitigation, overrides) in [(0, "readers.open=read-only"), (1, "instances.count=2")] {
        let mitigation = &mitigations[mitigation];
        assert_eq!(mitigation["overrides"], serde_json::json!([overrides]));
        let run = json(
            &directory.path().join("result").join(mitigation["run"]["directory"].as_str().unwrap()).join("run.json"),
        );
        assert_eq!(run["scenario"]["run"], baseline["scenario"]["run"], "the same seed and times");
        assert_ne!(run["scenario_hash"], baseline["scenario_hash"]);
        // 20 expected of a Poisson process: six deviations either way.
        assert!(due(&run) <= 47, "{}", due(&run));
        let figures: BTreeSet<&str> =
            mitigation["differences"].as_array().unwrap().iter().map(|it| it["figure"].as_str().unwrap()).collect();
        assert_eq!(figures.len(), 9);
        for difference in mitigation["differences"].as_array().unwrap() {
            let figure = difference["figure"].as_str().unwrap();
            assert_eq!(difference["before"], as_float(&what_if["baseline"]["measured"][figure]), "{figure}");
            assert_eq!(difference["after"], as_float(&mitigation["run"]["measured"][figure]), "{figure}");
            let (ratio, change) = (&difference["ratio"], difference["change"].as_str().unwrap());
            if let (Some(low), Some(high)) = (ratio["low"].as_f64(), ratio["high"].as_f64()) {
                let has_1 = (low..=high).contains(&1.0);
                // Trouble that the baseline did not have is worse, whatever the interval.
                let is_trouble = figure.ends_with("completed_share") || figure == "frozen_share";
                assert!(!has_1 || matches!(change, "same" | "undecided") || is_trouble, "{difference}");
            } else {
                assert!(ratio["unavailable"].is_string(), "{difference}");
            }
        }
        // The only p99 of so few commits would be the slowest of all.
        let p99 =
            mitigation["differences"].as_array().unwrap().iter().find(|it| it["figure"] == "commit_p99_ns").unwrap();
        assert_eq!(p99["change"], "unknown");
    }
    assert_eq!(mitigations[1]["run"]["settings"]["instances"], 2);
    assert!(what_if["baseline"]["predicted"].is_object());
    let left = names_in(&directory.path().join("result"));
    assert_eq!(left, ["baseline", "charts", "mitigations", "report.html", "what-if.json"]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "the scenario and the result, nothing temporary");
}

/// `what-if.json` keeps whole nanoseconds as integers and differences as floats.
fn as_float(value: &Value) -> Value {
    value.as_f64().map_or(Value::Null, Value::from)
}

#[test]
fn without_a_finding_nothing_more_is_run() {
    let directory = tempfile::tempdir().unwrap();
    // Nothing takes ten minutes here.
    let output = run(directory.path(), &["--what-if", "--set", "run.stall=10min", "--set", "run.freeze=10min"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let what_if = what_if(directory.path());
    assert_valid(&what_if);
    assert_eq!((&what_if["mitigations"], &what_if["findings"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert!(text(&output.stdout).contains("Nothing to mitigate"));
    assert!(!directory.path().join("result/mitigations").exists());
}

#[test]
fn findings_choose_the_mitigations() {
    let directory = tempfile::tempdir().unwrap();
    // Everything takes longer than a microsecond, so there is something to explain.
    let output = run(directory.path(), &["--what-if", "--set", "run.stall=1us", "--set", "readers.remap=every-lock"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let what_if = what_if(directory.path());
    let found: BTreeSet<&str> =
        what_if["findings"].as_array().unwrap().iter().map(|finding| finding["cause"].as_str().unwrap()).collect();
    assert!(!found.is_empty());
    let tried: Vec<&str> = what_if["mitigations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mitigation| mitigation["name"].as_str().unwrap())
        .collect();
    let suggested: Vec<&str> = MITIGATIONS
        .iter()
        .filter(|mitigation| mitigation.causes.iter().any(|cause| found.contains(cause)))
        .map(|mitigation| mitigation.name)
        .collect();
    assert_eq!(tried, suggested, "{found:?}");
    for mitigation in what_if["mitigations"].as_array().unwrap() {
        let known = Mitigation::named(mitigation["name"].as_str().unwrap()).unwrap();
        for cause in mitigation["suggested_by"].as_array().unwrap() {
            let cause = cause.as_str().unwrap();
            assert!(found.contains(cause) && known.causes.contains(&cause), "{mitigation}");
        }
    }
}

#[test]
fn objectives_that_neither_baseline_nor_mitigation_meets_decide_the_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    // No operation is a stall: on a busy machine, stalls of the generator itself would make a run invalid, and rightly.
    let objectives = ["--slo", "commit.max<=1ns", "--set", "run.stall=1min"];
    let output = run(directory.path(), &[&["--what-if=read-only"][..], &objectives].concat());
    assert_eq!(output.status.code(), Some(4), "{}", errors(&output));
    let what_if = what_if(directory.path());
    assert_eq!(what_if["baseline"]["verdict"]["outcome"], "not_met");
    assert_eq!(what_if["mitigations"][0]["run"]["verdict"]["outcome"], "not_met");
    let table = text(&output.stdout);
    assert!(table.lines().any(|line| line.starts_with("| read-only") && line.contains("NOT MET")), "{table}");
}

#[test]
fn wrong_use_is_refused_before_anything_is_made() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["--what-if=read-onyl"][..], "fewer-processes"),
        (&["--what-if="][..], "--what-if"),
        (&["--what-if", "--keep-file"][..], "--keep-file"),
        (&["--what-if", "--set", "readers.cuont=3"][..], "cuont"),
        (&["--what-if", "--axis", "readers.count=3,4"][..], "--axis"),
        (&["--what-if", "--set", "sweep.axes=['readers.count=3,4']"][..], "axes"),
    ] {
        let output = run(directory.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(errors(&output).contains(expected), "{arguments:?}: {}", errors(&output));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "only the scenario");
    }
    let output =
        run(directory.path(), &["--what-if", "--set", "readers.count=1000000", "--set", "file.mailboxes=1000"]);
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
}

#[test]
fn an_interrupted_what_if_keeps_what_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = command(directory.path(), &["--what-if=read-only,2-instances,fewer-processes"])
        .args(["--set", "run.duration=3s"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut reported = Vec::new();
    for line in lines {
        let line = line.unwrap();
        if line.contains("mitigation 1 of 3") {
            kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
        }
        reported.push(line);
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(5), "{reported:#?}");
    let what_if = what_if(directory.path());
    assert_valid(&what_if);
    assert_eq!(what_if["complete"], false);
    assert_eq!(what_if["baseline"]["complete"], true);
    let statuses: Vec<&str> = what_if["mitigations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mitigation| mitigation["status"].as_str().unwrap())
        .collect();
    // Before the workers were forked there is nothing to keep of the first one.
    assert!(matches!(statuses[0], "incomplete" | "not_run"), "{statuses:?}");
    assert_eq!(statuses[1..], ["not_run", "not_run"]);
    assert_eq!(what_if["mitigations"][2]["reason"], "interrupted");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing temporary");
}
