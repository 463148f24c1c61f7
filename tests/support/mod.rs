//! What tests that drive the program share: a scenario that is over in two seconds, what commands print and leave, and whether that is valid.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

const SMALL: &str = r#"
name = "small"
[file]
format = "twoskip"
mailboxes = 500
[readers]
count = 12
rate = "20/s"
[writer]
rate = "20/s"
[run]
warm-up = "100ms"
control = "200ms"
duration = "1s"
seed = 77
"#;

/// `mapstorm` with these arguments in a directory.
pub fn mapstorm(directory: impl AsRef<Path>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.current_dir(directory).args(arguments);
    command
}

/// `mapstorm run` of that scenario, whose results go to `result` in `directory`.
pub fn command(directory: &Path, arguments: &[&str]) -> Command {
    let file = directory.join("scenario.toml");
    fs::write(&file, SMALL).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.arg("run").arg(file).arg("--out").arg(directory.join("result")).args(arguments);
    command
}

/// `mapstorm compare` in the repository, where its samples are: exit code, text, and what went to standard error.
pub fn compare(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = mapstorm(env!("CARGO_MANIFEST_DIR"), &[&["compare"], arguments].concat()).output().unwrap();
    (output.status.code(), text(&output.stdout), errors(&output))
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What went to standard error.
pub fn errors(output: &Output) -> String {
    text(&output.stderr)
}

/// The JSON that was printed.
pub fn printed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", errors(output)))
}

pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// What is in a directory, sorted.
pub fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The schema `docs/KIND.schema.json`.
pub fn schema(kind: &str) -> jsonschema::Validator {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    jsonschema::validator_for(&json(&docs.join(format!("{kind}.schema.json")))).unwrap()
}

/// That a document is what its schema says.
pub fn assert_valid(document: &Value, kind: &str) {
    let wrong: Vec<String> =
        schema(kind).iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
