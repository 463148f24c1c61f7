//! Names of results that are taken: before, meanwhile, or by another run at the same moment.

use std::{fs, os::unix::fs::symlink};

use super::{Trial, reasons, said, until};

#[test]
fn a_name_that_is_taken_meanwhile_loses_nothing() {
    let trial = Trial::new();
    let mut child = trial.run(&[]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    until("the unfinished directory", || trial.path(".result.unfinished").exists().then_some(()));
    fs::create_dir(trial.path("result")).unwrap();
    fs::write(trial.path("result/mine"), "mine").unwrap();
    let stderr = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{stderr}");
    assert_eq!(trial.left(), ["result", "result.incomplete"]);
    assert!(stderr.contains("results in result.incomplete"), "{stderr}");
    assert!(reasons(&trial.figures("result.incomplete")).contains("result was there already"));
    assert_eq!(fs::read_to_string(trial.path("result/mine")).unwrap(), "mine");
}

#[test]
fn what_exists_is_refused_before_anything_is_measured() {
    let trial = Trial::new();
    symlink("nowhere", trial.path("result")).unwrap();
    let output = trial.run(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("exists already"), "{}", said(&output));
    assert_eq!(trial.left(), ["result"]);
}

#[test]
fn two_runs_never_share_a_directory() {
    let trial = Trial::new();
    let mut first = trial.run(&["--set", "run.duration=60s"]).spawn().unwrap();
    until("the unfinished directory", || trial.path(".result.unfinished").exists().then_some(()));
    let output = trial.run(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("another mapstorm is working on it"), "{}", said(&output));
    let listed = trial.command_by(&[], &["list", "."]).output().unwrap();
    assert!(said(&listed).contains(&format!("process {} is at work on it", first.id())), "{}", said(&listed));
    first.kill().unwrap();
    first.wait().unwrap();

    // By their default names, in the same second: two results.
    let default = || trial.command_by(&[], &["run", "scenario.toml", "--no-report"]).output().unwrap();
    std::thread::scope(|scope| {
        for run in [scope.spawn(default), scope.spawn(default)] {
            let output = run.join().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        }
    });
    assert_eq!(super::names_in(&trial.path("results")).len(), 2);
}
