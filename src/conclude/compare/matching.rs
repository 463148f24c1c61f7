//! Whether two runs had the same load: their resolved scenarios as flat keys, spelt as in docs/scenario.md, and where they differ.
//! What changes no load may differ; what does must be named, or the difference says nothing.

use std::{borrow::Borrow, collections::BTreeMap};

use serde_json::Value;

use crate::{
    conclude::wording::{capital, or_unavailable},
    results::{Comparability, KeyDifference, Run},
    scenario::{
        Scenario,
        units::{format_bytes, format_duration_ns, format_rate},
    },
};

/// Keys that change no load. The directory of the file is a fact of the machine.
const FREE: [&str; 4] = ["name", "description", "run.interval", "file.directory"];
/// Where a run without a key has nothing.
const ABSENT: &str = "–";

/// A scenario as keys and values, without its objectives.
pub fn keys_of(scenario: &Scenario) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    // A scenario is made of strings and finite numbers: it can be written.
    flatten("", &serde_json::to_value(scenario).unwrap_or(Value::Null), &mut keys);
    keys.retain(|key, _| !key.starts_with("slo."));
    keys
}

/// That of a run. The format is that of the file as it was found.
pub fn keys(run: &Run) -> BTreeMap<String, String> {
    let mut keys = keys_of(&run.scenario);
    if let Some(file) = run.files.first() {
        keys.insert("file.format".to_owned(), file.format.name().to_owned());
    }
    keys
}

/// Those that make the load of a run: repeats may differ in the seed, and in what changes no load.
pub fn load(run: &Run) -> BTreeMap<String, String> {
    let mut load = keys(run);
    load.retain(|key, _| key != "run.seed" && !FREE.contains(&&**key));
    load
}

/// Where scenarios differ. `across` names keys, or whole tables of them, that may.
pub fn differences(runs: &[&Run], across: &[String]) -> Vec<KeyDifference> {
    let all: Vec<BTreeMap<String, String>> = runs.iter().map(|run| keys(run)).collect();
    of_keys(&all, across)
}

/// Where keys and their values differ.
pub fn of_keys(all: &[impl Borrow<BTreeMap<String, String>>], across: &[String]) -> Vec<KeyDifference> {
    let mut every: Vec<&String> = all.iter().flat_map(|keys| keys.borrow().keys()).collect();
    every.sort_unstable();
    every.dedup();
    let comparability = |key: &str| {
        if across.iter().any(|named| names(named, key)) {
            Comparability::Compared
        } else if FREE.contains(&key) {
            Comparability::Neutral
        } else {
            Comparability::Mismatch
        }
    };
    let difference = |key: &String| {
        let values: Vec<String> =
            all.iter().map(|keys| keys.borrow().get(key).cloned().unwrap_or_else(|| ABSENT.to_owned())).collect();
        let differ = values.iter().any(|value| *value != values[0]);
        differ.then(|| KeyDifference { key: key.clone(), values, comparability: comparability(key) })
    };
    every.into_iter().filter_map(difference).collect()
}

/// Whether at least one of the scenarios has such a key, or such a table of keys.
pub fn is_key(all: &[impl Borrow<BTreeMap<String, String>>], key: &str) -> bool {
    all.iter().any(|keys| keys.borrow().keys().any(|other| names(key, other)))
}

/// Whether a name is that of the key, or of a table that it is in.
pub fn names(name: &str, key: &str) -> bool {
    key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The keys in which the loads differ; `None`: they are the same.
fn mismatched(scenario: &[KeyDifference]) -> Option<String> {
    let mismatches = scenario.iter().filter(|key| key.comparability == Comparability::Mismatch);
    let keys: Vec<&str> = mismatches.map(|key| key.key.as_str()).collect();
    (!keys.is_empty()).then(|| keys.join(", "))
}

/// What a mismatch of the loads does to all figures; `None`: there is none.
pub fn mismatch(scenario: &[KeyDifference]) -> Option<String> {
    mismatched(scenario).map(|keys| {
        format!("the loads are not the same (they differ in {keys}): what the figures differ by may come from that")
    })
}

/// A conclusion as a sentence, behind what it does not hold for.
pub fn hedged(scenario: &[KeyDifference], are_loads_known: bool, conclusion: &str) -> String {
    match mismatched(scenario) {
        Some(keys) => format!("With loads that are not the same ({keys}): {conclusion}"),
        None if !are_loads_known => format!("With loads that may not be the same: {conclusion}"),
        None => capital(conclusion),
    }
}

/// The values that a result has of what is compared across; empty: nothing is.
pub fn across(scenario: &[KeyDifference], place: usize) -> String {
    let compared = scenario.iter().filter(|key| key.comparability == Comparability::Compared);
    let values = compared.map(|key| format!("{}={}", key.key, or_unavailable(key.values.get(place), String::clone)));
    values.collect::<Vec<_>>().join(", ")
}

fn flatten(prefix: &str, value: &Value, keys: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let key = if prefix.is_empty() { field.clone() } else { format!("{prefix}.{field}") };
                flatten(&key, value, keys);
            }
        }
        value => {
            keys.insert(spelt(prefix), shown(prefix, value));
        }
    }
}

