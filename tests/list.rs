//! Listing results as a user would: what is found, what is left out, and what cannot be read.

mod support;

use std::{fs, path::Path, process::Output};

use serde_json::Value;
use support::{mapstorm, printed, text};

const SAMPLES: [&str; 5] = [
    "results/samples/cost-4000-2cpu-linux-6.18",
    "results/samples/fastmail-150m-6000-2cpu-linux-6.18",
    "results/samples/fastmail-150m-6000-read-only-2cpu-linux-6.18",
    "results/samples/fastmail-150m-6000-what-if-2cpu-linux-6.18",
    "results/samples/knee-skiplist-30m-2cpu-linux-6.18",
];

fn list(directory: &Path, arguments: &[&str]) -> Output {
    list_on("200", directory, arguments)
}

/// As on a terminal of so many columns.
fn list_on(columns: &str, directory: &Path, arguments: &[&str]) -> Output {
    mapstorm(directory, &[&["list"], arguments].concat()).env("COLUMNS", columns).output().unwrap()
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_sample_has_a_line_oldest_first() {
    let output = list(here(), &SAMPLES);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    insta::assert_snapshot!("samples", text(&output.stdout));
}

#[test]
fn on_80_columns_every_sample_has_two_lines_and_its_whole_path() {
    let output = list_on("80", here(), &SAMPLES);
    let text = text(&output.stdout);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(SAMPLES.iter().all(|sample| text.lines().any(|line| line.trim() == *sample)), "{text}");
    insta::assert_snapshot!("samples_on_80_columns", text);
    // Where the width is unknown, as here behind a pipe, it is that of most terminals.
    let unknown = mapstorm(here(), &["list"]).env_remove("COLUMNS").args(SAMPLES).output().unwrap();
    assert_eq!(unknown.stdout, output.stdout);
}

#[test]
fn built_in_scenarios_are_listed_with_what_they_are() {
    let output = list_on("80", here(), &["--scenarios"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let (listed, json) = (text(&output.stdout), printed(&list(here(), &["--scenarios", "--json"])));
    assert!(listed.lines().all(|line| line.chars().count() <= 80), "{listed}");
    let files = fs::read_dir(here().join("scenarios")).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    for (name, scenario) in names.iter().zip(json.as_array().unwrap()) {
        assert_eq!(scenario["name"], name.as_str());
        let line = listed.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(scenario["description"].as_str().unwrap().starts_with(line[name.len()..].trim()), "{line}");
    }
    assert_eq!(json.as_array().unwrap().len(), names.len());
    assert_eq!(list(here(), &["--scenarios", "results"]).status.code(), Some(2), "results are no scenarios");
}

#[test]
fn kinds_and_scenarios_can_be_chosen_and_machines_get_json() {
    let chosen = |arguments: &[&str]| -> Vec<String> {
        let output = list(here(), &[&SAMPLES[..], &["--json"], arguments].concat());
        assert_eq!(output.status.code(), Some(0));
        printed(&output).as_array().unwrap().iter().map(|result| result["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(chosen(&[]).len(), 5);
    assert_eq!(chosen(&["--kind", "what-if"]), [SAMPLES[3]]);
    assert_eq!(chosen(&["--scenario", "fastmail"]), [SAMPLES[1], SAMPLES[2], SAMPLES[3]]);
    assert_eq!(chosen(&["--scenario", "fastmail", "--kind", "run"]), [SAMPLES[1], SAMPLES[2]]);
    assert!(chosen(&["--scenario", "nonsense"]).is_empty());
    let output = list(here(), &[&SAMPLES[..], &["--json", "--kind", "run"]].concat());
    let json = printed(&output);
    assert_eq!((&json[0]["verdict"], &json[1]["verdict"]), (&Value::Null, &Value::from("met")));
    assert_eq!(json[1]["reader_p99_ns"], 6_553_599);
}

#[test]
fn what_cannot_be_read_is_reported_and_stops_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let output = list(path, &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
    assert!(text(&output.stderr).starts_with("results: no directory that can be listed"), "{}", text(&output.stderr));

    let place = |name: &str, content: &[u8]| {
        fs::create_dir_all(path.join("results").join(name)).unwrap();
        fs::write(path.join("results").join(name).join("run.json"), content).unwrap();
    };
    fs::create_dir(path.join("results")).unwrap();
    let output = list(path, &[]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), "no results in results\n".to_owned()));
    let run = fs::read(here().join(SAMPLES[1]).join("run.json")).unwrap();
    place("deeper/good", &run);
    place(".unfinished.77", &run);
    place("foreign", b"{\"name\": \"of another tool\"}");
    place("broken", b"{");
    let output = list(path, &[]);
    assert_eq!(output.status.code(), Some(0));
    let (reported, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(reported.lines().count(), 3, "one result with its header: {reported}");
    assert!(reported.contains("results/deeper/good"), "{reported}");
    assert_eq!(errors.lines().count(), 2, "{errors}");
    assert!(
        errors.contains("not listed: results/foreign: ") && errors.contains("not a result of mapstorm"),
        "{errors}"
    );
    assert!(errors.contains("not listed: results/broken: "), "{errors}");
    let output = list(path, &["--kind", "cost"]);
    assert!(
        text(&output.stderr).starts_with("nothing in results is such; results of other kinds or scenarios: 1\n"),
        "{}",
        text(&output.stderr)
    );
    let output = list(path, &["--kind", "cost", "--json"]);
    assert_eq!(text(&output.stdout), "[]\n");
}
