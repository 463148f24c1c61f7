//! Readers that are threads, and a writer among them: one mapping a process, every thread recorded, stopped and lost as a worker.
#![cfg(target_os = "linux")]

#[path = "support/processes.rs"]
mod processes;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
    time::Instant,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use processes::{MEASURING, interrupt, listen, start, until};
use serde_json::Value;

const THREADS: &str = "name = 'threads'\nfile = { format = 'twoskip', mailboxes = 400 }\n\
    readers = { count = 10, rate = '40/s', as = 'threads', threads-per-process = 4, lock = 'ofd' }\n\
    writer = { rate = '30/s', as = 'thread' }\n\
    run = { duration = '1s', warm-up = '100ms', control = '200ms', stall = '1min' }\n";

fn run(directory: &Path, scenario: &str, arguments: &[&str]) -> Output {
    fs::write(directory.join("threads.toml"), scenario).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.current_dir(directory).args(["run", "threads.toml", "--out", "result", "--no-report"]).args(arguments);
    command.output().unwrap()
}

fn result(directory: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(directory.join("result/run.json")).unwrap()).unwrap()
}

#[test]
fn every_thread_works_and_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), THREADS, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let run = result(directory.path());
    let summary = &run["summary"];
    assert_eq!((&summary["errors"], &summary["complete"]), (&0.into(), &true.into()), "{summary}");
    for role in ["readers", "writers"] {
        let (due, completed) = (summary[role]["due"].as_u64().unwrap(), summary[role]["completed"].as_u64().unwrap());
        assert!(due > 0 && completed > 0, "{role}: {}", summary[role]);
    }
    assert_eq!(run["scenario"]["readers"]["workers"]["threads"]["per_process"], 4);
    assert_eq!(run["scenario"]["writer"]["is_thread"], true);
}

#[test]
fn a_file_that_outgrows_its_mapping_is_mapped_again_for_all_threads() {
    let directory = tempfile::tempdir().unwrap();
    // Each new mailbox appends to the file: a mapping has room for a few dozen.
    let sets = ["--set", "writer.operations={ store = 1 }", "--set", "writer.rate=300/s", "--set", "writer.sync=false"];
    let output = run(directory.path(), THREADS, &sets);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let run = result(directory.path());
    assert_eq!(run["summary"]["errors"], 0, "{}", run["summary"]);
    let file = &run["files"][0];
    let grown = file["bytes_at_end"].as_u64().unwrap() - file["bytes_at_start"].as_u64().unwrap();
    assert!(grown > 2 * 8192, "{file}");
}

/// Mappings of the mapped file and threads, by process.
fn mapped(driver: u32) -> BTreeMap<i32, (usize, usize)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
        let Ok(maps) = fs::read_to_string(format!("/proc/{pid}/maps")) else { continue };
        let mappings = maps.lines().filter(|line| line.contains("mailboxes-0.db")).count();
        if parent == Some(driver) && mappings > 0 {
            let threads = fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
            all.insert(pid, (mappings, threads));
        }
    }
    all
}

const AMONG: [&str; 8] = [
    "--set",
    "readers.as=threads",
    "--set",
    "readers.threads-per-process=4",
    "--set",
    "readers.lock=ofd",
    "--set",
    "writer.as=thread",
];

#[test]
fn a_process_has_one_mapping_and_the_first_signal_stops_all_of_its_threads() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &AMONG);
    let mut lines = listen(&mut child);
    until(&mut lines, MEASURING);
    let found = mapped(child.id());
    // Six readers: four and two; the writer is among the first four. Each process has a thread that waits for the others.
    let mut counts: Vec<_> = found.values().copied().collect();
    counts.sort_unstable();
    assert_eq!(counts, [(1, 3), (1, 6)], "{found:?}");
    let began = Instant::now();
    interrupt(&child);
    let driver = child.id();
    assert_eq!(processes::result(child).0, Some(5));
    assert!(began.elapsed().as_secs() < 40, "{:?}", began.elapsed());
    assert!(mapped(driver).is_empty());
}

#[test]
fn a_process_that_dies_takes_all_of_its_workers_with_it_and_each_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &[&AMONG[..], &["--set", "run.duration=4s"]].concat());
    let mut lines = listen(&mut child);
    until(&mut lines, MEASURING);
    let smaller = mapped(child.id()).into_iter().find(|(_, (_, threads))| *threads == 3).unwrap().0;
    kill(Pid::from_raw(smaller), Signal::SIGKILL).unwrap();
    let (code, run) = processes::result(child);
    assert_eq!(code, Some(5));
    let lost = run["summary"]["lost_workers"].clone();
    let names: Vec<&str> = lost.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(names.len() == 2 && names.iter().all(|name| name.contains("killed by SIGKILL")), "{names:?}");
}

#[test]
fn what_threads_cannot_do_is_refused_with_what_they_can() {
    let directory = tempfile::tempdir().unwrap();
    for (set, said) in [
        ("readers.lock=fcntl", "cannot exclude each other by `fcntl`"),
        ("writer.emulate=demap", "nothing can be emulated with threads"),
        ("readers.as=processes", "only `threads` have siblings"),
        ("readers.count=0", "a thread only among readers that are threads"),
    ] {
        let output = run(directory.path(), THREADS, &["--set", set]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{set}: {message}");
        assert!(message.contains(said), "{set}: {message}");
    }
    let output = run(directory.path(), THREADS, &["--set", "writer.as=process", "--set", "writer.unmaps=5"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("only a `thread` has siblings"), "{message}");
}
