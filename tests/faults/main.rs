//! What becomes of a measurement when something around it breaks: the terminal, the disk, a name, a process.
//! Nothing here waits for a time of its own: everything is waited for until it is there, with a deadline that a busy machine keeps. Who still lives is
//! read from Linux's /proc.
#![cfg(target_os = "linux")]

mod disk;
mod killed;
mod names;
#[path = "../support/mod.rs"]
mod support;
mod terminal;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::Value;
use support::names_in;

const SMALL: &str = r#"
name = "small"
[file]
format = "twoskip"
mailboxes = 200
[readers]
count = 6
rate = "20/s"
[writer]
rate = "20/s"
[run]
warm-up = "50ms"
control = "50ms"
duration = "400ms"
seed = 77
"#;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A directory with the small scenario in it, in which the program is run.
struct Trial {
    root: tempfile::TempDir,
}

impl Trial {
    fn new() -> Trial {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("scenario.toml"), SMALL).unwrap();
        Trial { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The program with its arguments behind those of another one that starts it.
    fn command_by(&self, starter: &[&str], arguments: &[&str]) -> Command {
        let words: Vec<&str> = starter.iter().copied().chain([env!("CARGO_BIN_EXE_mapstorm")]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(arguments).current_dir(self.root.path());
        command
    }

    /// `mapstorm run` of the small scenario, whose result goes to `result`.
    fn run(&self, arguments: &[&str]) -> Command {
        self.command_by(&[], &[&["run", "scenario.toml", "--no-report", "--out", "result"], arguments].concat())
    }

    /// `run.json` of a result.
    fn figures(&self, result: &str) -> Value {
        support::json(&self.path(result).join("run.json"))
    }

    /// Names in the directory, sorted, but for the scenario.
    fn left(&self) -> Vec<String> {
        names_in(self.root.path()).into_iter().filter(|name| name != "scenario.toml").collect()
    }

    /// The result is there, whole, and nothing else.
    fn is_whole(&self, output: &Output) {
        assert_eq!(output.status.code(), Some(0), "{}", said(output));
        assert_eq!(self.left(), ["result"]);
        let figures = self.figures("result");
        assert_eq!(figures["summary"]["complete"], true, "{}", figures["summary"]);
        assert!(figures["summary"]["readers"]["completed"].as_u64().unwrap() > 0);
    }
}

/// Why a result is incomplete.
fn reasons(figures: &Value) -> String {
    assert_eq!(figures["summary"]["complete"], false, "{}", figures["summary"]);
    figures["summary"]["incomplete_because"].to_string()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Waits until something is there.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what}: still not after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a driver has stopped itself at the moment that `MAPSTORM_TEST_STOP` names; its number.
fn wait_until_stopped(child: &std::process::Child) -> nix::unistd::Pid {
    let stat = format!("/proc/{}/stat", child.id());
    until("a driver that has stopped itself", || {
        let stat = fs::read_to_string(&stat).unwrap();
        stat.rsplit_once(") ").unwrap().1.starts_with('T').then_some(())
    });
    nix::unistd::Pid::from_raw(child.id() as i32)
}
