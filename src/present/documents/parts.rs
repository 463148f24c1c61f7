//! Parts that documents have in common, and commands as they are typed into a shell: what made a result, what would make it again.

use crate::{
    present::{
        Grid,
        document::{Document, Writer},
    },
    results::{Fact, ResultKind},
};

/// The section of a page about doing it again; the caller adds what stands last.
pub(crate) fn reproduce<'d, 'a, const N: usize>(
    document: &'d mut Document<'a>,
    same: [(&str, String); N],
    command: &[String],
    seed: Seed,
) -> Writer<'d, 'a> {
    let page = document
        .page()
        .section("reproduce", "Reproduce", "How to reproduce it")
        .table("What must be the same", facts(same))
        .code("The command as it was typed", typed(command));
    match again(command, seed) {
        Some(again) => page.code("The same again, with its results in a directory of their own", again),
        None => page,
    }
}

/// The seed of a result, and how a command takes it.
#[derive(Clone, Copy, Debug)]
pub enum Seed {
    /// A key of the scenario.
    OfScenario(u64),
    /// A flag of `mapstorm cost` and `mapstorm shootdown`.
    OfCost(u64),
    /// Nothing ran that has one.
    Unknown,
}

/// A command in one line, quoted for a shell where that is needed.
pub fn typed(command: &[String]) -> String {
    if command.is_empty() {
        return "unavailable: the result does not record it".to_owned();
    }
    command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// The command that does the same again: `mapstorm` from the search path, the same seed, and no `--out`, so that nothing is in its
/// way. `None`: the command is unknown.
pub fn again(command: &[String], seed: Seed) -> Option<String> {
    let [_, words @ ..] = command else { return None };
    let mut kept = vec!["mapstorm".to_owned()];
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--out" {
            words.next();
        } else if !word.starts_with("--out=") {
            kept.push(word.clone());
        }
    }
    let (mark, flag, value) = match seed {
        Seed::OfScenario(seed) => ("run.seed=", "--set", format!("run.seed={seed}")),
        Seed::OfCost(seed) => ("--seed", "--seed", seed.to_string()),
        Seed::Unknown => return Some(typed(&kept)),
    };
    if !command.iter().any(|word| word.starts_with(mark)) {
        kept.extend([flag.to_owned(), value]);
    }
    Some(typed(&kept))
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A document made from the main file of a result.
pub(crate) fn file_document<'a>(kind: ResultKind, title: String, subtitle: String) -> Document<'a> {
    let name = match kind {
        ResultKind::Run => "a run",
        ResultKind::Sweep => "many runs",
        ResultKind::WhatIf => "mitigations that were tried",
        ResultKind::Cost => "what an update costs",
        ResultKind::Qualify => "fit or not",
        ResultKind::Ab => "two scenarios in turns",
        ResultKind::Shootdown => "what shootdowns cost",
        ResultKind::Inspection => "a live server",
    };
    Document::new(name, kind.file(), title, subtitle)
}

pub(crate) fn facts<'f>(facts: impl IntoIterator<Item = (&'f str, String)>) -> Grid {
    pairs(["fact", "value"], facts)
}

/// What is known of a machine.
pub(crate) fn facts_of(known: &[Fact]) -> Grid {
    facts(known.iter().map(as_pair))
}

pub(crate) fn as_pair(fact: &Fact) -> (&str, String) {
    (&fact.key, fact.value.clone())
}

pub(crate) fn pairs<'f>([name, value]: [&str; 2], pairs: impl IntoIterator<Item = (&'f str, String)>) -> Grid {
    let pairs: Vec<(&str, String)> = pairs.into_iter().collect();
    Grid::of(&pairs).words(name, |(name, _)| name).words(value, |(_, value)| value).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[&str]) -> Vec<String> {
        text.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_shell_would_read_the_same_words() {
        let command = words(&["mapstorm", "run", "a b.toml", "--slo", "lookup.p99<=5ms", "it's", ""]);
        let line = typed(&command);
        assert_eq!(line, r"mapstorm run 'a b.toml' --slo 'lookup.p99<=5ms' 'it'\''s' ''");
        let output = std::process::Command::new("sh").args(["-c", &format!("printf '%s\\n' {line}")]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().collect::<Vec<_>>(), command);
        assert!(typed(&[]).contains("unavailable"));
    }

    #[test]
    fn again_leaves_out_the_place_and_keeps_the_seed() {
        for (command, seed, expected) in [
            ("./x/mapstorm run a.toml --out here --force", Seed::OfScenario(7), "run a.toml --force --set run.seed=7"),
            ("mapstorm run a.toml --out=here --set run.seed=8", Seed::OfScenario(8), "run a.toml --set run.seed=8"),
            ("mapstorm cost", Seed::OfCost(9), "cost --seed 9"),
            ("mapstorm qualify", Seed::Unknown, "qualify"),
        ] {
            let command = words(&command.split(' ').collect::<Vec<_>>());
            assert_eq!(again(&command, seed).unwrap(), format!("mapstorm {expected}"));
        }
        assert_eq!(again(&[], Seed::OfCost(1)), None);
    }
}
