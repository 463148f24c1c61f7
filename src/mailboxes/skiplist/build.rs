//! Writing a packed file front to back, as it is after a checkpoint: header, dummy, every record in order, no log.
//! A pointer is filled in when the record comes that it leads to.

use std::cmp::Ordering::Less;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::layout::{
    DUMMY, HEADER_SIZE, Header, MAX_LEVEL, TERMINATOR, TYPE_DUMMY, TYPE_INORDER, compare, padded, record_size,
};
use crate::mailboxes::{Error, behind::Behind};

/// One level, and one more for every coin that falls heads, as Cyrus tosses them.
pub(super) fn random_level(rng: &mut impl Rng, most: u32) -> u32 {
    (1 + rng.next_u32().trailing_ones()).min(most)
}

/// The file is past what 32-bit offsets reach.
pub const TOO_LARGE: Error = Error::TooLarge { what: "a skiplist file", limit: u32::MAX as u64 };

/// How large a packed file gets, before it is built: it depends on the lengths of the records, and on nothing of their order.
pub struct Sizing {
    rng: Xoshiro256PlusPlus,
    size: u64,
}

impl Sizing {
    pub fn new(seed: u64) -> Sizing {
        Sizing { rng: Xoshiro256PlusPlus::seed_from_u64(seed), size: first_record() }
    }

    /// One record more; an error if 32-bit offsets do not reach so far.
    pub fn add(&mut self, key: usize, value: usize) -> Result<(), Error> {
        let level = random_level(&mut self.rng, MAX_LEVEL as u32) as usize;
        self.size += record_size(key, value, level);
        u32::try_from(self.size).map(|_| ()).map_err(|_| TOO_LARGE)
    }
}

const fn empty(last_recovery: u32) -> Header {
    Header { minor: 2, max_level: MAX_LEVEL as u32, level: 1, listed: 0, log_start: 0, last_recovery }
}

fn first_record() -> u64 {
    empty(0).first_record()
}

/// A packed file that is being written. A seed decides the levels of its records.
pub struct Builder<'f> {
    out: Behind<'f>,
    rng: Xoshiro256PlusPlus,
    header: Header,
    /// Where the pointer on each level is that the next record of that level is hung on. Pointers start as zeros: the end.
    slots: [u64; MAX_LEVEL],
    last: Vec<u8>,
}

impl<'f> Builder<'f> {
    pub fn new(mut out: Behind<'f>, seed: u64, last_recovery: u32) -> Result<Builder<'f>, Error> {
        // Comes last: it tells of all the rest.
        out.push(&[0; HEADER_SIZE as usize])?;
        let mut slots = [0; MAX_LEVEL];
        put_record(&mut out, TYPE_DUMMY, &[], &[], &mut slots)?;
        debug_assert_eq!((DUMMY, first_record()), (HEADER_SIZE, out.end()));
        let rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        Ok(Builder { out, rng, header: empty(last_recovery), slots, last: Vec::new() })
    }

    /// Adds a record, whose key must come after all before it in the order of [`compare`].
    pub fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        if self.header.listed > 0 && compare(&self.last, key) != Less {
            return Err(Error::corrupt(self.out.end(), "the keys do not ascend"));
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        let level = random_level(&mut self.rng, self.header.max_level);
        self.header.level = self.header.level.max(level);
        self.header.listed += 1;
        let slots = &mut self.slots[..level as usize];
        let start = u32::try_from(self.out.end()).map_err(|_| TOO_LARGE)?;
        for slot in slots.iter() {
            self.out.change(*slot, &start.to_be_bytes())?;
        }
        put_record(&mut self.out, TYPE_INORDER, key, value, slots)
    }

    pub fn finish(mut self) -> Result<Behind<'f>, Error> {
        self.header.log_start = u32::try_from(self.out.end()).map_err(|_| TOO_LARGE)?;
        self.out.change(0, &self.header.encode())?;
        Ok(self.out)
    }
}

/// Appends a record that leads nowhere yet; `slots` then say where its pointers are, one a level.
fn put_record(out: &mut Behind<'_>, kind: u32, key: &[u8], value: &[u8], slots: &mut [u64]) -> Result<(), Error> {
    out.push(&kind.to_be_bytes())?;
    for part in [key, value] {
        out.push(&(part.len() as u32).to_be_bytes())?;
        out.push(part)?;
        out.push(&[0; 3][..padded(part.len() as u64) as usize - part.len()])?;
    }
    for slot in slots {
        *slot = out.end();
        out.push(&[0; 4])?;
    }
    out.push(&TERMINATOR.to_be_bytes())
}

/// A packed file in memory with these records, which must strictly ascend in the order of [`compare`].
#[cfg(test)]
pub fn build<K: AsRef<[u8]>, V: AsRef<[u8]>>(
    records: &[(K, V)],
    seed: u64,
    last_recovery: u32,
) -> Result<Vec<u8>, Error> {
    let mut builder = Builder::new(Behind::in_memory(), seed, last_recovery)?;
    records.iter().try_for_each(|(key, value)| builder.add(key.as_ref(), value.as_ref()))?;
    builder.finish().map(Behind::into_bytes)
}
