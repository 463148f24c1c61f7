//! The house as docs/architecture.md describes it: which room may name which other, and no circles.
//! Read from the tokens of the sources: every path that begins with `crate::` or `super::`, outside of tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Each room, and the rooms it may name: those before it on the road of the data.
const ROOMS: &[(&str, &[&str])] = &[
    ("os", &[]),
    ("stats", &[]),
    ("mailboxes", &["os"]),
    ("scenario", &["mailboxes"]),
    ("shm", &["mailboxes", "os"]),
    ("workload", &["mailboxes", "os", "scenario", "shm"]),
    ("driver", &["mailboxes", "os", "scenario", "shm", "workload"]),
    ("results", &["driver", "mailboxes", "os", "scenario", "shm", "stats"]),
    ("inspect", &["mailboxes", "os", "results", "stats"]),
    ("diagnose", &["mailboxes", "results", "scenario", "shm", "stats"]),
    ("conclude", &["diagnose", "mailboxes", "results", "scenario", "shm", "stats"]),
    ("experiment", &["conclude", "diagnose", "driver", "mailboxes", "os", "results", "scenario", "stats", "workload"]),
    ("present", &["conclude", "mailboxes", "os", "results", "scenario", "stats"]),
    ("export", &["conclude", "os", "results", "scenario", "stats"]),
];

/// Above all rooms: they may name each of them.
const TOP: &[&str] = &["cli", "docgen", "internals", "main", "lib"];

/// One name of another place, in a file.
struct Mention {
    path: Vec<String>,
    line: usize,
    /// A name that is only handed on (`pub use`).
    is_facade: bool,
}

/// A file of the sources.
struct Source {
    file: PathBuf,
    module: Vec<String>,
    mentions: Vec<Mention>,
    /// Names that the file hands on, and what they are.
    exports: BTreeMap<String, Vec<String>>,
}

impl Source {
    fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// The folder it belongs to: `sweep.rs` beside a folder `sweep` is that folder's face.
    fn folder(&self) -> PathBuf {
        let own = self.file.with_extension("");
        if own.is_dir() { own } else { self.file.parent().unwrap().to_owned() }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" && !name.ends_with("fixtures.rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.into_iter().map(|file| read(&root, file)).collect()
}

fn read(root: &Path, file: PathBuf) -> Source {
    let relative = file.strip_prefix(root).unwrap().with_extension("");
    let mut module: Vec<String> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib") {
        module.pop();
    }
    let text = fs::read_to_string(&file).unwrap();
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut source = Source { file, module: module.clone(), mentions: Vec::new(), exports: BTreeMap::new() };
    look_through(tokens, &module, &mut source);
    source
}

