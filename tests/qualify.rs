//! `mapstorm qualify`: the verdict, its exit code, and what it leaves.

mod support;

use std::{fs, path::Path, process::Output};

use serde_json::Value;
use support::{assert_valid, errors, json, printed, text};

/// A load that any machine can carry, in runs that are as short as can be.
const SMALL: [&str; 18] = [
    "--processes",
    "3",
    "--size",
    "1MiB",
    "--reads",
    "20/s",
    "--commits",
    "20/s",
    "--budget",
    "20s",
    "--set",
    // On a machine that does much else no start delay is then the load generator's fault.
    "run.stall=1min",
    "--set",
    "run.duration=300ms",
    "--set",
    "run.warm-up=100ms",
    "--set",
    "run.control=0ms",
];

fn qualify(directory: &Path, more: &[&str]) -> Output {
    let mut command = support::mapstorm(directory, &["qualify"]);
    command.args(SMALL).args(["--out", "result"]).args(more).env("COLUMNS", "80").output().unwrap()
}

#[test]
fn a_load_that_any_machine_carries_is_fit_with_a_margin_and_the_verdict_is_last() {
    let directory = tempfile::tempdir().unwrap();
    // A machine under test can be slow, but not by minutes; how much completes in a third of a second says nothing.
    let output = qualify(directory.path(), &["--objectives", "reader.p99<=1min,commit.p99<=1min,freeze.longest<=1min"]);
    let (screen, progress) = (text(&output.stdout), errors(&output));
    assert_eq!(output.status.code(), Some(0), "{screen}{progress}");
    for step in ["step 1 of 3", "step 2 of 3", "step 3 of 3", "results in result"] {
        assert!(progress.contains(step), "{progress}");
    }
    assert!(screen.lines().count() <= 22 && screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    let closing = screen.split("\n\n").last().unwrap();
    assert!(closing.starts_with("FIT for 3 processes: objectives hold up to at least"), "{screen}");

    let result = directory.path().join("result");
    let found = json(&result.join("qualify.json"));
    assert_eq!((&found["verdict"], &found["wanted"], &found["complete"]), (&"fit".into(), &3.into(), &true.into()));
    let knee = &found["knee"];
    assert!(knee["low"].as_f64() >= Some(3.0) && knee["high"].is_null() && knee["load"] == knee["low"], "{knee}");
    assert!(found["cost_model"]["per_mapper_ns"]["value"].is_number(), "{}", found["cost_model"]);
    assert_valid(&found, "qualify");

    // Everything else reads it: its parts, the list, the export, a comparison with itself.
    for part in ["knee/sweep.json", "confirmation/run.json", "report.html"] {
        assert!(result.join(part).exists(), "{part}");
    }
    let mapstorm = |arguments: &[&str]| {
        let output = support::mapstorm(&directory, arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", errors(&output));
        text(&output.stdout)
    };
    assert!(mapstorm(&["list", "."]).contains("FIT for 3 processes; objectives hold up to"));
    let table = mapstorm(&["export", "result", "--format", "csv"]);
    assert!(table.lines().any(|line| line.contains(",fit,1,1")), "{table}");
    assert!(mapstorm(&["export", "result", "--format", "openmetrics"]).contains("mapstorm_fit{"));
    let compared = mapstorm(&["compare", "result", "result"]);
    assert!(compared.contains("A: FIT for 3 processes") && compared.contains("B: FIT for 3 processes"), "{compared}");
    assert!(mapstorm(&["diagnose", "result"]).contains("FIT for 3 processes"));
}

#[test]
fn an_objective_that_cannot_be_met_is_not_fit_with_what_was_missed() {
    let directory = tempfile::tempdir().unwrap();
    let output = qualify(directory.path(), &["--objectives", "reader.p50<=1ns", "--no-report", "--json"]);
    assert_eq!(output.status.code(), Some(4), "{}", errors(&output));
    let found = printed(&output);
    assert_eq!((&found["verdict"], &found["knee"]["low"]), (&"not-fit".into(), &Value::Null));
    assert!(found["statement"].as_str().unwrap().starts_with("NOT FIT for 3 processes: reader.p50 <= 1 ns is "));
    assert_eq!(found["limit"]["load"], 3.0);
}

#[test]
fn what_cannot_be_measured_is_refused_before_anything_is_made() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, code, said) in [
        (&["--objectives", "reader.p9<1"][..], 2, "--objectives"),
        (&["--budget", "1s"], 2, "at least 20 s"),
        (&["nowhere.toml"], 2, "cannot read the scenario `nowhere.toml`"),
        (&["--processes", "900000", "--size", "1GiB"], 3, "Refused"),
    ] {
        let output = support::mapstorm(&directory, &[&["qualify"], arguments].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).contains(said), "{arguments:?}: {}", errors(&output));
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}
