//! Drives `mapstorm compare` as a user would, on the committed samples.
//! They are files that do not change, so what is said of them does not either.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use support::{assert_valid, compare, names_in};

const READ_WRITE: &str = "results/samples/fastmail-150m-6000-2cpu-linux-6.18";
const READ_ONLY: &str = "results/samples/fastmail-150m-6000-read-only-2cpu-linux-6.18";
const COST: &str = "results/samples/cost-4000-2cpu-linux-6.18";
const KNEE: &str = "results/samples/knee-skiplist-30m-2cpu-linux-6.18";
const SWEEP: &str = "results/samples/quick-readers-sweep-2cpu-linux-6.18";
const LOAD: &str = "results/samples/t2000-freeze-load-32cpu-tcg-linux-6.1";
const MAPPERS: &str = "results/samples/t2000-freeze-mappers-32cpu-tcg-linux-6.1";
const SPLIT: &str = "results/samples/t2000-freeze-split-32cpu-tcg-linux-6.1";
const WHAT_IF: &str = "results/samples/fastmail-150m-6000-what-if-2cpu-linux-6.18";

fn json(arguments: &[&str]) -> Value {
    let (_, text, errors) = compare(&[arguments, &["--json"]].concat());
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {errors}"));
    assert_valid(&json, "compare");
    json
}

/// The first line says that it is one and the same result; nothing stands below it as a difference.
fn is_identical(text: &str) -> bool {
    let first = text.split("\n\n").next().unwrap().replace('\n', " ");
    first.ends_with("are the same result: all figures are identical.") && !text.contains("\n- ")
}

#[test]
fn loads_that_differ_are_refused_by_the_key_and_forced_with_a_warning() {
    let (code, text, errors) = compare(&[READ_WRITE, READ_ONLY]);
    assert_eq!((code, text.as_str()), (Some(2), ""));
    insta::assert_snapshot!(errors);
    let (code, text, errors) = compare(&[READ_WRITE, READ_ONLY, "--force"]);
    assert_eq!(code, Some(0));
    assert!(errors.contains("WARNING") && errors.contains("readers.open"), "{errors}");
    assert!(text.starts_with("With loads that are not the same (readers.open): B "), "{text}");
    assert!(text.contains("WARNING: the loads are not the same") && text.contains("MISMATCH: readers.open"), "{text}");
}

#[test]
fn a_setting_is_compared_across() {
    let (code, text, errors) = compare(&[READ_WRITE, READ_ONLY, "--across", "readers.open"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    insta::assert_snapshot!(text);
    let wide = text.lines().find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
    let comparison = json(&[READ_WRITE, READ_ONLY, "--across", "readers.open"]);
    let rows = comparison["compared"]["runs"]["differences"].as_array().unwrap();
    let p99 = rows.iter().find(|row| row["subject"] == "lookup" && row["figure"] == "response_p99_ns").unwrap();
    assert_eq!(p99["effect"], "better");
    assert!(p99["ratio"]["high"].as_f64() < Some(1.0) && p99["counts"][0] == 60229, "{p99}");
}

#[test]
fn a_result_against_itself_is_identical() {
    let (code, text, _) = compare(&[READ_ONLY, READ_ONLY, "--fail-on-regression", "0%"]);
    assert_eq!(code, Some(0));
    assert!(is_identical(&text) && text.contains("Regression: none over 0 %"), "{text}");
    assert!(!text.contains("Drift: ") && !text.contains("undecided") && text.contains("Method: paired, "), "{text}");
    let (code, text, _) = compare(&[COST, COST]);
    assert_eq!(code, Some(0));
    assert!(is_identical(&text), "{text}");
    assert_eq!(text.lines().find(|line| line.chars().count() > 100), None);
    let (run, cost) = (json(&[READ_ONLY, READ_ONLY]), json(&[COST, COST]));
    for (rows, least) in
        [(&run["compared"]["runs"]["differences"], 10), (&cost["compared"]["costs"]["differences"], 50)]
    {
        let ratios: Vec<&Value> = rows.as_array().unwrap().iter().map(|row| &row["ratio"]).collect();
        let known: Vec<&&Value> = ratios.iter().filter(|ratio| ratio.get("value").is_some()).collect();
        assert!(known.len() >= least, "{ratios:?}");
        for ratio in known {
            assert_eq!(["value", "low", "high"].map(|end| ratio[end].as_f64()), [Some(1.0); 3], "{ratio}");
        }
    }
}

/// What is changed in `run.json`, the exit code, and words of the text.
type Case<'c> = (&'c dyn Fn(&mut Value), Option<i32>, &'c str);

/// A copy of a sample, changed.
fn changed(root: &Path, sample: &str, change: impl FnOnce(&mut Value)) -> String {
    let copy = root.join("copy");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(sample)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
        }
    }
    let mut run = support::json(&copy.join("run.json"));
    run["started"] = "2026-11-24T15:04:35Z".into();
    change(&mut run);
    fs::write(copy.join("run.json"), run.to_string()).unwrap();
    copy.display().to_string()
}

