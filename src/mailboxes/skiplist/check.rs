//! Everything that can be verified in a skiplist file: its front-to-back content, and every level's chain against it.
//! Slow and thorough; readers and writers do not need it.

use super::layout::{DUMMY, MAX_LEVEL, Node, is_clean, pointers_of};
use super::read::ascending;
use super::scan::{Scan, scan};
use crate::mailboxes::{Bytes, Error, KeyOrder};

/// How many records are live, and whether nothing waits for recovery. If something does, only the content was checked: recovery
/// makes the pointers again.
pub fn check(bytes: Bytes<'_>, order: KeyOrder) -> Result<(u64, bool), Error> {
    let scan = scan(bytes, order)?;
    if is_clean(bytes) && scan.committed != bytes.len() {
        return Err(Error::corrupt(
            scan.committed,
            "from here on the log cannot be read, though the file ends with a commit: what follows was committed and is lost",
        ));
    }
    let clean = is_clean(bytes) && !leads_past_the_end(bytes, &scan)?;
    if clean {
        chains(bytes, order, &scan)?;
    }
    Ok((scan.live.len() as u64, clean))
}

/// Whether a pointer leads to where the file has ended: it was cut (a copy of a live file, say) just behind a commit, and only
/// recovery makes it whole.
fn leads_past_the_end(bytes: Bytes<'_>, scan: &Scan) -> Result<bool, Error> {
    let dummy = (DUMMY, scan.header.max_level);
    for (offset, level) in scan.live.iter().map(|record| (u64::from(record.offset), record.level)).chain([dummy]) {
        let pointers = pointers_of(bytes, offset)?;
        for slot in 0..u64::from(level) {
            if u64::from(bytes.u32_at(pointers + 4 * slot)?) >= bytes.len() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Walks level 0 and compares every other level's chain with it.
fn chains(bytes: Bytes<'_>, order: KeyOrder, scan: &Scan) -> Result<(), Error> {
    let most = scan.header.max_level as usize;
    let mut expected = [0_u32; MAX_LEVEL];
    let dummy = pointers_of(bytes, DUMMY)?;
    for (slot, level) in expected[..most].iter_mut().zip(0_u64..) {
        *slot = bytes.u32_at(dummy + 4 * level)?;
    }
    if expected[scan.header.level as usize..].iter().any(|pointer| *pointer != 0) {
        return Err(Error::corrupt(DUMMY, "a level is in use that the header does not count"));
    }
    let (mut before, mut seen) = (None, 0);
    while expected[0] != 0 {
        let offset = expected[0];
        let Ok(index) = scan.live.binary_search_by_key(&offset, |record| record.offset) else {
            return Err(Error::corrupt(offset.into(), "a pointer leads to what is no live record"));
        };
        let node = Node::read(bytes, offset.into())?;
        ascending(order, before, &node)?;
        before = Some(node.key);
        seen += 1;
        let level = scan.live[index].level;
        if level > scan.header.level {
            return Err(Error::corrupt(offset.into(), "a record has a higher level than the header counts"));
        }
        let pointers = node.pointers(bytes)?;
        for (slot, level) in expected[..level as usize].iter_mut().zip(0_u64..) {
            if *slot != offset {
                return Err(Error::corrupt(offset.into(), "a level's chain passes over a record that belongs to it"));
            }
            *slot = bytes.u32_at(pointers + 4 * level)?;
        }
    }
    if expected.iter().any(|pointer| *pointer != 0) {
        return Err(Error::corrupt(DUMMY, "a level's chain goes on past the end of the list"));
    }
    if seen != scan.live.len() {
        return Err(Error::corrupt(DUMMY, "a live record is not in the list"));
    }
    Ok(())
}
