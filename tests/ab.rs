//! `mapstorm ab`: the order of the runs, their seeds, what it leaves, its exit codes. What it concludes is tested with made-up figures.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use support::{assert_valid, errors, json, mapstorm, printed, text};

/// Runs that are as short as can be, of a load that any machine can carry.
const SMALL: &str = "name = 'small'\nfile.mailboxes = 200\nreaders = { count = 3, rate = '40/s' }\nwriter.rate = '40/s'\n\
    run = { duration = '300ms', warm-up = '50ms', control = '0ms', stall = '1min' }\n";

fn ab(directory: &Path, arguments: &[&str]) -> Command {
    fs::write(directory.join("small.toml"), SMALL).unwrap();
    let mut command = mapstorm(directory, &[&["ab", "small.toml"], arguments].concat());
    command.env("COLUMNS", "80");
    command
}

fn arms(found: &Value) -> String {
    let runs = found["runs"].as_array().unwrap().iter();
    runs.map(|run| run["settings"][0]["value"].as_str().unwrap()).collect()
}

#[test]
fn runs_take_turns_pairs_share_a_seed_and_everything_reads_the_result() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let output = ab(path, &["--b", "writer.rate=20/s", "--pairs", "3", "--out", "result"]).output().unwrap();
    let (screen, progress) = (text(&output.stdout), errors(&output));
    assert_eq!(output.status.code(), Some(0), "{screen}{progress}");
    assert!(progress.contains("3 pairs, A B B A and so on: at least "), "{progress}");
    assert!(progress.contains("run 3 of 6: B, pair 2 (about ") && progress.contains("results in result"), "{progress}");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    let result = path.join("result");
    let found = json(&result.join("ab.json"));
    assert_eq!(arms(&found), "ABBAAB");
    let runs = found["runs"].as_array().unwrap();
    let seeds: Vec<u64> = runs.iter().map(|run| run["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds, [2007, 2007, 1_002_010, 1_002_010, 2_002_013, 2_002_013]);
    assert_eq!((&found["complete"], found["pairs"].as_array().unwrap().len()), (&true.into(), 3));
    assert_eq!(found["keys"][0]["values"], serde_json::json!(["40/s", "20/s"]));
    assert!(
        screen.split_whitespace().collect::<Vec<_>>().join(" ").ends_with(found["statement"].as_str().unwrap()),
        "{screen}"
    );
    for run in runs {
        let own = json(&result.join(run["directory"].as_str().unwrap()).join("run.json"));
        let rate = &own["scenario"]["writer"]["arrivals"]["rate_per_s"];
        assert_eq!(*rate, if run["settings"][0]["value"] == "A" { 40.0 } else { 20.0 });
        assert_eq!(own["scenario"]["run"]["seed"], run["seed"]);
    }
    assert_valid(&found, "ab");

    assert!(result.join("report.html").exists() && result.join("charts/ab-ratios.svg").exists(), "{progress}");
    let mapstorm = |arguments: &[&str]| {
        let output = mapstorm(path, arguments).output().unwrap();
        (output.status.code().unwrap(), text(&output.stdout), errors(&output))
    };
    let statement = found["statement"].as_str().unwrap();
    assert!(mapstorm(&["diagnose", "result"]).1.contains("B against A"));
    assert!(mapstorm(&["list", ".", "--json", "--kind", "ab"]).1.contains(statement));
    let table = mapstorm(&["export", "result", "--format", "csv", "--table", "differences"]).1;
    assert_eq!(table.lines().count(), found["figures"].as_array().unwrap().len() + 1, "{table}");
    assert!(mapstorm(&["export", "result", "--format", "openmetrics"]).1.contains("mapstorm_ab_ratio{"));
    let (code, _, refused) = mapstorm(&["compare", "result", "result"]);
    assert!(code == 2 && refused.contains("is a comparison already"), "{refused}");
}

#[test]
fn a_regression_that_is_beyond_doubt_ends_with_4() {
    let directory = tempfile::tempdir().unwrap();
    // B imitates a machine that stops all readers for longer than the run lasts.
    let slow = ["--set", "run.stall=100ms", "--b", "writer.emulate=stop-mappers", "--b", "writer.stop-time=500ms"];
    let more = ["--out", "result", "--no-report", "--json", "--fail-on-regression", "10%"];
    let output = ab(directory.path(), &[&slow[..], &more].concat()).output().unwrap();
    let found = printed(&output);
    assert_eq!(output.status.code(), Some(4), "{found:#}");
    assert!(found["regressions"].as_array().unwrap().contains(&"frozen_share".into()), "{found:#}");
    assert!(!directory.path().join("result/report.html").exists());
}

#[test]
fn the_first_signal_keeps_what_was_measured() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = ab(directory.path(), &["small.toml", "--pairs", "200", "--out", "result", "--no-report"]);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(progress.by_ref().any(|line| line.unwrap().contains("run 6 of 400: ")));
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let rest: Vec<String> = progress.map(Result::unwrap).collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{rest:?}");
    let found = json(&directory.path().join("result/ab.json"));
    assert!(arms(&found).starts_with("ABBAA"), "{}", arms(&found));
    assert_eq!((&found["complete"], &found["stopped"]), (&false.into(), &"interrupted".into()));
    assert!(found["pairs"].as_array().unwrap().len() >= 2, "{}", found["pairs"]);
}

#[test]
fn what_cannot_be_compared_is_refused_before_anything_is_made() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, code, said) in [
        (&[][..], 2, "B is missing: name a second scenario"),
        (&["nowhere.toml"], 2, "cannot read the scenario `nowhere.toml`"),
        (&["--b", "writer.rat=1/s"], 2, "writer.rat"),
        (&["--b", "run.seed=8"], 2, "--set run.seed=8"),
        (&["small.toml", "--pairs", "1"], 2, "--pairs"),
        (&["--b", "readers.count=900000"], 3, "Refused: B: "),
    ] {
        let output = ab(directory.path(), arguments).output().unwrap();
        let progress = errors(&output);
        assert!(output.status.code() == Some(code) && progress.contains(said), "{arguments:?}: {progress}");
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "the scenario alone");
}
