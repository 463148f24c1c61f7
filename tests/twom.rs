//! Twom files under our writer: killed at every system call of a commit, a growth and a repack, and what it calls.
//! The real library has no place in the tests; the files that it made do (`src/mailboxes/tests/twom_files.rs`).

#[path = "support/databases.rs"]
mod databases;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use databases::{Records, mapstorm, records, states, with_input};

const STRACE: &str = "/usr/bin/strace";
/// Calls that change the file, its name or its lock. Between two of them nothing happens that another process could see but stores to the
/// mapping: those are cut everywhere by the tests of the library.
const CALLS: [&str; 12] = [
    "write",
    "msync",
    "ftruncate",
    "mmap",
    "munmap",
    "unlink",
    "renameat",
    "fsync",
    "fcntl",
    "close",
    "openat",
    "newfstatat",
];

struct Twom {
    directory: tempfile::TempDir,
}

impl Twom {
    fn generated(mailboxes: u32) -> Twom {
        let twom = Twom { directory: tempfile::tempdir().unwrap() };
        let made = mapstorm()
            .args(["mailboxes", "generate", "--format", "twom", "--records", "cyrus-2.3", "--mailboxes"])
            .arg(mailboxes.to_string())
            .arg(twom.file())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        twom
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("mailboxes.db")
    }

    fn records(&self) -> Records {
        let dumped = mapstorm().args(["mailboxes", "dump"]).arg(self.file()).output().unwrap();
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        records(&dumped.stdout)
    }

    fn check(&self) -> String {
        let checked = mapstorm().args(["mailboxes", "check"]).arg(self.file()).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        String::from_utf8(checked.stdout).unwrap()
    }

    fn apply(&self, edits: &str) {
        let applied = with_input(mapstorm().args(["mailboxes", "apply"]).arg(self.file()), edits.as_bytes());
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    }

    /// Runs our writer under strace with these arguments of it.
    fn traced(&self, arguments: &[&str], log: &Path, edits: &str, flags: &[&str]) -> Output {
        let mut command = Command::new(STRACE);
        command.args(["-f", "-o"]).arg(log).args(arguments).arg(env!("CARGO_BIN_EXE_mapstorm"));
        with_input(command.args(["mailboxes", "apply"]).args(flags).arg(self.file()), edits.as_bytes())
    }

    /// The calls of our writer, from its first lock of the file on. `None`: this machine does not let strace trace.
    fn calls(&self, edits: &str, flags: &[&str]) -> Option<Vec<String>> {
        let log = self.directory.path().join("log");
        let output = self.traced(&["-e", &format!("trace={}", CALLS.join(","))], &log, edits, flags);
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(std::env::var_os("CI").is_none(), "CI needs a machine where strace may trace: {why}");
            eprintln!("skipped: strace: {why}");
            return None;
        }
        let text = fs::read_to_string(&log).unwrap();
        Some(
            text.lines()
                .filter_map(|line| line.split_once(' '))
                .map(|(_, call)| call.trim_start().to_owned())
                .collect(),
        )
    }
}

fn have_strace() -> bool {
    let is_there = Path::new(STRACE).exists();
    assert!(is_there || std::env::var_os("CI").is_none(), "CI needs strace at {STRACE}");
    is_there
}

/// Kills our writer as it enters each of its calls, and has the next writer go on. Returns at how many calls it was killed.
fn killed_everywhere(twom: &Twom, edits: &str, flags: &[&str]) -> Option<usize> {
    let (original, new) = (fs::read(twom.file()).unwrap(), twom.directory.path().join("mailboxes.db.NEW"));
    let states = states(twom.records(), edits);
    let calls = twom.calls(edits, flags)?;
    let mut counts = BTreeMap::<&str, usize>::new();
    for call in &calls {
        *counts.entry(call.split_once('(').map_or("", |(name, _)| name)).or_default() += 1;
    }
    // Before its first lock a writer only starts.
    let starts = calls.iter().take_while(|call| !call.starts_with("fcntl") || !call.contains("F_SETLK"));
    let mut before = BTreeMap::<&str, usize>::new();
    starts.for_each(|call| *before.entry(call.split_once('(').map_or("", |(name, _)| name)).or_default() += 1);
    let mut seen = vec![0; states.len()];
    let mut occasions = 0;
    for (name, count) in counts.into_iter().filter(|(name, _)| CALLS.contains(name)) {
        for nth in before.get(name).copied().unwrap_or(0) + 1..=count {
            let at = format!("{flags:?}, killed at {name} {nth}");
            let _ = fs::remove_file(&new);
            fs::write(twom.file(), &original).unwrap();
            let inject = format!("inject={name}:signal=KILL:when={nth}");
            let trace = format!("trace={name}");
            let killed = twom.traced(&["-e", &trace, "-e", &inject], Path::new("/dev/null"), edits, flags);
            assert_eq!(killed.status.signal(), Some(9), "{at}: {}", String::from_utf8_lossy(&killed.stderr));
            // A reader sees a state that was committed, and so does the next writer, which goes on from there.
            let found = twom.records();
            let state = states.iter().position(|state| *state == found);
            seen[state.unwrap_or_else(|| panic!("{at}: the file holds neither the state before nor after"))] += 1;
            twom.apply("set user.later\tv\n");
            assert!(twom.check().starts_with(&format!("{}: consistent", twom.file().display())), "{at}");
            let mut after = twom.records();
            assert!(after.remove("user.later").is_some());
            assert_eq!(after, found, "{at}");
            occasions += 1;
        }
    }
    assert!(seen[0] > 0 && seen[seen.len() - 1] > 0, "states found after the kills: {seen:?}");
    Some(occasions)
}

