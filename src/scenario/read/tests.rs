//! Tests of reading: overrides, sweeps, and the messages that people see.
//! Messages are snapshots of tables of mistakes: whoever changes one should read it as a user who made the mistake.

mod mistakes;
mod overrides;
mod sweep;
mod syntax;
mod table;

use crate::scenario::{ScenarioErrors, Sweep};

/// A scenario's text, and the values of `--set` and of `--axis`.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn read((text, sets, axes): Case<'_>) -> Result<Option<Sweep>, ScenarioErrors> {
    Sweep::parse("load.toml", text, &owned(sets), &owned(axes))
}

/// Every case, followed by the errors that it is answered with.
fn answers<'a>(cases: impl IntoIterator<Item = Case<'a>>, show: fn(&ScenarioErrors) -> String) -> String {
    let answer = |case: Case<'a>| {
        let (text, sets, axes) = case;
        let options = sets.iter().map(|set| format!(" --set {set}")).chain(axes.iter().map(|a| format!(" --axis {a}")));
        let errors = read(case).expect_err(text);
        format!("> {text:?}{}\n{}\n", options.collect::<String>(), show(&errors))
    };
    cases.into_iter().map(answer).collect::<Vec<_>>().join("\n")
}
