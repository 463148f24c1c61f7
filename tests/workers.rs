//! The workers as the system sees them: names, a group of their own, and an end in every case.
//! Each test finds the workers as the driver's children in /proc.
#![cfg(target_os = "linux")]

#[path = "support/processes.rs"]
mod processes;

use std::{fs, path::Path, process::Child};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, getpgid},
};
use processes::{MEASURING, Process, interrupt, is_gone, listen, processes, result, until, wait_for};

const READERS: usize = 8;

fn start(directory: &Path, arguments: &[&str]) -> Child {
    let two_instances = ["--set", "instances.count=2", "--set", "readers.count=8"];
    processes::start(directory, &[&two_instances, arguments].concat())
}

/// All readers and writers of the driver, once each has its title.
fn all_at_work(driver: u32) -> Vec<Process> {
    let works = |process: &Process| process.name.starts_with("mapstorm-r") || process.name.starts_with("mapstorm-w");
    wait_for("all workers", || {
        let mut workers = processes();
        workers.retain(|process| process.parent == driver && works(process));
        let have_titles = workers.iter().all(|worker| worker.command_line.starts_with("mapstorm "));
        (workers.len() == READERS + 2 && have_titles).then_some(workers)
    })
}

fn reader(workers: &[Process], number: usize) -> Pid {
    workers.iter().find(|worker| worker.name == format!("mapstorm-r{number}")).unwrap().pid
}

#[test]
fn workers_have_names_and_a_group_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let child = start(directory.path(), &[]);
    let driver = Pid::from_raw(child.id() as i32);
    let workers = all_at_work(child.id());
    for number in 0..READERS {
        let line = format!("mapstorm reader {number} instance {}", number % 2);
        let worker = workers.iter().find(|worker| worker.command_line == line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(worker.name, format!("mapstorm-r{number}"));
    }
    let writer = workers.iter().find(|worker| worker.name == "mapstorm-w1").unwrap();
    assert_eq!(writer.command_line, "mapstorm writer 1 instance 1");
    let groups: Vec<_> = workers.iter().map(|worker| getpgid(Some(worker.pid)).unwrap()).collect();
    assert!(groups.iter().all(|group| *group == groups[0]), "{groups:?}");
    assert_ne!(groups[0], getpgid(Some(driver)).unwrap());
    let first = fs::read_to_string(format!("/proc/{}/oom_score_adj", workers[0].pid)).unwrap();
    assert_eq!(first.trim(), "1000");
    interrupt(&child);
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
    wait_for("the workers' end", || workers.iter().all(|worker| is_gone(worker.pid)).then_some(()));
}

#[test]
fn an_interrupted_run_keeps_what_it_measured() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &["--set", "run.interval=50ms"]);
    let workers = all_at_work(child.id());
    let mut lines = listen(&mut child);
    until(&mut lines, MEASURING);
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    let (code, json) = result(child);
    assert_eq!(code, Some(5));
    let summary = &json["summary"];
    assert_eq!(summary["complete"], false);
    assert!(summary["lost_workers"].as_array().unwrap().is_empty(), "{}", summary["lost_workers"]);
    assert!(summary["readers"]["completed"].as_u64().unwrap() > 0);
    assert!(summary["measured_ns"].as_u64().unwrap() < 60_000_000_000);
    assert!(directory.path().join("result/run.json").exists());
    assert!(workers.iter().all(|worker| is_gone(worker.pid)));
    assert!(!directory.path().join("result/mailboxes-0.db").exists());
}

#[test]
fn a_worker_that_dies_is_named_and_the_run_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &[]);
    let workers = all_at_work(child.id());
    let mut lines = listen(&mut child);
    until(&mut lines, MEASURING);
    kill(reader(&workers, 3), Signal::SIGKILL).unwrap();
    until(&mut lines, "lost mapstorm reader 3 instance 1");
    // It goes on, and reports more operations.
    until(&mut lines, MEASURING);
    interrupt(&child);
    let (code, json) = result(child);
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
    let maps = |number| maps(reader(&workers, number));
    wait_for("the first readers' mappings", || (maps(0) && maps(1)).then_some(()));
    assert!(!maps(7), "the last one joins after 50 s");
    wait_for("the third reader, after about 8 s", || maps(2).then_some(()));
    assert!(!maps(7));
    interrupt(&child);
    assert_eq!(result(child).0, Some(5));
}
