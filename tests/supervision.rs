//! Supervision: noise probes, late joiners and tracing commands die, or the driver does, and no process or result is lost.
#![cfg(target_os = "linux")]

#[path = "support/processes.rs"]
mod processes;

use std::{fs, process::Command};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use processes::{LONG, MEASURING, interrupt, is_gone, listen, processes, result, start, until, wait_for};
use serde_json::Value;

/// Processes whose command lines begin with these words.
fn with_words(words: &str) -> Vec<Pid> {
    processes().iter().filter(|process| process.command_line.starts_with(words)).map(|process| process.pid).collect()
}

/// Children of a process that have such a title.
fn children(parent: u32, title: &str) -> Vec<Pid> {
    let is_child = |process: &&processes::Process| process.parent == parent && process.command_line.starts_with(title);
    processes().iter().filter(is_child).map(|process| process.pid).collect()
}

#[test]
fn a_noise_probe_that_dies_is_reported_at_once_and_marked_and_the_run_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &[]);
    let probe = wait_for("the noise probes", || {
        let found = [0, 1].map(|number| children(child.id(), &format!("mapstorm noise probe {number}")));
        (found[0].len() == 1 && found[1].len() == 1).then(|| found[1][0])
    });
    let name = fs::read_to_string(format!("/proc/{probe}/comm")).unwrap();
    assert_eq!(name.trim(), "mapstorm-n1");
    let mut lines = listen(&mut child);
    until(&mut lines, MEASURING);
    kill(probe, Signal::SIGKILL).unwrap();
    until(&mut lines, "lost mapstorm noise probe 1 (killed by SIGKILL); the run goes on");
    until(&mut lines, MEASURING);
    interrupt(&child);
    let (code, json) = result(child);
    assert_eq!(code, Some(5));
    assert_eq!(json["summary"]["complete"], false);
    assert_eq!(json["summary"]["lost_workers"], serde_json::json!(["mapstorm noise probe 1 (killed by SIGKILL)"]));
    let probes = &json["recording"]["noise_probes"];
    assert_eq!((&probes[0]["lost"], &probes[1]["lost"]), (&Value::Null, &"killed by SIGKILL".into()));
    let last = |probe: &Value| probe["last_tick_ns"].as_i64().unwrap();
    assert!(last(&probes[1]) > 0 && last(&probes[1]) < last(&probes[0]), "what it measured until then stays: {probes}");
    let caveats = json["diagnosis"]["caveats"].to_string();
    assert!(caveats.contains("the noise probe `pinned` was lost"), "{caveats}");
}

#[test]
fn a_reader_that_joins_late_and_cannot_open_its_file_is_lost_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("files");
    fs::create_dir(&place).unwrap();
    let at = format!("file.directory={}", place.display());
    let ramp = ["--set", &at, "--set", "readers.ramp.from=5", "--set", "readers.ramp.over=4s"];
    let mut child = start(directory.path(), &[&ramp[..], &["--set", "writer.count=0"]].concat());
    let mut lines = listen(&mut child);
    wait_for("the workers", || (children(child.id(), "mapstorm reader").len() == 6).then_some(()));
    let own = fs::read_dir(&place).unwrap().next().unwrap().unwrap().path();
    let file = own.join("mailboxes-0.db");
    fs::rename(&file, place.join("elsewhere")).unwrap();
    let reported = until(&mut lines, "lost mapstorm reader 5 instance 0 (");
    let expected = format!("({}: open: No such file or directory", file.display());
    assert!(reported.contains(&expected), "{reported}");
    interrupt(&child);
    let (code, json) = result(child);
    assert_eq!(code, Some(5));
    let lost = json["summary"]["lost_workers"].to_string();
    assert!(lost.contains("mapstorm reader 5 instance 0") && lost.contains("No such file"), "{lost}");
}

#[test]
fn all_that_a_tracing_command_starts_is_gone_with_a_driver_that_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    // A number that no other process sleeps for: a child of the shell, one of another session, and one without a parent that waits.
    let number = 100_000 + std::process::id();
    let command = format!(
        "sleep 1{number} & setsid sleep 2{number} & (setsid sh -c 'sleep 3{number} & sleep 4{number}' &); trap '' INT TERM; sleep 5{number}"
    );
    let phases: [(&[&str], &str); 3] =
        [(&[], "records in 1 file"), (&["--set", "run.warm-up=30s"], "warming up"), (&[], MEASURING)];
    for (arguments, phase) in phases {
        let mut child = start(directory.path(), &[arguments, &["--trace", &command]].concat());
        let mut lines = listen(&mut child);
        until(&mut lines, phase);
        let sleeping = || (1..=5).flat_map(|which| with_words(&format!("sleep {which}{number}"))).collect::<Vec<_>>();
        let all = wait_for("the tracing command", || Some(sleeping()).filter(|all| all.len() == 5));
        let guard = children(child.id(), "mapstorm guard of the --trace command");
        assert_eq!(guard.len(), 1, "{phase}");
        // And the workers that are there: readers, the writer, noise probes.
        let workers = children(child.id(), "mapstorm ");
        let everyone = [all, guard, workers].concat();
        child.kill().unwrap();
        child.wait().unwrap();
        wait_for("their end", || everyone.iter().all(|pid| is_gone(*pid)).then_some(()));
        wait_for("the end of those they started meanwhile", || {
            sleeping().iter().all(|pid| is_gone(*pid)).then_some(())
        });
    }
}