#[test]
fn a_new_freeze_failures_and_undone_commits_are_regressions() {
    let freeze = serde_json::json!({
        "instance": null, "role": null, "start_ns": 1_000_000_000, "end_ns": 1_166_000_000, "due": 900, "completed": 0,
        "waiting": 900, "workers": 6000, "noise_probes": [], "writer": []
    });
    let cases: [Case; 5] = [
        (&|_| (), Some(0), "Regression: none over 10 %"),
        (&|run| run["diagnosis"]["freezes"] = serde_json::json!([freeze]), Some(4), "longest freeze none -> 166 ms"),
        (&|run| run["summary"]["errors"] = 3.into(), Some(4), "failures 0 -> 3"),
        (&|run| run["summary"]["writers"]["completed"] = 100.into(), Some(4), "commits' completed share"),
        (&|run| run["summary"]["writers"]["completed"] = 109.into(), Some(0), "Regression: none over 10 %"),
    ];
    for (change, expected, words) in cases {
        let root = tempfile::tempdir().unwrap();
        let copy = changed(root.path(), READ_ONLY, change);
        let (code, text, errors) = compare(&[READ_ONLY, &copy, "--fail-on-regression", "10%"]);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code, expected, "{words}: {text} {errors}");
        assert!(text.contains(words), "{words}: {text}");
        // What could have been found, and what was not checked.
        assert!(text.contains("that would have been found: lookup p50 "), "{text}");
        assert!(text.contains("NOT CHECKED: commit p99: 110 values are too few: it takes 400"), "{text}");
        assert!(text.contains("Drift: the runs began 17 min apart"), "{text}");
    }
}

#[test]
fn sweeps_and_what_ifs_against_themselves_are_identical() {
    for (result, kind, least) in [(KNEE, "sweeps", 20), (SWEEP, "sweeps", 30), (WHAT_IF, "what_ifs", 40)] {
        let (code, text, errors) = compare(&[result, result]);
        assert_eq!((code, errors.as_str()), (Some(0), ""));
        assert!(is_identical(&text), "{text}");
        assert_eq!(text.lines().find(|line| line.chars().count() > 100), None);
        let comparison = json(&[result, result]);
        let rows = comparison["compared"][kind]["differences"].as_array().unwrap();
        let ratios: Vec<&Value> = rows.iter().map(|row| &row["ratio"]["value"]).filter(|it| !it.is_null()).collect();
        // Named three times is still compared once with the baseline... but only two are asked for.
        assert!(
            ratios.len() >= least && ratios.iter().all(|ratio| ratio.as_f64() == Some(1.0)),
            "{result}: {ratios:?}"
        );
    }
    let comparison = json(&[KNEE, KNEE]);
    let knee = &comparison["compared"]["sweeps"]["differences"][0];
    assert_eq!(
        (&knee["part"]["knee"]["key"], &knee["b"]["value"]),
        (&"readers.count".into(), &2691.0.into()),
        "{knee}"
    );
}

