//! `left-out.json`: which files of a result were left out, and why. A sample in a repository must be small; a file that it lacks is
//! then not an error, and reports say what they cannot show. The same holds for files that an incomplete run could not write.

use std::{io, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{Run, limits, run_files::file};

pub const LEFT_OUT_FILE: &str = "left-out.json";

/// What was left out of a result; nothing, of most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Names of files, or of directories, in the result's directory.
    pub files: Vec<String>,
    /// Why.
    pub reason: String,
    /// Why any other file may be missing too: the run is incomplete. Not in the file.
    #[serde(skip)]
    incomplete: Option<String>,
    /// Those that were looked for; not in the file.
    #[serde(skip)]
    found: Vec<String>,
}

impl LeftOut {
    /// Of a result; an error if the file is there and cannot be read. Most results have none.
    pub fn of(directory: &Path) -> anyhow::Result<LeftOut> {
        let path = directory.join(LEFT_OUT_FILE);
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(LeftOut::default()),
            _ => {
                let read = || Ok::<LeftOut, anyhow::Error>(serde_json::from_value(limits::read_json(&path)?)?);
                read().with_context(|| path.display().to_string())
            }
        }
    }

    /// Of a run: if that is incomplete, any file that is missing was not written.
    pub fn of_run(directory: &Path, run: &Run) -> anyhow::Result<LeftOut> {
        let why = || format!("the result is incomplete: {}", run.summary.incomplete_because.join("; "));
        let incomplete = (!run.summary.incomplete_because.is_empty()).then(why);
        Ok(LeftOut { incomplete, ..LeftOut::of(directory)? })
    }

    /// A file of the result; `None`: it was left out.
    pub(super) fn file(&mut self, directory: &Path, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        if (self.has(name) || self.incomplete.is_some()) && !directory.join(name).exists() {
            self.found.push(name.to_owned());
            return Ok(None);
        }
        file(directory, name).map(Some)
    }

    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file == name)
    }

    /// That files were left out which were looked for; `None`: there was no such.
    pub fn sentence(&self) -> Option<String> {
        let (names, was, is) = match self.found.as_slice() {
            [] => return None,
            [one] => (one.clone(), "was", "is"),
            [first @ .., last] => (format!("{} and {last}", first.join(", ")), "were", "are"),
        };
        Some(match &self.incomplete {
            Some(why) => format!("{names} {is} missing ({why})"),
            None => format!("{names} {was} left out of this sample{}", self.because()),
        })
    }

    /// Whether a file that was looked for was left out.
    pub fn lacks(&self, name: &str) -> bool {
        self.found.iter().any(|file| file == name)
    }

    pub fn because(&self) -> String {
        if self.reason.is_empty() { String::new() } else { format!(" ({})", self.reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_reported_and_what_is_missing_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let mut none = LeftOut::of(directory.path()).unwrap();
        assert!(none.file(directory.path(), "slots.csv").is_err());
        assert_eq!(none.sentence(), None);
        let text = "{\"files\": [\"slots.csv\", \"stalls.jsonl\", \"points\"], \"reason\": \"10 MB\"}";
        std::fs::write(directory.path().join(LEFT_OUT_FILE), text).unwrap();
        let mut some = LeftOut::of(directory.path()).unwrap();
        assert_eq!(some.file(directory.path(), "slots.csv").unwrap(), None);
        assert_eq!(some.sentence().unwrap(), "slots.csv was left out of this sample (10 MB)");
        assert!(some.file(directory.path(), "counters.csv").is_err());
        // What is there all the same is read.
        std::fs::write(directory.path().join("stalls.jsonl"), "x").unwrap();
        assert_eq!(some.file(directory.path(), "stalls.jsonl").unwrap(), Some(b"x".to_vec()));
        std::fs::write(directory.path().join(LEFT_OUT_FILE), "{}").unwrap();
        assert!(format!("{:#}", LeftOut::of(directory.path()).unwrap_err()).contains(LEFT_OUT_FILE));
    }
}
