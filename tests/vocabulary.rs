//! What a user reads has the field's terms: README, docs, scenarios, manual pages, and the pages and terminal text of the sample results
//! have none of the words that were given up for them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A retired word, in lower case, and what to say. A name such as "Universal Scalability Law" has a capital.
const RETIRED: &[(&str, &str)] = &[
    ("anew", "again, or remap"),
    ("bystander", "noise probe"),
    ("crowd", "workers"),
    ("cure", "mitigation"),
    ("cured", "mitigated"),
    ("dearer", "higher cost"),
    ("everybody", "who it is"),
    ("foretold", "predicted"),
    ("law", "cost model"),
    ("let go", "release"),
    ("looked at", "sampled"),
    ("nobody", "no, and of what"),
    ("of due", "% of scheduled"),
    ("somebody", "who it is"),
    ("standstill", "stop time"),
    ("surely", "significant"),
    ("told", "reported"),
    ("19 times of 20", "95 % prediction interval"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The retired words in a text, each with its line.
fn found(text: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric();
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (retired, instead) in RETIRED {
            let ends = |rest: &str| !rest.strip_prefix('s').unwrap_or(rest).starts_with(is_word);
            let is_there = |(at, _): (usize, &str)| !line[..at].ends_with(is_word) && ends(&line[at + retired.len()..]);
            if line.match_indices(retired).any(is_there) {
                found.push(format!("{}: `{retired}` (say: {instead}): {}", number + 1, line.trim()));
            }
        }
    }
    found
}

fn check(name: &str, text: &str) {
    assert!(!text.is_empty(), "{name}");
    let found = found(text);
    assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
}

fn files(directory: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ending| endings.iter().any(|end| ending == *end))).collect()
}

fn mapstorm(arguments: &[&str]) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_mapstorm")).current_dir(root()).args(arguments).output().unwrap();
    assert!([Some(0), Some(4)].contains(&ran.status.code()), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn a_word_is_found_with_its_plural_and_not_within_another() {
    assert_eq!(found("a cure\nmany cures, curettes\nflaw; lawn; a Law").len(), 2);
}

#[test]
fn documents_and_scenarios() {
    let documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "results/README.md"].map(|name| root().join(name));
    let more =
        files(&root().join("docs"), &["md", "json"]).into_iter().chain(files(&root().join("scenarios"), &["toml"]));
    for path in documents.into_iter().chain(more) {
        check(&path.display().to_string(), &fs::read_to_string(&path).unwrap());
    }
}

#[test]
fn manual_pages() {
    let directory = tempfile::tempdir().unwrap();
    mapstorm(&["man", "--out", directory.path().to_str().unwrap()]);
    let pages = files(directory.path(), &["1"]);
    assert!(pages.len() > 10);
    for page in pages {
        check(&page.display().to_string(), &fs::read_to_string(&page).unwrap());
    }
}

#[test]
fn pages_and_terminal_text_of_the_samples() {
    let directory = tempfile::tempdir().unwrap();
    let mut left = vec![root().join("results/samples")];
    while let Some(sample) = left.pop() {
        if files(&sample, &["json"]).is_empty() {
            left.extend(fs::read_dir(&sample).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
            continue;
        }
        let name = sample.file_name().unwrap().to_str().unwrap();
        check(name, &mapstorm(&["diagnose", sample.to_str().unwrap()]));
        let out = directory.path().join(name);
        mapstorm(&["report", sample.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        check(name, &fs::read_to_string(out.join("report.html")).unwrap());
    }
}
