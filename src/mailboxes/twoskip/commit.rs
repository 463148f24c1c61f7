//! One transaction, as Cyrus 3.6.1 writes it: dirty header, sync, records and changed heads and COMMIT, sync, clean
//! header, sync. Nothing is written if nothing changes.

use super::find::{Position, Upper, descend};
use super::header::Header;
use super::record::{BLANK, Head, HeadBuffer, Kind, MAX_LEVEL, draw_level, pad_first};
use crate::mailboxes::{Bytes, Change, Error, KeyOrder, Phase, PhaseClock, Storage, SyncCall, chain::LinkedHead};

/// The pointers that a change needs, taken before anything is written.
struct Plan {
    before: [u64; MAX_LEVEL],
    /// What `before` leads to on each level, past the record with the key if there is one.
    after: [u64; MAX_LEVEL],
    /// The level of the record with the key, 0 if there is none.
    old_level: usize,
    /// The live record after the key; what a DELETE leads to.
    successor: u64,
    effective: bool,
}

impl Plan {
    fn new(bytes: Bytes<'_>, order: KeyOrder, end: u64, change: &Change<'_>) -> Result<Plan, Error> {
        let (Change::Store { key, .. } | Change::Delete { key }) = change;
        let Position { before, at, exact } = descend(bytes, order, end, (*key).into(), Upper::Strict)?;
        let old = at.filter(|_| exact);
        let old_level = old.map_or(0, |head| head.level);
        let mut after = [0; MAX_LEVEL];
        let mut successor = 0;
        let mut previous: Option<Head<'_>> = None;
        for (level, after) in after.iter_mut().enumerate() {
            *after = match (&old, previous) {
                (Some(old), _) if level < old.level => old.next(level, end)?,
                (_, Some(head)) if head.offset == before[level] => head.next(level, end)?,
                _ => {
                    let head = Head::read(bytes, before[level], end)?;
                    previous = Some(head);
                    head.next(level, end)?
                }
            };
        }
        let effective = match (change, &old) {
            (Change::Store { value, .. }, Some(old)) => old.value()? != *value,
            (Change::Store { .. }, None) => true,
            (Change::Delete { .. }, Some(_)) => {
                successor = Head::live(bytes, after[0], end)?.map_or(0, |head| head.offset);
                true
            }
            (Change::Delete { .. }, None) => false,
        };
        Ok(Plan { before, after, old_level, successor, effective })
    }
}

/// Writes `changes` as one transaction and returns how many of them changed anything.
pub fn commit(
    storage: &mut impl Storage,
    order: KeyOrder,
    changes: &[Change<'_>],
    rng: &mut impl rand::Rng,
    clock: &mut impl PhaseClock,
) -> Result<u32, Error> {
    let mut header = Header::read(storage.bytes())?;
    if !header.is_clean(storage.bytes()) {
        return Err(Error::Unclean);
    }
    let committed = header.current_size;
    let mut end = committed;
    let mut changed = 0;
    for (index, change) in changes.iter().enumerate() {
        let plan = Plan::new(storage.bytes(), order, end, change)?;
        if index == 0 {
            clock.ended(Phase::Search);
            clock.began(Phase::Write1);
        }
        if !plan.effective {
            continue;
        }
        if changed == 0 {
            storage.write(0, &header.dirty(true).encode())?;
            storage.sync_after(Phase::Write1, Phase::Sync1, SyncCall::Data, clock)?;
            clock.began(Phase::Write2);
        }
        changed += 1;
        end = match *change {
            Change::Store { key, value } => {
                header.records += u64::from(plan.old_level == 0);
                store(storage, &plan, key, value, committed, end, draw_level(rng))?
            }
            Change::Delete { .. } => {
                header.records = header.records.saturating_sub(1);
                delete(storage, &plan, committed, end)?
            }
        };
    }
    if changed == 0 {
        return Ok(0);
    }
    header.current_size = append_commit(storage, end, committed)?;
    storage.sync_after(Phase::Write2, Phase::Sync2, SyncCall::All, clock)?;
    clock.began(Phase::Write3);
    storage.write(0, &header.dirty(false).encode())?;
    storage.sync_after(Phase::Write3, Phase::Sync3, SyncCall::Data, clock)?;
    Ok(changed)
}

/// Appends the record and leads its predecessors to it. Returns the new end.
fn store(
    storage: &mut impl Storage,
    plan: &Plan,
    key: &[u8],
    value: &[u8],
    committed: u64,
    end: u64,
    level: usize,
) -> Result<u64, Error> {
    let mut head = HeadBuffer::new(Kind::Record, level, key.len() as u64, value.len() as u64);
    for (level, after) in plan.after[..level].iter().enumerate() {
        head.set_slot(level + 1, *after);
    }
    let (offset, end) = append_record(storage, end, &mut head, key, value)?;
    let mut targets = plan.after;
    targets[..level].fill(offset);
    stitch(storage, plan, &targets[..level.max(plan.old_level)], committed, end)?;
    Ok(end)
}

/// Appends a DELETE and leads the predecessors past the record. Returns the new end.
fn delete(storage: &mut impl Storage, plan: &Plan, committed: u64, end: u64) -> Result<u64, Error> {
    let mut head = HeadBuffer::new(Kind::Delete, 0, 0, 0);
    head.set_slot(0, plan.successor);
    let (offset, end) = append_record(storage, end, &mut head, &[], &[])?;
    let mut targets = plan.after;
    targets[0] = offset;
    stitch(storage, plan, &targets[..plan.old_level], committed, end)?;
    Ok(end)
}

/// Ends the transaction that began at `committed`. Returns the new end.
pub(super) fn append_commit(storage: &mut impl Storage, end: u64, committed: u64) -> Result<u64, Error> {
    let mut head = HeadBuffer::new(Kind::Commit, 0, 0, 0);
    head.set_slot(0, committed);
    Ok(append_record(storage, end, &mut head, &[], &[])?.1)
}

/// Writes pads and a record at `end`. Returns where the record starts and ends.
pub(super) fn append_record(
    storage: &mut impl Storage,
    mut end: u64,
    head: &mut HeadBuffer,
    key: &[u8],
    value: &[u8],
) -> Result<(u64, u64), Error> {
    while pad_first(end, head.len()) {
        storage.write(end, &BLANK)?;
        end += 8;
    }
    let content = key.len() + value.len();
    let padding = &[0; 8][..content.next_multiple_of(8) - content];
    let mut crc = crc32fast::Hasher::new();
    for part in [key, value, padding] {
        crc.update(part);
    }
    head.set_tail_crc(crc.finalize());
    let length = head.len() + (content + padding.len()) as u64;
    if content == 0 {
        storage.append(end, &[head.seal()])?;
    } else {
        storage.append(end, &[head.seal(), key, value, padding])?;
    }
    Ok((end, end + length))
}

/// Leads the predecessor on each level to its target; each distinct head is written once.
fn stitch(storage: &mut impl Storage, plan: &Plan, targets: &[u64], committed: u64, end: u64) -> Result<(), Error> {
    let mut level = 0;
    while level < targets.len() {
        let offset = plan.before[level];
        let mut head = Head::read(storage.bytes(), offset, end)?.copy()?;
        while level < targets.len() && plan.before[level] == offset {
            head.set_next(level, targets[level], committed);
            level += 1;
        }
        storage.write(offset, head.seal())?;
    }
    Ok(())
}
