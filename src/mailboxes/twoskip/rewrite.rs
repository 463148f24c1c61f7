//! What a checkpoint writes: a new file with every live record, appended one by one as stores are, in one transaction.
//! The heads before the place of appending are kept in memory, so nothing of the new file is read back.

use super::build::Open;
use super::commit::{append_commit, append_record};
use super::find::Cursor;
use super::header::{FIRST, HEADER, Header};
use super::record::{HeadBuffer, Kind, MAX_LEVEL, draw_level};
use crate::mailboxes::{Bytes, Error, KeyOrder, Storage};

/// Writes the live records of `old` to an empty `new` file, packed, synced and clean.
pub fn rewrite(old: Bytes<'_>, order: KeyOrder, new: &mut impl Storage, rng: &mut impl rand::Rng) -> Result<(), Error> {
    let header = Header::read(old)?;
    let mut dummy = HeadBuffer::new(Kind::Dummy, MAX_LEVEL, 0, 0);
    let mut packed =
        Header { generation: header.generation + 1, records: 0, repack_size: FIRST, current_size: FIRST, flags: 0 };
    new.write(0, &packed.encode())?;
    new.write(HEADER, dummy.seal())?;
    new.sync_all()?;
    new.write(0, &packed.dirty(true).encode())?;
    new.sync_data()?;

    let mut end = FIRST;
    // From the dummy to the last record, each one lower than the one before it.
    let mut waiting = Vec::with_capacity(MAX_LEVEL + 1);
    waiting.push(Open { offset: HEADER, level: MAX_LEVEL, head: dummy });
    let mut cursor = Cursor::seek(old, order, b"")?;
    let (mut key, mut value) = (Vec::new(), Vec::new());
    while let Some(entry) = cursor.next(old)? {
        entry.0.copy_to(&mut key);
        entry.1.copy_to(&mut value);
        let level = draw_level(rng);
        let mut head = HeadBuffer::new(Kind::Record, level, key.len() as u64, value.len() as u64);
        let (offset, next) = append_record(new, end, &mut head, &key, &value)?;
        end = next;
        packed.records += 1;
        let mut reached = 0;
        while reached < level
            && let Some(last) = waiting.last_mut()
        {
            let upto = last.level.min(level);
            for level in reached..upto {
                last.head.set_next(level, offset, FIRST);
            }
            new.write(last.offset, last.head.seal())?;
            reached = upto;
            if last.level <= level {
                waiting.pop();
            }
        }
        waiting.push(Open { offset, level, head });
    }
    packed.repack_size = end;
    if packed.records > 0 {
        packed.current_size = append_commit(new, end, FIRST)?;
    }
    new.sync_all()?;
    new.write(0, &packed.encode())?;
    new.sync_data()
}
