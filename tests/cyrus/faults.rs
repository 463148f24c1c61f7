//! Files that were once judged wrongly, each by every command that reads one: the same answer, with the right exit code.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{net::UnixListener, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

use mapstorm::internals::os::flock::whole_file;
use nix::{
    fcntl::{FcntlArg, fcntl},
    sys::{
        signal::{Signal, kill},
        stat::Mode,
    },
    unistd::{Pid, mkfifo},
};
use serde_json::Value;

use crate::{databases::mapstorm, needs::have};

/// No command may take so long, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(120);

/// Ends a child that outlives the deadline, and fails.
fn outcome(child: Child) -> Output {
    let pid = Pid::from_raw(child.id() as i32);
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || ended.send(child.wait_with_output().unwrap()));
    end.recv_timeout(DEADLINE).unwrap_or_else(|_| {
        kill(pid, Signal::SIGKILL).unwrap();
        panic!("the command did not end");
    })
}

fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Every command that reads a database, on this one: its name and the command.
fn commands(file: &Path, scratch: &Path) -> Vec<(&'static str, Command)> {
    let scenario = scratch.join("scenario.toml");
    let text = format!(
        "name = \"fault\"\n[file]\nsource = \"{}\"\n[readers]\ncount = 2\nrate = \"20/s\"\n[writer]\nrate = \"10/s\"\n[run]\n\
         warm-up = \"50ms\"\ncontrol = \"50ms\"\nduration = \"200ms\"\n",
        file.display()
    );
    fs::write(&scenario, text).unwrap();
    let result = scratch.join("result");
    let _ = fs::remove_dir_all(&result);
    let mailboxes = |action: &str| {
        let mut command = mapstorm();
        command.args(["mailboxes", action]).arg(file);
        command
    };
    let mut run = mapstorm();
    run.arg("run").arg(scenario).args(["--json", "--no-report", "--out"]).arg(result);
    vec![("check", mailboxes("check")), ("dump", mailboxes("dump")), ("apply", mailboxes("apply")), ("run", run)]
}

fn verdict(file: &Path) -> (Option<i32>, Value) {
    let output = outcome(start(mapstorm().args(["mailboxes", "check", "--json"]).arg(file)));
    (output.status.code(), serde_json::from_slice(&output.stdout).expect("JSON, whatever the file is"))
}

fn fixtures() -> Option<PathBuf> {
    let faults = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/faults");
    have(&faults, "the databases that were judged wrongly").then_some(faults)
}

