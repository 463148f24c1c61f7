//! Repair after a writer died: the committed records are linked again, and what came after the last commit is cut off.
//! Pointers first and the cut last, so that a recovery that dies too leaves the file unclean, for the next one.

use std::cmp::Ordering::Equal;

use super::layout::{DUMMY, MAX_LEVEL, Node, compare_in, pointers_of};
use super::scan::{Scan, scan};
use crate::mailboxes::{Bytes, Error, KeyOrder, Storage};

/// Recovers the file to its last commit; `now` in Unix seconds goes into the header. The caller holds the lock.
pub fn recover(storage: &mut impl Storage, order: KeyOrder, now: u32) -> Result<(), Error> {
    let Scan { mut header, live, committed, .. } = scan(storage.bytes(), order)?;
    let bytes = storage.bytes();
    let mut sorted = Vec::with_capacity(live.len());
    for record in &live {
        sorted.push((Node::read(bytes, record.offset.into())?.key, *record));
    }
    sorted.sort_by(|a, b| compare_in(order, a.0, b.0));
    if let Some(pair) = sorted.windows(2).find(|pair| compare_in(order, pair[0].0, pair[1].0) == Equal) {
        return Err(Error::corrupt(pair[1].1.offset.into(), "a key has two live records"));
    }

    let mut next = [0_u32; MAX_LEVEL];
    let mut fixes: Vec<(u64, u32)> = Vec::new();
    header.level = 1;
    for (_, record) in sorted.iter().rev() {
        let level = record.level as usize;
        fix(bytes, record.offset.into(), &next[..level], &mut fixes)?;
        next[..level].fill(record.offset);
        header.level = header.level.max(record.level);
    }
    fix(bytes, DUMMY, &next[..header.max_level as usize], &mut fixes)?;
    header.listed = sorted.len() as u32;
    header.last_recovery = now;

    for (offset, pointer) in fixes {
        storage.write(offset, &pointer.to_be_bytes())?;
    }
    storage.sync_data()?;
    if committed < storage.bytes().len() {
        storage.truncate(committed)?;
    }
    storage.write(0, &header.encode())?;
    storage.sync_data()
}

/// Notes which pointers of a record are not what they must be.
fn fix(bytes: Bytes<'_>, offset: u64, wanted: &[u32], fixes: &mut Vec<(u64, u32)>) -> Result<(), Error> {
    let pointers = pointers_of(bytes, offset)?;
    for (slot, pointer) in (pointers..).step_by(4).zip(wanted) {
        if bytes.u32_at(slot)? != *pointer {
            fixes.push((slot, *pointer));
        }
    }
    Ok(())
}
