//! Drives `mapstorm run` as a user would, with a few workers.
//! Asserts on structure and counts only: a busy machine makes everything slower, not different.

mod support;

use std::{
    path::Path,
    process::{Command, Output},
};

use assert_cmd::prelude::*;
use serde_json::Value;
use support::{errors, printed, text};

fn mapstorm() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mapstorm"))
}

/// A run with all operations of readers.
fn run(directory: &Path, arguments: &[&str]) -> Output {
    let all = ["--json", "--set", "readers.operations={ lookup = 8, list = 1, noop = 1 }"];
    support::command(directory, &[&all, arguments].concat()).output().unwrap()
}

/// `run.json` of one that succeeds.
fn succeeds(directory: &Path, arguments: &[&str]) -> Value {
    let output = run(directory, arguments);
    assert!(output.status.success(), "{}", errors(&output));
    printed(&output)
}

#[test]
fn a_small_run_measures_what_was_due_and_leaves_only_its_results() {
    let directory = tempfile::tempdir().unwrap();
    let json = succeeds(directory.path(), &[]);
    let summary = &json["summary"];
    assert_eq!(summary["complete"], true);
    assert_eq!(summary["errors"], 0);
    let due = summary["readers"]["due"].as_u64().unwrap();
    // 240 expected of a Poisson process: six deviations either way.
    assert!((147..=333).contains(&due), "{due}");
    let completed = summary["readers"]["completed"].as_u64().unwrap();
    assert!(completed > 0 && completed <= due);
    let rows = summary["rows"].as_array().unwrap();
    let responses: u64 = rows
        .iter()
        .filter(|row| row["role"] == "reader" && row["series"] == "response")
        .map(|row| row["count"].as_u64().unwrap())
        .sum();
    assert_eq!(responses, completed, "every completed operation is in one histogram");
    for sync in ["sync-1", "sync-2", "sync-3"] {
        assert!(rows.iter().any(|row| row["role"] == "writer" && row["series"] == sync), "{sync}");
    }
    let mut left = support::names_in(&directory.path().join("result"));
    let measured = ["counters.csv", "latency.hlog", "run.json", "slots.csv", "stalls.jsonl", "timeline.csv"];
    assert_eq!(left.iter().filter(|name| measured.contains(&name.as_str())).count(), measured.len(), "{left:?}");
    left.retain(|name| !measured.contains(&name.as_str()));
    assert_eq!(left, ["charts", "report.html"], "and what was drawn of it");
    let outside = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(outside, 2, "the scenario and the result, nothing temporary");
}

#[test]
fn a_kept_file_is_consistent_after_the_run() {
    let directory = tempfile::tempdir().unwrap();
    succeeds(directory.path(), &["--keep-file", "--set", "instances.count=2"]);
    for instance in ["mailboxes-0.db", "mailboxes-1.db"] {
        mapstorm().args(["mailboxes", "check"]).arg(directory.path().join("result").join(instance)).assert().success();
    }
}

#[test]
fn a_wrong_scenario_is_refused_before_anything_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &["--set", "readers.cuont=3"]);
    assert_eq!(output.status.code(), Some(2));
    let message = errors(&output);
    assert!(message.contains("cuont") && message.contains("count"), "{message}");
    assert!(!directory.path().join("result").exists());
}

#[test]
fn a_number_of_workers_that_this_machine_cannot_hold_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &["--set", "readers.count=1000000", "--set", "file.mailboxes=1000"]);
    // A machine that could hold a million processes does not run this test suite.
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains("readers.count"));
    assert!(!directory.path().join("result").exists());
}

#[test]
fn a_users_own_file_is_copied_and_never_written() {
    let directory = tempfile::tempdir().unwrap();
    let own = directory.path().join("own.db");
    mapstorm().args(["mailboxes", "generate", "--mailboxes", "200"]).arg(&own).assert().success();
    let before = std::fs::read(&own).unwrap();
    let json = succeeds(directory.path(), &["--set", &format!("file.source={}", own.display())]);
    assert!(json["summary"]["writers"]["completed"].as_u64().unwrap() > 0);
    assert_eq!(std::fs::read(&own).unwrap(), before);
}

#[test]
fn readers_with_nothing_due_stay_until_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let json = succeeds(directory.path(), &["--set", "readers.rate=0.001/s", "--set", "writer.count=0"]);
    assert!(json["summary"]["measured_ns"].as_u64().unwrap() >= 999_000_000, "the run ended early");
}

#[test]
fn a_flat_file_is_read_and_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let json = succeeds(directory.path(), &["--set", "file.format=flat", "--keep-file"]);
    assert_eq!(json["summary"]["errors"], 0);
    assert!(json["summary"]["writers"]["completed"].as_u64().unwrap() > 0);
    mapstorm().args(["mailboxes", "check"]).arg(directory.path().join("result/mailboxes-0.db")).assert().success();
    let output = run(directory.path(), &["--set", "file.format=flat", "--set", "writer.operations={ delete = 1 }"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("can only be replaced"));
}

