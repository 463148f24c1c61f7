//! What the next writer does with a file that one left dirty: back to the last commit, along the level-0 pointers that it left behind.
//! The higher levels are led along that chain again, and the header is counted anew. What was stored after the commit stays where it
//! is, and is overwritten.

use std::ops::Range;

use super::check::superseded;
use super::find::ascending;
use super::header::{HEADER, Header, Sums};
use super::record::{Extent, Head, MAX_LEVEL};
use crate::mailboxes::{Error, Storage, SyncCall, chain::LinkedHead};

/// Takes the file back to its last commit; a clean file is left alone.
///
/// One sync, of the header alone, as in the library at the time of writing (4c01cf8): pointers that were mended reach the disk with the
/// next transaction's. A process that dies loses nothing by that; a machine that does may.
pub fn recover(storage: &mut impl Storage) -> Result<(), Error> {
    let mut header = Header::read(storage.bytes())?;
    if !header.is_dirty() {
        return Ok(());
    }
    let of @ (end, sums) = (header.current_size, header.sums());
    let mut last = [HEADER; MAX_LEVEL];
    let mut current = HEADER;
    (header.records, header.dirty_size) = (0, 0);
    loop {
        mend(storage, of, current, 0..2, |pointer| if pointer < end { pointer } else { 0 })?;
        let extent = Extent { bytes: storage.bytes(), end, sums };
        let head = Head::read(extent, current)?;
        let Some((next, deleted)) = Head::linked(extent, head.next(0)?)? else { break };
        ascending(&head, &next)?;
        header.dirty_size += superseded(&next)?;
        match deleted {
            Some(delete) => header.dirty_size += delete.length() + next.length(),
            None => header.records += 1,
        }
        let (offset, level) = (next.offset, next.level);
        for (level, last) in last[..level].iter_mut().enumerate().skip(1) {
            mend(storage, of, *last, level + 1..level + 2, |_| offset)?;
            *last = offset;
        }
        current = offset;
    }
    for (level, last) in last.iter().enumerate().skip(1) {
        mend(storage, of, *last, level + 1..level + 2, |_| 0)?;
    }
    storage.write(0, &header.dirty(false).encode())?;
    storage.sync(SyncCall::First(HEADER))
}

/// Makes pointers of the head at `offset` what `wanted` says, from what they are.
fn mend(
    storage: &mut impl Storage,
    (end, sums): (u64, Sums),
    offset: u64,
    slots: Range<usize>,
    wanted: impl Fn(u64) -> u64,
) -> Result<(), Error> {
    let mut head = Head::read(Extent { bytes: storage.bytes(), end, sums }, offset)?.copy()?;
    let mut is_changed = false;
    for slot in slots {
        let (now, wanted) = (head.slot(slot), wanted(head.slot(slot)));
        is_changed |= now != wanted;
        head.set_slot(slot, wanted);
    }
    if is_changed { storage.write(offset, head.seal()) } else { Ok(()) }
}
