//! Exports driven as a user would, of a result of every kind, and read back with other people's parsers: the PyPI packages
//! `prometheus_client` and `hdrhistogram`, which `scripts/test.sh` installs, and Python's own `csv`.

mod bmf;
#[path = "../support/needs.rs"]
mod needs;
mod openmetrics;
#[cfg(feature = "parquet")]
mod parquet;
#[path = "../support/samples.rs"]
mod samples;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, Output},
};

use needs::python;
use serde_json::Value;

const RUN: &str = "results/samples/fastmail-150m-6000-2cpu-linux-6.18";
const READ_ONLY: &str = "results/samples/fastmail-150m-6000-read-only-2cpu-linux-6.18";
const KNEE: &str = "results/samples/knee-skiplist-30m-2cpu-linux-6.18";
const WHAT_IF: &str = "results/samples/fastmail-150m-6000-what-if-2cpu-linux-6.18";
const COST: &str = "results/samples/cost-4000-2cpu-linux-6.18";
const ALL: [&str; 5] = [RUN, READ_ONLY, KNEE, WHAT_IF, COST];

fn mapstorm(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn export(arguments: &[&str]) -> Vec<u8> {
    let output = mapstorm(&[&["export"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// That it is refused with exit code 2 and writes nothing; what it says.
fn refused(arguments: &[&str]) -> String {
    let output = mapstorm(&[&["export"], arguments].concat());
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()).unwrap()
}

/// Runs a Python program on a file with this content; the JSON that it prints.
fn output_of(python: &Path, program: &str, content: &[u8]) -> Value {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("exported");
    fs::write(&file, content).unwrap();
    let output = Command::new(python).args(["-c", program]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Header and rows of CSV, in which every row has as many cells as the header.
fn table(text: &[u8]) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let mut reader = csv::Reader::from_reader(text);
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.deserialize().map(Result::unwrap).collect();
    (header, rows)
}

#[test]
fn every_table_has_the_columns_and_statistics_that_it_says() {
    let tables = [
        (RUN, "summary"),
        (RUN, "timeline"),
        (RUN, "counters"),
        (RUN, "percentiles"),
        (KNEE, "summary"),
        (KNEE, "knees"),
        (WHAT_IF, "summary"),
        (WHAT_IF, "differences"),
        (COST, "summary"),
        (COST, "levels"),
    ];
    let mut reported = String::new();
    for (result, name) in tables {
        let (header, rows) = table(&export(&[result, "--format", "csv", "--table", name]));
        reported += &format!("{name} of {result}: {} rows\n  {}\n", rows.len(), header.join(","));
        let cell = |row: &BTreeMap<String, String>, names: [&str; 2]| {
            names.iter().find_map(|name| row.get(*name)).cloned().unwrap_or_default()
        };
        let kinds: BTreeSet<String> = rows
            .iter()
            .map(|row| {
                let what = cell(row, ["statistic", "metric"]);
                format!("  {} {what} [{}]\n", row["provenance"], cell(row, ["unit", "unit"]))
            })
            .collect();
        kinds.iter().for_each(|kind| reported += kind);
    }
    insta::assert_snapshot!("tables", reported);
}

#[test]
fn figures_are_those_of_the_result_in_base_units() {
    let (_, rows) = table(&export(&[RUN, READ_ONLY, "--format", "csv"]));
    let run = json(&format!("{RUN}/run.json"));
    let name = RUN.rsplit('/').next().unwrap();
    let of = |result: &str, which: [&str; 4]| {
        let columns = ["role", "operation", "series", "statistic"];
        let found: Vec<_> = rows
            .iter()
            .filter(|row| row["result"] == result && columns.iter().zip(which).all(|(column, is)| row[*column] == is))
            .collect();
        assert_eq!(found.len(), 1, "{result} {which:?}");
        found[0]["value"].clone()
    };
    for row in run["summary"]["rows"].as_array().unwrap() {
        let tag = ["role", "operation", "series"].map(|key| row[key].as_str().unwrap());
        let value = |statistic| of(name, [tag[0], tag[1], tag[2], statistic]).parse::<f64>().unwrap();
        assert_eq!((value("p99.9") * 1e9).round(), row["p999_ns"].as_f64().unwrap(), "{tag:?}");
        assert_eq!(value("count"), row["count"].as_f64().unwrap(), "{tag:?}");
    }
    // Without objectives there is no verdict: an empty cell, not a zero.
    assert_eq!(of(name, ["", "", "", "slo_met"]), "");
    let read_only = READ_ONLY.rsplit('/').next().unwrap();
    assert_eq!(of(read_only, ["", "", "", "slo_met"]), "1");
    assert_eq!(
        of(read_only, ["writer", "all", "", "due"]),
        json(&format!("{READ_ONLY}/run.json"))["summary"]["writers"]["due"].to_string()
    );
}

#[test]
fn emulated_and_predicted_rows_say_so() {
    let (_, rows) = table(&export(&[COST, "--format", "csv"]));
    let cost = json(&format!("{COST}/cost.json"));
    for row in cost["rows"].as_array().unwrap() {
        // The sample has the name of an earlier version.
        let method = row["method"].as_str().map(|name| if name == "commit" { "commit-replace" } else { name }).unwrap();
        let expected = if row["emulated"] == true { "emulated" } else { "measured" };
        let found: Vec<_> = rows.iter().filter(|row| row["method"] == method).collect();
        assert!(!found.is_empty() && found.iter().all(|row| row["provenance"] == expected), "{method}");
    }
    let (header, rows) = table(&export(&[KNEE, "--format", "csv"]));
    assert!(header.contains(&"readers.count".to_owned()));
    let predicted: Vec<_> = rows.iter().filter(|row| row["provenance"] == "predicted").collect();
    assert!(!predicted.is_empty());
    assert!(predicted.iter().all(|row| row["order"].is_empty() && !row["readers.count"].is_empty()));
    let (_, knees) = table(&export(&[KNEE, "--format", "csv", "--table", "knees"]));
    let loads: Vec<_> = knees.iter().map(|row| (&*row["provenance"], &*row["load"], &*row["runs"])).collect();
    assert_eq!(loads[0], ("measured", "2691", "14"));
    assert_eq!((loads.len(), loads[1].0, loads[1].2), (2, "predicted", ""));
}

#[test]
fn json_is_the_results_own_file() {
    for (result, file) in [(RUN, "run.json"), (KNEE, "sweep.json"), (WHAT_IF, "what-if.json"), (COST, "cost.json")] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(result).join(file);
        assert_eq!(export(&[result, "--format", "json"]), fs::read(path).unwrap(), "{result}");
    }
    let several: Value = serde_json::from_slice(&export(&[COST, RUN, "--format", "json"])).unwrap();
    let expected = [json(&format!("{COST}/cost.json")), json(&format!("{RUN}/run.json"))];
    assert_eq!(several.as_array().unwrap(), &expected);
}

/// Reads CSV strictly and prints `[header, [row…]]`.
const CSV: &str = r"
import csv, json, sys
with open(sys.argv[1], newline='', encoding='utf-8') as file:
    header, *rows = csv.reader(file, strict=True)
assert all(len(row) == len(header) for row in rows)
print(json.dumps([header, rows]))
";

#[test]
fn python_reads_the_same_csv() {
    let Some(python) = python("csv") else { return };
    for result in ALL {
        let text = export(&[result, "--format", "csv"]);
        let (header, rows) = table(&text);
        let reported = output_of(&python, CSV, &text);
        let theirs: Vec<Vec<String>> = serde_json::from_value(reported[1].clone()).unwrap();
        assert_eq!(serde_json::from_value::<Vec<String>>(reported[0].clone()).unwrap(), header);
        let ours: Vec<Vec<String>> =
            rows.iter().map(|row| header.iter().map(|name| row[name].clone()).collect()).collect();
        assert_eq!(theirs, ours, "{result}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_how_to_get_one() {
    let message = refused(&[COST, "--format", "parquet"]);
    assert_eq!(message, "--format parquet: this build has no parquet: cargo build --features parquet\n");
}

/// Prints `{tag: count}` of a histogram log.
const LOG: &str = r"
import json, sys
from hdrh.log import HistogramLogReader
reader = HistogramLogReader(sys.argv[1], None)
counts = {}
while (interval := reader.get_next_interval_histogram()) is not None:
    counts[interval.get_tag()] = counts.get(interval.get_tag(), 0) + interval.get_total_count()
print(json.dumps(counts))
";

#[test]
fn histogram_logs_are_whole_or_some_tags() {
    let whole = export(&[RUN, "--format", "hlog"]);
    assert_eq!(whole, fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(RUN).join("latency.hlog")).unwrap());
    let part = export(&[RUN, "--format", "hlog", "--tag", "reader.lookup.response", "--tag", "writer.store"]);
    let tags = |log: &[u8]| -> BTreeSet<String> {
        let lines = String::from_utf8(log.to_vec()).unwrap();
        let tagged = lines.lines().filter_map(|line| line.strip_prefix("Tag=")?.split(',').next().map(str::to_owned));
        tagged.collect()
    };
    let expected: BTreeSet<String> = tags(&whole)
        .into_iter()
        .filter(|tag| tag == "reader.lookup.response" || tag.starts_with("writer.store."))
        .collect();
    assert!(expected.len() > 2);
    assert_eq!(tags(&part), expected);
    let message = refused(&[RUN, "--format", "hlog", "--tag", "reader.look"]);
    assert!(message.contains("it has reader.lookup.lock, reader.lookup.remap,"), "{message}");

    let Some(python) = python("hdrh.log") else { return };
    let reported = output_of(&python, LOG, &part);
    let run = json(&format!("{RUN}/run.json"));
    let rows = run["summary"]["rows"].as_array().unwrap();
    for tag in expected {
        let row = rows
            .iter()
            .find(|row| tag == ["role", "operation", "series"].map(|key| row[key].as_str().unwrap()).join("."));
        assert_eq!(reported[&tag], row.unwrap()["count"], "{tag}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_what_would_is_named() {
    assert_eq!(
        refused(&[COST, "--format", "hlog"]),
        format!(
            "{COST}: the result of a cost experiment has no format `hlog`; it has csv, json, openmetrics, bmf, parquet\n"
        )
    );
    assert!(refused(&[KNEE, "--format", "csv", "--table", "timeline"]).ends_with("it has summary, knees\n"));
    assert!(refused(&[RUN, COST, "--format", "csv"]).contains("export them one by one"));
    assert!(refused(&[RUN, READ_ONLY, "--format", "hlog"]).contains("one RESULT at a time"));
    assert!(refused(&[RUN, RUN, "--format", "csv"]).ends_with("given twice\n"));
    assert!(refused(&["results/samples", "--format", "csv"]).contains("not a result of mapstorm"));
    assert!(refused(&[RUN, "--format", "json", "--table", "summary"]).contains("--format csv and parquet only"));
    assert!(refused(&[RUN, "--format", "csv", "--points", "9"]).contains("--table percentiles only"));
    assert!(refused(&["--format", "csv"]).contains("<RESULT>"));
}

#[test]
fn a_file_is_replaced_only_with_force_and_nothing_else_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out.prom");
    let out = out.to_str().unwrap();
    assert!(export(&[COST, "--format", "openmetrics", "--out", out]).is_empty());
    let first = fs::read(out).unwrap();
    assert!(first.ends_with(b"\n# EOF\n"));
    assert!(refused(&[RUN, "--format", "openmetrics", "--out", out]).contains("out.prom: exists already; --force"));
    assert_eq!(fs::read(out).unwrap(), first);
    export(&[RUN, "--format", "openmetrics", "--out", out, "--force"]);
    assert_eq!(fs::read(out).unwrap(), export(&[RUN, "--format", "openmetrics"]));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

const SMALL: &str = r#"
name = "small"
[file]
mailboxes = 300
[instances]
count = 2
[readers]
count = 6
rate = "50/s"
[writer]
rate = "20/s"
[run]
warm-up = "0s"
control = "0ms"
duration = "300ms"
interval = "100ms"
evidence = false
"#;

#[test]
fn a_fresh_run_without_evidence_has_empty_cells_not_zeros() {
    let directory = tempfile::tempdir().unwrap();
    let (scenario, result) = (directory.path().join("small.toml"), directory.path().join("result"));
    fs::write(&scenario, SMALL).unwrap();
    let (scenario, result) = (scenario.to_str().unwrap(), result.to_str().unwrap());
    assert_eq!(mapstorm(&["run", scenario, "--out", result]).status.code(), Some(0));
    let (_, rows) = table(&export(&[result, "--format", "csv"]));
    let stalled: Vec<_> = rows.iter().filter(|row| row["statistic"] == "stalled_time").collect();
    assert_eq!((stalled.len(), &*stalled[0]["value"]), (1, ""), "stalls were not recorded");
    let metrics = String::from_utf8(export(&[result, "--format", "openmetrics"])).unwrap();
    assert!(!metrics.contains("stalled_time") && metrics.contains("mapstorm_freezes"), "{metrics}");
    assert!(refused(&[result, "--format", "csv", "--table", "counters"]).contains("without evidence"));

    let (_, rows) = table(&export(&[result, "--format", "csv", "--table", "timeline"]));
    let due = |wanted: fn(&str) -> bool| -> f64 {
        let due = rows.iter().filter(|row| row["metric"] == "due" && wanted(&row["instance"]));
        due.map(|row| row["value"].parse::<f64>().unwrap()).sum()
    };
    let all = due(|instance| instance == "all");
    assert!(all > 0.0);
    assert_eq!(due(|instance| instance == "0") + due(|instance| instance == "1"), all);
    assert!(rows.iter().filter(|row| row["metric"].starts_with("response")).all(|row| row["instance"] == "all"));

    let (_, rows) = table(&export(&[result, "--format", "csv", "--table", "percentiles", "--points", "3"]));
    let run: Value = serde_json::from_slice(&fs::read(Path::new(result).join("run.json")).unwrap()).unwrap();
    let response: Vec<_> = rows.iter().filter(|row| row["role"] == "reader" && row["series"] == "response").collect();
    assert!((1..=3).contains(&response.len()));
    let last = response.last().unwrap();
    // On a busy machine some end after the span: they have a time, and have not completed in it.
    let of_readers = |row: &&Value| row["role"] == "reader" && row["series"] == "response";
    let rows = run["summary"]["rows"].as_array().unwrap().iter().filter(of_readers);
    let ended: u64 = rows.map(|row| row["count"].as_u64().unwrap()).sum();
    assert!(ended >= run["summary"]["readers"]["completed"].as_u64().unwrap());
    assert_eq!((&*last["quantile"], &*last["count"]), ("1", &*ended.to_string()));
}