#[test]
fn a_tracing_command_whose_guard_is_killed_is_reported_and_the_run_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let number = 600_000 + std::process::id();
    let mut child = start(directory.path(), &["--trace", &format!("sleep 1{number}; true")]);
    let mut lines = listen(&mut child);
    until(&mut lines, MEASURING);
    let guard = children(child.id(), "mapstorm guard of the --trace command");
    kill(guard[0], Signal::SIGKILL).unwrap();
    until(&mut lines, "lost the command of --trace (its guard was killed by SIGKILL)");
    wait_for("the end of what it guarded", || {
        with_words(&format!("sleep 1{number}")).iter().all(|pid| is_gone(*pid)).then_some(())
    });
    interrupt(&child);
    let (code, json) = result(child);
    assert_eq!(code, Some(5));
    let why = json["summary"]["incomplete_because"].to_string();
    assert!(why.contains("interrupted") && why.contains("guard was killed by SIGKILL"), "{why}");
}

#[test]
fn a_tracing_command_that_cannot_start_is_refused_and_nothing_is_measured() {
    let directory = tempfile::tempdir().unwrap();
    for (command, why) in [
        ("nosuchcommand -a", "there is no command `nosuchcommand`"),
        ("cd / && nosuchcommand -a", "nosuchcommand"),
        ("/etc/passwd", "/etc/passwd"),
    ] {
        let output = start(directory.path(), &["--trace", command]).wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(&format!("--trace '{command}': ")) && errors.contains(why), "{errors}");
        assert!(!errors.contains(MEASURING) && output.stdout.is_empty(), "{errors}");
    }
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["long.toml"]);
}

#[test]
fn an_interruption_before_the_measured_span_is_reported_in_a_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let warm_up = ["--set", "run.warm-up=30s"];
    let control = ["--set", "run.control=30s", "--set", "run.warm-up=1s"];
    for (arguments, seen, phase) in
        [(&warm_up[..], "warming up, 2", "during the warm-up"), (&control[..], "warming up, 2", "in the control span")]
    {
        let mut child = start(directory.path(), arguments);
        let mut lines = listen(&mut child);
        until(&mut lines, seen);
        interrupt(&child);
        let reported = until(&mut lines, &format!("nothing was measured: interrupted {phase}; there is no result"));
        assert!(!reported.contains("froze") && !reported.contains("results in"), "{reported}");
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(5), 0));
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["long.toml"], "nothing is left of it");
    }
}

#[test]
fn a_driver_that_is_started_with_sigchld_ignored_waits_for_its_children_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("short.toml");
    fs::write(&scenario, LONG.replace("60s", "1s")).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' CHLD; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_mapstorm"), "run"]).arg(&scenario);
    let output = shell.args(["--no-report", "--json", "--out"]).arg(directory.path().join("result")).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["summary"]["complete"], true, "{}", json["summary"]);
}

#[test]
fn no_process_is_forked_while_another_thread_is_alive() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || stopped.recv());
    let refused = mapstorm::internals::os::fork::fork_worker(|| 0).unwrap_err();
    assert!(refused.to_string().contains("threads are alive: forking is unsafe"), "{refused}");
    drop(stop);
    let _ = thread.join().unwrap();
}

#[test]
fn operations_that_wait_when_the_run_ends_are_recorded_with_their_phase_and_their_age() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("files");
    fs::create_dir(&place).unwrap();
    let mut child = start(directory.path(), &["--set", &format!("file.directory={}", place.display())]);
    let mut lines = listen(&mut child);
    until(&mut lines, MEASURING);
    let path = wait_for("the file", || {
        let mut inside = fs::read_dir(&place).unwrap().flatten().map(|entry| entry.path().join("mailboxes-0.db"));
        inside.find(|path| path.is_file())
    });
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let lock = |kind| {
        let request = mapstorm::internals::os::flock::whole_file(kind);
        nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_SETLKW(&request)).unwrap();
    };
    lock(libc::F_WRLCK);
    // Two seconds of measuring, in which whoever is due waits.
    until(&mut lines, MEASURING);
    until(&mut lines, MEASURING);
    interrupt(&child);
    let (_, json) = result(child);
    lock(libc::F_UNLCK);
    let in_flight = json["summary"]["in_flight"].as_array().unwrap();
    for role in ["reader", "writer"] {
        let is_waiting = |group: &&Value| group["role"] == role && group["part"] == "lock";
        let group = in_flight.iter().find(is_waiting).unwrap_or_else(|| panic!("{role}: {in_flight:?}"));
        assert!(group["oldest_ns"].as_u64() > Some(500_000_000) && group["completed_later"] == 0, "{group}");
        let rows = json["summary"]["rows"].as_array().unwrap();
        let row = |series: &str| rows.iter().find(|row| row["role"] == role && row["series"] == series).unwrap();
        let (ages, responses) = (row("unfinished"), row("response"));
        assert!(ages["count"].as_u64() > Some(0) && ages["max_ns"].as_u64() > Some(500_000_000), "{ages}");
        assert_eq!((&responses["unfinished"], &responses["max_ns"]), (&ages["count"], &ages["max_ns"]), "{responses}");
        assert!(!responses["at_least_from"].is_null(), "{responses}");
    }
}
