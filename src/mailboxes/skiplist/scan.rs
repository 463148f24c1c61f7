//! The file read from front to back, without its pointers: which records are live after the last commit.
//! Checks and recovery both start here, and what is a torn transaction and what is damage is decided here alone, as Cyrus's
//! recovery decides it: a transaction without a readable commit ends the log; anything else in its place is refused.

use super::layout::{
    DUMMY, Header, Node, TERMINATOR, TYPE_ADD, TYPE_COMMIT, TYPE_DELETE, TYPE_DUMMY, TYPE_INORDER, level_at,
};
use super::read::ascending;
use crate::mailboxes::{Bytes, Error, KeyOrder};

#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) offset: u32,
    pub(super) level: u32,
    live: bool,
}

pub(super) struct Scan {
    pub(super) header: Header,
    /// The live records, in the order of their offsets; while the log is read, those that it deletes too.
    pub(super) live: Vec<Found>,
    pub(super) committed: u64,
}

impl Scan {
    /// The highest level in use, 1 if there is no record.
    pub(super) fn highest_level(&self) -> u32 {
        self.live.iter().map(|record| record.level).max().unwrap_or(1)
    }
}

/// Scans the file. A transaction that was not committed is left out; nothing else may be wrong.
pub(super) fn scan(bytes: Bytes<'_>, order: KeyOrder) -> Result<Scan, Error> {
    let header = Header::read(bytes)?;
    let start = u64::from(header.log_start);
    // Cyrus would take what is there of the checkpoint for all of it. That is a shorter list, not a recovered one.
    bytes.slice(0, start)?;
    dummy(bytes, &header)?;

    let mut scan = Scan { header, live: Vec::new(), committed: start };
    let (mut offset, mut before) = (header.first_record(), None);
    while offset < start {
        if bytes.u32_at(offset)? != TYPE_INORDER {
            return Err(Error::corrupt(offset, "before the log there is something that no checkpoint writes"));
        }
        let node = Node::read(bytes, offset)?;
        ascending(order, before, &node)?;
        before = Some(node.key);
        offset = scan.add(bytes, &node)?;
    }
    if offset != start {
        return Err(Error::corrupt(offset, "the last record of the checkpoint runs into the log"));
    }
    if bytes.len() == start && (scan.live.len() as u64) < u64::from(header.listed) {
        return Err(Error::corrupt(36, "the header counts more records than the checkpoint holds"));
    }

    scan.read_log(bytes)?;
    scan.live.retain(|record| record.live);
    Ok(scan)
}

/// How many records are live, going by the records and the log alone: what every walk of the list is compared with.
pub fn count(bytes: Bytes<'_>, order: KeyOrder) -> Result<u64, Error> {
    Ok(scan(bytes, order)?.live.len() as u64)
}

fn dummy(bytes: Bytes<'_>, header: &Header) -> Result<(), Error> {
    let (kind, key, value) = (bytes.u32_at(DUMMY)?, bytes.u32_at(DUMMY + 4)?, bytes.u32_at(DUMMY + 8)?);
    if (kind, key, value) != (TYPE_DUMMY, 0, 0) {
        return Err(Error::corrupt(DUMMY, "the dummy record is not where it must be"));
    }
    if level_at(bytes, DUMMY + 12, header.max_level)? != header.max_level {
        return Err(Error::corrupt(DUMMY, "the dummy record does not have the maximum level"));
    }
    Ok(())
}

impl Scan {
    /// Notes a record; where it ends.
    fn add(&mut self, bytes: Bytes<'_>, node: &Node<'_>) -> Result<u64, Error> {
        node.value(bytes)?;
        let pointers = node.pointers(bytes)?;
        let level = level_at(bytes, pointers, self.header.max_level)?;
        let offset = u32::try_from(node.offset).map_err(|_| super::build::TOO_LARGE)?;
        self.live.push(Found { offset, level, live: true });
        Ok(pointers + 4 * u64::from(level) + 4)
    }

