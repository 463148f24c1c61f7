//! Storing a packed twom file, as a repack leaves it: every live record in the order of its key, in one transaction.
//! Nothing of the new file is read back.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::commit::{Transaction, append_record};
use super::header::{FIRST, HEADER, Header};
use super::record::{Extent, Head, HeadBuffer, Kind, MAX_LEVEL, SHORTEST};
use super::roundup;
use crate::mailboxes::{
    Bytes, Change, Error, NoPhases, Storage, SyncCall,
    chain::{Chain, LinkedHead},
    format::Origin,
    twoskip::draw_level,
};

/// A packed file that is being stored. `rng` draws the levels of its records.
pub struct Builder<R> {
    rng: R,
    transaction: Transaction,
    chain: Chain<HeadBuffer>,
    /// Size of the file.
    size: u64,
}

/// What a new file begins with: what will be its header, and a DUMMY.
pub struct Start {
    header: Header,
    /// About where its last record will end.
    expected: u64,
}

impl Start {
    pub fn of(origin: Origin<'_>) -> Result<Start, Error> {
        Ok(match origin {
            Origin::New { seed, expected } => Start { header: Header::new(uuid_of(seed), 1), expected },
            Origin::Old(old) => {
                let old = Header::read(old)?;
                let dead = old.dirty_size.saturating_add(old.commits.saturating_sub(1).saturating_mul(SHORTEST));
                let header = Header::new(old.uuid, old.generation + 1);
                Start { header, expected: old.current_size.saturating_sub(dead) }
            }
        })
    }

    /// The first bytes of the file, before anything is stored through a mapping.
    pub fn bytes(&self) -> [u8; FIRST as usize] {
        let mut bytes = [0; FIRST as usize];
        let (header, dummy) = bytes.split_at_mut(HEADER as usize);
        header.copy_from_slice(&self.header.encode());
        dummy.copy_from_slice(self.dummy().seal());
        bytes
    }

    fn dummy(&self) -> HeadBuffer {
        HeadBuffer::new(self.header.sums(), Kind::Dummy, MAX_LEVEL, 0, 0)
    }
}

/// A random UUID, version 4, that depends on nothing but the seed.
fn uuid_of(seed: u64) -> [u8; 16] {
    let mut uuid = [0; 16];
    Xoshiro256PlusPlus::seed_from_u64(!seed).fill_bytes(&mut uuid);
    (uuid[6], uuid[8]) = (uuid[6] & 0x0f | 0x40, uuid[8] & 0x3f | 0x80);
    uuid
}

impl<R: Rng> Builder<R> {
    /// Begins in a file that holds the first bytes already.
    pub fn begin(start: &Start, new: &mut impl Storage, rng: R) -> Result<Builder<R>, Error> {
        let size = roundup(start.expected.max(FIRST));
        new.truncate(size)?;
        new.write(0, &start.header.dirty(true).encode())?;
        new.sync(SyncCall::First(HEADER))?;
        let chain = Chain::new(HEADER, MAX_LEVEL, start.dummy());
        Ok(Builder { rng, transaction: Transaction { header: start.header, end: FIRST }, chain, size })
    }

    /// Adds a record, whose key must come after all before it.
    pub fn add(&mut self, new: &mut impl Storage, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let Transaction { header, end } = &mut self.transaction;
        let level = draw_level(&mut self.rng);
        let (key_length, value_length) = (key.len() as u64, value.len() as u64);
        let kind = Kind::of_record(false, key_length, value_length);
        let mut head = HeadBuffer::new(header.sums(), kind, level, key_length, value_length);
        let offset = *end;
        (*end, self.size) = append_record(new, offset, self.size, &mut head, key, value)?;
        header.records += 1;
        header.max_level = header.max_level.max(level as u32);
        self.chain.link(new, (offset, level, head), FIRST)
    }

    /// Ends the transaction, with its syncs.
    pub fn finish(mut self, new: &mut impl Storage) -> Result<(), Error> {
        self.transaction.header.repack_size = self.transaction.end;
        self.transaction.finish(new, self.size, &mut NoPhases)
    }

    /// The same, after all that was committed to `old` since it ended at `snapshot`. The new file can be read back.
    pub fn finish_with(mut self, old: Bytes<'_>, snapshot: u64, new: &mut impl Storage) -> Result<(), Error> {
        self.transaction.header.repack_size = self.transaction.end;
        let (_, of) = Extent::committed(old)?;
        let mut offset = snapshot;
        let (mut key, mut value) = (Vec::new(), Vec::new());
        while offset < of.end {
            let head = Head::read(of, offset)?;
            offset = head.end;
            let of_key = if head.kind == Kind::Delete { head.ancestor()?.unwrap_or(head) } else { head };
            of_key.key()?.copy_to(&mut key);
            let change = match head.kind {
                Kind::Commit => continue,
                Kind::Delete => Change::Delete { key: &key },
                _ => {
                    head.value()?.copy_to(&mut value);
                    Change::Store { key: &key, value: &value }
                }
            };
            self.transaction.apply(new, &change, &mut self.rng)?;
        }
        let size = new.bytes().len();
        self.transaction.finish(new, size, &mut NoPhases)
    }
}
