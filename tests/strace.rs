//! A run's workers under strace: their system calls are those of real Cyrus 3.6.1 and of the twom library, in their order.
//! Where strace is missing or may not trace, skipped with a line that says so; with CI set that fails.

use std::{fs, path::Path, process::Command};

use regex::Regex;

const STRACE: &str = "/usr/bin/strace";
const TRACED: &str = "trace=openat,fstat,newfstatat,stat,mmap,munmap,fcntl,lseek,write,writev,pwrite64,fdatasync,fsync,msync,mprotect,dup2";

/// The calls of each process of a small run that opened the database for reading and writing, from that open on: one word a
/// call, `write` and `msync` with their length. Other calls of the process (its own memory, its standard output) are left out.
/// `operation` is what the reader does.
fn traced(format: &str, operation: &str, more: &str) -> Option<Vec<String>> {
    if !Path::new(STRACE).exists() {
        assert!(std::env::var_os("CI").is_none(), "CI needs strace at {STRACE}");
        eprintln!("skipped: no strace at {STRACE}");
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("traced.toml");
    let text = format!(
        "[file]\nformat = \"{format}\"\nmailboxes = 300\n{}[readers]\ncount = 1\nrate = \"20/s\"\noperations = {{ {operation} = 1 }}\n\
         {more}[writer]\nrate = \"10/s\"\noperations = {{ store = 1 }}\ncheckpoint = false\n\
         [run]\nwarm-up = \"0s\"\ncontrol = \"0ms\"\nevidence = false\nduration = \"3s\"\n",
        if format == "flat" { "" } else { "records = \"cyrus-2.3\"\n" }
    );
    fs::write(&scenario, text).unwrap();
    let logs = directory.path().join("log");
    let output = Command::new(STRACE)
        .args(["-ff", "-e", TRACED, "-o"])
        .arg(&logs)
        .arg(env!("CARGO_BIN_EXE_mapstorm"))
        .arg("run")
        .arg(&scenario)
        .arg("--out")
        .arg(directory.path().join("result"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("strace:") && errors.contains("not permitted") {
        assert!(std::env::var_os("CI").is_none(), "CI needs a machine where strace may trace: {errors}");
        eprintln!("skipped: {errors}");
        return None;
    }
    assert!(output.status.success(), "{errors}");
    let logs = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path());
    let logs = logs.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("log."));
    Some(logs.filter_map(|log| words(&fs::read_to_string(log).unwrap())).collect())
}

fn words(log: &str) -> Option<String> {
    let open = Regex::new(r#"openat\(AT_FDCWD, "[^"]*mailboxes-0\.db", O_RDWR\)\s*= (\d+)"#).unwrap();
    let start = open.find(log)?;
    let file = open.captures(log)?[1].to_owned();
    let mut words = vec!["open".to_owned()];
    for line in log[start.end()..].lines() {
        let Some((name, arguments)) = line.split_once('(') else { continue };
        let of_file = arguments.starts_with(&format!("{file},")) || arguments.starts_with(&format!("{file})"));
        let by_name = arguments.contains("mailboxes-0.db");
        words.push(match name {
            "fcntl" if of_file && line.contains("F_SETLKW") => {
                let kinds = [("F_RDLCK", "R"), ("F_WRLCK", "W"), ("F_UNLCK", "U")];
                let ranges =
                    [("l_start=0, l_len=0", ""), ("l_start=0, l_len=16", "gate-"), ("l_start=96, l_len=272", "data-")];
                let found = |names: &[(&str, &str); 3]| {
                    names.iter().find(|(name, _)| line.contains(name)).unwrap().1.to_owned()
                };
                found(&ranges) + &found(&kinds)
            }
            "newfstatat" | "fstat" if of_file => "fstat".to_owned(),
            "newfstatat" | "stat" if by_name => "stat".to_owned(),
            "mmap" if arguments.contains(&format!("PROT_READ|PROT_WRITE, MAP_SHARED, {file}, 0")) => {
                "mmap-rw".to_owned()
            }
            "mmap" if arguments.contains(&format!("PROT_READ, MAP_SHARED, {file}, 0")) => "mmap".to_owned(),
            "write" if of_file => format!("write{}", line.rsplit_once("= ").unwrap().1),
            "lseek" | "writev" | "pwrite64" | "fdatasync" | "fsync" if of_file => name.to_owned(),
            "msync" => format!("msync{}", arguments.split(", ").nth(1).unwrap()),
            _ => continue,
        });
    }
    Some(words.join(" "))
}

/// That there is one reader and one writer whose calls are these, and that neither only opened.
fn assert_traces(traces: &[String], opening: &str, commit: &str) {
    let reader = Regex::new(&format!("^{opening}( R fstat stat U)+$")).unwrap();
    let writer = Regex::new(&format!("^{opening}( W fstat stat {commit} U)+$")).unwrap();
    for (what, expected) in [("reader", reader), ("writer", writer)] {
        assert!(traces.iter().any(|trace| expected.is_match(trace)), "no {what} does {expected}: {traces:#?}");
    }
    assert_eq!(traces.len(), 2);
}

#[test]
fn twoskip_workers_call_what_cyrus_calls() {
    let Some(traces) = traced("twoskip", "lookup", "") else { return };
    let head = "lseek write64 fdatasync";
    assert_traces(
        &traces,
        "open fstat mmap R fstat stat U",
        // Dirty header; pads, record, changed heads; pads, COMMIT; clean header.
        &format!(r"{head}( lseek write8)* lseek writev( lseek write\d+)+ lseek writev fsync {head}"),
    );
}

#[test]
fn skiplist_workers_call_what_cyrus_calls() {
    let Some(traces) = traced("skiplist", "lookup", "") else { return };
    assert_traces(
        &traces,
        "open R fstat stat mmap U",
        "(lseek write48 )?lseek writev( lseek write4)+ fdatasync lseek write4 fdatasync",
    );
}

#[test]
fn without_a_lock_only_the_looks_remain() {
    let Some(traces) = traced("twoskip", "lookup", "lock = \"none\"\n") else { return };
    let reader = Regex::new("^open fstat mmap( fstat stat)+$").unwrap();
    assert!(traces.iter().any(|trace| reader.is_match(trace)), "{traces:#?}");
}

#[test]
fn remapping_on_every_lock_unmaps_and_maps_each_time() {
    let Some(traces) = traced("twoskip", "lookup", "remap = \"every-lock\"\n") else { return };
    let reader = Regex::new("^open fstat mmap( R fstat stat mmap U)+$").unwrap();
    assert!(traces.iter().any(|trace| reader.is_match(trace)), "{traces:#?}");
}

/// A lock of twom and its release, without and with what is done under it.
const TWOM_OPEN: &str = "open gate-R data-R gate-U fstat stat mmap-rw data-U";

#[test]
fn twom_workers_call_what_the_library_calls() {
    let Some(traces) = traced("twom", "lookup", "") else { return };
    let reader = Regex::new(&format!("^{TWOM_OPEN}( gate-R data-R gate-U fstat stat data-U)+$")).unwrap();
    // The dirty header; everything up to the new end; the clean header.
    let commit = r"gate-W data-W gate-U fstat stat msync96 msync\d{4,} msync96 data-U";
    let writer = Regex::new(&format!("^{TWOM_OPEN}( {commit})+$")).unwrap();
    for (what, expected) in [("reader", reader), ("writer", writer)] {
        assert!(traces.iter().any(|trace| expected.is_match(trace)), "no {what} does {expected}: {traces:#?}");
    }
    assert_eq!(traces.len(), 2);
}

#[test]
fn a_twom_list_locks_for_every_record_and_goes_through_the_gate_at_one_of_64() {
    let Some(traces) = traced("twom", "list", "") else { return };
    let (look, gate) = ("fstat stat data-U", "gate-R data-R gate-U");
    let reader = Regex::new(&format!("^{TWOM_OPEN}( {gate} {look}( data-R {look}){{0,63}})+$")).unwrap();
    let reader = traces.iter().find(|trace| reader.is_match(trace)).expect("no reader locks so");
    // The first record's lock is the first that is taken again.
    assert!(reader.contains(&format!("{gate} {look} {gate} {look} data-R {look}")));
}
