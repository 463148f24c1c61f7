//! What the file is, by its content or else by its path, and how far it is from its next remap and checkpoint.

use std::{fs::File, path::Path};

use super::Target;
use crate::{
    mailboxes::{self, Contents, Foreign, Format, HeaderFacts, Recognised},
    os::regular_file::open_unnoticed,
    results::{Checkpoint, FileFormat, LastChanges, MappedRange, ProcessOfFile},
};

/// Describes the file of `target`, which `processes` have mapped or open. Whatever is there is described; nothing of it is an error.
pub fn describe(target: &Target, processes: &[ProcessOfFile]) -> FileFormat {
    let read = || {
        let file = open_unnoticed(&target.path).map_err(|error| error.to_string())?;
        let found = Recognised::of(&file).map_err(|error| format!("read: {error}"))?;
        let size = file.metadata().map_err(|error| format!("fstat: {error}"))?.len();
        Ok(of(&found, target, &file, size, processes))
    };
    read().unwrap_or_else(|why: String| FileFormat {
        name: if is_path_of_relation(&target.path) { Foreign::Postgresql.name() } else { "unknown" }.to_owned(),
        description: format!("its content cannot be read ({why}); run as its owner or as root"),
        ..FileFormat::default()
    })
}

fn of(found: &Recognised, target: &Target, file: &File, size: u64, processes: &[ProcessOfFile]) -> FileFormat {
    let (name, mut description, by_content) = name_of(&found.contents, &target.path);
    let facts = match &found.header {
        Ok(facts) => *facts,
        Err(error) => {
            description += &format!("; its header cannot be read: {error}");
            HeaderFacts::default()
        }
    };
    let [until_remap_bytes, behind_bytes] = distances(&found.contents, facts, size, processes);
    FileFormat {
        name: name.to_owned(),
        description,
        by_content,
        syncs_per_commit: found.syncs_per_commit,
        records: facts.records,
        commits: facts.commits,
        last_changes: last_changes(&found.contents, file),
        checkpoint: facts
            .checkpoint
            .map(|distance| Checkpoint { log_bytes: distance.log_bytes, due_at_bytes: distance.due_at_bytes }),
        until_remap_bytes,
        behind_bytes,
    }
}

/// What the log says of the last commits. Where it is being written at this moment, nothing.
fn last_changes(contents: &Contents, file: &File) -> Option<LastChanges> {
    let Contents::Known(Format::Twoskip) = contents else { return None };
    let mailboxes::LastChanges { stores, replaces, deletes } = mailboxes::LastChanges::of_twoskip(file).ok()??;
    Some(LastChanges { stores, replaces, deletes })
}

/// Its name, what it is in words, and whether the content says so.
fn name_of(contents: &Contents, path: &Path) -> (&'static str, String, bool) {
    match contents {
        Contents::Known(Format::Flat) => {
            (Format::Flat.name(), "mapstorm's own plain pages, without a database".to_owned(), true)
        }
        Contents::Known(format) => (format.name(), format!("a database of Cyrus, format {}", format.name()), true),
        Contents::Foreign(Foreign::Postgresql) if !is_path_of_relation(path) => {
            let text = format!("{}; its path is not that of one in a data directory", Foreign::Postgresql);
            (Foreign::Postgresql.name(), text, true)
        }
        // A relation that holds nothing yet, or begins with a page that was only allocated.
        Contents::Foreign(foreign @ (Foreign::Empty | Foreign::Zeros)) if is_path_of_relation(path) => {
            (Foreign::Postgresql.name(), format!("by its path a relation of PostgreSQL; {foreign}"), false)
        }
        Contents::Foreign(foreign) => (foreign.name(), foreign.to_string(), !matches!(foreign, Foreign::Unknown)),
        Contents::Unreadable(error) => {
            (Foreign::UnknownCyrus.name(), format!("begins as Cyrus's databases do; {error}"), true)
        }
    }
}

/// Whether a path ends as PostgreSQL names relations: `base/OID/NUMBER`, `global/NUMBER` or `pg_tblspc/OID/PG_VERSION/OID/NUMBER`, with
/// `_fsm`, `_vm` or `_init`, and the number of a segment.
fn is_path_of_relation(path: &Path) -> bool {
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let [.., place, database, name] = parts.as_slice() else { return false };
    let (name, segment) = name.split_once('.').map_or((*name, None), |(name, segment)| (name, Some(segment)));
    let fork = ["_fsm", "_vm", "_init"].into_iter().find_map(|fork| name.strip_suffix(fork));
    let is_name = is_number(fork.unwrap_or(name)) && segment.is_none_or(is_number);
    let is_place = (*place == "base" || place.starts_with("PG_")) && is_number(database);
    is_name && (is_place || *database == "global")
}

/// Bytes until a remap and bytes behind, each at the median of the processes that it is about. Mappings of a file that was replaced say
/// nothing of this one.
fn distances(contents: &Contents, facts: HeaderFacts, size: u64, processes: &[ProcessOfFile]) -> [Option<u64>; 2] {
    // Others map once and for all (LMDB), or pages of their own choice.
    let Contents::Known(_) = contents else { return [None, None] };
    let fresh = processes.iter().filter(|process| process.stale.is_none());
    let ends: Vec<u64> = fresh.filter_map(|process| mapped_end(&process.mapping)).collect();
    let (whole, behind): (Vec<u64>, Vec<u64>) = ends.into_iter().partition(|end| *end >= size);
    // A mapping that ends after the file lasts until the file is longer. Twom's ends with the file, which grows when it is full.
    let until = whole.into_iter().map(|end| facts.room_bytes.unwrap_or(end - size)).collect();
    [median(until), median(behind.into_iter().map(|end| size - end).collect())]
}

/// How far a process maps the file from its first byte on, without a gap; `None`: it does not map the first byte.
fn mapped_end(ranges: &[MappedRange]) -> Option<u64> {
    let mut ranges: Vec<(u64, u64)> =
        ranges.iter().map(|range| (range.offset, range.offset.saturating_add(range.bytes))).collect();
    ranges.sort_unstable();
    let mut reached = None;
    for (start, end) in ranges {
        if start > reached.unwrap_or(0) {
            break;
        }
        reached = reached.max(Some(end));
    }
    reached
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests;
