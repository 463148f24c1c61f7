//! Tests of reading: overrides, and the messages that people see.
//! Messages are snapshots: whoever changes one should read it as somebody who made the mistake.

mod mistakes;
mod overrides;
mod sweep;
mod syntax;
mod table;

use crate::scenario::{Scenario, ScenarioErrors};

fn errors(text: &str, sets: &[&str]) -> ScenarioErrors {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    Scenario::parse("load.toml", text, &sets).expect_err("something is wrong")
}

/// The full report on a text that is wrong.
fn report(text: &str, sets: &[&str]) -> String {
    errors(text, sets).to_string()
}

/// The same without source lines: titles, places with what is marked there, and help.
fn outline(text: &str, sets: &[&str]) -> String {
    errors(text, sets).outline()
}

/// The outline for a scenario that is right but for these lines.
fn outline_on(lines: &str) -> String {
    outline(&format!("file.size = '1MiB'\n{lines}"), &[])
}