#[test]
fn objectives_decide_the_exit_code_and_each_is_judged() {
    let directory = tempfile::tempdir().unwrap();
    // No operation is a stall: on a busy machine, stalls of the generator itself would make the run invalid, and rightly.
    let objectives = ["--slo", "lookup.p50<=10min, commit.max<=1ns", "--slo", "rate>=0", "--set", "run.stall=1min"];
    let output = run(directory.path(), &objectives);
    let json = printed(&output);
    let verdict = &json["diagnosis"]["verdict"];
    assert_eq!(verdict["outcome"], "not_met", "{verdict}");
    assert_eq!(output.status.code(), Some(4));
    let met: Vec<_> = verdict["clauses"].as_array().unwrap().iter().map(|clause| clause["met"].clone()).collect();
    assert_eq!(met, [true, false, true]);
    assert!(verdict["clauses"][0]["margin"].as_f64().unwrap() > 0.0);
    assert!(verdict["clauses"][1]["margin"].as_f64().unwrap() < 0.0);
    // The same result judged by others, from its directory alone.
    let result = directory.path().join("result");
    let before = std::fs::read(result.join("run.json")).unwrap();
    let again = |slo: &str| mapstorm().arg("diagnose").arg(&result).args(["--slo", slo]).output().unwrap();
    let output = again("rate>=0");
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let text = text(&output.stdout);
    assert!(text.lines().any(|line| line == "VERDICT: every objective was met"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("  met "), "the verdict stands last: {text}");
    assert_eq!(again("lookup.p50<=1ns").status.code(), Some(4));
    assert_eq!(again("lokup.p50<=1ns").status.code(), Some(2));
    assert_eq!(std::fs::read(result.join("run.json")).unwrap(), before, "nothing is written");
}

#[test]
fn a_diagnosis_made_again_is_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let json = printed(&run(directory.path(), &["--slo", "rate>=0"]));
    let output = mapstorm().arg("diagnose").arg(directory.path().join("result")).arg("--json").output().unwrap();
    let again: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(again, json["diagnosis"]);
}

#[test]
fn evidence_is_there_unless_it_is_not_wanted() {
    let directory = tempfile::tempdir().unwrap();
    let json = printed(&run(directory.path(), &[]));
    let recording = &json["recording"];
    let commits = json["summary"]["writers"]["completed"].as_u64().unwrap();
    assert!(recording["records"].as_u64().unwrap() >= commits, "every commit has a record: {recording}");
    for noise_probe in recording["noise_probes"].as_array().unwrap() {
        assert!(noise_probe["ticks"].as_u64().unwrap() > 0, "{noise_probe}");
    }
    assert!(recording["control"]["completed"].as_u64().unwrap() > 0);
    assert!(recording["overhead"]["readings"].as_u64().unwrap() > 0);
    let lines = std::fs::read_to_string(directory.path().join("result/stalls.jsonl")).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["type"], &first["role"]), (&"stall".into(), &"writer".into()));
    assert!(first["parts"].as_array().unwrap().iter().any(|part| part["part"] == "sync-1"), "{first}");

    let directory = tempfile::tempdir().unwrap();
    let json = printed(&run(directory.path(), &["--set", "run.evidence=false", "--set", "run.control=0ms"]));
    assert!(json["recording"].is_null());
    assert!(json["diagnosis"]["caveats"][0].as_str().unwrap().contains("run.evidence"));
    assert!(!directory.path().join("result/stalls.jsonl").exists());
}

#[test]
fn a_command_traces_the_run_and_its_output_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    // All workers are there when it starts (a signal to an empty group would fail), and it prints a line when it is stopped.
    let script = directory.path().join("tracer.sh");
    let text = "trap 'echo stopped; exit 7' INT\n\
                kill -0 -$MAPSTORM_GROUP && echo workers\n\
                test -f \"$MAPSTORM_FILE\" && echo file\n\
                kill -0 $MAPSTORM_DRIVER && echo driver\n\
                while :; do sleep 0.02; done\n";
    std::fs::write(&script, text).unwrap();
    let json = succeeds(directory.path(), &["--trace", &format!("exec sh {}", script.display())]);
    let said = std::fs::read_to_string(directory.path().join("result/trace.txt")).unwrap();
    assert_eq!(said, "workers\nfile\ndriver\nstopped\n");
    let trace = &json["trace"];
    assert_eq!((&trace["ended"], &trace["killed"]), (&"exit status 7".into(), &false.into()), "{trace}");
    assert_eq!((&trace["output"], &trace["output_bytes"]), (&"trace.txt".into(), &said.len().into()), "{trace}");
    // Started before measuring, stopped at its end, after a second.
    assert!(trace["started_ns"].as_i64().unwrap() < -1_000_000_000, "{trace}");
    assert!(trace["stopped_ns"].as_i64().unwrap() >= 1_000_000_000, "{trace}");
}