#[test]
fn a_killed_commit_is_recovered_by_the_next_writer() {
    if !have_strace() {
        return;
    }
    let twom = Twom::generated(30);
    let keys: Vec<String> = twom.records().into_keys().collect();
    // The second transaction outgrows the file.
    let edits = format!(
        "set {}\treplaced\nset user.new\tstored\ndelete {}\n\nset user.long\t{}\n",
        keys[9],
        keys[20],
        "v".repeat(16 << 10)
    );
    let Some(occasions) = killed_everywhere(&twom, &edits, &[]) else { return };
    assert!(occasions >= 15, "only {occasions}");
}

/// Large values, so that few commits make a file due.
fn edits_until_a_repack() -> String {
    let value = "v".repeat(9000);
    format!("set user.a\t{value}\n\nset user.a\t{value}w\n\nset user.a\t{value}x\n")
}

#[test]
fn a_killed_repack_leaves_the_old_file_or_the_new_one() {
    if !have_strace() {
        return;
    }
    let twom = Twom::generated(12);
    let Some(occasions) = killed_everywhere(&twom, &edits_until_a_repack(), &["--checkpoint"]) else { return };
    assert!(occasions >= 30, "only {occasions}");
}

/// The calls that concern the file, as words: locks by what they are on, syncs and sizes with their lengths.
fn words(calls: &[String]) -> String {
    let mut mapped: Vec<String> = Vec::new();
    let mut words = Vec::new();
    let number = |call: &str, place: usize| call.split(", ").nth(place).unwrap_or("").trim_end_matches(')').to_owned();
    for call in calls {
        let Some((name, arguments)) = call.split_once('(') else { continue };
        words.push(match name {
            "fcntl" if call.contains("F_SETLK") => {
                let what = [
                    ("l_start=0, l_len=16", "gate"),
                    ("l_start=96, l_len=272", "data"),
                    ("l_start=40, l_len=8", "repack"),
                ];
                let Some((_, what)) = what.iter().find(|(range, _)| call.contains(range)) else { continue };
                let kinds = [("F_RDLCK", "R"), ("F_WRLCK", "W"), ("F_UNLCK", "U")];
                format!("{what}-{}", kinds.iter().find(|(kind, _)| call.contains(kind)).unwrap().1)
            }
            "mmap" if call.contains("PROT_READ|PROT_WRITE, MAP_SHARED, ") && !call.contains("MAP_ANON") => {
                mapped.push(call.rsplit_once("= ").unwrap().1.to_owned());
                format!("mmap{}", number(call, 1))
            }
            "munmap" if mapped.iter().any(|address| arguments.starts_with(address.as_str())) => "munmap".to_owned(),
            "msync" => format!("msync{}", number(call, 1)),
            "ftruncate" => format!("ftruncate{}", call.split_once(", ").unwrap().1.split(')').next().unwrap()),
            "write" if call.contains("twomfile") => format!("write{}", call.rsplit_once("= ").unwrap().1),
            "unlink" | "renameat" | "fsync" => name.to_owned(),
            _ => continue,
        });
    }
    words.join(" ")
}

#[test]
fn the_first_growth_calls_what_the_library_calls() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/twom/packed.twom");
    if !have_strace() || !fixture.exists() {
        assert!(std::env::var_os("CI").is_none(), "CI needs {}", fixture.display());
        return;
    }
    let twom = Twom { directory: tempfile::tempdir().unwrap() };
    fs::copy(&fixture, twom.file()).unwrap();
    let Some(calls) = twom.calls("set user.new\tvalue\n", &[]) else { return };
    let words = words(&calls);
    // As strace shows it of the library with the same file.
    let growth = regex::Regex::new(
        r"gate-W data-W gate-U msync96 munmap ftruncate425984 mmap425984 msync33\d{4} msync96 data-U",
    )
    .unwrap();
    assert!(growth.is_match(&words), "{words}");
}

#[test]
fn a_repack_calls_what_the_library_calls() {
    if !have_strace() {
        return;
    }
    let twom = Twom::generated(12);
    let Some(calls) = twom.calls(&edits_until_a_repack(), &["--checkpoint"]) else { return };
    let words = words(&calls);
    let repack = regex::Regex::new(
        r"data-U repack-W gate-R data-R gate-U unlink write368 data-W mmap368 munmap ftruncate\d+ mmap\d+ msync96 msync\d+ msync96 renameat fsync data-U repack-U data-U",
    )
    .unwrap();
    assert!(repack.is_match(&words), "{words}");
}
