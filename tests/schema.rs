//! What is written is what the schemas in `docs` say, now and in the samples that were committed.

use std::{fs, path::Path};

use assert_cmd::prelude::*;
use serde_json::Value;

/// What a result directory may hold, and the schema of each.
const KINDS: [(&str, &str); 8] = [
    ("run.json", "run.schema.json"),
    ("cost.json", "cost.schema.json"),
    ("sweep.json", "sweep.schema.json"),
    ("what-if.json", "what-if.schema.json"),
    ("qualify.json", "qualify.schema.json"),
    ("ab.json", "ab.schema.json"),
    ("shootdown.json", "shootdown.schema.json"),
    ("inspection.json", "inspection.schema.json"),
];

fn validator_of(schema: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(schema);
    jsonschema::validator_for(&read(&path)).unwrap()
}

fn validator() -> jsonschema::Validator {
    validator_of("run.schema.json")
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn assert_valid(path: &Path, schema: &str) -> Value {
    let run = read(path);
    let errors: Vec<String> =
        validator_of(schema).iter_errors(&run).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    run
}

#[test]
fn a_fresh_run_is_valid_and_a_broken_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("small.toml");
    let text = "[file]\nmailboxes = 200\n[readers]\ncount = 3\nrate = \"20/s\"\n[run]\ncontrol = \"0ms\"\nwarm-up = \"0s\"\nduration = \"500ms\"\n";
    fs::write(&scenario, text).unwrap();
    let result = directory.path().join("result");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.arg("run").arg(&scenario).arg("--out").arg(&result).assert().success();
    let mut run = assert_valid(&result.join("run.json"), "run.schema.json");
    assert_eq!(run["format_version"], 4);
    assert_eq!(run["files"][0]["format"], "twoskip");
    assert!(run["files"][0]["bytes_at_end"].as_u64() >= run["files"][0]["bytes_at_start"].as_u64());
    assert!(run["command"].as_array().unwrap().iter().any(|word| word == "run"));

    run["summary"]["ready_ns"] = "soon".into();
    assert!(!validator().is_valid(&run));
    run["summary"].as_object_mut().unwrap().remove("ready_ns");
    assert!(!validator().is_valid(&run));
}

#[test]
fn every_committed_sample_is_valid() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples");
    let mut found = [0; KINDS.len()];
    let entries =
        |directory: &Path| -> Vec<_> { fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let mut left = entries(&samples);
    while let Some(sample) = left.pop() {
        let mut known = false;
        for (place, (file, schema)) in KINDS.into_iter().enumerate() {
            if sample.join(file).exists() {
                assert_valid(&sample.join(file), schema);
                (known, found[place]) = (true, found[place] + 1);
            }
        }
        if !known {
            // Results that belong together share a directory.
            assert!(sample.is_dir(), "{}: not the result of any command", sample.display());
            left.extend(entries(&sample));
        }
    }
    assert!(found.iter().all(|count| *count > 0), "a sample of every kind: {found:?} of {KINDS:?}");
}