#[test]
fn a_command_that_cannot_trace_spoils_no_run_and_many_runs_take_none() {
    let directory = tempfile::tempdir().unwrap();
    let json = succeeds(directory.path(), &["--trace", "echo no privilege >&2; exit 1"]);
    assert_eq!(json["summary"]["complete"], true);
    assert!(json["trace"]["stopped_ns"].is_null() && json["trace"]["ended"] == "exit status 1", "{}", json["trace"]);
    let said = std::fs::read_to_string(directory.path().join("result/trace.txt")).unwrap();
    assert_eq!(said, "no privilege\n");
    let other = tempfile::tempdir().unwrap();
    let output = run(other.path(), &["--trace", "true", "--axis", "readers.count=1,2"]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
}

#[test]
fn a_directory_that_is_no_result_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let is_refused = |expected: &str| {
        let output = mapstorm().arg("diagnose").arg(directory.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let errors = errors(&output);
        assert!(errors.contains(expected), "{errors}");
    };
    is_refused("not a result of mapstorm");
    std::fs::write(directory.path().join("run.json"), "{\"format_version\": 99}").unwrap();
    is_refused("format version 99");
    std::fs::write(directory.path().join("run.json"), "{}").unwrap();
    is_refused("no format_version");
}

/// `mapstorm run` of a built-in scenario with fewer readers, as on a terminal of 80 columns.
fn built_in(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = mapstorm();
    let few = [
        "--set",
        "readers.count=12",
        "--set",
        "file.size=1MiB",
        "--set",
        "run.duration=1s",
        "--set",
        "run.warm-up=100ms",
    ];
    command.current_dir(directory).env("COLUMNS", "80").args(["run", "quick", "--out", "result", "--no-report"]);
    let output = command.args(few).args(arguments).output().unwrap();
    (output.status.code(), text(&output.stdout), errors(&output))
}

#[test]
fn a_built_in_scenario_runs_by_its_name_and_ends_with_verdict_figures_and_path_on_one_screen() {
    let directory = tempfile::tempdir().unwrap();
    let (code, printed, noted) = built_in(directory.path(), &[]);
    // A machine that does much else may miss even these objectives, or the schedule: then the verdict says so.
    let verdict = printed.lines().position(|line| line.starts_with("VERDICT: ")).unwrap();
    assert_eq!(code == Some(0), printed.contains("VERDICT: every objective was met"), "{code:?}: {printed}");
    assert!([Some(0), Some(4)].contains(&code), "{printed} {noted}");
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{printed}");
    // Whatever was found and warned of on a busy machine, the percentiles of every operation are not there.
    assert!(lines.len() <= 30 && !printed.contains("p99.9"), "{printed}");
    let after = &lines[verdict..];
    let place = |start: &str| {
        after.iter().position(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {printed}"))
    };
    let figures =
        ["readers' ", "commits' ", "reads completed: ", "commits completed: ", "longest freeze: ", "failures: "];
    assert!(figures.map(place).is_sorted(), "{printed}");
    assert_eq!(place("failures: "), after.len() - 1, "{printed}");
    assert_eq!(noted.lines().last(), Some("results in result"), "the path is the last line on the terminal");

    std::fs::remove_dir_all(directory.path().join("result")).unwrap();
    let (_, all, _) = built_in(directory.path(), &["--verbose"]);
    assert!(all.contains("p99.9") && all.contains("What service was made of"), "{all}");
    let last = all.lines().last().unwrap();
    assert!(last.starts_with("failures: "), "{last}");
}

#[test]
fn the_doctor_reports_every_source_of_evidence() {
    let output = mapstorm().env("COLUMNS", "80").arg("doctor").output().unwrap();
    assert!(output.status.success());
    let text = text(&output.stdout);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    // The table breaks names into lines of their cells, the conclusion reasons at spaces.
    let (table, conclusion) = text.split_at(text.rfind("\nProcesses: ").unwrap());
    let cells: Vec<&str> = table.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).collect();
    let (names, conclusion) = (cells.join(" "), conclusion.split_whitespace().collect::<Vec<_>>().join(" "));
    let output = mapstorm().args(["doctor", "--json"]).output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sources = json["evidence"].as_array().unwrap();
    assert!(sources.len() >= 10, "{sources:?}");
    for source in sources {
        let name = source["source"].as_str().unwrap();
        assert!(names.contains(name), "{name}: {table}");
        if let Some(why) = source["available"]["unavailable"].as_str() {
            let way = why.split_once(": ").map_or(why, |(_, way)| way);
            assert!(conclusion.contains(way) && conclusion.contains(name), "{source}: {conclusion}");
        } else {
            assert_eq!(source["available"], true);
        }
    }
    let missing = sources.iter().filter(|source| source["available"] != true).count();
    let of_all = format!("{missing} of {} sources are missing", sources.len());
    assert!(missing == 0 || conclusion.contains(&of_all), "{conclusion}");
    let fits = json["capacity"]["processes"].as_u64().unwrap();
    assert_eq!(json["capacity"]["file_bytes"], 150_000_000);
    assert!(fits > 0 && conclusion.contains(" fit that map one file of 150 MB"), "{fits}: {conclusion}");
}
