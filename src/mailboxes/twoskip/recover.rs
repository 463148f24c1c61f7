//! The first of Cyrus's two recoveries: back to the last commit, along the level-0 pointers that it left behind.
//! The higher levels are led along that chain again, and what was written after the commit is cut off.

use super::find::ascending;
use super::header::{HEADER, Header};
use super::record::{Head, MAX_LEVEL};
use crate::mailboxes::{Error, KeyOrder, Storage, SyncCall, chain::LinkedHead};

/// Takes the file back to its last commit; a clean file is left alone.
pub fn recover(storage: &mut impl Storage, order: KeyOrder) -> Result<(), Error> {
    let header = Header::read(storage.bytes())?;
    if header.is_clean(storage.bytes()) {
        return Ok(());
    }
    let end = header.current_size;
    storage.write(0, &header.dirty(true).encode())?;
    storage.sync(SyncCall::Data)?;

    let mut last = [HEADER; MAX_LEVEL];
    let mut current = HEADER;
    let mut records = 0;
    loop {
        drop_uncommitted(storage, current, end)?;
        let bytes = storage.bytes();
        let head = Head::read(bytes, current, end)?;
        let Some(next) = Head::live(bytes, head.next(0, end)?, end)? else { break };
        ascending(order, head, next.key()?, next.offset)?;
        let (offset, level) = (next.offset, next.level);
        for (level, last) in last[..level].iter_mut().enumerate().skip(1) {
            lead(storage, *last, level, offset, end)?;
            *last = offset;
        }
        current = offset;
        records += 1;
    }
    for (level, last) in last.iter().enumerate().skip(1) {
        lead(storage, *last, level, 0, end)?;
    }
    if records != header.records {
        return Err(Error::corrupt(32, "the number of records is not that of the chain"));
    }
    storage.truncate(end)?;
    storage.sync(SyncCall::All)?;
    storage.write(0, &header.dirty(false).encode())?;
    storage.sync(SyncCall::Data)
}

fn drop_uncommitted(storage: &mut impl Storage, offset: u64, end: u64) -> Result<(), Error> {
    let head = Head::read(storage.bytes(), offset, end)?;
    let stale = [head.slot(0)? >= end, head.slot(1)? >= end];
    if stale == [true, true] {
        return Err(Error::corrupt(offset, "both level-0 pointers lead past the committed end"));
    }
    if stale == [false, false] {
        return Ok(());
    }
    let mut copy = head.copy()?;
    copy.set_slot(usize::from(stale[1]), 0);
    storage.write(offset, copy.seal())
}

fn lead(storage: &mut impl Storage, offset: u64, level: usize, to: u64, end: u64) -> Result<(), Error> {
    let head = Head::read(storage.bytes(), offset, end)?;
    if head.next(level, end)? == to {
        return Ok(());
    }
    let mut copy = head.copy()?;
    copy.set_next(level, to, end);
    storage.write(offset, copy.seal())
}
