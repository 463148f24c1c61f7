//! The results that the repository holds.

use std::{
    fs,
    path::{Path, PathBuf},
};

use mapstorm::internals::results::ResultKind;

pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples")
}

/// Every directory that holds a result, with its kind.
pub fn all() -> Vec<(ResultKind, PathBuf)> {
    let mut found = Vec::new();
    let mut left = vec![directory()];
    while let Some(directory) = left.pop() {
        found.extend(ResultKind::of(&directory));
        let below = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
        left.extend(below.filter(|path| path.is_dir()));
    }
    found.sort_by(|one, other| one.1.cmp(&other.1));
    found
}
