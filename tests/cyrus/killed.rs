//! Our writer killed between any two of its system calls: real Cyrus must open what it leaves, with the committed records.
//! strace kills it at the n-th call of each name, before that call is carried out.

use std::{collections::BTreeMap, fs, os::unix::process::ExitStatusExt, path::Path, process::Command};

use crate::{
    databases::{records, states, with_input},
    needs::have,
    tool::{Cyrus, have_cyrus},
};

const STRACE: &str = "/usr/bin/strace";
/// Calls that change the file or its lock. Between two of them the file stays the same, whatever else is called.
const CALLS: [&str; 8] = ["write", "writev", "fdatasync", "fsync", "ftruncate", "rename", "fcntl", "close"];

/// How often our writer makes each call for `edits`. `None`: this machine does not let strace trace.
fn count(cyrus: &Cyrus, edits: &[u8], flags: &[&str]) -> Option<BTreeMap<String, usize>> {
    let log = cyrus.directory.path().join("strace.log");
    let mut command = Command::new(STRACE);
    command.arg("-f").arg("-o").arg(&log).arg("-e").arg(format!("trace={}", CALLS.join(",")));
    command.arg(env!("CARGO_BIN_EXE_mapstorm")).args(["mailboxes", "apply"]).args(flags).arg(cyrus.file());
    let output = with_input(&mut command, edits);
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(std::env::var_os("CI").is_none(), "CI needs a machine where strace may trace: {why}");
        eprintln!("skipped: strace: {why}");
        return None;
    }
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(&log).unwrap().lines() {
        if let Some((_, rest)) = line.split_once(' ')
            && let Some((name, _)) = rest.trim_start().split_once('(')
        {
            *counts.entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    Some(counts)
}

/// Runs our writer and kills it as it enters call `name` for the `nth` time.
fn kill_at(cyrus: &Cyrus, edits: &[u8], flags: &[&str], name: &str, nth: usize) {
    let mut command = Command::new(STRACE);
    command.args(["-f", "-o", "/dev/null", "-e"]).arg(format!("trace={name}"));
    command.arg("-e").arg(format!("inject={name}:signal=KILL:when={nth}"));
    command.arg(env!("CARGO_BIN_EXE_mapstorm")).args(["mailboxes", "apply"]).args(flags).arg(cyrus.file());
    let output = with_input(&mut command, edits);
    // strace ends as its tracee does.
    assert_eq!(output.status.signal(), Some(9), "{name} {nth}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Kills our writer at every `step`th occasion, and lets Cyrus judge. `edits` are transactions; Cyrus may list the file as it was
/// before, or after any of them. Returns how many occasions there were.
fn killed_everywhere(format: &'static str, mailboxes: u32, edits: &str, flags: &[&str], step: usize) -> Option<usize> {
    let cyrus = Cyrus::new(format);
    cyrus.generate(mailboxes, "cyrus-2.3");
    let original = fs::read(cyrus.file()).unwrap();
    // Every state that is right: nothing, and each commit.
    let states = states(records(&cyrus.our_listing()), edits);
    let counts = count(&cyrus, edits.as_bytes(), flags)?;
    let occasions: Vec<(&String, usize)> =
        counts.iter().flat_map(|(name, count)| (1..=*count).map(move |nth| (name, nth))).step_by(step).collect();
    let mut seen = vec![0; states.len()];
    for (name, nth) in &occasions {
        let at = format!("{format} {flags:?}, killed at {name} {nth}");
        let _ = fs::remove_file(cyrus.directory.path().join("tested.db.NEW"));
        fs::write(cyrus.file(), &original).unwrap();
        kill_at(&cyrus, edits.as_bytes(), flags, name, *nth);
        if format == "skiplist" {
            // Only a writer looks at the tail: this one finds it and recovers.
            cyrus.dbtool(&["set", "user.after", "v"]);
        }
        let mut theirs = records(&cyrus.their_listing());
        theirs.remove("user.after");
        let state = states.iter().position(|state| *state == theirs);
        seen[state.unwrap_or_else(|| panic!("{at}: Cyrus lists neither the state before nor after"))] += 1;
        // And our own writer goes on from there.
        cyrus.apply(b"set user.later\tv\n");
        cyrus.assert_checked();
        let mut ours = records(&cyrus.our_listing());
        assert!(ours.remove("user.later").is_some());
        ours.remove("user.after");
        assert_eq!(ours, theirs, "{at}");
    }
    assert!(seen[0] > 0 && seen[seen.len() - 1] > 0, "{format}: states found after the kills: {seen:?}");
    Some(occasions.len())
}

#[test]
fn a_killed_commit_leaves_what_cyrus_can_open() {
    if !have_cyrus() || !have(Path::new(STRACE), "strace") {
        return;
    }
    for format in ["twoskip", "skiplist"] {
        let cyrus = Cyrus::new(format);
        cyrus.generate(30, "cyrus-2.3");
        let keys: Vec<String> = records(&cyrus.our_listing()).into_keys().collect();
        let edits = format!("set {}\treplaced\nset user.new\tstored\ndelete {}\n", keys[9], keys[20]);
        let Some(occasions) = killed_everywhere(format, 30, &edits, &[], 1) else { return };
        assert!(occasions >= 15, "{format}: only {occasions}");
    }
}

#[test]
fn a_killed_checkpoint_leaves_what_cyrus_can_open() {
    if !have_cyrus() || !have(Path::new(STRACE), "strace") {
        return;
    }
    for format in ["twoskip", "skiplist"] {
        // Large values, so that few commits make the file due.
        let value = "v".repeat(9000);
        let edits = format!("set user.a\t{value}\n\nset user.a\t{value}w\n\nset user.a\t{value}x\n");
        let Some(occasions) = killed_everywhere(format, 12, &edits, &["--checkpoint"], 3) else { return };
        assert!(occasions >= 15, "{format}: only {occasions}");
        let whole = Cyrus::new(format);
        whole.generate(12, "cyrus-2.3");
        let counts = count(&whole, edits.as_bytes(), &["--checkpoint"]).unwrap();
        assert!(counts.contains_key("rename"), "{format}: there was a checkpoint to be killed in");
        whole.assert_checked();
    }
}
