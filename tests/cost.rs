//! Drives `mapstorm cost` as a user would, with a few dozen mappers.
//! Asserts on structure, and on times that cannot be shorter; what is steep and what is flat is the benchmark's business.
#![cfg(target_os = "linux")]

#[path = "support/processes.rs"]
mod processes;
mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use processes::{is_gone, wait_for};
use serde_json::Value;
use support::{assert_valid, errors, names_in, printed};

/// Long enough for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

fn cost(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.arg("cost").arg("--dir").arg(directory).arg("--out").arg(directory.join("result"));
    command
}

fn run(command: &mut Command) -> (Output, String) {
    let output = command.output().unwrap();
    let errors = errors(&output);
    (output, errors)
}

fn rows(cost: &Value) -> &Vec<Value> {
    cost["rows"].as_array().unwrap()
}

fn measured<'a>(cost: &'a Value, method: &str) -> &'a Value {
    let row = rows(cost).iter().find(|row| row["method"] == method).unwrap();
    row["outcome"].get("measured").unwrap_or_else(|| panic!("{method}: {}", row["outcome"]))
}

#[test]
fn every_method_is_measured_under_the_conditions_that_matter_to_it() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let (output, errors) = run(cost(directory.path()).args(["--max-mappers", "16", "--budget", "60s", "--json"]));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let cost = printed(&output);
    assert_valid(&cost, "cost");
    assert_eq!(cost["complete"], true);
    assert_eq!(cost["plan"]["levels"], serde_json::json!([0, 2, 4, 8, 16]));
    assert!(cost["asking"]["per_mapper_ns"]["value"].is_number());
    let count = |method: &str| rows(&cost).iter().filter(|row| row["method"] == method).count();
    let methods = ["commit-store", "commit-replace", "commit-delete", "append", "punch", "remap"];
    assert_eq!(methods.map(count), [6, 6, 2, 2, 2, 1]);
    for row in rows(&cost) {
        let Some(found) = row["outcome"].get("measured") else {
            let why = row["outcome"]["unsupported"].as_str().unwrap_or_else(|| panic!("{row}"));
            assert!(!why.is_empty());
            continue;
        };
        let levels = found["levels"].as_array().unwrap();
        assert_eq!(levels.len(), 5, "{row}");
        assert!(
            levels.iter().all(|level| level["updates"].as_u64() >= Some(3) && level["median_ns"].as_f64() > Some(0.0))
        );
        assert!(found["cost_model"]["rounds"].as_u64() >= Some(3));
        let emulated = ["demap", "stop-mappers"].contains(&row["method"].as_str().unwrap());
        assert_eq!(row["emulated"], emulated, "{row}");
    }
    // 10 ms and 10 us for each of 16 mappers: nothing can make that shorter.
    let stop_time = measured(&cost, "stop-mappers");
    assert!(stop_time["levels"][4]["least_ns"].as_u64() >= Some(10_160_000), "{stop_time}");
    // What unmaps a page makes each of its mappers fault; what only writes does not.
    let faults = |method: &str| measured(&cost, method)["mapper_faults_per_update"].as_f64().unwrap();
    assert!(faults("pwrite") < 0.5 && faults("pwrite+fdatasync") < 0.5, "{cost}");
    assert!(faults("punch") >= 1.0 && faults("demap") >= 1.0, "{cost}");

    let result = directory.path().join("result");
    let blocks = fs::read_to_string(result.join("blocks.csv")).unwrap();
    assert!(blocks.starts_with("row,method,directory,mode,write_size,round,mappers,apart_ns,following_ns,format\n"));
    assert!(blocks.lines().count() > rows(&cost).len() * 15);
    assert_eq!(names_in(directory.path()), ["result"], "no file of the experiment's own is left");
}

