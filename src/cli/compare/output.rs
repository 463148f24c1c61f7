//! `--out`: the directory of a comparison, made under a temporary name. Only what is a comparison itself is ever replaced.

use std::fmt::Display;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, anyhow};
use serde::Serialize;

use super::Compare;

use crate::cli::{self, steps::put_in_order};
use crate::note;
use crate::os::regular_file::open_regular;
use crate::present::Report;
use crate::results::{COMPARISON_FILE, HISTORY_FILE, Unfinished, put, sweep};

/// The largest file that is read as a comparison, bytes.
const LARGEST: u64 = 64 << 20;
const PAGE: &str = "report.html";
/// What names of our charts begin with.
const CHARTS: [&str; 3] = ["comparison-", "ranking-", "history-"];
/// What holds a comparison, or a history: either replaces either.
const FILES: [&str; 2] = [COMPARISON_FILE, HISTORY_FILE];

/// Whether a directory may be made, or replaced: the error says why not.
pub fn check(directory: &Path) -> anyhow::Result<()> {
    let refused = |why: &str| Err(anyhow!("--out {}: {why}; name another directory", directory.display()));
    if [directory, &directory.join("charts")].iter().any(|path| path.is_symlink()) {
        return refused("it, or charts in it, is a symbolic link; nothing is written through one");
    }
    if !directory.exists() {
        return Ok(());
    }
    if !directory.is_dir() {
        return refused("exists already and is no directory");
    }
    if names(directory).is_empty() || is_comparison(directory) {
        return Ok(());
    }
    refused("exists already and holds something else than a comparison")
}

/// Nothing but `comparison.json` or `history.json`, one of which must be there, its page and our charts.
fn is_comparison(directory: &Path) -> bool {
    let is_chart = |name: &String| name.ends_with(".svg") && CHARTS.iter().any(|start| name.starts_with(start));
    let known = names(directory).iter().all(|name| {
        name == PAGE
            || FILES.contains(&name.as_str())
            || name == "charts" && names(&directory.join("charts")).iter().all(is_chart)
    });
    let version = |name: &str| {
        let file = open_regular(&directory.join(name)).ok()?.take(LARGEST);
        let json: serde_json::Value = serde_json::from_reader(io::BufReader::new(file)).ok()?;
        json.get("format_version")?.as_u64()
    };
    known && FILES.iter().any(|name| version(name).is_some())
}

/// What is in a directory; one that cannot be read holds something that is not ours.
fn names(directory: &Path) -> Vec<String> {
    let unreadable = || vec!["?".to_owned()];
    let Ok(entries) = fs::read_dir(directory) else { return unreadable() };
    entries
        .map(|entry| entry.map_or_else(|_| "?".to_owned(), |entry| entry.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Writes a comparison into the directory of `--out`, if there is one, and prints it.
pub fn leave(
    arguments: &Compare,
    file: &str,
    report: &impl Serialize,
    text: &impl Display,
    page: impl FnOnce() -> anyhow::Result<Report>,
) -> anyhow::Result<()> {
    let json = cli::json(report)?;
    if let Some(directory) = &arguments.out {
        let page = page()?;
        write(directory, (file, &json), |inside| page.write(inside).map(|_| ()))?;
    }
    cli::print(&if arguments.json { json } else { text.to_string() })?;
    if let Some(directory) = &arguments.out {
        note!("{} in {}", file.trim_end_matches(".json"), directory.display());
    }
    Ok(())
}

/// Writes a comparison as the file of this name, in the place of an earlier one, which is there until the new one is; `draw` puts its page and charts into the directory that it is given.
/// Errors: It cannot be written, or meanwhile there is something else.
fn write(
    directory: &Path,
    (name, json): (&str, &str),
    draw: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if directory.is_dir() {
        check(directory)?;
    }
    put_in_order(sweep(directory.parent()));
    let made = Unfinished::claim(directory)?;
    put(made.path(), name, json.as_bytes())?;
    draw(made.path())?;
    made.replace().with_context(|| directory.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_comparison_is_replaced() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("out");
        assert!(check(&directory).is_ok());
        let (json, file) = ("{\"format_version\": 1}", COMPARISON_FILE);
        write(&directory, (file, json), |_| Ok(())).unwrap();
        write(&directory, (file, json), |_| Ok(())).unwrap();
        assert_eq!(fs::read_to_string(directory.join(file)).unwrap(), json);
        fs::create_dir(directory.join("charts")).unwrap();
        fs::write(directory.join("charts/comparison-ratios.svg"), "").unwrap();
        assert!(check(&directory).is_ok());
        fs::write(directory.join("charts/holiday.svg"), "").unwrap();
        assert!(check(&directory).unwrap_err().to_string().contains("something else"));
        assert!(write(&directory, (file, json), |_| Ok(())).is_err());
        assert!(directory.join("charts/holiday.svg").exists());
        fs::remove_file(directory.join("charts/holiday.svg")).unwrap();
        write(&directory, (HISTORY_FILE, json), |_| Ok(())).unwrap();
        assert!(!directory.join(file).exists(), "a history replaces a comparison");
        write(&directory, (file, json), |_| Ok(())).unwrap();
        fs::write(directory.join(file), "{}").unwrap();
        assert!(check(&directory).is_err(), "not one of ours");
        assert!(check(&root.path().join("out").join(file)).unwrap_err().to_string().contains("no directory"));
    }
}
