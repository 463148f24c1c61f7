//! What a run writes is what `docs/run.schema.json` says, now and in the samples that were committed.

use std::{fs, path::Path};

use assert_cmd::prelude::*;
use serde_json::Value;

fn validator() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/run.schema.json");
    jsonschema::validator_for(&read(&path)).unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn assert_valid(path: &Path) -> Value {
    let run = read(path);
    let errors: Vec<String> =
        validator().iter_errors(&run).map(|error| format!("{}: {error}", error.instance_path())).collect();
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
    let mut run = assert_valid(&result.join("run.json"));
    assert_eq!(run["format_version"], 2);
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
    let runs: Vec<_> = fs::read_dir(samples).unwrap().map(|entry| entry.unwrap().path().join("run.json")).collect();
    assert!(!runs.is_empty());
    for run in runs {
        assert_valid(&run);
    }
}
