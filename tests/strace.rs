//! A run's workers under strace: their system calls are those of real Cyrus 3.6.1, in its order.
//! Where strace is missing or may not trace, skipped with a line that says so; with CI set that fails.

use std::{fs, path::Path, process::Command};

use regex::Regex;

const STRACE: &str = "/usr/bin/strace";
const TRACED: &str = "trace=openat,fstat,newfstatat,stat,mmap,munmap,fcntl,lseek,write,writev,pwrite64,fdatasync,fsync,msync,mprotect,dup2";

/// The calls of each process of a small run that opened the database for reading and writing, from that open on: one word a
/// call, `write` with its length. Other calls of the process (its own memory, its standard output) are left out.
fn traced(format: &str, more: &str) -> Option<Vec<String>> {
    if !Path::new(STRACE).exists() {
        assert!(std::env::var_os("CI").is_none(), "CI needs strace at {STRACE}");
        eprintln!("skipped: no strace at {STRACE}");
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("traced.toml");
    let text = format!(
        "[file]\nformat = \"{format}\"\nmailboxes = 300\n{}[readers]\ncount = 1\nrate = \"20/s\"\noperations = {{ lookup = 1 }}\n\
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
            "fcntl" if of_file && line.contains("F_SETLKW") && line.contains("l_start=0, l_len=0") => {
                let kinds = [("F_RDLCK", "R"), ("F_WRLCK", "W"), ("F_UNLCK", "U")];
                kinds.iter().find(|(kind, _)| line.contains(kind)).unwrap().1.to_owned()
            }
            "newfstatat" | "fstat" if of_file => "fstat".to_owned(),
            "newfstatat" | "stat" if by_name => "stat".to_owned(),
            "mmap" if arguments.contains(&format!("PROT_READ, MAP_SHARED, {file}, 0")) => "mmap".to_owned(),
            "write" if of_file => format!("write{}", line.rsplit_once("= ").unwrap().1),
            "lseek" | "writev" | "pwrite64" | "fdatasync" | "fsync" if of_file => name.to_owned(),
            "msync" => "msync".to_owned(),
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
    let Some(traces) = traced("twoskip", "") else { return };
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
    let Some(traces) = traced("skiplist", "") else { return };
    assert_traces(
        &traces,
        "open R fstat stat mmap U",
        "(lseek write48 )?lseek writev( lseek write4)+ fdatasync lseek write4 fdatasync",
    );
}

#[test]
fn without_a_lock_only_the_looks_remain() {
    let Some(traces) = traced("twoskip", "lock = \"none\"\n") else { return };
    let reader = Regex::new("^open fstat mmap( fstat stat)+$").unwrap();
    assert!(traces.iter().any(|trace| reader.is_match(trace)), "{traces:#?}");
}

#[test]
fn remapping_on_every_lock_unmaps_and_maps_each_time() {
    let Some(traces) = traced("twoskip", "remap = \"every-lock\"\n") else { return };
    let reader = Regex::new("^open fstat mmap( R fstat stat mmap U)+$").unwrap();
    assert!(traces.iter().any(|trace| reader.is_match(trace)), "{traces:#?}");
}