/// What the syncs of each kind of commit clean, as it is known of twoskip: the dirty header; records, and heads that lead to them; the header.
#[test]
fn commits_are_three_and_what_their_syncs_clean_is_counted() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let arguments =
        ["--max-mappers", "8", "--budget", "20s", "--method", "commit,commit-replace", "--write-size", "64KiB"];
    let (output, errors) = run(cost(directory.path()).args(arguments).args(["--open", "read-write", "--json"]));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let cost = printed(&output);
    assert_valid(&cost, "cost");
    let methods: Vec<_> = rows(&cost).iter().map(|row| row["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["commit-store", "commit-replace", "commit-delete"], "named twice is measured once");
    for row in rows(&cost) {
        let found = measured(&cost, row["method"].as_str().unwrap());
        let walks = &found["sync_walks"];
        let by_sync: Vec<f64> =
            walks["by_sync"].as_array().unwrap().iter().map(|mean| mean.as_f64().unwrap()).collect();
        assert!(by_sync.len() == 3 && walks["updates"].as_u64() >= Some(15), "{row}");
        if row["file_system"] == "tmpfs" && walks["in_folios"] == true {
            assert_eq!(by_sync, [0.0; 3], "tmpfs writes nothing back");
            continue;
        }
        assert_eq!([by_sync[0], by_sync[2]], [1.0, 1.0], "{row}");
        assert!(by_sync[1] >= 2.0, "the end of the file, and a head that leads to it: {row}");
        let (folio, pages) = (row["folio_bytes"].as_u64(), found["pages_per_mapper"].as_f64());
        assert_eq!(walks["in_folios"].as_bool().unwrap(), folio.is_some(), "{row}");
        if let (Some(folio), Some(pages)) = (folio, pages) {
            let whole = walks["walks"].as_f64().unwrap() * (folio / 4096) as f64;
            assert!((pages - whole).abs() < 1e-6 * whole, "{row}");
        }
    }
    let middle = |method: &str| measured(&cost, method)["sync_walks"]["by_sync"][1].as_f64();
    assert!(middle("commit-replace") >= middle("commit-store"), "two records' heads, and not one's: {cost}");
}

#[test]
fn the_users_own_database_is_copied_and_only_read() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let own = directory.path().join("own.db");
    let mapstorm = || Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    let made =
        mapstorm().args(["mailboxes", "generate", "--format", "skiplist", "--mailboxes", "3000"]).arg(&own).status();
    assert!(made.unwrap().success());
    let content = fs::read(&own).unwrap();
    let file = |path: &Path| {
        let mut command = cost(directory.path());
        command
            .args(["--max-mappers", "4", "--budget", "20s", "--method", "commit"])
            .args(["--write-size", "4KiB", "--json", "--file"])
            .arg(path);
        command
    };
    let (output, errors) = run(&mut file(&own));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let cost = printed(&output);
    assert_valid(&cost, "cost");
    let plan = &cost["plan"];
    assert_eq!((&plan["format"], plan["file_bytes"].as_u64()), (&"skiplist".into(), Some(content.len() as u64)));
    assert_eq!(plan["source"], own.to_str().unwrap());
    // Skiplist has two syncs.
    assert_eq!(measured(&cost, "commit-delete")["sync_walks"]["by_sync"].as_array().map(Vec::len), Some(2), "{cost}");
    assert!(fs::read(&own).unwrap() == content, "the original is only read");

    // The size of a file cannot be asked for, nor its format, and a damaged one is refused with the place.
    fs::remove_dir_all(directory.path().join("result")).unwrap();
    let (output, errors) = run(file(&own).args(["--size", "8MiB"]));
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("--file <PATH>") && errors.contains("--size <SIZE>"), "{errors}");
    fs::write(&own, &content[..content.len() / 2]).unwrap();
    let (output, errors) = run(&mut file(&own));
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("own.db: offset 0x"), "{errors}");
    fs::write(&own, "no database").unwrap();
    let (output, errors) = run(&mut file(&own));
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(
        errors.contains("own.db") && errors.contains("mapstorm reads Cyrus's skiplist, twoskip and twom"),
        "{errors}"
    );
    assert_eq!(names_in(directory.path()), ["own.db"], "nothing is left of what was refused");
}

#[test]
fn a_flat_file_has_no_records_to_add_or_delete() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let arguments = ["--max-mappers", "4", "--budget", "20s", "--method", "commit", "--format", "flat", "--json"];
    let (output, errors) = run(cost(directory.path()).args(arguments).args(["--write-size", "4KiB"]));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let cost = printed(&output);
    assert_eq!(measured(&cost, "commit-replace")["levels"].as_array().map(Vec::len), Some(4));
    for (method, why) in [("commit-store", "none can be added"), ("commit-delete", "cannot be deleted")] {
        let row = rows(&cost).iter().find(|row| row["method"] == method).unwrap();
        assert!(row["outcome"]["unsupported"].as_str().is_some_and(|said| said.contains(why)), "{row}");
    }
}

