//! What several tests that drive the binary share: a scenario that is over in two seconds, and its run.

use std::{fs, path::Path, process::Command};

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

/// `mapstorm run` of that scenario, whose results go to `result` in `directory`.
pub fn command(directory: &Path, arguments: &[&str]) -> Command {
    let file = directory.join("scenario.toml");
    fs::write(&file, SMALL).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.arg("run").arg(file).arg("--out").arg(directory.join("result")).args(arguments);
    command
}
