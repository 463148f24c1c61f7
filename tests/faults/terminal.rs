//! Standard output and standard error that are closed, full, or hang up.

use std::{
    fs::{self, File},
    process::{Command, Stdio},
};

use nix::{
    sys::wait::{WaitStatus, waitpid},
    unistd::Pid,
};

use super::{Trial, names_in, reasons, said, until};

/// A pipe without a reader.
fn closed_pipe() -> Stdio {
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    write.into()
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

#[test]
fn a_broken_standard_error_changes_nothing() {
    for stderr in [closed_pipe(), full()] {
        let trial = Trial::new();
        let output = trial.run(&[]).stderr(stderr).output().unwrap();
        trial.is_whole(&output);
        assert!(String::from_utf8_lossy(&output.stdout).contains("lookup"), "the summary is shown");
    }
}

#[test]
fn a_sweep_keeps_its_points_without_a_standard_error() {
    let trial = Trial::new();
    let output = trial.run(&["--axis", "readers.count=2,3", "--repeats", "1"]).stderr(closed_pipe()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(trial.left(), ["result"]);
    assert_eq!(names_in(&trial.path("result/points")).len(), 2);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let trial = Trial::new();
    let output = trial.run(&["--json"]).stdout(closed_pipe()).output().unwrap();
    trial.is_whole(&output);
}

#[test]
fn results_that_cannot_be_shown_are_kept_and_their_path_is_said() {
    let trial = Trial::new();
    let output = trial.run(&[]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("standard output") && message.ends_with("the results are in result\n"), "{message}");
    assert_eq!(trial.figures("result")["summary"]["complete"], true);
    // Nothing that prints says that all is well.
    let database = trial.path("made.db").into_os_string().into_string().unwrap();
    let made = trial.command_by(&[], &["mailboxes", "generate", "--mailboxes", "200", &database]).output().unwrap();
    assert!(made.status.success(), "{}", said(&made));
    let commands = [
        &["list", "."][..],
        &["diagnose", "result"],
        &["export", "result", "--format", "csv"],
        &["man"],
        &["mailboxes", "check", &database],
        &["mailboxes", "dump", &database],
    ];
    for arguments in commands {
        let output = trial.command_by(&[], arguments).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        let output = trial.command_by(&[], arguments).stdout(closed_pipe()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn a_terminal_that_hangs_up_ends_the_run_and_keeps_what_was_measured() {
    let trial = Trial::new();
    let program = env!("CARGO_BIN_EXE_mapstorm");
    let run = format!("exec {program} run scenario.toml --no-report --out result --set run.duration=60s");
    // script(1) is the terminal, and the program the leader of its session. Killed, it hangs up; then the program is our child.
    nix::sys::prctl::set_child_subreaper(true).unwrap();
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--flush", "--command", &run, "shown"]).current_dir(trial.path(""));
    let mut terminal = terminal.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // It measures once it counts what is done.
    until("the measured span", || {
        let shown = fs::read(trial.path("shown")).unwrap_or_default();
        String::from_utf8_lossy(&shown).contains(" done;").then_some(())
    });
    let children = format!("/proc/{0}/task/{0}/children", terminal.id());
    let driver = Pid::from_raw(fs::read_to_string(children).unwrap().trim().parse().unwrap());
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    assert_eq!(waitpid(driver, None), Ok(WaitStatus::Exited(driver, 5)));
    assert_eq!(trial.left(), ["result", "shown"]);
    assert!(reasons(&trial.figures("result")).contains("interrupted"));
}
