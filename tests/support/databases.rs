//! What tests of whole databases share: the binary with input, what a dump lists, and what edits leave behind.

use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command, Output, Stdio},
};

/// Keys with their values.
pub type Records = BTreeMap<String, String>;

pub fn mapstorm() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mapstorm"))
}

/// Runs a command with this input.
pub fn with_input(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The child may be killed before it reads all of it, on purpose.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// The records of a dump, ours or Cyrus's.
pub fn records(text: &[u8]) -> Records {
    let text = String::from_utf8(text.to_vec()).unwrap();
    text.lines().filter_map(|line| line.split_once('\t').map(|(k, v)| (k.to_owned(), v.to_owned()))).collect()
}

/// What the file holds before the first and after each of the transactions.
pub fn states(before: Records, edits: &str) -> Vec<Records> {
    let mut states = vec![before];
    for transaction in edits.split("\n\n") {
        let mut state = states[states.len() - 1].clone();
        for line in transaction.lines() {
            if let Some((key, value)) = line.strip_prefix("set ").and_then(|rest| rest.split_once('\t')) {
                state.insert(key.to_owned(), value.to_owned());
            } else if let Some(key) = line.strip_prefix("delete ") {
                state.remove(key);
            }
        }
        states.push(state);
    }
    states
}