#[test]
fn commits_of_several_formats_stand_side_by_side() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let arguments = ["--format", "skiplist,twoskip", "--method", "commit-store,pwrite", "--max-mappers", "20"];
    let conditions = ["--budget", "20s", "--open", "read-write", "--write-size", "4KiB", "--json"];
    let (output, errors) = run(cost(directory.path()).args(arguments).args(conditions));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let cost = printed(&output);
    assert_valid(&cost, "cost");
    let names = |row: &Value| [&row["method"], &row["format"]].map(|name| name.as_str().unwrap().to_owned());
    let found: Vec<_> = rows(&cost).iter().map(names).collect();
    assert_eq!(found, [["commit-store", "skiplist"], ["commit-store", "twoskip"], ["pwrite", "skiplist"]]);
    // Skiplist has two syncs, twoskip three: the commits are those of the row's format.
    for (row, syncs) in rows(&cost).iter().zip([2, 3]) {
        let walks = &row["outcome"]["measured"]["sync_walks"];
        assert_eq!(walks["by_sync"].as_array().map(Vec::len), Some(syncs), "{row}");
    }
    let page = fs::read_to_string(directory.path().join("result/report.html")).unwrap();
    let words = ["One skiplist commit-store costs ", "twoskip commit-store", "skiplist or twoskip file of"];
    words.iter().for_each(|words| assert!(page.contains(words), "{words}"));
    assert!(directory.path().join("result/charts").read_dir().unwrap().count() > 2, "slopes, engines and models");
}

#[test]
fn the_table_reads_as_text_and_says_what_cannot_be() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let arguments = [
        "--max-mappers",
        "8",
        "--budget",
        "20s",
        "--method",
        "pwrite+fdatasync,shrink,stop-mappers",
        "--readers",
        "touch",
        "--verbose",
    ];
    let (output, errors) = run(cost(directory.path()).args(arguments).args(["--write-size", "4KiB", "--visit-cpus"]));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("reading the page 1000 times a second together, after running on every CPU"), "{text}");
    assert!(text.contains("One pwrite+fdatasync costs "), "{text}");
    assert!(text.contains("| stop-mappers (emulated) |"), "{text}");
    assert!(text.contains("is unsupported") && text.contains("SIGBUS"), "{text}");
    let wide = text.lines().filter(|line| line.starts_with('|')).find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
}

#[test]
fn threads_share_one_mapping() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let arguments =
        ["--mappers", "threads", "--max-mappers", "4", "--budget", "20s", "--method", "mprotect,remap,replace"];
    let (output, errors) =
        run(cost(directory.path()).args(arguments).args(["--open", "dirty", "--write-size", "4KiB", "--json"]));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let cost = printed(&output);
    assert_valid(&cost, "cost");
    assert_eq!((&cost["plan"]["mappers"], cost["asking"].is_null()), (&Value::from("threads"), true));
    for method in ["mprotect", "remap"] {
        let levels: Vec<_> =
            measured(&cost, method)["levels"].as_array().unwrap().iter().map(|l| l["mappers"].as_u64()).collect();
        assert_eq!(levels, [0, 1, 2, 4].map(Some));
    }
    let replace = rows(&cost).iter().find(|row| row["method"] == "replace").unwrap();
    assert!(replace["outcome"]["unsupported"].as_str().unwrap().contains("processes"));
}

#[test]
fn a_budget_is_kept_or_refused_with_the_least_that_works() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let began = Instant::now();
    let (output, errors) = run(cost(directory.path()).args(["--max-mappers", "200", "--budget", "1s"]));
    assert_eq!(output.status.code(), Some(2), "{errors}");
    let least = errors.split_once("the least is about ").and_then(|(_, rest)| rest.split_once(" s"));
    let least: u64 = least.unwrap_or_else(|| panic!("{errors}")).0.parse().unwrap();
    assert!(least > 1 && began.elapsed() < PATIENCE / 4, "{errors}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "nothing was made");

    let small = ["--method", "pwrite+fdatasync", "--write-size", "4KiB", "--open", "read-write", "--max-mappers", "8"];
    let (output, errors) = run(cost(directory.path()).args(small).args(["--budget", "10s", "--json"]));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert!(errors.lines().any(|line| line.contains("1 models: three rounds take about")), "{errors}");
    let cost = printed(&output);
    let spent = cost["measured_ns"].as_u64().unwrap() + cost["ready_ns"].as_u64().unwrap();
    assert!(spent < 20_000_000_000, "{spent} ns of 10 s");
    assert!(measured(&cost, "pwrite+fdatasync")["spread"].as_array().unwrap().len() == 33);
}

