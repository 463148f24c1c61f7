//! A disk that is full while results are written, and limits of the process.

use std::{fs, io::Write, process::Command};

use nix::sys::signal::{Signal, kill};

use super::{Trial, reasons, said, until};

#[test]
fn whatever_cannot_be_written_the_rest_is_kept() {
    // A run writes seven times; see `results::write`.
    for (time, missing) in [("1", ""), ("2", "latency.hlog"), ("6", "counters.csv"), ("7", "")] {
        let trial = Trial::new();
        let output = trial.run(&[]).env("MAPSTORM_TEST_FULL", time).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "write {time}: {}", said(&output));
        assert_eq!(trial.left(), ["result"], "write {time}");
        let figures = trial.figures("result");
        assert!(figures["summary"]["readers"]["completed"].as_u64().unwrap() > 0);
        let reasons = reasons(&figures);
        assert!(reasons.contains("No space left") || time == "7", "write {time}: {reasons}");
        assert!(!reasons.contains("diagnosed"), "write {time}: {reasons}");
        assert!(said(&output).contains("results in result"), "{}", said(&output));
        assert!(missing.is_empty() || !trial.path("result").join(missing).exists());
        assert!(missing.is_empty() || reasons.contains(missing), "write {time}: {reasons}");
        // What was written can be read, and what is missing is reported.
        for (arguments, code) in [(["report", "result"], 0), (["diagnose", "result"], 5)] {
            let output = trial.command_by(&[], &arguments).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "write {time}: {}", said(&output));
            let is_said = said(&output).contains(&format!("{missing} is missing (the result is incomplete"));
            assert!(missing.is_empty() || arguments[0] == "report" || is_said, "write {time}: {}", said(&output));
        }
    }
}

#[test]
fn a_disk_that_stays_full_leaves_the_figures_on_the_screen() {
    let trial = Trial::new();
    let output = trial.run(&[]).env("MAPSTORM_TEST_FULL", "1-").output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("No space left") && shown.contains("lookup"), "{shown}");
    assert_eq!(trial.left(), ["result"]);
}

#[test]
fn a_series_keeps_the_points_that_it_has() {
    let trial = Trial::new();
    // The first run writes seven times, then the series its own file; then the disk is full.
    let sweep = ["--axis", "readers.count=2,3", "--repeats", "1"];
    let output = trial.run(&sweep).env("MAPSTORM_TEST_FULL", "9-").output().unwrap();
    assert_ne!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(trial.left(), ["result"]);
    let report = super::support::json(&trial.path("result/sweep.json"));
    assert_eq!((&report["complete"], report["runs"].as_array().unwrap().len()), (&false.into(), 1));
    let points = super::names_in(&trial.path("result/points"));
    assert!(trial.path("result/points").join(&points[0]).join("run.json").exists());
}

/// A file system of its own, gone with the test. `None`: this user may not mount one.
struct Disk<'a>(&'a std::path::Path);

impl Disk<'_> {
    fn mount<'a>(place: &'a std::path::Path, size: &str) -> Option<Disk<'a>> {
        fs::create_dir(place).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "mapstorm-test"]).arg(place);
        mount.output().is_ok_and(|output| output.status.success()).then_some(Disk(place))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn a_disk_that_fills_up_while_it_measures_has_room_for_the_results() {
    let trial = Trial::new();
    let place = trial.path("disk");
    let Some(_disk) = Disk::mount(&place, "64m") else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    let run = ["run", "scenario.toml", "--no-report", "--out", "disk/result", "--set", "file.directory=."];
    let child = trial
        .command_by(&[], &run)
        .env("MAPSTORM_TEST_STOP", "files-made")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let driver = super::wait_until_stopped(&child);
    assert!(place.join(".result.unfinished/.reserve").exists());
    let mut filler = fs::File::create(place.join("filler")).unwrap();
    let piece = vec![7_u8; 64 << 10];
    until("a full disk", || filler.write_all(&piece).is_err().then_some(()));
    kill(driver, Signal::SIGCONT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(trial.figures("disk/result")["summary"]["complete"], true);
    assert_eq!(super::names_in(&place), ["filler", "result"]);
}

#[test]
fn a_store_that_finds_no_room_is_an_error_and_the_next_writer_recovers() {
    let trial = Trial::new();
    let place = trial.path("disk");
    let Some(_disk) = Disk::mount(&place, "4m") else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    let mapstorm = |arguments: &[&str], input: &str| {
        let mut command = trial.command_by(&[], arguments);
        let piped = std::process::Stdio::piped;
        let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        // Most commands read nothing.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    };
    let file = "disk/mailboxes.db";
    let made = mapstorm(&["mailboxes", "generate", "--format", "twom", "--size", "1MiB", file], "");
    assert!(made.status.success(), "{}", said(&made));
    let before = mapstorm(&["mailboxes", "dump", file], "").stdout;
    let mut filler = fs::File::create(place.join("filler")).unwrap();
    let piece = vec![7_u8; 4 << 10];
    until("a full disk", || filler.write_all(&piece).is_err().then_some(()));
    // The file is long enough for this record; the pages that it comes to are a hole, and stores to them raise SIGBUS.
    let set = format!("set user.new\t{}\n", "v".repeat(100_000));
    let full = mapstorm(&["mailboxes", "apply", file], &set);
    assert_eq!(full.status.code(), Some(1), "{}", said(&full));
    assert!(said(&full).contains("free some space"), "{}", said(&full));
    let dumped = mapstorm(&["mailboxes", "dump", file], "");
    assert!(dumped.status.success() && dumped.stdout == before, "what was committed stays: {}", said(&dumped));
    drop(filler);
    fs::remove_file(place.join("filler")).unwrap();
    let applied = mapstorm(&["mailboxes", "apply", file], &set);
    assert!(applied.status.success(), "{}", said(&applied));
    let after = mapstorm(&["mailboxes", "dump", file], "").stdout;
    assert_eq!(after.len(), before.len() + set.len() - "set ".len());
}