#[test]
fn a_database_is_the_same_to_every_command() {
    let Some(fixtures) = fixtures() else { return };
    for (name, order, records, clean) in
        [("mboxsort_skiplist.db", "mboxsort", 7, true), ("skiplist_torn_tail.db", "plain", 591, false)]
    {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("mailboxes.db");
        fs::copy(fixtures.join(name), &file).unwrap();
        let before = fs::read(&file).unwrap();
        let (code, found) = verdict(&file);
        assert_eq!(code, Some(0), "{name}: {found}");
        let reported = (&found["consistent"], &found["order"], &found["records"], &found["clean"]);
        assert_eq!(reported, (&true.into(), &order.into(), &records.into(), &clean.into()), "{name}");
        for (command, mut started) in commands(&file, scratch.path()) {
            if command == "apply" {
                continue;
            }
            let output = outcome(start(&mut started));
            assert!(
                output.status.success(),
                "{name}, {command}: {} {}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(fs::read(&file).unwrap() == before, "{command} changed the file");
            match command {
                "dump" => assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), records),
                "run" => {
                    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
                    assert_eq!(run["files"][0]["records"], records, "{name}");
                    assert_eq!(run["files"][0]["order"], order, "{name}");
                    assert_eq!(run["summary"]["errors"], 0, "{name}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn damage_is_refused_by_every_command() {
    let Some(fixtures) = fixtures() else { return };
    for (name, offset) in [("skiplist_zero_tail_added.db", 103_616), ("skiplist_zeroed_page.db", 8264)] {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("mailboxes.db");
        fs::copy(fixtures.join(name), &file).unwrap();
        let before = fs::read(&file).unwrap();
        let (code, found) = verdict(&file);
        assert_eq!(code, Some(1), "{name}: {found}");
        assert_eq!((&found["consistent"], &found["kind"]), (&false.into(), &"corrupt".into()), "{name}");
        assert_eq!(found["offset"], offset, "{name}: {found}");
        for (command, mut started) in commands(&file, scratch.path()) {
            let output = outcome(start(&mut started));
            let reported = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{name}, {command}: {reported}");
            assert!(reported.contains(&format!("offset {offset:#x}")), "{name}, {command}: {reported}");
            assert!(output.stdout.is_empty(), "{name}, {command}: a part was listed");
            assert!(fs::read(&file).unwrap() == before, "{command} changed the file");
        }
    }
}

#[test]
fn other_files_are_named_and_refused_at_once() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs::write(at("empty"), b"").unwrap();
    fs::write(at("zeroskip"), [b"\xa1\x02\x8b\x0dzeroskip".as_slice(), &[0; 500]].concat()).unwrap();
    fs::write(at("sqlite"), [b"SQLite format 3\0".as_slice(), &[1; 500]].concat()).unwrap();
    fs::write(at("text"), b"user.joe\t0 default joe\tlrs\t\n").unwrap();
    mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    fs::create_dir(at("directory")).unwrap();
    for (file, kind, words) in [
        (at("empty"), "empty", "the file is empty"),
        (at("zeroskip"), "zeroskip", "zeroskip database"),
        (at("sqlite"), "sqlite", "SQLite"),
        (at("text"), "text", "this is text"),
        (at("fifo"), "irregular", "a FIFO"),
        (at("socket"), "irregular", "a socket"),
        (at("directory"), "irregular", "a directory"),
        (PathBuf::from("/dev/zero"), "irregular", "a character device"),
    ] {
        let (code, found) = verdict(&file);
        assert_eq!((code, &found["consistent"]), (Some(2), &false.into()), "{found}");
        assert_eq!(found["kind"], kind);
        for (command, mut started) in commands(&file, scratch.path()) {
            let output = outcome(start(&mut started));
            let reported = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command} {}: {reported}", file.display());
            assert!(reported.contains(words) && reported.contains(file.to_str().unwrap()), "{command}: {reported}");
            assert!(!scratch.path().join("result").exists(), "{command} left something behind");
        }
    }
    // As the source of a sweep, too.
    let (_, mut run) = commands(&at("fifo"), scratch.path()).pop().unwrap();
    let output = outcome(start(run.args(["--axis", "readers.count=1,2"])));
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_lock_of_somebody_else_is_waited_for_aloud() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("mailboxes.db");
    let made = mapstorm().args(["mailboxes", "generate", "--mailboxes", "5"]).arg(&file).output().unwrap();
    assert!(made.status.success());
    // Nothing else in this process may open the file: closing it would give the lock back.
    let held = fs::OpenOptions::new().read(true).write(true).open(&file).unwrap();
    let lock = |kind| fcntl(&held, FcntlArg::F_SETLK(&whole_file(kind))).unwrap();
    lock(libc::F_WRLCK);
    let reported = |child: &mut Child| {
        let lines = BufReader::new(child.stderr.as_mut().unwrap()).lines().map_while(Result::ok);
        let line = lines.into_iter().find(|line| !line.starts_with("mounted tracefs")).unwrap();
        assert!(line.contains(&format!("locked by process {}", std::process::id())), "{line}");
        assert!(line.contains(file.to_str().unwrap()), "{line}");
    };
    for (command, mut started) in commands(&file, scratch.path()) {
        let mut child = start(&mut started);
        reported(&mut child);
        assert!(child.try_wait().unwrap().is_none(), "{command} went on without the lock");
        kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
        let ended = outcome(child).status;
        // A run ends in its own way; the others die of the signal.
        let expected = if command == "run" { (Some(5), None) } else { (None, Some(libc::SIGTERM)) };
        assert_eq!((ended.code(), ended.signal()), expected, "{command}");
        assert!(!scratch.path().join("result").exists(), "{command} left something behind");
    }
    let mut waiting: Vec<_> = commands(&file, scratch.path())
        .into_iter()
        .filter(|(command, _)| *command != "run")
        .map(|(command, mut started)| (command, start(&mut started)))
        .collect();
    waiting.iter_mut().for_each(|(_, child)| reported(child));
    lock(libc::F_UNLCK);
    for (command, child) in waiting {
        let output = outcome(child);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
