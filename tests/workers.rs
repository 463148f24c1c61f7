//! The crowd as the system sees it: names, a group of its own, and an end in every case.
//! Each test finds the workers as the driver's children in /proc, and waits for what must come with a deadline.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, getpgid},
};
use serde_json::Value;

const READERS: usize = 8;
const LONG: &str = r#"
[file]
format = "twoskip"
mailboxes = 300
[instances]
count = 2
[readers]
count = 8
rate = "50/s"
[writer]
rate = "20/s"
[run]
warm-up = "0s"
control = "0ms"
duration = "60s"
"#;
/// Long enough for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(50);

fn start(directory: &Path, arguments: &[&str]) -> Child {
    let scenario = directory.join("long.toml");
    fs::write(&scenario, LONG).unwrap();
    Command::new(env!("CARGO_BIN_EXE_mapstorm"))
        .arg("run")
        .arg(&scenario)
        .args(["--json", "--out"])
        .arg(directory.join("result"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until `found` returns something.
fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Living children of the driver: process id, short name, and command line.
fn workers(driver: u32) -> Vec<(Pid, String, String)> {
    let mut workers = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((name, rest)) = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(") ")) else { continue };
        let mut fields = rest.split(' ');
        let state = fields.next().unwrap();
        let parent: u32 = fields.next().unwrap().parse().unwrap();
        let works = ["mapstorm-r", "mapstorm-w"].iter().any(|role| name.starts_with(role));
        if parent == driver && state != "Z" && works {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).trim_end_matches('\0').to_owned();
            workers.push((Pid::from_raw(pid), name.to_owned(), line));
        }
    }
    workers
}

fn all_at_work(driver: u32) -> Vec<(Pid, String, String)> {
    wait_for("the whole crowd", || {
        let workers = workers(driver);
        (workers.len() == READERS + 2 && workers.iter().all(|w| w.2.starts_with("mapstorm "))).then_some(workers)
    })
}

fn gone(pid: Pid) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')),
        Err(_) => true,
    }
}

/// Reads what the driver tells until it tells of measured operations.
fn until_measuring(child: &mut Child) -> BufReader<ChildStderr> {
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the run ended before it measured anything");
        if line.contains(" done; last second: p50") {
            return lines;
        }
    }
}

fn result(child: Child) -> (Option<i32>, Value, String) {
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
    (output.status.code(), json, errors)
}

#[test]
fn workers_say_who_they_are_and_have_a_group_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let child = start(directory.path(), &[]);
    let driver = Pid::from_raw(child.id() as i32);
    let workers = all_at_work(child.id());
    for number in 0..READERS {
        let line = format!("mapstorm reader {number} instance {}", number % 2);
        let (_, name, _) = workers.iter().find(|worker| worker.2 == line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(*name, format!("mapstorm-r{number}"));
    }
    assert!(workers.iter().any(|worker| worker.1 == "mapstorm-w1" && worker.2 == "mapstorm writer 1 instance 1"));
    let groups: Vec<_> = workers.iter().map(|worker| getpgid(Some(worker.0)).unwrap()).collect();
    assert!(groups.iter().all(|group| *group == groups[0]), "{groups:?}");
    assert_ne!(groups[0], getpgid(Some(driver)).unwrap());
    let first = fs::read_to_string(format!("/proc/{}/oom_score_adj", workers[0].0)).unwrap();
    assert_eq!(first.trim(), "1000");
    kill(driver, Signal::SIGINT).unwrap();
    // Nothing may have been measured yet: then there is no result to print.
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(5));
}

#[test]
fn workers_die_with_a_driver_that_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &[]);
    let workers = all_at_work(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the workers' end", || workers.iter().all(|worker| gone(worker.0)).then_some(()));
}

#[test]
fn an_interrupted_run_keeps_what_it_measured() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &["--set", "run.interval=50ms"]);
    let workers = all_at_work(child.id());
    let _lines = until_measuring(&mut child);
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    let (code, json, _) = result(child);
    assert_eq!(code, Some(5));
    let summary = &json["summary"];
    assert_eq!(summary["complete"], false);
    assert!(summary["lost_workers"].as_array().unwrap().is_empty(), "{}", summary["lost_workers"]);
    assert!(summary["readers"]["completed"].as_u64().unwrap() > 0);
    assert!(summary["measured_ns"].as_u64().unwrap() < 60_000_000_000);
    assert!(directory.path().join("result/run.json").exists());
    assert!(workers.iter().all(|worker| gone(worker.0)));
    assert!(!directory.path().join("result/mailboxes-0.db").exists());
}

#[test]
fn a_worker_that_dies_is_named_and_the_run_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &[]);
    let workers = all_at_work(child.id());
    let victim = workers.iter().find(|worker| worker.1 == "mapstorm-r3").unwrap().0;
    let mut lines = until_measuring(&mut child);
    kill(victim, Signal::SIGKILL).unwrap();
    let mut told = String::new();
    while !told.contains("lost mapstorm reader 3 instance 1") {
        assert!(lines.read_line(&mut told).unwrap() > 0, "never told: {told}");
    }
    // It goes on, and tells of more operations.
    let mut later = String::new();
    while !later.contains(" done; last second: p50") {
        assert!(lines.read_line(&mut later).unwrap() > 0, "it did not go on: {later}");
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let (code, json, _) = result(child);
    assert_eq!(code, Some(5));
    let lost = json["summary"]["lost_workers"].as_array().unwrap();
    assert_eq!(lost.as_slice(), ["mapstorm reader 3 instance 1 (killed by SIGKILL)"]);
}

#[test]
fn readers_of_a_ramp_map_the_file_only_when_they_join() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["--set", "readers.ramp.from=2", "--set", "readers.ramp.over=50s"];
    let child = start(directory.path(), &arguments);
    let workers = all_at_work(child.id());
    let maps = |pid: Pid| fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default().contains("mailboxes-");
    let reader = |number: usize| workers.iter().find(|w| w.1 == format!("mapstorm-r{number}")).unwrap().0;
    wait_for("the first readers' mappings", || (maps(reader(0)) && maps(reader(1))).then_some(()));
    assert!(!maps(reader(7)), "the last one joins after 50 s");
    wait_for("the third reader, after about 8 s", || maps(reader(2)).then_some(()));
    assert!(!maps(reader(7)));
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    assert_eq!(result(child).0, Some(5));
}
