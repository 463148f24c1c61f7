//! Which results are compared: those that are named, and those in directories that are no results themselves, which are searched.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::note;
use crate::results::{ResultKind, UnreadResult, places_of_results};

/// The results, in their order.
#[derive(Debug, Default)]
pub struct Named {
    pub results: Vec<NamedResult>,
    /// What looked like a result and could not be looked into.
    pub unread: Vec<UnreadResult>,
}

#[derive(Debug)]
pub struct NamedResult {
    pub kind: ResultKind,
    /// As it was named, or as it was found.
    pub path: PathBuf,
    /// Its directory.
    pub directory: PathBuf,
    /// Whether it was found, not named: one that cannot be read is then left out, not an error.
    pub is_found: bool,
}

impl Named {
    /// Finds results. Of more than two, one that is named again (`--baseline results/a results/*`) counts once.
    /// Errors: a path is neither a result nor a directory with results.
    pub fn of<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> anyhow::Result<Named> {
        let mut named = Named::default();
        for path in paths {
            match ResultKind::of(path) {
                Ok((kind, directory)) => {
                    named.results.push(NamedResult { kind, path: path.clone(), directory, is_found: false });
                }
                Err(error) if path.is_dir() => named.search(path, error)?,
                Err(error) => return Err(error),
            }
        }
        if named.results.len() > 2 {
            let mut seen = HashSet::new();
            let canonical = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
            named.results.retain(|result| seen.insert(canonical(&result.path)));
        }
        Ok(named)
    }

    /// Says what could not be looked into, for comparisons that do not keep it.
    pub fn warn(&self) {
        for UnreadResult { directory, reason } in &self.unread {
            note!("not compared: {directory}: {reason}");
        }
    }

    /// As `mapstorm list` does. `is_none`: that the directory is no result itself.
    fn search(&mut self, path: &PathBuf, is_none: anyhow::Error) -> anyhow::Result<()> {
        let (places, unread) = places_of_results(std::slice::from_ref(path), false)?;
        if places.is_empty() {
            return Err(is_none.context("no results in it either: it was searched four levels deep"));
        }
        let found = |(kind, directory): (ResultKind, PathBuf)| NamedResult {
            kind,
            path: directory.clone(),
            directory,
            is_found: true,
        };
        self.results.extend(places.into_iter().map(found));
        self.unread.extend(unread.into_iter().map(|unread| UnreadResult {
            directory: unread.path.display().to_string(),
            reason: format!("{:#}", unread.reason),
        }));
        Ok(())
    }
}
