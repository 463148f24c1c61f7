//! Tests of reading: overrides, and the messages that people see.
//! Messages are snapshots: whoever changes one should read it as somebody who made the mistake.

mod mistakes;
mod overrides;
mod sweep;
mod syntax;
mod table;

use crate::scenario::Scenario;

/// The full report on a text that is wrong.
fn report(text: &str, sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    match Scenario::parse("crowd.toml", text, &sets) {
        Ok(scenario) => panic!("nothing was wrong with {scenario:?}"),
        Err(errors) => errors.to_string(),
    }
}

/// The report on a scenario that is right but for these lines of one section.
fn report_on(lines: &str) -> String {
    report(&format!("file.size = '1MiB'\n{lines}"), &[])
}
