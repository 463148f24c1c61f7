//! What is put into names, texts and paths of results to do harm does none: on the terminal, in a page, in a chart, in a spreadsheet, through
//! a link, or by a file that is none.

use std::{
    fs,
    io::{Read, Write},
    os::unix::{fs::symlink, net::UnixListener},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use nix::{pty::openpty, sys::stat::Mode, unistd::mkfifo};

const SAMPLE: &str = "t2000-freeze-load-32cpu-tcg-linux-6.1/points/01-readers.count=2000-r1";
/// Clears the screen, rings, turns red by a C1 byte, hides, turns round.
const HOSTILE: &str = "=1+1\u{1b}[2J\u{7}\u{9b}31m\u{7f}\u{202e}\u{2066}";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples").join(name)
}

fn mapstorm() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mapstorm"))
}

fn output(arguments: &[&str]) -> Output {
    mapstorm().args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// A copy of the sample in which every text is hostile that can be anything.
fn hostile_run(to: &Path) -> PathBuf {
    let directory = to.join(HOSTILE.replace('/', "-"));
    fs::create_dir(&directory).unwrap();
    for entry in fs::read_dir(sample(SAMPLE)).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&entry, directory.join(entry.file_name().unwrap())).unwrap();
    }
    let mut run: serde_json::Value = serde_json::from_slice(&fs::read(directory.join("run.json")).unwrap()).unwrap();
    for place in [
        "/scenario/name",
        "/scenario/description",
        "/environment/host",
        "/environment/kernel",
        "/environment/system",
        "/environment/cpu_model",
        "/environment/file_system/kind",
        "/mapstorm_version",
        "/started",
        "/measuring_began",
        "/command/0",
        "/command/1",
        "/summary/rows/0/operation",
        "/environment/limits/0/name",
        "/environment/platform/product/unavailable",
        "/environment/platform/kernel_command_line/unavailable",
    ] {
        let text = run.pointer_mut(place).unwrap_or_else(|| panic!("{place}"));
        *text = format!("{HOSTILE}{}", text.as_str().unwrap_or_default()).into();
    }
    fs::write(directory.join("run.json"), run.to_string()).unwrap();
    fs::write(
        directory.join("left-out.json"),
        format!(
            "{{\"files\":[\"latency.hlog\",\"slots.csv\",\"stalls.jsonl\"],\"reason\":{}}}",
            serde_json::to_string(HOSTILE).unwrap()
        ),
    )
    .unwrap();
    directory
}

