//! `mapstorm inspect` as a user calls it: what it refuses, what it leaves, and that its scratch file is gone. Real servers are in `tests/inspect/`.

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use support::{names_in, text};

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = support::mapstorm(directory, arguments);
    command.env("COLUMNS", "80");
    command
}

fn mapstorm(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().unwrap()
}

/// A directory with a database.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let made = mapstorm(place.path(), &["mailboxes", "generate", "--mailboxes", "500", "mailboxes.db"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    place
}

#[test]
fn what_is_no_file_no_process_or_no_cost_model_is_refused() {
    let place = place();
    for (arguments, says) in [
        (&["inspect"][..], "--pid"),
        (&["inspect", "none.db"], "none.db"),
        (&["inspect", "."], "not a regular file"),
        (&["inspect", "--pid", "2147483646"], "--pid 2147483646"),
        (&["inspect", "mailboxes.db", "--cost-model", "."], "not a result"),
        (&["inspect", "mailboxes.db", "--record", "mailboxes.db/x"], "no directory; name another place with --record"),
        (&["inspect", "mailboxes.db", "--watch", "soon"], "from 200ms to 24h"),
    ] {
        let output = mapstorm(place.path(), arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says) && output.stdout.is_empty(), "{arguments:?}: {said}");
    }
    assert_eq!(names_in(place.path()), ["mailboxes.db"], "nothing was made");
}

#[test]
fn a_look_is_pure_json_or_a_screen_that_ends_with_the_verdict() {
    let place = place();
    let before = fs::read(place.path().join("mailboxes.db")).unwrap();
    let output = mapstorm(place.path(), &["inspect", "mailboxes.db", "--for", "300ms", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    support::assert_valid(&found, "inspection");
    assert_eq!((&found["format"]["name"], &found["complete"]), (&"twoskip".into(), &true.into()));
    assert_eq!(found["file"]["bytes"], before.len());
    let why = found["commit_cost"]["commit_ns"]["unavailable"].as_str().unwrap();
    assert!(why.contains("--measure") && why.contains("--cost-model"), "{why}");
    let output = mapstorm(place.path(), &["inspect", "mailboxes.db", "--for", "300ms"]);
    let screen = text(&output.stdout);
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    assert!(screen.split("\n\n").last().unwrap().starts_with("Limit: "), "{screen}");
    assert_eq!(fs::read(place.path().join("mailboxes.db")).unwrap(), before);
    assert_eq!(names_in(place.path()), ["mailboxes.db"]);
}

#[test]
fn a_measured_look_is_kept_and_everything_reads_it() {
    let place = place();
    let path = place.path();
    let output =
        mapstorm(path, &["inspect", "mailboxes.db", "--for", "300ms", "--measure", "--force", "--record", "look"]);
    let (screen, progress) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{screen}{progress}");
    assert_eq!(names_in(path), ["look", "mailboxes.db"], "the scratch file is gone");
    let found: Value = serde_json::from_slice(&fs::read(path.join("look/inspection.json")).unwrap()).unwrap();
    support::assert_valid(&found, "inspection");
    // No process has mapped this file. On a busy host three rounds may not fit, which is a reason.
    let commit = &found["commit_cost"]["commit_ns"];
    match commit["value"].as_f64() {
        Some(ns) => {
            assert!(ns > 0.0 && screen.contains("predicted"), "{screen}");
            assert_eq!(found["commit_cost"]["of_mappers_ns"]["value"], 0.0);
        }
        None => assert!(commit["unavailable"].as_str().unwrap().contains("measured now"), "{commit}"),
    }
    assert!(path.join("look/report.html").exists(), "{progress}");
    let shown = |arguments: &[&str]| {
        let output = mapstorm(path, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(shown(&["list", ".", "--kind", "inspection"]).contains("mailboxes.db"));
    assert!(shown(&["export", "look", "--format", "csv"]).contains("commit_of_mappers"));
    assert!(shown(&["export", "look", "--format", "openmetrics"]).contains("mapstorm_inspected_mappers"));
    assert!(shown(&["diagnose", "look"]).contains("Limit: "));
    let compared = mapstorm(path, &["compare", "look", "look"]);
    assert_eq!(compared.status.code(), Some(0), "{}", text(&compared.stderr));
    let said = text(&compared.stdout);
    assert!(said.contains("mappers that a commit visits") && said.contains("may have changed by itself"), "{said}");
    // Taken again as a name, it is refused.
    assert_eq!(mapstorm(path, &["inspect", "mailboxes.db", "--record", "look"]).status.code(), Some(2));
}

#[test]
fn a_signal_ends_a_measurement_and_leaves_nothing_beside_the_file() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let place = place();
        let mut command = command(place.path(), &["inspect", "mailboxes.db", "--for", "10s", "--measure", "--force"]);
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while names_in(place.path()).len() < 2 {
            assert!(Instant::now() < deadline && running.try_wait().unwrap().is_none(), "no scratch file was made");
            sleep(Duration::from_millis(5));
        }
        kill(Pid::from_raw(running.id() as i32), signal).unwrap();
        let code = running.wait().unwrap().code();
        assert_eq!((code, names_in(place.path())), (Some(5), vec!["mailboxes.db".to_owned()]), "{signal}");
    }
}

#[test]
fn a_directory_that_cannot_be_used_is_refused_and_the_look_is_shown() {
    let place = place();
    let output = mapstorm(place.path(), &["inspect", "mailboxes.db", "--for", "300ms", "--measure", "--dir", "none"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("--dir DIR names another directory"), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("--measure was refused: none: no such directory"),
        "{}",
        text(&output.stdout)
    );
}