fn spelt(key: &str) -> String {
    const ENDINGS: [&str; 3] = ["_per_s", "_ns", "_bytes"];
    let key = ENDINGS.iter().find_map(|ending| key.strip_suffix(ending)).unwrap_or(key).replace('_', "-");
    let key = key.replace("file.contents.generated.amount.bytes", "file.size");
    let key = key.replace("file.contents.generated.amount.", "file.").replace("file.contents.generated.", "file.");
    let key = key.replace("file.contents.copied.", "file.");
    for section in ["readers", "writer"] {
        let Some(rest) = key.strip_prefix(&format!("{section}.arrivals.")) else { continue };
        return format!("{section}.{}", if rest == "kind" { "arrivals" } else { rest });
    }
    key
}

fn shown(key: &str, value: &Value) -> String {
    match value {
        Value::Null => ABSENT.to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(ns), _) if key.ends_with("_ns") => format_duration_ns(ns),
            (Some(bytes), _) if key.ends_with("bytes") => format_bytes(bytes),
            (_, Some(rate)) if key.ends_with("_per_s") => format_rate(rate),
            (_, Some(number)) => number.to_string(),
            _ => number.to_string(),
        },
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Comparability::*, fixtures};

    fn run(sets: &[&str]) -> Run {
        let mut run = fixtures::run(&fixtures::outcome());
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let text = "[file]\nsize = '1MiB'\n[readers]\ncount = 10\n[writer]\nrate = '5/s'\n";
        run.scenario = Scenario::parse("x.toml", text, &sets).unwrap();
        run
    }

    #[test]
    fn keys_are_those_of_the_scenario_page() {
        let page = include_str!("../../../docs/scenario.md");
        for set in [&[][..], &["readers.arrivals=closed", "readers.ramp={from=1,over='1s'}"]] {
            for key in keys(&run(set)).keys() {
                let word = key.rsplit('.').next().unwrap();
                assert!(page.contains(&format!("`{word}`")), "{key}");
            }
        }
        let keys = keys(&run(&[]));
        let shown = |key: &str| keys.get(key).map(String::as_str);
        assert_eq!(shown("file.size"), Some("1 MiB"));
        assert_eq!((shown("writer.rate"), shown("writer.arrivals")), (Some("5/s"), Some("poisson")));
        assert_eq!((shown("run.warm-up"), shown("run.seed")), (Some("2 s"), Some("2007")));
        assert_eq!((shown("readers.ramp"), shown("slo.clauses")), (Some(ABSENT), None));
    }

    #[test]
    fn what_changes_the_load_is_a_mismatch_unless_it_was_named() {
        let (a, b) = (run(&[]), run(&["readers.open=read-only", "name=y", "run.seed=1", "slo.clauses=['rate>=0.9']"]));
        let found = differences(&[&a, &b], &["readers.open".to_owned()]);
        let standings: Vec<_> = found.iter().map(|found| (found.key.as_str(), found.comparability)).collect();
        assert_eq!(standings, [("name", Neutral), ("readers.open", Compared), ("run.seed", Mismatch)]);
        assert_eq!(found[1].values, ["read-write", "read-only"]);
        assert!(is_key(&[keys(&a)], "readers.open") && !is_key(&[keys(&a)], "readers.op"));
        assert!(is_key(&[keys(&a)], "readers.operations"));
    }

    #[test]
    fn the_format_is_that_of_the_file() {
        let (a, mut b) = (run(&[]), run(&[]));
        b.files[0].format = crate::mailboxes::Format::Skiplist;
        let found = differences(&[&a, &b], &[]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].key.as_str(), found[0].comparability), ("file.format", Comparability::Mismatch));
    }

    #[test]
    fn copied_files_and_closed_loops_have_their_keys_too() {
        assert_eq!(spelt("file.contents.copied.source"), "file.source");
        assert_eq!(spelt("readers.arrivals.think_ns"), "readers.think");
        let closed = keys(&run(&["readers.arrivals=closed"]));
        assert_eq!(closed.get("readers.think").map(String::as_str), Some("0 ns"));
    }
}
