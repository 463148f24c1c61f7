//! Drives `mapstorm compare --history` as a user would, on copies of a committed sample: days apart, with scaled latencies.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use support::{assert_valid, compare};

const SAMPLE: &str = "results/samples/fastmail-150m-6000-2cpu-linux-6.18/run.json";

fn sample() -> Value {
    support::json(&Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE))
}

/// Every latency of a run is this many times as long. The log of latencies, which is not scaled, is left out.
fn scaled(run: &mut Value, factor: f64) {
    for row in run["summary"]["rows"].as_array_mut().unwrap() {
        for figure in ["p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"] {
            row[figure] = ((row[figure].as_f64().unwrap() * factor) as u64).into();
        }
        row["mean_ns"] = (row["mean_ns"].as_f64().unwrap() * factor).into();
    }
}

fn write(root: &Path, name: &str, run: &Value) -> PathBuf {
    let directory = root.join(name);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("run.json"), run.to_string()).unwrap();
    let left_out = json!({ "files": ["latency.hlog"], "reason": "latencies are scaled" });
    fs::write(directory.join("left-out.json"), left_out.to_string()).unwrap();
    directory
}

/// Runs a day apart, with noise of up to 5 % that follows from the day. From a day on the kernel is another, and latencies are so many times as long.
fn history(root: &Path, days: usize, step: (usize, f64)) {
    let sample = sample();
    for day in 0..days {
        let mut run = sample.clone();
        let noise = 0.95 + 0.1 * ((day * 7 % 11) as f64 / 10.0);
        let is_after = day >= step.0;
        scaled(&mut run, noise * if is_after { step.1 } else { 1.0 });
        let began = format!("2026-{:02}-{:02}T03:00:00", 1 + day / 28, 1 + day % 28);
        (run["started"], run["measuring_began"]) = (format!("{began}Z").into(), format!("{began}.000Z").into());
        run["environment"]["kernel"] = if is_after { "6.18.1" } else { "6.12.9" }.into();
        run["scenario"]["run"]["seed"] = day.into();
        // In an order that is not that of time.
        write(root, &format!("{:02}/night", days - day), &run);
    }
}

fn report(directory: &Path, arguments: &[&str]) -> Value {
    let (code, text, errors) = compare(&[&["--history", directory.to_str().unwrap(), "--json"], arguments].concat());
    assert!([Some(0), Some(4)].contains(&code), "{errors}");
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {errors}"));
    assert_valid(&json, "history");
    json
}

#[test]
fn a_slower_kernel_is_found_where_it_came() {
    let root = tempfile::tempdir().unwrap();
    history(root.path(), 30, (18, 1.3));
    let json = report(root.path(), &[]);
    let series = json["history"]["series"].as_array().unwrap();
    assert_eq!(
        (series.len(), series[0]["runs"].as_array().unwrap().len()),
        (1, 30),
        "{}",
        json["history"]["conclusion"]
    );
    let changes = series[0]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!((&changes[0]["before"], &changes[0]["after"]), (&json!(17), &json!(18)));
    let of = |figure: &str| changes[0]["figures"].as_array().unwrap().iter().find(|found| found["figure"] == figure);
    for figure in ["reader_p99_ns", "reader_p50_ns", "lock_hold_ns"] {
        let found = of(figure).unwrap_or_else(|| panic!("{figure}: {changes:#?}"));
        let ratio = found["ratio"].as_f64().unwrap();
        assert!((1.25..1.35).contains(&ratio) && found["effect"] == "worse", "{found}");
        assert!(found["p"].as_f64().unwrap() <= 0.05, "{found}");
    }
    // Copies of one run do not differ in these.
    assert!(
        of("readers_completed_share").is_none() && of("longest_freeze_ns").is_none() && of("per_mapper_ns").is_none()
    );
    let kernel = &changes[0]["circumstances"][0];
    assert_eq!((&kernel["key"], &kernel["values"]), (&json!("kernel"), &json!(["6.12.9", "6.18.1"])));
    let sentence = changes[0]["sentence"].as_str().unwrap();
    assert!(sentence.contains("The kernel changed from 6.12.9 to 6.18.1 there"), "{sentence}");
}

