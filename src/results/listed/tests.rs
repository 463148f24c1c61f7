use std::fs;

use super::*;
use crate::results::fixtures;

fn run(directory: &Path, name: &str, started: &str) {
    let outcome = fixtures::outcome();
    let mut run = fixtures::run(&outcome);
    run.started = started.to_owned();
    run.environment.host = "imap1".to_owned();
    let path = directory.join(name);
    fs::create_dir_all(&path).unwrap();
    fixtures::write(&path, &run, &outcome);
}

#[test]
fn what_is_found_comes_oldest_first_and_hidden_directories_are_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    run(path, "b", "2007-09-24T08:00:00Z");
    run(path, "deep/er/c", "2007-09-23T08:00:00Z");
    run(path, ".a.77", "2007-09-22T08:00:00Z");
    run(path, "1/2/3/4/5/too-deep", "2007-09-22T08:00:00Z");
    fs::create_dir(path.join("foreign")).unwrap();
    fs::write(path.join("foreign/run.json"), "{\"format_version\": 1}").unwrap();
    let (listed, unread) = find(&[path.to_owned()], false).unwrap();
    let names: Vec<_> =
        listed.iter().map(|result| result.path.strip_prefix(path).unwrap().display().to_string()).collect();
    assert_eq!(names, ["deep/er/c", "b"]);
    assert_eq!(listed[1].says, "lookup p99 5.01 ms; no freeze; no SLO");
    assert_eq!((listed[1].host.as_deref(), listed[1].system.as_deref()), (Some("imap1"), Some("Linux 6.18.1")));
    assert_eq!(unread.len(), 1);
    assert!(format!("{:#}", unread[0].reason).contains("format version 1"), "{:#}", unread[0].reason);
    // A result itself is listed too, and what is no directory is an error.
    assert_eq!(find(&[path.join("b")], false).unwrap().0.len(), 1);
    assert!(find(&[path.join("none")], false).is_err());
}

#[test]
fn runs_of_a_sweep_are_listed_on_request() {
    let directory = tempfile::tempdir().unwrap();
    let sweep = fixtures::sweep(vec![fixtures::swept(1, 100.0, 1, None)]);
    fs::create_dir(directory.path().join("s")).unwrap();
    fs::write(directory.path().join("s/sweep.json"), serde_json::to_string(&sweep).unwrap()).unwrap();
    run(&directory.path().join("s"), "points/01", "2007-09-24T08:10:00Z");
    let kinds = |all| -> Vec<&str> {
        find(&[directory.path().to_owned()], all).unwrap().0.iter().map(|listed| listed.kind).collect()
    };
    assert_eq!(kinds(false), ["sweep"]);
    assert_eq!(kinds(true), ["sweep", "run"]);
    let (listed, _) = find(&[directory.path().to_owned()], false).unwrap();
    assert_eq!(listed[0].says, "1 run by readers.count");
}
