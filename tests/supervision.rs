//! Who watches over whom: noise probes, late joiners and tracing commands die, or the driver does, and nothing is left or lost.
//! Every wait is for something that must come, with a deadline.
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
    unistd::Pid,
};
use serde_json::Value;

const LONG: &str = r#"
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
interval = "100ms"
"#;
/// Long enough for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(50);

fn start(directory: &Path, arguments: &[&str]) -> Child {
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

/// Processes whose command lines begin with these words.
fn with_words(words: &str) -> Vec<Pid> {
    let pids = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let pid = entry.file_name().to_string_lossy().parse().ok()?;
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let line: Vec<u8> = line.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
        String::from_utf8_lossy(&line).starts_with(words).then(|| Pid::from_raw(pid))
    });
    pids.collect()
}

/// Children of a process that say that they are so and so.
fn children(parent: u32, title: &str) -> Vec<Pid> {
    let parent_of = |pid: &Pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok()
    };
    with_words(title).into_iter().filter(|pid| parent_of(pid) == Some(parent)).collect()
}

fn gone(pid: Pid) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')),
        Err(_) => true,
    }
}

/// Reads what the driver tells until a line has these words; all of it.
fn until(lines: &mut BufReader<ChildStderr>, words: &str) -> String {
    let mut told = String::new();
    while !told.contains(words) {
        assert!(lines.read_line(&mut told).unwrap() > 0, "it ended and never told of {words:?}: {told}");
    }
    told
}

fn listen(child: &mut Child) -> BufReader<ChildStderr> {
    BufReader::new(child.stderr.take().unwrap())
}

fn interrupt(child: &Child) {
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
}

fn result(child: Child) -> (Option<i32>, Value) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

const MEASURING: &str = " done; last second";

#[test]
fn a_noise_probe_that_dies_is_told_of_at_once_and_marked_and_the_run_goes_on() {
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
    assert!(last(&probes[1]) > 0 && last(&probes[1]) < last(&probes[0]), "what it saw until then stands: {probes}");
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
    let told = until(&mut lines, "lost mapstorm reader 5 instance 0 (");
    let expected = format!("({}: open: No such file or directory", file.display());
    assert!(told.contains(&expected), "{told}");
    interrupt(&child);
    let (code, json) = result(child);
    assert_eq!(code, Some(5));
    let lost = json["summary"]["lost_workers"].to_string();
    assert!(lost.contains("mapstorm reader 5 instance 0") && lost.contains("No such file"), "{lost}");
}

#[test]
fn all_that_a_tracing_command_starts_is_gone_with_a_driver_that_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    // A number that no other process sleeps for: a child of the shell, one of another session, and one that nobody waits for.
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
        // And the crowd, as far as it is there: readers, the writer, noise probes.
        let crowd = children(child.id(), "mapstorm ");
        let everybody = [all, guard, crowd].concat();
        child.kill().unwrap();
        child.wait().unwrap();
        wait_for("their end", || everybody.iter().all(|pid| gone(*pid)).then_some(()));
        wait_for("the end of those they started meanwhile", || sleeping().iter().all(|pid| gone(*pid)).then_some(()));
    }
}

#[test]
fn a_tracing_command_whose_guard_is_killed_is_told_of_and_the_run_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let number = 600_000 + std::process::id();
    let mut child = start(directory.path(), &["--trace", &format!("sleep 1{number}; true")]);
    let mut lines = listen(&mut child);
    until(&mut lines, MEASURING);
    let guard = children(child.id(), "mapstorm guard of the --trace command");
    kill(guard[0], Signal::SIGKILL).unwrap();
    until(&mut lines, "lost the command of --trace (its guard was killed by SIGKILL)");
    wait_for("the end of what it guarded", || {
        with_words(&format!("sleep 1{number}")).iter().all(|pid| gone(*pid)).then_some(())
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
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(&format!("--trace '{command}': ")) && told.contains(why), "{told}");
        assert!(!told.contains(MEASURING) && output.stdout.is_empty(), "{told}");
    }
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["long.toml"]);
}

#[test]
fn who_interrupts_a_run_before_it_measures_is_told_so_in_a_sentence() {
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
        let told = until(&mut lines, &format!("nothing was measured: interrupted {phase}; there is no result"));
        assert!(!told.contains("froze") && !told.contains("results in"), "{told}");
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(5), 0));
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["long.toml"], "nothing is left of it");
    }
}

#[test]
fn a_driver_that_is_started_deaf_to_its_children_hears_of_them_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("short.toml");
    fs::write(&scenario, LONG.replace("60s", "1s")).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' CHLD; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_mapstorm"), "run"]).arg(&scenario);
    let output = shell.args(["--no-report", "--json", "--out"]).arg(directory.path().join("result")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["summary"]["complete"], true, "{}", json["summary"]);
}

#[test]
fn nobody_forks_while_another_thread_is_alive() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || stopped.recv());
    let refused = mapstorm::internals::os::fork::fork_worker(|| 0).unwrap_err();
    assert!(refused.to_string().contains("threads are alive: forking is unsafe"), "{refused}");
    drop(stop);
    let _ = thread.join().unwrap();
}
