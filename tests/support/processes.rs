//! What tests of a run's processes share: a run that takes a minute, what it reports, and its processes in /proc.
//! Every wait is for something that must come, with a deadline.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

pub const LONG: &str = r#"
[file]
format = "twoskip"
mailboxes = 300
[readers]
count = 6
rate = "50/s"
[writer]
rate = "20/s"
[run]
warm-up = "0s"
control = "0ms"
duration = "60s"
"#;
/// What a run reports once a second while it measures.
pub const MEASURING: &str = " done; last second";
/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(50);

pub fn start(directory: &Path, arguments: &[&str]) -> Child {
    let scenario = directory.join("long.toml");
    fs::write(&scenario, LONG).unwrap();
    Command::new(env!("CARGO_BIN_EXE_mapstorm"))
        .arg("run")
        .arg(&scenario)
        .args(["--json", "--no-report", "--out"])
        .arg(directory.join("result"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

pub fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub struct Process {
    pub pid: Pid,
    pub parent: u32,
    pub name: String,
    pub command_line: String,
}

/// All processes that have a command line: those that have ended, and are not waited for yet, have none.
pub fn processes() -> Vec<Process> {
    let process = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_string_lossy().parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(") ")?;
        let parent = rest.split(' ').nth(1)?.parse().ok()?;
        let line = fs::read(entry.path().join("cmdline")).ok().filter(|line| !line.is_empty())?;
        let command_line = String::from_utf8_lossy(&line).replace('\0', " ").trim_end().to_owned();
        Some(Process { pid: Pid::from_raw(pid), parent, name: name.to_owned(), command_line })
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(process).collect()
}

pub fn is_gone(pid: Pid) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')),
        Err(_) => true,
    }
}

/// Reads what the driver reports until a line has these words; all of it.
pub fn until(lines: &mut BufReader<ChildStderr>, words: &str) -> String {
    let mut reported = String::new();
    while !reported.contains(words) {
        assert!(lines.read_line(&mut reported).unwrap() > 0, "it ended without reporting {words:?}: {reported}");
    }
    reported
}

pub fn listen(child: &mut Child) -> BufReader<ChildStderr> {
    BufReader::new(child.stderr.take().unwrap())
}

pub fn interrupt(child: &Child) {
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
}

/// The exit code and `run.json`; null if there is no result.
pub fn result(child: Child) -> (Option<i32>, Value) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}
