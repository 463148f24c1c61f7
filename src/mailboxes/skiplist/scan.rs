//! The file read from front to back, without its pointers: which records are live after the last commit.
//! Checks and recovery both start here.

use super::layout::{
    DUMMY, Header, Node, TYPE_ADD, TYPE_COMMIT, TYPE_DELETE, TYPE_DUMMY, TYPE_INORDER, corrupt, is_clean, level_at,
};
use super::read::ascending;
use crate::mailboxes::{Bytes, Error};

/// A record that the scan met.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) offset: u32,
    pub(super) level: u32,
    live: bool,
}

/// What the scan found.
pub(super) struct Scan {
    pub(super) header: Header,
    /// The live records in order of their offsets.
    pub(super) live: Vec<Found>,
    /// Records that the log replaced or deleted.
    pub(super) dead: u64,
    /// Where the last commit ends.
    pub(super) committed: u64,
}

/// A record's level and end.
fn extent(bytes: Bytes<'_>, node: &Node<'_>, header: &Header) -> Result<(u32, u64), Error> {
    node.value(bytes)?;
    let pointers = node.pointers(bytes)?;
    let level = level_at(bytes, pointers, header.max_level)?;
    Ok((level, pointers + 4 * u64::from(level) + 4))
}

/// Scans the file. An uncommitted tail is left out; nothing else may be wrong.
pub(super) fn scan(bytes: Bytes<'_>) -> Result<Scan, Error> {
    let header = Header::read(bytes)?;
    let start = u64::from(header.log_start);
    bytes.slice(0, start)?;
    dummy(bytes, &header)?;

    let mut found = Vec::new();
    let (mut offset, mut before) = (header.first_record(), None);
    while offset < start {
        if bytes.u32_at(offset)? != TYPE_INORDER {
            return Err(corrupt(offset, "before the log there is something that no checkpoint writes"));
        }
        let node = Node::read(bytes, offset)?;
        ascending(before, &node)?;
        before = Some(node.key);
        let (level, end) = extent(bytes, &node, &header)?;
        found.push(Found { offset: word(offset)?, level, live: true });
        offset = end;
    }
    if offset != start {
        return Err(corrupt(offset, "the last record of the checkpoint runs into the log"));
    }

    let mut log = Log { found, deleted: Vec::new(), committed: start };
    match log.read(bytes, &header) {
        Err(error) if is_clean(bytes) => return Err(error),
        // A torn tail: what is after the last commit never happened.
        _ => {}
    }
    let Log { mut found, deleted, committed } = log;
    for index in deleted {
        found[index].live = true;
    }
    found.retain(|record| u64::from(record.offset) < committed);
    let kept = found.len();
    found.retain(|record| record.live);
    Ok(Scan { header, dead: (kept - found.len()) as u64, live: found, committed })
}

fn word(offset: u64) -> Result<u32, Error> {
    u32::try_from(offset).map_err(|_| super::build::TOO_LARGE)
}

fn dummy(bytes: Bytes<'_>, header: &Header) -> Result<(), Error> {
    let (kind, key, value) = (bytes.u32_at(DUMMY)?, bytes.u32_at(DUMMY + 4)?, bytes.u32_at(DUMMY + 8)?);
    if (kind, key, value) != (TYPE_DUMMY, 0, 0) {
        return Err(corrupt(DUMMY, "the dummy record is not where it must be"));
    }
    if level_at(bytes, DUMMY + 12, header.max_level)? != header.max_level {
        return Err(corrupt(DUMMY, "the dummy record does not have the maximum level"));
    }
    Ok(())
}

struct Log {
    found: Vec<Found>,
    /// What the open transaction deleted, as indices of `found`.
    deleted: Vec<usize>,
    committed: u64,
}

impl Log {
    fn read(&mut self, bytes: Bytes<'_>, header: &Header) -> Result<(), Error> {
        let mut offset = self.committed;
        let mut began = offset;
        while offset < bytes.len() {
            match bytes.u32_at(offset)? {
                TYPE_ADD => {
                    let (level, end) = extent(bytes, &Node::read(bytes, offset)?, header)?;
                    self.found.push(Found { offset: word(offset)?, level, live: true });
                    offset = end;
                }
                TYPE_DELETE => {
                    let target = bytes.u32_at(offset + 4)?;
                    let index = self.found.binary_search_by_key(&target, |record| record.offset);
                    match index {
                        Ok(index) if self.found[index].live => {
                            self.found[index].live = false;
                            self.deleted.push(index);
                        }
                        _ => return Err(corrupt(offset, "the log deletes what is no live record")),
                    }
                    offset += 8;
                }
                TYPE_COMMIT if offset == began => return Err(corrupt(offset, "the log commits an empty transaction")),
                TYPE_COMMIT => {
                    offset += 4;
                    began = offset;
                    self.committed = offset;
                    self.deleted.clear();
                }
                _ => return Err(corrupt(offset, "in the log there is something that no transaction writes")),
            }
        }
        Ok(())
    }
}
