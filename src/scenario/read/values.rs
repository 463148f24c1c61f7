//! The values of all keys: given or default, or known to be wrong.
//! A wrong value is absent here, so that rules between values say nothing about it a second time.

use std::collections::BTreeMap;

use super::axis::WrittenAxis;
use super::keys::{self, KEYS, Key, SECTIONS};
use super::problem::Texts;
use super::tree::{Content, Entry, Node, Table};
use super::{Place, Problem};
use crate::scenario::Clause;
use crate::scenario::closest::{closest, list};

/// A value that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A name, a line or a path.
    Text(String),
    /// A count, bytes, or nanoseconds.
    Number(u64),
    PerSecond(f64),
    Choice(&'static str),
    Flag(bool),
    Weights(Vec<(&'static str, f64)>),
    Ramp(Values),
    NoRamp,
    Clauses(Vec<Clause>),
    Axes(Vec<WrittenAxis>),
}

/// The values by section and key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Values {
    values: BTreeMap<(&'static str, &'static str), Value>,
    /// Where a key was given, also if its value is wrong.
    given: BTreeMap<(&'static str, &'static str), Place>,
    /// Where a section begins in the file.
    sections: BTreeMap<&'static str, Place>,
}

impl Values {
    /// Reads the whole tree, and fills in the defaults.
    pub(super) fn read(tree: &Table, texts: &Texts, problems: &mut Vec<Problem>) -> Self {
        let mut all = Self::default();
        for entry in &tree.0 {
            if let Some(key) = keys::find("", &entry.key) {
                all.read_key(key, entry, texts, problems);
            } else if let Some((section, _)) = SECTIONS.iter().skip(1).find(|(name, _)| *name == entry.key) {
                all.sections.insert(section, entry.key_place.clone());
                match &entry.node.value {
                    Content::Table(table) => all.read_section(section, table, texts, problems),
                    other => problems.push(
                        Problem::new(format!("`{section}` must be a section"))
                            .at(entry.node.place.clone(), format!("this is {}", other.a_noun()))
                            .help(format!("write `[{section}]`; its keys are {}", names(keys::of(section)))),
                    ),
                }
            } else {
                problems.push(unknown_at_top(entry));
            }
        }
        for key in KEYS {
            all.fill_in(key, texts);
        }
        all
    }

    fn read_section(&mut self, section: &'static str, table: &Table, texts: &Texts, problems: &mut Vec<Problem>) {
        for entry in &table.0 {
            match keys::find(section, &entry.key) {
                Some(key) => self.read_key(key, entry, texts, problems),
                None => problems.push(unknown_key(&format!("`[{section}]`"), keys::of(section), entry)),
            }
        }
    }

    fn read_key(&mut self, key: &'static Key, entry: &Entry, texts: &Texts, problems: &mut Vec<Problem>) {
        self.given.insert((key.section, key.name), entry.node.place.clone());
        match key.kind.read(key, &entry.node, texts) {
            Ok(value) => drop(self.values.insert((key.section, key.name), value)),
            Err(more) => problems.extend(more),
        }
    }

    fn fill_in(&mut self, key: &'static Key, texts: &Texts) {
        let at = (key.section, key.name);
        if !self.given.contains_key(&at)
            && let Some(Ok(value)) = key.default_node().map(|node| key.kind.read(key, &node, texts))
        {
            self.values.insert(at, value);
        }
    }

    /// The value: given, or the default; `None` if there is none or it is wrong.
    pub(super) fn get(&self, section: &'static str, name: &'static str) -> Option<&Value> {
        self.values.get(&(section, name))
    }

    /// Where the key was given; `None` if it was not.
    pub(super) fn given(&self, section: &'static str, name: &'static str) -> Option<Place> {
        self.given.get(&(section, name)).cloned()
    }

    /// Where the section begins; `None` if there is none.
    pub(super) fn section(&self, section: &'static str) -> Option<Place> {
        self.sections.get(section).cloned()
    }

    pub(super) fn number(&self, section: &'static str, name: &'static str) -> Option<u64> {
        if let Some(Value::Number(number)) = self.get(section, name) { Some(*number) } else { None }
    }

    pub(super) fn choice(&self, section: &'static str, name: &'static str) -> Option<&'static str> {
        if let Some(Value::Choice(choice)) = self.get(section, name) { Some(choice) } else { None }
    }
}

/// Reads a table inside a section, all of whose keys are needed.
pub(super) fn read_table(
    path: &str,
    known: &'static [Key],
    node: &Node,
    texts: &Texts,
) -> Result<Values, Vec<Problem>> {
    let (mut values, mut problems) = (Values::default(), Vec::new());
    let Content::Table(table) = &node.value else { return Ok(values) };
    for entry in &table.0 {
        match known.iter().find(|key| key.name == entry.key) {
            Some(key) => values.read_key(key, entry, texts, &mut problems),
            None => problems.push(unknown_key(&format!("`{path}`"), known, entry)),
        }
    }
    for key in known.iter().filter(|key| !values.given.contains_key(&(key.section, key.name))) {
        let problem = Problem::new(format!("`{path}` needs `{}`", key.name));
        let label = format!("`{}` is missing", key.name);
        problems.push(problem.at(node.place.clone(), label).help(format!("`{}`: {}", key.name, key.doc)));
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

fn names<'a>(keys: impl IntoIterator<Item = &'a Key>) -> String {
    list(&keys.into_iter().map(|key| key.name).collect::<Vec<_>>())
}

/// The keys of that name in any section, for who wrote one in the wrong place.
fn elsewhere(name: &str) -> Vec<String> {
    let name = name.replace('_', "-");
    KEYS.iter().filter(|key| key.name == name).map(Key::path).collect()
}

/// An unknown key in a table whose keys are known.
fn unknown_key(table: &str, known: impl IntoIterator<Item = &'static Key>, entry: &Entry) -> Problem {
    let known: Vec<&Key> = known.into_iter().collect();
    let elsewhere = elsewhere(&entry.key);
    let label = match closest(&entry.key, known.iter().map(|key| key.name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if !elsewhere.is_empty() => format!("did you mean {}?", list(&elsewhere).replace(", ", " or ")),
        None => "there is no such key".to_owned(),
    };
    Problem::new(format!("unknown key `{}` in {table}", entry.key))
        .at(entry.key_place.clone(), label)
        .help(format!("keys of {table} are {}", names(known.iter().copied())))
}

/// A key or section that is unknown above all sections.
fn unknown_at_top(entry: &Entry) -> Problem {
    let sections: Vec<_> = SECTIONS.iter().skip(1).map(|(section, _)| *section).collect();
    let known = sections.iter().copied().chain(keys::of("").map(|key| key.name));
    let elsewhere = elsewhere(&entry.key);
    let (word, label) = match (closest(&entry.key, known), &entry.node.value) {
        (Some(meant), Content::Table(_)) => ("section", format!("did you mean `{meant}`?")),
        (Some(meant), _) => ("key", format!("did you mean `{meant}`?")),
        (None, Content::Table(_)) => ("section", "there is no such section".to_owned()),
        (None, _) if !elsewhere.is_empty() => {
            ("key", format!("did you mean {}?", list(&elsewhere).replace(", ", " or ")))
        }
        (None, _) => ("key", "there is no such key here".to_owned()),
    };
    Problem::new(format!("unknown {word} `{}`", entry.key)).at(entry.key_place.clone(), label).help(format!(
        "sections are {}; above them stand {}",
        list(&sections),
        names(keys::of(""))
    ))
}
