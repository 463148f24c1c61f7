//! One transaction, in the order of writes and syncs of Cyrus 3.6: records appended, pointers overwritten in place,
//! sync, the commit word, sync. A crash before the commit word leaves the file unclean, for `recover`.

use std::cmp::Ordering::Equal;

use rand::Rng;

use super::build::{TOO_LARGE, random_level};
use super::layout::{
    DUMMY, Header, MAX_LEVEL, TERMINATOR, TYPE_ADD, TYPE_COMMIT, TYPE_DELETE, compare_in, is_clean, level_at, padded,
    pointers_of, record_size,
};
use super::read::search;
use crate::mailboxes::{Bytes, Change, Error, KeyOrder, Phase, PhaseClock, Storage, SyncCall};

/// What is to be written for one change, found before anything is written.
struct Plan {
    /// Where the pointers are that have to change, lowest level first.
    slots: [u64; MAX_LEVEL],
    /// What they are now; or for a record that goes or is replaced, what its own pointers are.
    forward: [u32; MAX_LEVEL],
    level: usize,
    old: Option<u32>,
}

/// Makes the changes in one transaction and says how many records changed. The caller holds the lock.
///
/// The deletion of a missing key writes nothing; if nothing changes nothing is synced. A value that is the same already is
/// written again, as Cyrus does. An unclean file is refused. An error after the first write leaves the file unclean.
pub fn commit(
    storage: &mut impl Storage,
    order: KeyOrder,
    changes: &[Change<'_>],
    rng: &mut impl Rng,
    clock: &mut impl PhaseClock,
) -> Result<u32, Error> {
    let mut header = Header::read(storage.bytes())?;
    if !is_clean(storage.bytes()) {
        return Err(Error::Unclean);
    }
    room(storage.bytes(), changes)?;
    let mut changed = 0;
    for (index, change) in changes.iter().enumerate() {
        let plan = plan(storage.bytes(), order, &header, change, rng)?;
        if index == 0 {
            clock.ended(Phase::Search);
            clock.began(Phase::Write1);
        }
        if let Some(plan) = plan {
            write(storage, &mut header, change, &plan)?;
            changed += 1;
        }
    }
    if changed > 0 {
        storage.sync_after(Phase::Write1, Phase::Sync1, SyncCall::Data, clock)?;
        clock.began(Phase::Write2);
        storage.write(storage.bytes().len(), &TYPE_COMMIT.to_be_bytes())?;
        storage.sync_after(Phase::Write2, Phase::Sync2, SyncCall::Data, clock)?;
    }
    Ok(changed)
}

fn room(bytes: Bytes<'_>, changes: &[Change<'_>]) -> Result<(), Error> {
    let most = changes.iter().fold(bytes.len().saturating_add(4), |size, change| {
        size.saturating_add(match change {
            Change::Store { key, value } => 8 + record_size(key.len(), value.len(), MAX_LEVEL),
            Change::Delete { .. } => 8,
        })
    });
    if most > u64::from(u32::MAX) { Err(TOO_LARGE) } else { Ok(()) }
}

/// Searches for the change's key; nothing if the file already is as the change wants it.
fn plan(
    bytes: Bytes<'_>,
    order: KeyOrder,
    header: &Header,
    change: &Change<'_>,
    rng: &mut impl Rng,
) -> Result<Option<Plan>, Error> {
    let (Change::Store { key, .. } | Change::Delete { key }) = change;
    let key = (*key).into();
    let mut before = [DUMMY; MAX_LEVEL];
    let place = search(bytes, order, header, key, |level, offset| before[level] = offset)?;
    let old = place.next.filter(|node| compare_in(order, node.key, key) == Equal);
    if let (Change::Delete { .. }, None) = (change, &old) {
        return Ok(None);
    }
    let level = match &old {
        Some(node) => level_at(bytes, node.pointers(bytes)?, header.max_level)?,
        None => random_level(rng, header.max_level),
    } as usize;
    let mut plan = Plan { slots: [0; MAX_LEVEL], forward: [0; MAX_LEVEL], level, old: None };
    for (index, offset) in before[..level].iter().enumerate() {
        plan.slots[index] = pointers_of(bytes, *offset)? + 4 * index as u64;
        plan.forward[index] = bytes.u32_at(plan.slots[index])?;
    }
    if let Some(node) = old {
        let pointers = node.pointers(bytes)?;
        for (index, forward) in plan.forward[..level].iter_mut().enumerate() {
            if u64::from(*forward) != node.offset {
                return Err(Error::corrupt(
                    plan.slots[index],
                    "a level's chain passes over a record that belongs to it",
                ));
            }
            *forward = bytes.u32_at(pointers + 4 * index as u64)?;
        }
        plan.old = Some(u32::try_from(node.offset).map_err(|_| TOO_LARGE)?);
    }
    Ok(Some(plan))
}

fn write(storage: &mut impl Storage, header: &mut Header, change: &Change<'_>, plan: &Plan) -> Result<(), Error> {
    let end = storage.bytes().len();
    let mut delete = [0; 8];
    delete[..4].copy_from_slice(&TYPE_DELETE.to_be_bytes());
    delete[4..].copy_from_slice(&plan.old.unwrap_or(0).to_be_bytes());
    let delete = if plan.old.is_some() { &delete[..] } else { &[] };
    match change {
        Change::Delete { .. } => {
            storage.append(end, &[delete])?;
            for (slot, forward) in plan.slots.iter().zip(&plan.forward).take(plan.level) {
                storage.write(*slot, &forward.to_be_bytes())?;
            }
        }
        Change::Store { key, value } => {
            if plan.level > header.level as usize {
                header.level = plan.level as u32;
                storage.write(0, &header.encode())?;
            }
            write_record(storage, end, delete, TYPE_ADD, key, value, &plan.forward[..plan.level])?;
            let offset = ((end + delete.len() as u64) as u32).to_be_bytes();
            for slot in &plan.slots[..plan.level] {
                storage.write(*slot, &offset)?;
            }
        }
    }
    Ok(())
}

/// Writes a record at `end`, behind the mark that deletes the one it replaces, if any; how many bytes in all.
pub(super) fn write_record(
    storage: &mut impl Storage,
    end: u64,
    delete: &[u8],
    kind: u32,
    key: &[u8],
    value: &[u8],
    pointers: &[u32],
) -> Result<u64, Error> {
    let mut head = [0; 8];
    head[..4].copy_from_slice(&kind.to_be_bytes());
    head[4..].copy_from_slice(&(key.len() as u32).to_be_bytes());
    let mut tail = [0; 4 * MAX_LEVEL + 4];
    for (place, word) in tail.chunks_exact_mut(4).zip(pointers.iter().chain(&[TERMINATOR])) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    let tail = &tail[..4 * pointers.len() + 4];
    let length = (value.len() as u32).to_be_bytes();
    let parts = [delete, &head, key, padding(key), &length, value, padding(value), tail];
    storage.append(end, &parts)?;
    Ok(parts.iter().map(|part| part.len() as u64).sum())
}

fn padding(bytes: &[u8]) -> &'static [u8] {
    &[0; 3][..(padded(bytes.len() as u64) as usize) - bytes.len()]
}