/// Collects mentions from tokens inside of `module`.
fn look_through(tokens: TokenStream, module: &[String], source: &mut Source) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut is_test = false;
    let mut is_public = false;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Group(group)) = tokens.get(at + 1) {
                    is_test |= group.stream().to_string().replace(' ', "").starts_with("cfg(test)");
                    at += 1;
                }
            }
            TokenTree::Ident(ident) if ident == "pub" => is_public = true,
            // `use<'a>` in a type names lifetimes, not a place.
            TokenTree::Ident(ident) if ident == "use" && !is_punct(&tokens[at + 1], '<') => {
                let end = (at..tokens.len()).find(|&at| is_punct(&tokens[at], ';')).unwrap();
                if !is_test {
                    for (path, line) in tree(&tokens[at + 1..end]) {
                        add(path, line, module, is_public, source);
                    }
                }
                (at, is_test, is_public) = (end, false, false);
            }
            TokenTree::Ident(ident) if ident == "mod" => {
                let inside = tokens.get(at + 2);
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(group))) = (tokens.get(at + 1), inside)
                    && !is_test
                {
                    let inner: Vec<String> = module.iter().cloned().chain([name.to_string()]).collect();
                    look_through(group.stream(), &inner, source);
                }
                (at, is_test, is_public) = (at + 2, false, false);
            }
            TokenTree::Ident(ident) if ident == "crate" || ident == "super" => {
                let (path, next) = path_at(&tokens, at);
                if path.len() > 1 && !is_test {
                    add(path, ident.span().start().line, module, false, source);
                }
                at = next - 1;
            }
            TokenTree::Group(group) => {
                if !is_test {
                    look_through(group.stream(), module, source);
                }
                // The end of an item with a body, unless it was the scope of `pub(crate)`.
                if group.delimiter() == Delimiter::Brace {
                    (is_test, is_public) = (false, false);
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => (is_test, is_public) = (false, false),
            _ => {}
        }
        at += 1;
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// A path of names from a place on, and the place behind it.
fn path_at(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
        path.push(ident.to_string());
        at += 1;
        let is_going_on = tokens.get(at..at + 3).is_some_and(|next| {
            is_punct(&next[0], ':') && is_punct(&next[1], ':') && matches!(next[2], TokenTree::Ident(_))
        });
        if !is_going_on {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// All paths of a `use`, each with its line.
fn tree(tokens: &[TokenTree]) -> Vec<(Vec<String>, usize)> {
    let mut all = Vec::new();
    for branch in tokens.split(|token| is_punct(token, ',')) {
        let mut path = Vec::new();
        for token in branch {
            match token {
                TokenTree::Ident(ident) if ident == "as" => break,
                TokenTree::Ident(ident) if ident == "self" => {}
                TokenTree::Ident(ident) => path.push((ident.to_string(), ident.span().start().line)),
                TokenTree::Group(group) => {
                    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                    let front: Vec<String> = path.iter().map(|(name, _)| name.clone()).collect();
                    for (rest, line) in tree(&inside) {
                        all.push((front.iter().cloned().chain(rest).collect(), line));
                    }
                    path.clear();
                }
                _ => {}
            }
        }
        if let Some(&(_, line)) = path.last() {
            all.push((path.into_iter().map(|(name, _)| name).collect(), line));
        }
    }
    all
}

/// Keeps a path, from the root of the crate on; one that begins with neither `crate` nor `super` may name a module below.
fn add(path: Vec<String>, line: usize, module: &[String], is_facade: bool, source: &mut Source) {
    let ups = path.iter().take_while(|name| *name == "super").count();
    let absolute: Vec<String> = match path[0].as_str() {
        "crate" => path[1..].to_vec(),
        "super" => module[..module.len().saturating_sub(ups)].iter().chain(&path[ups..]).cloned().collect(),
        _ => module.iter().chain(&path).cloned().collect(),
    };
    if is_facade && let Some(name) = absolute.last() {
        source.exports.insert(name.clone(), absolute.clone());
    }
    source.mentions.push(Mention { path: absolute, line, is_facade });
}

/// The file in which what a path names is declared.
fn declared_in(path: &[String], modules: &BTreeMap<&[String], usize>, sources: &[Source]) -> Option<usize> {
    let mut path = path.to_vec();
    // A facade may hand on what another facade hands on.
    for _ in 0..8 {
        let length = (0..=path.len()).rev().find(|&length| modules.contains_key(&path[..length]))?;
        let number = modules[&path[..length]];
        let Some(next) = path.get(length).and_then(|name| sources[number].exports.get(name)) else {
            return Some(number);
        };
        if next[..] == path[..=length] {
            return Some(number);
        }
        path = next.clone();
    }
    None
}

#[test]
fn rooms_name_only_rooms_before_them() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !TOP.contains(&source.room())) {
        let Some((room, allowed)) = ROOMS.iter().find(|(room, _)| *room == source.room()) else {
            wrong.push(format!("{}: this test knows no room `{}`", source.file.display(), source.room()));
            continue;
        };
        for mention in &source.mentions {
            let Some(named) = mention.path.first() else { continue };
            let is_room = ROOMS.iter().any(|(room, _)| room == named) || TOP.contains(&named.as_str());
            if is_room && named != room && !allowed.contains(&named.as_str()) {
                let (file, line, path) = (source.file.display(), mention.line, mention.path.join("::"));
                wrong.push(format!("{file}:{line}: `{room}` must not name crate::{path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_of_rooms_has_no_circle() {
    for (place, (room, allowed)) in ROOMS.iter().enumerate() {
        for named in *allowed {
            let before = ROOMS[..place].iter().any(|(before, _)| before == named);
            assert!(before, "`{room}` may name `{named}`, which does not stand before it");
        }
    }
}

#[test]
fn the_table_of_rooms_is_that_of_the_documentation() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    for (room, allowed) in ROOMS {
        let names = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
        let has_row =
            |line: &str| line.starts_with(&format!("| `{room}` |")) && line.ends_with(&format!(" | {names} |"));
        assert!(page.lines().any(has_row), "docs/architecture.md has no row of `{room}` that may name {names}");
    }
}

#[test]
fn files_of_different_folders_do_not_name_each_other_in_a_circle() {
    let sources = sources();
    let modules: BTreeMap<&[String], usize> =
        sources.iter().enumerate().map(|(number, source)| (&source.module[..], number)).collect();
    // From each file to those it names, with the line.
    let mut named: Vec<BTreeMap<usize, usize>> = vec![BTreeMap::new(); sources.len()];
    for (number, source) in sources.iter().enumerate() {
        for mention in source.mentions.iter().filter(|mention| !mention.is_facade) {
            if let Some(other) = declared_in(&mention.path, &modules, &sources)
                && other != number
            {
                named[number].entry(other).or_insert(mention.line);
            }
        }
    }
    let reached: Vec<BTreeSet<usize>> = (0..sources.len()).map(|from| reachable(from, &named)).collect();
    let mut circles = Vec::new();
    for (from, source) in sources.iter().enumerate() {
        for (&to, line) in &named[from] {
            if reached[to].contains(&from) && source.folder() != sources[to].folder() {
                circles.push(format!("{}:{line}: names {}", source.file.display(), sources[to].file.display()));
            }
        }
    }
    assert!(circles.is_empty(), "these lines are parts of circles:\n{}", circles.join("\n"));
}

fn reachable(from: usize, named: &[BTreeMap<usize, usize>]) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(number) = open.pop() {
        open.extend(named[number].keys().filter(|&&next| seen.insert(next)));
    }
    seen
}