#[test]
fn wrong_input_is_refused_and_says_what_would_be_right() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (vec!["--method", "fsink"], "pwrite+fsync"),
        (vec!["--budget", "60"], "a duration needs a unit"),
        (vec!["--write-size", "1000"], "a multiple of 512"),
        (vec!["--size", "1KiB"], "256 KiB"),
        (vec!["--open", "readonly"], "read-only"),
        (vec!["--max-mappers", "0"], "1..=1000000"),
        (vec!["--stop-time", "e10k"], "t2000"),
        (vec!["--reads", "0"], "over 0"),
        (vec!["--format", "skiplist,twoskip,skiplist"], "--format skiplist: given twice"),
        (vec!["--format", "skiplist,twoskip", "--method", "pwrite"], "only commits differ between formats"),
        (vec!["--dir", "/no/such/place"], "no such directory"),
    ] {
        let (output, errors) = run(cost(directory.path()).args(&arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(words), "{arguments:?}: {errors}");
    }
    let (output, errors) = run(cost(directory.path()).args(["--max-mappers", "1000000", "--size", "64MiB"]));
    assert_eq!(output.status.code(), Some(3), "{errors}");
    assert!(errors.contains("Refused: ") && errors.contains("--max-mappers") && errors.contains("--force"), "{errors}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "nothing was made");
}

/// Waits until the experiment tells that it measures, in its `round`th round or later.
fn until_round(lines: &mut impl BufRead, round: u32) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before it measured");
        let reached = line.split_once("round ").and_then(|(_, rest)| rest.split(':').next()?.parse::<u32>().ok());
        if reached >= Some(round) {
            return;
        }
        assert!(Instant::now() < deadline, "no round {round}: {line}");
    }
}

/// No round of it takes less than a second, and it has five of them at least: every update stands still for 10 ms.
const LONG: [&str; 7] = ["--max-mappers", "12", "--budget", "10min", "--method", "stop-mappers", "--json"];

fn mappers_of(driver: u32) -> Vec<Pid> {
    let children = fs::read_to_string(format!("/proc/{driver}/task/{driver}/children")).unwrap_or_default();
    children.split_whitespace().map(|pid| Pid::from_raw(pid.parse().unwrap())).collect()
}

#[test]
fn an_interrupted_experiment_keeps_what_it_measured_and_a_killed_one_leaves_no_process() {
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let directory = tempfile::tempdir_in(".").unwrap();
        let arguments =
            ["--max-mappers", "12", "--budget", "10min", "--method", "stop-mappers", "--write-size", "4KiB"];
        let mut child = cost(directory.path())
            .args(arguments)
            // Steady enough to be known well soon, but for a stop time so long that no interval is ever narrow.
            .args(["--open", "read-only", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        until_round(&mut lines, 2);
        let mappers = mappers_of(child.id());
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        if signal == Signal::SIGINT {
            assert_eq!(output.status.code(), Some(5));
            let cost = printed(&output);
            assert_eq!(cost["complete"], false);
            assert!(directory.path().join("result/cost.json").exists());
        }
        let what = format!("the end of the mappers after {signal}");
        wait_for(&what, || mappers.iter().all(|pid| is_gone(*pid)).then_some(()));
    }
}

#[test]
fn a_lost_mapper_ends_the_experiment_and_is_named() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let mut child = cost(directory.path()).args(LONG).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    until_round(&mut lines, 1);
    kill(mappers_of(child.id())[0], Signal::SIGKILL).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let cost = printed(&output);
    assert_eq!(cost["complete"], false);
    let lost = cost["lost_mappers"][0].as_str().unwrap();
    assert!(lost.contains("mapstorm mapper 0") && lost.contains("SIGKILL"), "{lost}");
}
