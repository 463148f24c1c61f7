//! The whole tree into the values of all keys; what is unknown is reported with what was probably meant.

use super::keys::{self, Key, SECTIONS, Section};
use super::problem::{Problem, Texts};
use super::tree::{Content, Entry, Node, Table};
use super::values::Values;
use crate::scenario::closest::{did_you_mean, list};

impl Values {
    pub(super) fn read(tree: &Table, texts: &Texts, problems: &mut Vec<Problem>) -> Self {
        let mut all = Self::default();
        for entry in &tree.0 {
            if let Some(key) = keys::find("", &entry.key) {
                all.read_key(key, entry, texts, problems);
            } else if let Some(section) = keys::section(&entry.key) {
                all.sections.insert(section.name, entry.key_place.clone());
                all.read_section(section, &entry.node, texts, problems);
            } else {
                problems.push(unknown_at_top(entry));
            }
        }
        for key in keys::all().filter(|key| !all.given.contains_key(&(key.section, key.name))).collect::<Vec<_>>() {
            if let Some(Ok(value)) = key.default_node().map(|node| key.kind.read(key, &node, texts)) {
                all.values.insert((key.section, key.name), value);
            }
        }
        all
    }

    fn read_section(&mut self, section: &'static Section, node: &Node, texts: &Texts, problems: &mut Vec<Problem>) {
        let name = section.name;
        match &node.value {
            Content::Table(table) => self.read_entries(&format!("`[{name}]`"), section.keys, table, texts, problems),
            other => problems.push(
                Problem::new(format!("`{name}` must be a section"))
                    .at(node.place.clone(), format!("this is {}", other.a_noun()))
                    .help(format!("write `[{name}]`; its keys are {}", names(section.keys))),
            ),
        }
    }

    /// Reads a table, which errors call `title`, of these keys.
    fn read_entries(
        &mut self,
        title: &str,
        known: &'static [Key],
        table: &Table,
        texts: &Texts,
        problems: &mut Vec<Problem>,
    ) {
        for entry in &table.0 {
            match known.iter().find(|key| key.name == entry.key) {
                Some(key) => self.read_key(key, entry, texts, problems),
                None => problems.push(unknown_key(title, known, entry)),
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
    values.read_entries(&format!("`{path}`"), known, table, texts, &mut problems);
    for key in known.iter().filter(|key| !values.given.contains_key(&(key.section, key.name))) {
        let problem = Problem::new(format!("`{path}` needs `{}`", key.name));
        let label = format!("`{}` is missing", key.name);
        problems.push(problem.at(node.place.clone(), label).help(format!("`{}`: {}", key.name, key.doc)));
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

fn names(keys: &[Key]) -> String {
    list(&keys.iter().map(|key| key.name).collect::<Vec<_>>())
}

/// The keys of that name in any section, for who wrote one in the wrong place.
fn elsewhere(name: &str) -> Vec<String> {
    let name = name.replace('_', "-");
    keys::all().filter(|key| key.name == name).map(Key::path).collect()
}

/// What was probably meant by an unknown key: one that is known here, or one of that name `elsewhere`.
fn label(name: &str, known: impl IntoIterator<Item = &'static str>, elsewhere: &[String], otherwise: &str) -> String {
    let otherwise = match elsewhere {
        [] => otherwise.to_owned(),
        _ => format!("did you mean {}?", list(elsewhere).replace(", ", " or ")),
    };
    did_you_mean(name, known, &otherwise)
}

fn unknown_key(table: &str, known: &'static [Key], entry: &Entry) -> Problem {
    let names_here = known.iter().map(|key| key.name);
    let label = label(&entry.key, names_here, &elsewhere(&entry.key), "there is no such key");
    Problem::new(format!("unknown key `{}` in {table}", entry.key))
        .at(entry.key_place.clone(), label)
        .help(format!("keys of {table} are {}", names(known)))
}

fn unknown_at_top(entry: &Entry) -> Problem {
    let sections: Vec<_> = SECTIONS[1..].iter().map(|section| section.name).collect();
    let above = SECTIONS[0].keys;
    let known = sections.iter().copied().chain(above.iter().map(|key| key.name));
    let (word, elsewhere, otherwise) = match &entry.node.value {
        Content::Table(_) => ("section", Vec::new(), "there is no such section"),
        _ => ("key", elsewhere(&entry.key), "there is no such key here"),
    };
    let help = format!("sections are {}; above them stand {}", list(&sections), names(above));
    Problem::new(format!("unknown {word} `{}`", entry.key))
        .at(entry.key_place.clone(), label(&entry.key, known, &elsewhere, otherwise))
        .help(help)
}
