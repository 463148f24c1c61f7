//! One transaction on a twom file: a dirty header, new records and the heads that lead to them, a COMMIT, and a clean header; a sync
//! after each of the three. All of it is stored through the mapping, under the exclusive lock. Nothing is stored if nothing changes.

use super::find::{Position, descend};
use super::header::{HEADER, Header};
use super::record::{Extent, Head, HeadBuffer, Kind, MAX_LEVEL, SHORTEST};
use super::roundup;
use crate::mailboxes::{
    Bytes, Change, Error, KeyOrder, Phase, PhaseClock, Storage, SyncCall, chain::LinkedHead, twoskip::draw_level,
};

/// A transaction that is open: what it stored so far ends at `end`, what is committed at `header.current_size`.
pub(super) struct Transaction {
    pub header: Header,
    pub end: u64,
}

impl Transaction {
    fn extent<'a>(&self, bytes: Bytes<'a>) -> Extent<'a> {
        Extent { bytes, end: self.end, sums: self.header.sums() }
    }

    /// What is to be done for a change, found before anything is stored; `None`: nothing.
    fn plan(&self, bytes: Bytes<'_>, change: &Change<'_>) -> Result<Option<Plan>, Error> {
        let (Change::Store { key, .. } | Change::Delete { key }) = change;
        let position = descend(self.extent(bytes), (*key).into())?;
        let live = position.live();
        match (change, live) {
            (Change::Delete { .. }, None) => return Ok(None),
            (Change::Store { value, .. }, Some(head)) if head.value()? == *value => return Ok(None),
            _ => {}
        }
        Plan::new(self.extent(bytes), &position).map(Some)
    }

    /// Stores the record, or the DELETE, of a change, if that changes anything.
    pub fn apply(
        &mut self,
        storage: &mut impl Storage,
        change: &Change<'_>,
        rng: &mut impl rand::Rng,
    ) -> Result<(), Error> {
        let plan = self.plan(storage.bytes(), change)?;
        plan.map_or(Ok(()), |plan| self.execute(storage, &plan, change, rng))
    }

    fn execute(
        &mut self,
        storage: &mut impl Storage,
        plan: &Plan,
        change: &Change<'_>,
        rng: &mut impl rand::Rng,
    ) -> Result<(), Error> {
        let header = &mut self.header;
        match *change {
            Change::Store { key, value } => {
                let (key_length, value_length) = (key.len() as u64, value.len() as u64);
                let kind = Kind::of_record(plan.old.is_some(), key_length, value_length);
                let level = plan.old.map_or_else(|| draw_level(rng), |old| old.level);
                header.records += u64::from(plan.live_bytes == 0);
                header.dirty_size += plan.live_bytes;
                header.max_level = header.max_level.max(level as u32);
                let mut head = HeadBuffer::new(header.sums(), kind, level, key_length, value_length);
                head.set_ancestor(plan.old.map_or(0, |old| old.ancestor));
                for (level, after) in plan.after[..level].iter().enumerate() {
                    head.set_slot(level + 1, *after);
                }
                self.append(storage, &mut head, key, value, plan, level)
            }
            Change::Delete { .. } => {
                header.records = header.records.saturating_sub(1);
                header.dirty_size += plan.live_bytes + SHORTEST;
                let mut head = HeadBuffer::new(header.sums(), Kind::Delete, 0, 0, 0);
                head.set_ancestor(plan.old.map_or(0, |old| old.ancestor));
                self.append(storage, &mut head, b"", b"", plan, 1)
            }
        }
    }

    /// Stores a record at the end, and leads the predecessors on the first `levels` levels to it.
    fn append(
        &mut self,
        storage: &mut impl Storage,
        head: &mut HeadBuffer,
        key: &[u8],
        value: &[u8],
        plan: &Plan,
        levels: usize,
    ) -> Result<(), Error> {
        let offset = self.end;
        let size = storage.bytes().len();
        self.end = append_record(storage, offset, size, head, key, value)?.0;
        let mut level = 0;
        while level < levels {
            let before = plan.before[level];
            let mut head = Head::read(self.extent(storage.bytes()), before)?.copy()?;
            while level < levels && plan.before[level] == before {
                head.set_next(level, offset, self.header.current_size);
                level += 1;
            }
            storage.write(before, head.seal())?;
        }
        Ok(())
    }

    /// Ends the transaction: a COMMIT in a file of `size` bytes, and a clean header, each synced.
    pub fn finish(mut self, storage: &mut impl Storage, size: u64, clock: &mut impl PhaseClock) -> Result<(), Error> {
        let mut head = HeadBuffer::new(self.header.sums(), Kind::Commit, 0, 0, 0);
        head.set_slot(0, self.header.current_size);
        self.end = append_record(storage, self.end, size, &mut head, b"", b"")?.0;
        self.header.current_size = self.end;
        self.header.commits += 1;
        storage.sync_after(Phase::Write2, Phase::Sync2, SyncCall::First(self.end), clock)?;
        clock.began(Phase::Write3);
        storage.write(0, &self.header.dirty(false).encode())?;
        storage.sync_after(Phase::Write3, Phase::Sync3, SyncCall::First(HEADER), clock)
    }
}

