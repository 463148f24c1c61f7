//! Writing a packed twoskip file front to back, as it is after a checkpoint.
//! Heads whose records wait for what follows them on their upper levels are kept in memory, and put in place once they are whole.

use std::cmp::Ordering;

use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::compare;
use super::header::{FIRST, HEADER, Header};
use super::record::{BLANK, HeadBuffer, Kind, MAX_HEAD, MAX_LEVEL, draw_level, pad_first};
use crate::mailboxes::{Error, behind::Behind};

/// A record that still waits for what comes after it on its upper levels.
pub(super) struct Open {
    pub(super) offset: u64,
    pub(super) level: usize,
    pub(super) head: HeadBuffer,
}

/// A packed file that is being written. Levels are drawn from a seed.
pub struct Builder<'f> {
    out: Behind<'f>,
    rng: Xoshiro256PlusPlus,
    /// From the dummy to the last record, each one lower than the one before it.
    waiting: Vec<Open>,
    last: Vec<u8>,
    records: u64,
}

impl<'f> Builder<'f> {
    pub fn new(mut out: Behind<'f>, seed: u64) -> Result<Builder<'f>, Error> {
        // Header and dummy come last: they tell of all the rest.
        out.push(&[0; FIRST as usize])?;
        let dummy = HeadBuffer::new(Kind::Dummy, MAX_LEVEL, 0, 0);
        let mut waiting = Vec::with_capacity(MAX_LEVEL + 1);
        waiting.push(Open { offset: HEADER, level: MAX_LEVEL, head: dummy });
        Ok(Builder { out, rng: Xoshiro256PlusPlus::seed_from_u64(seed), waiting, last: Vec::new(), records: 0 })
    }

    /// Adds a record, whose key must come after all before it.
    pub fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        if self.records > 0 && compare(&self.last, key) != Ordering::Less {
            return Err(Error::corrupt(self.out.end(), "the keys do not ascend"));
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        self.records += 1;
        let level = draw_level(&mut self.rng);
        let mut head = HeadBuffer::new(Kind::Record, level, key.len() as u64, value.len() as u64);
        self.pad(head.len())?;
        let padding = &[0; 7][..(key.len() + value.len()).next_multiple_of(8) - key.len() - value.len()];
        let mut crc = crc32fast::Hasher::new();
        let offset = self.out.end();
        self.out.push(&[0; MAX_HEAD][..head.len() as usize])?;
        for part in [key, value, padding] {
            crc.update(part);
            self.out.push(part)?;
        }
        head.set_tail_crc(crc.finalize());
        self.lead_to(offset, level)?;
        self.waiting.push(Open { offset, level, head });
        Ok(())
    }

    /// Lets those that wait point at a new record. Those that are no higher have then got all their pointers.
    fn lead_to(&mut self, offset: u64, level: usize) -> Result<(), Error> {
        let mut reached = 0;
        while reached < level
            && let Some(last) = self.waiting.last_mut()
        {
            let upto = last.level.min(level);
            for level in reached..upto {
                last.head.set_slot(level + 1, offset);
            }
            reached = upto;
            if last.level > level {
                break;
            }
            self.out.change(last.offset, last.head.seal())?;
            self.waiting.pop();
        }
        Ok(())
    }

    fn pad(&mut self, length: u64) -> Result<(), Error> {
        while pad_first(self.out.end(), length) {
            self.out.push(&BLANK)?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<Behind<'f>, Error> {
        let packed = self.out.end();
        if self.records > 0 {
            let mut commit = HeadBuffer::new(Kind::Commit, 0, 0, 0);
            commit.set_slot(0, FIRST);
            self.pad(commit.len())?;
            self.out.push(commit.seal())?;
        }
        while let Some(mut last) = self.waiting.pop() {
            self.out.change(last.offset, last.head.seal())?;
        }
        let (records, current_size) = (self.records, self.out.end());
        let header = Header { generation: 1, records, repack_size: packed, current_size, flags: 0 };
        self.out.change(0, &header.encode())?;
        Ok(self.out)
    }
}

/// A packed file in memory with `records`, whose keys must strictly ascend.
#[cfg(test)]
pub fn build<K: AsRef<[u8]>, V: AsRef<[u8]>>(records: &[(K, V)], seed: u64) -> Result<Vec<u8>, Error> {
    let mut builder = Builder::new(Behind::in_memory(), seed)?;
    records.iter().try_for_each(|(key, value)| builder.add(key.as_ref(), value.as_ref()))?;
    builder.finish().map(Behind::into_bytes)
}
