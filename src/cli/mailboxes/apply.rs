//! `mapstorm mailboxes apply FILE`: commits changes from standard input, a transaction at a time.
//! Hidden, because it is there for tests, which kill a writer between any two of its system calls.

use std::io::BufRead;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::cli::failure::{Failure, Outcome};
use crate::cli::print;
use crate::driver::LockWait;
use crate::mailboxes::{Change, Database, Inspected, NoPhases, OpenOptions, repair};

#[derive(Debug, Args)]
pub struct Apply {
    /// The file to change
    file: PathBuf,
    /// Rewrite and replace the file when enough of it is garbage, as Cyrus does
    #[arg(long)]
    checkpoint: bool,
}

/// A key and its new value; `None`: it is deleted.
type Edit = (Vec<u8>, Option<Vec<u8>>);

fn parse(line: &[u8]) -> Option<Edit> {
    if let Some(rest) = line.strip_prefix(b"set ") {
        let tab = rest.iter().position(|byte| *byte == b'\t').filter(|tab| *tab > 0)?;
        return Some((rest[..tab].to_vec(), Some(rest[tab + 1..].to_vec())));
    }
    let key = line.strip_prefix(b"delete ").filter(|key| !key.is_empty())?;
    Some((key.to_vec(), None))
}

pub fn run(arguments: &Apply) -> Outcome {
    let file = &arguments.file;
    let wait = || LockWait { path: file.clone(), interrupted: None };
    // Closed again before the file is opened for writing: the first descriptor that is closed gives back all of a process's locks.
    let checked = Inspected::open(file, &mut wait()).and_then(|file| file.check());
    let summary = checked.map_err(|error| error.at(file))?;
    repair(file, &summary).map_err(|error| error.at(file))?;
    let options =
        OpenOptions { checkpoint: arguments.checkpoint, seed: 2007, ..OpenOptions::of(summary.format, summary.order) };
    let mut database =
        Database::open_patiently(file, options, Some(Box::new(wait()))).map_err(|error| error.at(file))?;
    let (mut edits, mut commits) = (Vec::new(), 0);
    let mut commit = |edits: &mut Vec<Edit>| -> anyhow::Result<()> {
        if edits.is_empty() {
            return Ok(());
        }
        let changes: Vec<Change<'_>> = edits
            .iter()
            .map(|(key, value)| match value {
                Some(value) => Change::Store { key, value },
                None => Change::Delete { key },
            })
            .collect();
        database.commit(&changes, &mut NoPhases).map_err(|error| error.at(file))?;
        edits.clear();
        commits += 1;
        Ok(print(&format!("committed {commits}\n"))?)
    };
    for (number, line) in std::io::stdin().lock().split(b'\n').enumerate() {
        let line = line.context("standard input")?;
        if line.is_empty() {
            commit(&mut edits)?;
        } else if let Some(edit) = parse(&line) {
            edits.push(edit);
        } else {
            return Err(Failure::Invalid(format!(
                "standard input, line {}: `{}` is neither `set KEY<TAB>VALUE` nor `delete KEY` nor empty (which commits)",
                number + 1,
                String::from_utf8_lossy(&line)
            )));
        }
    }
    commit(&mut edits)?;
    Ok(())
}