/// The record that a change replaces or deletes.
#[derive(Clone, Copy)]
struct Old {
    level: usize,
    /// Where the ancestor of what comes in its place is: itself, or the DELETE in front of it.
    ancestor: u64,
}

/// The pointers that a change needs, taken before anything is stored.
struct Plan {
    before: [u64; MAX_LEVEL],
    /// What follows on each level, past the record with the key if there is one.
    after: [u64; MAX_LEVEL],
    old: Option<Old>,
    /// Length of the record with the key, if it is live.
    live_bytes: u64,
}

impl Plan {
    fn new(of: Extent<'_>, position: &Position<'_>) -> Result<Plan, Error> {
        let before = position.before;
        let mut after = [0; MAX_LEVEL];
        let found = position.found.map(|(head, _)| head);
        found.map_or(Ok(()), |head| head.check())?;
        for (level, after) in after.iter_mut().enumerate() {
            *after = match found {
                Some(head) if level < head.level => head.next(level)?,
                _ => Head::read(of, before[level])?.next(level)?,
            };
        }
        let old =
            position.found.map(|(head, deleted)| Old { level: head.level, ancestor: deleted.unwrap_or(head).offset });
        Ok(Plan { before, after, old, live_bytes: position.live().map_or(0, |head| head.length()) })
    }
}

/// Stores `changes` as one transaction and returns how many of them changed anything.
pub fn commit(
    storage: &mut impl Storage,
    _: KeyOrder,
    changes: &[Change<'_>],
    rng: &mut impl rand::Rng,
    clock: &mut impl PhaseClock,
) -> Result<u32, Error> {
    let header = Header::read(storage.bytes())?;
    if header.is_dirty() {
        return Err(Error::Unclean);
    }
    let mut transaction = Transaction { header, end: header.current_size };
    let mut changed = 0;
    for (index, change) in changes.iter().enumerate() {
        let plan = transaction.plan(storage.bytes(), change)?;
        if index == 0 {
            clock.ended(Phase::Search);
            clock.began(Phase::Write1);
        }
        let Some(plan) = plan else { continue };
        if changed == 0 {
            storage.write(0, &header.dirty(true).encode())?;
            storage.sync_after(Phase::Write1, Phase::Sync1, SyncCall::First(HEADER), clock)?;
            clock.began(Phase::Write2);
        }
        changed += 1;
        transaction.execute(storage, &plan, change, rng)?;
    }
    if changed > 0 {
        let size = storage.bytes().len();
        transaction.finish(storage, size, clock)?;
    }
    Ok(changed)
}

/// Stores a record at `offset` of a file of `size` bytes, which grows if it must. Returns where the record ends, and the new size.
pub(super) fn append_record(
    storage: &mut impl Storage,
    offset: u64,
    mut size: u64,
    head: &mut HeadBuffer,
    key: &[u8],
    value: &[u8],
) -> Result<(u64, u64), Error> {
    let content = key.len() + 1 + value.len();
    // A zero after the key; one or more after the value.
    let padding = &[0; 8][..(content + 1).next_multiple_of(8) - content];
    let tail = [key, &[0], value, padding];
    let is_record = head.kind.is_record();
    let length = head.length() + if is_record { content + padding.len() } else { 0 };
    let end = offset + length as u64;
    if end > size {
        size = roundup(end);
        storage.truncate(size)?;
    }
    if is_record {
        head.set_tail_sum(head.sums.of_parts(&tail));
        storage.append(offset, &[head.seal(), tail[0], tail[1], tail[2], tail[3]])?;
    } else {
        storage.append(offset, &[head.seal()])?;
    }
    Ok((end, size))
}