#[test]
fn the_text_the_page_and_the_chart_show_it() {
    let root = tempfile::tempdir().unwrap();
    history(&root.path().join("results"), 30, (18, 1.3));
    let (results, out) = (root.path().join("results"), root.path().join("out"));
    let arguments = ["--history", results.to_str().unwrap(), "--out", out.to_str().unwrap()];
    // The second time it replaces its own.
    for _ in 0..2 {
        let (code, text, errors) = compare(&arguments);
        assert_eq!(code, Some(0), "{errors}");
        assert!(errors.contains("history in "), "{errors}");
        let flowing = text.replace('\n', " ");
        for words in [
            "1 change in 30 runs of one load",
            "read p99 29 % higher, from 51.9 ms to 67.1 ms (worse, p = 0.008)",
            "The kernel changed from 6.12.9 to 6.18.1 there",
        ] {
            assert!(flowing.contains(words), "{words}: {text}");
        }
        assert_eq!(text.lines().find(|line| line.chars().count() > 100), None);
    }
    let written: Value = serde_json::from_slice(&fs::read(out.join("history.json")).unwrap()).unwrap();
    assert_valid(&written, "history");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("30 runs over time") && page.contains("6.12.9"), "no chart in the page");
    let chart = fs::read_to_string(out.join("charts/history-1.svg")).unwrap();
    assert!(roxmltree::Document::parse(&chart).is_ok() && chart.contains("change from "), "{chart}");
}

#[test]
fn a_regression_in_the_last_segment_has_an_exit_code() {
    let root = tempfile::tempdir().unwrap();
    history(root.path(), 30, (18, 1.3));
    let path = root.path().to_str().unwrap();
    let code = |allowed: &str| compare(&["--history", path, "--fail-on-regression", allowed]).0;
    assert_eq!((code("10%"), code("40%")), (Some(4), Some(0)));
    let (_, text, _) = compare(&["--history", path, "--fail-on-regression", "10%"]);
    assert!(text.contains("Regression in the last segment: over 10.0 %: ") && text.contains("read p99"), "{text}");
    // Too small to be a change is no regression.
    assert_eq!(compare(&["--history", path, "--fail-on-regression", "10%", "--min-effect", "50%"]).0, Some(0));
    let better = tempfile::tempdir().unwrap();
    history(better.path(), 30, (18, 0.7));
    assert_eq!(compare(&["--history", better.path().to_str().unwrap(), "--fail-on-regression", "0%"]).0, Some(0));
}

#[test]
fn what_cannot_be_read_is_named_and_other_runs_are_counted() {
    let root = tempfile::tempdir().unwrap();
    history(root.path(), 14, (99, 1.0));
    let mut other = sample();
    other["environment"]["host"] = "elsewhere".into();
    write(root.path(), "other", &other);
    let mut incomplete = sample();
    incomplete["summary"]["complete"] = false.into();
    write(root.path(), "incomplete", &incomplete);
    for (name, text) in [("foreign", "{\"format_version\": 1}"), ("broken", "{"), ("no-log", &sample().to_string())] {
        fs::create_dir(root.path().join(name)).unwrap();
        fs::write(root.path().join(name).join("run.json"), text).unwrap();
    }
    let (code, text, errors) = compare(&["--history", root.path().to_str().unwrap()]);
    assert_eq!(code, Some(0), "{errors}");
    for name in ["foreign", "broken", "no-log"] {
        let line = errors.lines().find(|line| line.contains(&format!("/{name}: ")));
        assert!(line.is_some_and(|line| line.starts_with("WARNING: left out: ")), "{name}: {errors}");
    }
    let flowing = text.replace('\n', " ");
    for words in [
        "No figure changed significantly by more than 5 % in 14 runs of one load",
        "left out: 1 run, in no series of 12 runs",
        "left out: 1 run, incomplete or invalid",
    ] {
        assert!(flowing.contains(words), "{words}: {text}");
    }
}

#[test]
fn not_enough_history_is_an_answer_and_no_run_is_none() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().to_str().unwrap();
    let (code, text, errors) = compare(&["--history", path]);
    assert_eq!((code, text.as_str()), (Some(2), ""));
    assert!(errors.contains(path) && errors.contains("no run in it that can be read"), "{errors}");
    let (code, _, errors) = compare(&["--history", &format!("{path}/none")]);
    assert!(code == Some(2) && errors.contains("no directory that can be listed"), "{code:?} {errors}");
    history(root.path(), 11, (5, 3.0));
    let out = root.path().join("out");
    let arguments = ["--history", path, "--fail-on-regression", "10%", "--out", out.to_str().unwrap()];
    let (code, text, errors) = compare(&arguments);
    assert_eq!(code, Some(0), "{errors}");
    let flowing = text.replace('\n', " ");
    assert!(
        flowing.starts_with(
            "Not enough history: at most 11 runs have the same load on the same machine, and it takes 12."
        ),
        "{text}"
    );
    assert!(out.join("report.html").exists() && !out.join("charts").exists());
}

#[test]
fn it_goes_with_no_named_results() {
    for option in [&["results/a"][..], &["--baseline", "x"], &["--rank"], &["--cost-model", "x"], &["--force"]] {
        let (code, _, errors) = compare(&[&["--history", "results"], option].concat());
        assert!(code == Some(2) && errors.contains("cannot be used with"), "{option:?}: {errors}");
    }
    let (code, _, errors) = compare(&[]);
    assert!(code == Some(2) && errors.contains("<RESULT>"), "{errors}");
}