/// No character that does something without being seen.
fn is_harmless(text: &[u8], from: &str) {
    let text = std::str::from_utf8(text).unwrap();
    let found = text.chars().find(|c| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(found, None, "{from}: {text:?}");
}

#[test]
fn hidden_characters_reach_no_terminal_page_chart_or_formula() {
    let root = tempfile::tempdir().unwrap();
    let directory = hostile_run(root.path());
    let path = directory.to_str().unwrap();
    let out = root.path().join("out");
    for arguments in [
        ["list", root.path().to_str().unwrap()].as_slice(),
        &["list", "--json", root.path().to_str().unwrap()],
        &["diagnose", path],
        &["diagnose", "--json", path],
        &["compare", path, sample(SAMPLE).to_str().unwrap(), "--force"],
        &["compare", path, sample(SAMPLE).to_str().unwrap(), "--force", "--json", "--rank"],
        &["report", path, "--out", out.to_str().unwrap()],
        &["report", &format!("{path}/none{HOSTILE}")],
        &["mailboxes", "check", path],
    ] {
        let ran = output(arguments);
        is_harmless(&ran.stdout, &format!("{arguments:?}"));
        is_harmless(&ran.stderr, &format!("{arguments:?}"));
    }
    is_harmless(&fs::read(out.join("report.html")).unwrap(), "report.html");
    let charts: Vec<PathBuf> = fs::read_dir(out.join("charts")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!charts.is_empty());
    for chart in charts {
        let svg = fs::read(&chart).unwrap();
        is_harmless(&svg, &chart.display().to_string());
        roxmltree::Document::parse(std::str::from_utf8(&svg).unwrap()).unwrap();
    }
    for table in ["summary", "timeline", "counters"] {
        let ran = output(&["export", path, "--format", "csv", "--table", table]);
        assert!(ran.status.success());
        let mut formulas = 0;
        for cell in csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(&*ran.stdout)
            .records()
            .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
        {
            formulas += usize::from(cell.starts_with("'=1+1"));
            let acts = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
            assert!(!acts, "{table}: {cell:?}");
        }
        assert!(formulas > 0, "{table}: the name was there, as text");
    }
}

/// What a command shows on a terminal.
fn on_terminal(arguments: &[&str]) -> String {
    let pty = openpty(None, None).unwrap();
    let mut child =
        mapstorm().args(arguments).stdin(Stdio::null()).stdout(pty.slave).stderr(Stdio::null()).spawn().unwrap();
    let mut shown = Vec::new();
    // Linux answers EIO once the other side is closed.
    let _ = fs::File::from(pty.master).read_to_end(&mut shown);
    child.wait().unwrap();
    String::from_utf8_lossy(&shown).into_owned()
}

#[test]
fn records_are_raw_in_a_pipe_and_shown_on_a_terminal() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("m.db");
    let path = file.to_str().unwrap();
    assert!(output(&["mailboxes", "generate", path, "--mailboxes", "3"]).status.success());
    let mut apply = mapstorm();
    apply.args(["mailboxes", "apply", path]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut apply = apply.spawn().unwrap();
    apply.stdin.take().unwrap().write_all(b"set user.\x1b[2Jx\tvalue\x9b\n").unwrap();
    assert!(apply.wait().unwrap().success());
    let piped = output(&["mailboxes", "dump", path]).stdout;
    let shown = on_terminal(&["mailboxes", "dump", path]);
    assert!(piped.contains(&0x1b) && piped.contains(&0x9b), "{}", String::from_utf8_lossy(&piped));
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{9b}'), "{shown:?}");
    assert!(shown.contains("user.\\u001b[2Jx") && shown.contains("value\\x9b"), "{shown:?}");
    assert!(shown.lines().count() >= 3, "{shown:?}");
}

#[test]
fn nothing_is_written_through_a_link() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    fs::create_dir(path("target")).unwrap();
    fs::create_dir(path("out")).unwrap();
    symlink(path("target"), path("out/charts")).unwrap();
    fs::write(path("victim"), "whole").unwrap();
    for name in ["out/report.html", "out/mapstorm.1", "export.csv"] {
        symlink(path("victim"), path(name)).unwrap();
    }
    let reported = |ran: &Output| String::from_utf8_lossy(&ran.stderr).into_owned();
    let out = path("out");
    let ran = output(&[
        "report",
        sample("quick-readers-sweep-2cpu-linux-6.18").to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(!ran.status.success() && reported(&ran).contains("charts: this is a symbolic link"), "{}", reported(&ran));
    assert!(output(&["man", "--out", out.to_str().unwrap()]).status.success());
    assert!(!path("out/mapstorm.1").is_symlink());
    let csv = path("export.csv");
    let run = sample(SAMPLE);
    for force in [&[][..], &["--force"]] {
        let arguments = ["export", run.to_str().unwrap(), "--format", "csv", "--out", csv.to_str().unwrap()];
        let ran = output(&[&arguments[..], force].concat());
        assert!(ran.status.code() == Some(2) && reported(&ran).contains("no regular file"), "{}", reported(&ran));
    }
    symlink(path("target"), path("compared")).unwrap();
    let both = [sample(SAMPLE), sample(SAMPLE)];
    let ran = output(&[
        "compare",
        both[0].to_str().unwrap(),
        both[1].to_str().unwrap(),
        "--out",
        path("compared").to_str().unwrap(),
    ]);
    assert!(ran.status.code() == Some(2) && reported(&ran).contains("symbolic link"), "{}", reported(&ran));
    assert_eq!(fs::read_to_string(path("victim")).unwrap(), "whole");
    assert_eq!(fs::read_dir(path("target")).unwrap().count(), 0);
}

/// Waits for a child, but not for ever.
fn code_of(mut child: Child) -> (Option<i32>, String) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            let mut reported = String::new();
            child.stderr.take().unwrap().read_to_string(&mut reported).unwrap();
            return (status.code(), reported);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it waits");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_is_no_regular_file_is_named_at_once_with_exit_code_2() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    mkfifo(&path("fifo"), Mode::S_IRWXU).unwrap();
    let _listener = UnixListener::bind(path("socket")).unwrap();
    for kind in ["fifo", "directory", "socket", "device"] {
        let make = |at: &Path| match kind {
            "fifo" => mkfifo(at, Mode::S_IRWXU).unwrap(),
            "directory" => fs::create_dir(at).unwrap(),
            "socket" => symlink(path("socket"), at).unwrap(),
            _ => symlink("/dev/zero", at).unwrap(),
        };
        let directory = path(&format!("run-{kind}"));
        fs::create_dir(&directory).unwrap();
        make(&directory.join("run.json"));
        let log = path(&format!("log-{kind}"));
        fs::create_dir(&log).unwrap();
        fs::copy(sample("fastmail-150m-6000-2cpu-linux-6.18").join("run.json"), log.join("run.json")).unwrap();
        make(&log.join("latency.hlog"));
        make(&log.join("slots.csv"));
        let alone = path(&format!("alone-{kind}"));
        make(&alone);
        let word = if kind == "fifo" { "FIFO" } else { kind };
        let run = directory.join("run.json");
        for (arguments, target) in [
            (&["run"][..], &alone),
            (&["report"], &directory),
            (&["report"], &run),
            (&["diagnose"], &directory),
            (&["diagnose"], &log),
            (&["compare", sample(SAMPLE).to_str().unwrap()], &log),
            (&["compare", sample(SAMPLE).to_str().unwrap()], &directory),
            (&["export", "--format", "json"], &directory),
            (&["export", "--format", "hlog"], &log),
            (&["export", "--format", "csv", "--table", "percentiles"], &log),
        ] {
            let mut command = mapstorm();
            command.args(arguments).arg(target).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            let (code, reported) = code_of(command.spawn().unwrap());
            assert_eq!(code, Some(2), "{arguments:?} {}: {reported}", target.display());
            assert!(reported.contains(word), "{arguments:?} {}: {reported}", target.display());
        }
        let mut command = mapstorm();
        command.arg("list").arg(&directory).stdout(Stdio::null()).stderr(Stdio::piped());
        let (code, reported) = code_of(command.spawn().unwrap());
        assert!(code == Some(0) && reported.contains(word), "{reported}");
    }
}

#[test]
fn malformed_results_are_invalid_input_in_every_command() {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("empty", ""),
        ("json", "[1, 2"),
        ("version", "{\"format_version\": 999}"),
        ("slots", "{\"format_version\": 4, \"summary\": {\"slots\": 4611686018427387904}}"),
        ("count", "{\"format_version\": 4, \"scenario\": {\"instances\": {\"count\": 4000000000}}}"),
        ("deep", &"[".repeat(50_000)),
    ] {
        let directory = root.path().join(name);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("run.json"), text).unwrap();
        let path = directory.to_str().unwrap();
        for arguments in [
            &["report", path][..],
            &["diagnose", path],
            &["compare", path, path],
            &["export", path, "--format", "csv"],
            &["export", path, "--format", "json"],
            &["export", path, "--format", "openmetrics"],
            &["export", path, "--format", "hlog"],
        ] {
            let ran = output(arguments);
            let reported = String::from_utf8_lossy(&ran.stderr);
            assert_eq!(ran.status.code(), Some(2), "{arguments:?}: {reported}");
            assert!(reported.contains("run.json"), "{arguments:?}: {reported}");
        }
        let ran = output(&["list", path]);
        assert!(ran.status.success() && String::from_utf8_lossy(&ran.stderr).contains("not listed"));
    }
    // An absurd sweep, as it was found: refused with field, value and bound.
    let sweep = root.path().join("sweep.json");
    let text = fs::read_to_string(sample("quick-readers-sweep-2cpu-linux-6.18").join("sweep.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["runs"][0]["load_average"] = 1e308.into();
    fs::write(&sweep, json.to_string()).unwrap();
    let ran = output(&["report", root.path().to_str().unwrap()]);
    let reported = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.code() == Some(2) && reported.contains("load_average is 1e+308; from -"), "{reported}");
}
