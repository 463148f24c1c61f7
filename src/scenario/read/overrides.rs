//! `--set section.key=value`: laid over the file, later ones over earlier ones.
//! An override that makes another choice than the file drops what the file gave for its own choice.

use super::keys::{self, Key};
use super::problem::{Place, Problem, Texts};
use super::tree::{self, Content, Entry, Node, Table};

const OPTION: &str = "--set ";

pub(super) fn apply(set: &str, texts: &mut Texts, tree: &mut Table, problems: &mut Vec<Problem>) {
    let text = texts.add("command line", &format!("{OPTION}{set}"));
    let Some((path, value)) = set.split_once('=') else {
        let problem = Problem::new("`--set` takes a key and a value").help("write `--set readers.count=500`");
        problems.push(problem.at(Place::new(text, OPTION.len()..OPTION.len() + set.len()), "there is no `=`"));
        return;
    };
    let offset = OPTION.len() + path.len() + 1 + (value.len() - value.trim_start().len());
    let written = Written { text, path, path_at: OPTION.len(), value: value.trim(), value_at: offset };
    lay(&written, tree, problems);
}

/// A key and a value for it, and where in its text each begins.
pub(super) struct Written<'a> {
    pub text: usize,
    pub path: &'a str,
    pub path_at: usize,
    pub value: &'a str,
    pub value_at: usize,
}

pub(super) fn lay(written: &Written<'_>, tree: &mut Table, problems: &mut Vec<Problem>) {
    let text = written.text;
    let parts = parts_of(text, written.path, written.path_at);
    if let Some((_, place)) = parts.iter().find(|(name, _)| name.is_empty()) {
        let problem = Problem::new("a part of the key is empty").help("write `readers.count=500`");
        problems.push(problem.at(place.clone(), "a name is missing"));
        return;
    }
    match read_value(text, written.value, written.value_at) {
        Ok(node) => {
            for (path, node) in keys_of(parts, node) {
                drop_alternatives(&path, &node, tree);
                problems.extend(insert(tree, &path, &[], node).err());
            }
        }
        Err(problem) => problems.push(problem),
    }
}

/// The value as TOML if it is TOML, else as a bare string. What begins like a quoted string, array or table must be one.
fn read_value(text: usize, value: &str, offset: usize) -> Result<Node, Problem> {
    tree::parse_value(text, value, offset).or_else(|(place, message)| {
        if value.starts_with(['"', '\'', '[', '{']) {
            Err(Problem::new("this value is not TOML").at(place, message))
        } else {
            let place = Place::new(text, offset..offset + value.len());
            Ok(Node { place, value: Content::Text(value.to_owned()) })
        }
    })
}

/// A part of a dotted key, and its place.
type Part = (String, Place);

fn parts_of(text: usize, path: &str, at: usize) -> Vec<Part> {
    let mut start = at;
    let part = |part: &str| {
        let place = Place::trimmed(text, start, part);
        start += part.len() + 1;
        (part.trim().to_owned(), place)
    };
    path.split('.').map(part).collect()
}

/// A section given as a whole is laid over key by key, so that `--set 'writer={count=2}'` leaves its other keys alone.
fn keys_of(path: Vec<Part>, node: Node) -> Vec<(Vec<Part>, Node)> {
    match node.value {
        Content::Table(section) if path.len() == 1 && keys::section(&path[0].0).is_some() => {
            let key = |entry: Entry| (vec![path[0].clone(), (entry.key, entry.key_place)], entry.node);
            section.0.into_iter().map(key).collect()
        }
        _ => vec![(path, node)],
    }
}

/// Puts the node at the path, making tables on the way; `above` are the names already walked.
fn insert(table: &mut Table, path: &[Part], above: &[&str], node: Node) -> Result<(), Problem> {
    let Some(((name, place), rest)) = path.split_first() else { return Ok(()) };
    let entry = |node| Entry { key: name.clone(), key_place: place.clone(), node };
    if rest.is_empty() {
        table.0.retain(|entry| entry.key != *name);
        table.0.push(entry(node));
        return Ok(());
    }
    if table.get(name).is_none() {
        let default = above.first().and_then(|section| keys::find(section, name)).and_then(Key::default_node);
        // One weight of a mix that the file leaves at its default changes that default, rather than replacing it.
        let value = default.map_or_else(|| Content::Table(Table::default()), |default| default.value);
        table.0.push(entry(Node { place: place.clone(), value }));
    }
    match table.get_mut(name).map(|entry| &mut entry.node.value) {
        Some(Content::Table(inner)) => insert(inner, rest, &[above, &[name]].concat(), node),
        _ => {
            let whole = [above, &[name]].concat().join(".");
            let after = rest[0].1.clone();
            Err(Problem::new(format!("`{whole}` has no parts")).at(after, format!("`{whole}` is a single value")))
        }
    }
}

/// Drops from the file (never from other overrides) what a choice made on the command line leaves without meaning.
fn drop_alternatives(path: &[Part], node: &Node, tree: &mut Table) {
    let chosen = match &node.value {
        Content::Text(text) => &**text,
        Content::Integer(Some(0)) => "0",
        _ => "",
    };
    let names: Vec<&str> = path.iter().map(|(name, _)| &**name).collect();
    let dropped: &[&str] = match (&*names, chosen) {
        (["file", "size"], _) => &["mailboxes", "source"],
        (["file", "mailboxes"], _) => &["size", "source"],
        (["file", "source"], _) => &["size", "mailboxes", "format", "records"],
        (["file", "format"], "flat") => &["records"],
        (["readers" | "writer", "arrivals"], "closed") => &["rate"],
        (["readers" | "writer", "arrivals"], _) => &["think"],
        (["writer", "count"], "0") => &["rate"],
        (["readers", "count"], "0") => &["ramp"],
        _ => &[],
    };
    if let Some(Content::Table(section)) = tree.get_mut(names[0]).map(|entry| &mut entry.node.value) {
        section.0.retain(|entry| entry.key_place.text != 0 || !dropped.contains(&&*entry.key));
    }
}
