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

    /// Chooses the next operation and what it writes. In the style of 3.6 a replaced mailbox's present record is looked up
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
                if self.style == RecordStyle::Cyrus36 {
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
    let first = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize % keys.len().max(1);
    let mut candidates = (0..keys.len().min(64)).map(|step| keys.get((first + step) % keys.len()));
    // In the style of 3.6 about every other key is a unique id, which has nothing beneath it.
    match style {
        RecordStyle::Cyrus23 => candidates.next().map_or(b"user.mapstorm", user_prefix),
        RecordStyle::Cyrus36 => {
            candidates.find(|key| key.first() == Some(&b'N')).map_or(b"Nuser\x1fmapstorm", user_prefix)
        }
    }
}