#[test]
fn a_regression_fails_and_an_improvement_does_not() {
    let across = ["--across", "readers.open", "--fail-on-regression", "10%"];
    let (code, text, _) = compare(&[&[READ_ONLY, READ_WRITE][..], &across].concat());
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("REGRESSION over 10 %: lookup response p50"), "{text}");
    assert_eq!(compare(&[&[READ_WRITE, READ_ONLY][..], &across].concat()).0, Some(0));
    let baseline = ["--baseline", READ_ONLY, READ_WRITE, READ_ONLY];
    let (code, text, _) = compare(&[&baseline[..], &across].concat());
    assert_eq!(code, Some(4), "{text}");
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_reason() {
    for (arguments, words) in [
        (
            &[READ_ONLY, COST][..],
            "18 is the result of a run, results/samples/cost-4000-2cpu-linux-6.18 that of a cost experiment",
        ),
        (&[WHAT_IF, SWEEP], "Name a what-if instead of results/samples/quick-readers-sweep-2cpu-linux-6.18"),
        (&[SWEEP, READ_ONLY], "only results of the same kind"),
        (&[SWEEP, SWEEP, "--rank"], "goes with runs"),
        (&[WHAT_IF], "nothing to be compared with"),
        (
            &[KNEE, SPLIT],
            "18 is over readers.count, results/samples/t2000-freeze-split-32cpu-tcg-linux-6.1 is over instances.count and writer.emulate",
        ),
        (&[MAPPERS, SPLIT, "--across", "readers.opne"], "the results do not differ in that"),
        (&[MAPPERS, LOAD], "run.duration: 20 s in A, 60 s in B"),
        (&[READ_ONLY], "nothing to be compared with"),
        (&[READ_ONLY, "results/none"], "no such directory"),
        (&[READ_ONLY, READ_ONLY, "--across", "readers.opne"], "no such key"),
        (&[READ_ONLY, READ_ONLY, "--slo", "lokup.p99<=1s"], "did you mean"),
        (&[READ_ONLY, READ_ONLY, "--min-effect", "5"], "a percentage"),
        (&[READ_ONLY, READ_ONLY, "--out", "results"], "something else than a comparison"),
        (&[COST, COST, "--slo", "rate>=0.9"], "goes with runs"),
        (&[READ_ONLY, "--cost-model", COST], "was not measured in a skiplist file"),
    ] {
        let (code, text, errors) = compare(arguments);
        assert_eq!((code, text.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(errors.contains(words), "{arguments:?}: {errors}");
    }
}

#[test]
fn results_are_ranked_by_objectives() {
    let objectives = ["--slo", "lookup.p99<=20ms,freeze.longest<=200ms", "--across", "readers.open", "--rank"];
    // Named twice is no repeat.
    let arguments = [&[READ_WRITE, READ_ONLY, "--baseline", READ_WRITE][..], &objectives].concat();
    let (code, text, _) = compare(&arguments);
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(text);
    assert_eq!(text.lines().find(|line| line.chars().count() > 100), None);
    let rows = json(&arguments)["compared"]["ranking"]["rows"].clone();
    assert_eq!((&rows[0]["letter"], &rows[0]["verdict"]), (&"B".into(), &"met".into()));
    assert_eq!((&rows[1]["verdict"], &rows[1]["is_baseline"]), (&"not_met".into(), &true.into()));
    assert_eq!(rows[1]["directories"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_directory_is_written_and_replaced() {
    let root = tempfile::tempdir().unwrap();
    let out: PathBuf = root.path().join("comparison");
    let arguments = [READ_WRITE, READ_ONLY, "--across", "readers.open", "--out", out.to_str().unwrap()];
    for extra in [&[][..], &["--rank"], &[]] {
        let (code, _, errors) = compare(&[&arguments[..], extra].concat());
        assert_eq!(code, Some(0), "{errors}");
    }
    let charts = names_in(&out.join("charts"));
    let expected = ["comparison-completed.svg", "comparison-latency-by-percentile.svg", "comparison-ratios.svg"];
    assert_eq!(charts, expected);
    assert_eq!(support::json(&out.join("comparison.json"))["format_version"], 4);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing temporary is left");
    for result in [KNEE, WHAT_IF] {
        let (code, text, errors) = compare(&[result, result, "--out", out.to_str().unwrap()]);
        assert_eq!(code, Some(0), "{errors}");
        let page = fs::read_to_string(out.join("report.html")).unwrap();
        assert!(
            page.contains("are the same result: all figures are identical")
                && page.contains(text.lines().last().unwrap()),
            "{page}"
        );
        assert!(out.join("charts/comparison-parts.svg").exists() && page.contains("Every figure"));
        let own = if result == KNEE { "comparison-loads.svg" } else { "comparison-mitigations.svg" };
        assert!(out.join("charts").join(own).exists() && page.contains(own), "{own}");
    }
}

#[test]
fn arms_of_one_experiment_are_compared_where_they_meet() {
    // One varied the readers, the other the instances: both ran 6000 readers of one instance.
    let comparison = json(&[MAPPERS, SPLIT]);
    let found = &comparison["compared"]["sweeps"];
    let rows = found["differences"].as_array().unwrap();
    let p99: Vec<&Value> = rows.iter().filter(|row| row["figure"] == "reader_p99_ns").collect();
    assert_eq!(p99.len(), 3, "nothing, demap, stop-mappers: {p99:?}");
    let emulated = p99.iter().filter(|row| row["provenance"] == "emulated").count();
    assert_eq!(emulated, 2);
    let conclusion = found["conclusion"].as_str().unwrap();
    let names = "A (t2000-freeze-mappers-32cpu-tcg-linux-6.1) or B (t2000-freeze-split-32cpu-tcg-linux-6.1)";
    assert!(conclusion.starts_with(&format!("It is undecided whether {names} is better")), "{conclusion}");
    let (code, text, _) = compare(&[MAPPERS, LOAD, "--across", "run"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Compared across: run.duration: 20 s -> 60 s"), "{text}");
}
