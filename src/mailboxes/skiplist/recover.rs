//! Repair after a writer died: the committed records are linked again, and what came after the last commit is cut off.
//! Pointers first and the cut last, so that a recovery that dies too leaves the file unclean, for the next one.

use std::cmp::Ordering::Equal;

use super::layout::{DUMMY, MAX_LEVEL, Node, compare_in, pointers_of};
use super::scan::{Scan, scan};
use crate::mailboxes::{Bytes, Error, KeyOrder, Storage, SyncCall};

/// A pointer that is not what it must be.
pub(super) struct Fix {
    pub(super) slot: u64,
    pub(super) found: u32,
    wanted: u32,
}

/// Compares all pointers of the live records, and of the dummy, with those of a list in the order of the keys.
pub(super) fn fixes(bytes: Bytes<'_>, order: KeyOrder, scan: &Scan) -> Result<Vec<Fix>, Error> {
    let mut sorted = Vec::with_capacity(scan.live.len());
    for record in &scan.live {
        sorted.push((Node::read(bytes, record.offset.into())?.key, *record));
    }
    sorted.sort_by(|a, b| compare_in(order, a.0, b.0));
    if let Some(pair) = sorted.windows(2).find(|pair| compare_in(order, pair[0].0, pair[1].0) == Equal) {
        return Err(Error::corrupt(pair[1].1.offset.into(), "a key has two live records"));
    }
    let mut next = [0_u32; MAX_LEVEL];
    let mut fixes = Vec::new();
    let mut compare = |offset: u64, next: &[u32]| -> Result<(), Error> {
        for (slot, wanted) in (pointers_of(bytes, offset)?..).step_by(4).zip(next) {
            let found = bytes.u32_at(slot)?;
            if found != *wanted {
                fixes.push(Fix { slot, found, wanted: *wanted });
            }
        }
        Ok(())
    };
    for (_, record) in sorted.iter().rev() {
        let level = record.level as usize;
        compare(record.offset.into(), &next[..level])?;
        next[..level].fill(record.offset);
    }
    compare(DUMMY, &next[..scan.header.max_level as usize])?;
    Ok(fixes)
}

/// Recovers the file to its last commit; `now` in Unix seconds goes into the header. The caller holds the lock.
pub fn recover(storage: &mut impl Storage, order: KeyOrder, now: u32) -> Result<(), Error> {
    let scan = scan(storage.bytes(), order)?;
    for Fix { slot, wanted, .. } in fixes(storage.bytes(), order, &scan)? {
        storage.write(slot, &wanted.to_be_bytes())?;
    }
    storage.sync(SyncCall::Data)?;
    if scan.committed < storage.bytes().len() {
        storage.truncate(scan.committed)?;
    }
    let mut header = scan.header;
    header.level = scan.highest_level();
    header.listed = scan.live.len() as u32;
    header.last_recovery = now;
    storage.write(0, &header.encode())?;
    storage.sync(SyncCall::Data)
}
