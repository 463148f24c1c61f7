//! Which results there are under a directory, and a line for each.
//! Only the main JSON file of each is read.

mod view;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use rayon::{iter::Either, prelude::*};
use serde::Serialize;

use super::{Judgement, ResultKind};

/// Results are looked for so many directories below the one that is given.
const DEEPEST: usize = 4;

/// A result, in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its directory.
    pub path: PathBuf,
    /// `run`, `sweep`, `what-if` or `cost`.
    pub kind: &'static str,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// The scenario's name; of a cost result `cost`.
    pub name: String,
    /// The host's name; `null`: unknown.
    pub host: Option<String>,
    /// Operating system and kernel release; `null`: unknown.
    pub system: Option<String>,
    /// False if it was interrupted, workers were lost, or runs are missing.
    pub complete: bool,
    /// Of a run: whether its objectives were met; `null`: there were none.
    pub verdict: Option<Judgement>,
    /// Of a run: 99th percentile of response time of the readers' most frequent operation, nanoseconds.
    pub reader_p99_ns: Option<u64>,
    /// Of a run: the longest freeze, nanoseconds; `null`: there was none.
    pub longest_freeze_ns: Option<u64>,
    /// Its main figures, in a few words.
    pub says: String,
}

/// A directory that looks like a result but cannot be read as one, or cannot be looked into.
#[derive(Debug)]
pub struct Unread {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub reason: anyhow::Error,
}

/// The results under some directories, or the directories themselves if they are results; oldest first. The runs inside a sweep or a
/// what-if are only listed if `all` is wanted. Hidden directories are left out: unfinished results are such.
///
/// # Errors
/// One of the directories cannot be listed. What cannot be read further down is in the second list.
pub fn find(directories: &[PathBuf], all: bool) -> anyhow::Result<(Vec<Listed>, Vec<Unread>)> {
    let mut places = Vec::new();
    let mut unread = Vec::new();
    for directory in directories {
        fs::read_dir(directory).with_context(|| format!("{}: no directory that can be listed", directory.display()))?;
        descend(directory, DEEPEST, all, &mut places, &mut unread);
    }
    let read = |(kind, path): (ResultKind, PathBuf)| match view::read(kind, &path) {
        Ok(listed) => Either::Left(listed),
        Err(reason) => Either::Right(Unread { path, reason }),
    };
    let (mut listed, unreadable): (Vec<Listed>, Vec<Unread>) = places.into_par_iter().partition_map(read);
    unread.extend(unreadable);
    listed.sort_by(|one, other| (&one.started, &one.path).cmp(&(&other.started, &other.path)));
    Ok((listed, unread))
}

fn descend(
    directory: &Path,
    levels: usize,
    all: bool,
    places: &mut Vec<(ResultKind, PathBuf)>,
    unread: &mut Vec<Unread>,
) {
    let found = ResultKind::ALL.into_iter().find(|kind| directory.join(kind.file()).exists());
    if let Some(kind) = found {
        places.push((kind, directory.to_owned()));
        if !all || kind == ResultKind::Run {
            return;
        }
    }
    let Some(levels) = levels.checked_sub(1) else { return };
    match subdirectories(directory) {
        Ok(below) => below.iter().for_each(|below| descend(below, levels, all, places, unread)),
        Err(error) => unread.push(Unread { path: directory.to_owned(), reason: error.into() }),
    }
}

/// Directories in a directory, sorted; neither hidden ones nor links, which might lead in a circle.
fn subdirectories(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && !entry.file_name().as_encoded_bytes().starts_with(b".") {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;
