//! A writer's operations: chosen and prepared while it waits for the next arrival, committed when it is due.
//! A writer deletes only mailboxes of its own, so that readers' keys stay.

use super::{Emulator, Keys, Schedule, user_prefix};
use crate::mailboxes::{AfterCommit, ChangeBuffer, Database, Error, Format, PhaseClock, RecordStyle};
use crate::scenario::{Mix, Operation, WriterOperation};

pub struct Writing<'a> {
    keys: &'a Keys,
    format: Format,
    style: RecordStyle,
    writer: u32,
    stored: u64,
    deleted: u64,
    revision: u64,
    next: WriterOperation,
    buffer: ChangeBuffer,
    value: Vec<u8>,
}

impl<'a> Writing<'a> {
    pub fn new(keys: &'a Keys, format: Format, style: RecordStyle, writer: u32) -> Writing<'a> {
        Writing {
            keys,
            format,
            style,
            writer,
            stored: 0,
            deleted: 0,
            revision: 0,
            next: WriterOperation::Replace,
            buffer: ChangeBuffer::new(style),
            value: Vec::with_capacity(4096),
        }
    }

    /// Chooses the next operation and what it writes. If records are dlists, a replaced mailbox's present record is looked up
    /// first, as Cyrus does; that is the harness's own lookup, and not part of the commit's time.
    pub fn prepare(
        &mut self,
        mix: &Mix<WriterOperation>,
        schedule: &mut Schedule,
        database: &mut Database,
    ) -> Result<(), Error> {
        self.next = mix.choose(schedule.uniform());
        // Without a mailbox of its own to delete, it stores one first.
        if self.next == WriterOperation::Delete && self.deleted == self.stored {
            self.next = WriterOperation::Store;
        }
        self.revision += 1;
        match self.next {
            WriterOperation::Store => {
                self.buffer.create(parent(self.keys, self.style, self.stored), self.writer, self.stored)
            }
            WriterOperation::Delete => {
                self.buffer.delete(parent(self.keys, self.style, self.deleted), self.writer, self.deleted);
            }
            WriterOperation::Replace => {
                let key = self.keys.at(schedule.uniform());
                if self.format == Format::Flat {
                    self.buffer.number(key, self.revision);
                    return Ok(());
                }
                if self.style.is_dlist() {
                    database.value_of(key, &mut self.value)?;
                }
                self.buffer.replace(key, &self.value, self.revision);
            }
        }
        Ok(())
    }

    pub fn commit(
        &mut self,
        database: &mut Database,
        emulator: Option<&mut Emulator<'_>>,
        clock: &mut impl PhaseClock,
    ) -> Result<(), Error> {
        let (changes, count) = self.buffer.changes();
        let emulator = emulator.map(|emulator| emulator as &mut dyn AfterCommit);
        database.commit_and(&changes[..count], emulator, clock)?;
        match self.next {
            WriterOperation::Store => self.stored += 1,
            WriterOperation::Delete => self.deleted += 1,
            WriterOperation::Replace => {}
        }
        Ok(())
    }

    pub fn operation(&self) -> usize {
        self.next.index()
    }
}

/// The user who gets a writer's `number`th own mailbox: always the same, and spread over the whole file.
fn parent(keys: &Keys, style: RecordStyle, number: u64) -> &[u8] {
    // Multiples of the golden ratio are evenly spread, however many there are.
    let spread = |number: u64| keys.at((number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1u64 << 53) as f64);
    // Ids, and short keys of the census, have nothing beneath them. Keys of a kind stand together, so the next is sought elsewhere.
    let named = || (number..).take(64).map(spread).find(|key| key.first() == Some(&b'N')).map(user_prefix);
    match style {
        RecordStyle::Cyrus23 if keys.is_empty() => b"user.mapstorm",
        RecordStyle::Cyrus23 => user_prefix(spread(number)),
        RecordStyle::Cyrus36 | RecordStyle::Cyrus313 => named().unwrap_or(b"Nuser\x1fmapstorm"),
        RecordStyle::Census2026 => named().unwrap_or(b"N\x1fmapstorm"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn new_mailboxes_come_beneath_users_of_the_whole_file() {
        let keys: Vec<_> = [b'I', b'J', b'N']
            .into_iter()
            .flat_map(|kind| (0..1000).map(move |user| format!("{}user\x1fu{user:03}\x1fSent", char::from(kind))))
            .collect();
        let keys = Keys::new(keys.iter().map(|key| key.as_bytes())).unwrap();
        let parents: HashSet<_> = (0..1000).map(|number| parent(&keys, RecordStyle::Cyrus313, number)).collect();
        assert!(parents.iter().all(|parent| parent.starts_with(b"Nuser\x1fu")));
        assert!(parents.len() > 250, "{}", parents.len());
        let ids = Keys::new([b"Iabc".as_slice()].into_iter()).unwrap();
        assert_eq!(parent(&ids, RecordStyle::Cyrus313, 7), b"Nuser\x1fmapstorm");
    }
}