    fn read_log(&mut self, bytes: Bytes<'_>) -> Result<(), Error> {
        let mut offset = self.committed;
        while offset < bytes.len() {
            let began = offset;
            while offset < bytes.len() && type_at(bytes, offset) == 0 {
                offset += 4;
            }
            if offset >= bytes.len() {
                return Err(Error::corrupt(
                    began,
                    "here the file ends in zero bytes, where a transaction must begin or the file end",
                ));
            }
            match type_at(bytes, offset) {
                // Of an empty transaction: at the end of the file it would be no end that a transaction may be appended to.
                TYPE_COMMIT => offset += 4,
                TYPE_ADD | TYPE_DELETE => match commit_after(bytes, offset) {
                    Some(commit) => {
                        self.replay(bytes, offset, commit)?;
                        offset = commit + 4;
                        self.committed = offset;
                    }
                    None => return Ok(()),
                },
                _ => return Err(Error::corrupt(offset, "in the log there is something that no transaction writes")),
            }
        }
        Ok(())
    }

    fn replay(&mut self, bytes: Bytes<'_>, mut offset: u64, commit: u64) -> Result<(), Error> {
        while offset < commit {
            match bytes.u32_at(offset)? {
                TYPE_ADD => offset = self.add(bytes, &Node::read(bytes, offset)?)?,
                TYPE_DELETE => {
                    let target = bytes.u32_at(offset + 4)?;
                    match self.live.binary_search_by_key(&target, |record| record.offset) {
                        // A record that is gone already stays so: Cyrus passes over such a deletion, too.
                        Ok(index) => self.live[index].live = false,
                        Err(_) => return Err(Error::corrupt(offset, "the log deletes what is no record")),
                    }
                    offset += 8;
                }
                _ => return Err(Error::corrupt(offset, "in the log there is something that no transaction writes")),
            }
        }
        Ok(())
    }
}

/// The word at `offset`; what is past the end of the file is zero, as in the last page of its mapping.
fn type_at(bytes: Bytes<'_>, offset: u64) -> u32 {
    (offset..).take(4).fold(0, |word, at| word << 8 | u32::from(bytes.u8_at(at).unwrap_or(0)))
}

/// How many transactions of a log are committed, and where the last of them ends. `log` begins with a transaction; what does not look
/// like one, because it is being written, ends it.
pub fn commits_in(log: Bytes<'_>) -> (u64, u64) {
    let (mut commits, mut offset) = (0, 0);
    while offset < log.len() {
        let commit = match type_at(log, offset) {
            TYPE_COMMIT => Some(offset),
            TYPE_ADD | TYPE_DELETE => commit_after(log, offset),
            _ => None,
        };
        let Some(commit) = commit else { break };
        (commits, offset) = (commits + 1, commit + 4);
    }
    (commits, offset)
}

/// Where the commit of the transaction at `offset` is. `None`: it was never written, or cannot be found because a record before it
/// is damaged; Cyrus does not distinguish the two either.
fn commit_after(bytes: Bytes<'_>, mut offset: u64) -> Option<u64> {
    loop {
        offset = record_end(bytes, offset)?;
        if offset >= bytes.len() {
            return None;
        }
        if type_at(bytes, offset) == TYPE_COMMIT {
            return Some(offset);
        }
    }
}

/// Where the record of whatever type at `offset` ends, going by its own lengths and its terminator alone.
fn record_end(bytes: Bytes<'_>, offset: u64) -> Option<u64> {
    match type_at(bytes, offset) {
        TYPE_DELETE => Some(offset + 8).filter(|end| *end <= bytes.len()),
        TYPE_DUMMY | TYPE_INORDER | TYPE_ADD => {
            let mut at = Node::of_any_type(bytes, offset).and_then(|node| node.pointers(bytes)).ok()?;
            let first = at;
            while bytes.u32_at(at).ok()? != TERMINATOR {
                at += 4;
            }
            (at > first).then_some(at + 4)
        }
        _ => None,
    }
}
