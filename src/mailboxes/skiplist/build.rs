//! Writing a packed file front to back, as it is after a checkpoint: header, dummy, every record in order, no log.
//! The places of the pointers that wait for their record are kept in memory, so nothing of the new file is read back.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::commit::write_record;
use super::layout::{DUMMY, Header, MAX_LEVEL, TYPE_DUMMY, TYPE_INORDER, record_size};
use crate::mailboxes::{Error, Storage, format::Origin};

/// One level, and one more for every coin that falls heads, as Cyrus tosses them.
pub(super) fn random_level(rng: &mut impl Rng, most: u32) -> u32 {
    (1 + rng.next_u32().trailing_ones()).min(most)
}

/// The file is past what 32-bit offsets reach.
pub const TOO_LARGE: Error = Error::TooLarge { what: "a skiplist file", limit: u32::MAX as u64 };

/// How large a packed file gets, before it is built: it depends on the lengths of the records, and not on their order.
pub struct Sizing {
    rng: Xoshiro256PlusPlus,
    size: u64,
}

impl Sizing {
    pub fn new(seed: u64) -> Sizing {
        Sizing { rng: Xoshiro256PlusPlus::seed_from_u64(seed), size: EMPTY.first_record() }
    }

    /// One record more; an error if 32-bit offsets do not reach so far.
    pub fn add(&mut self, key: usize, value: usize) -> Result<(), Error> {
        let level = random_level(&mut self.rng, MAX_LEVEL as u32) as usize;
        self.size += record_size(key, value, level);
        u32::try_from(self.size).map(|_| ()).map_err(|_| TOO_LARGE)
    }
}

/// `last_recovery` of a generated skiplist. Cyrus recovers a skiplist whose stamp is older than its own `skipstamp`, and would
/// rewrite the file at first sight; the latest moment that fits a signed 32-bit time is never older.
const LAST_RECOVERY: u32 = 0x7fff_ffff;

const EMPTY: Header =
    Header { minor: 2, max_level: MAX_LEVEL as u32, level: 1, listed: 0, log_start: 0, last_recovery: LAST_RECOVERY };

/// A packed file that is being written. `rng` draws the levels of its records.
pub struct Builder<R> {
    rng: R,
    header: Header,
    /// Where the pointer on each level is that the next record of that level is hung on. Pointers start as zeros: the end.
    slots: [u64; MAX_LEVEL],
    end: u64,
}

impl<R: Rng> Builder<R> {
    /// Begins an empty `new` file.
    pub fn begin(origin: Origin<'_>, new: &mut impl Storage, rng: R) -> Result<Builder<R>, Error> {
        let header = match origin {
            Origin::New { .. } => EMPTY,
            Origin::Old(old) => Header { level: 1, listed: 0, log_start: 0, ..Header::read(old)? },
        };
        let most = header.max_level as usize;
        let size = write_record(new, DUMMY, &[], TYPE_DUMMY, &[], &[], &[0; MAX_LEVEL][..most])?;
        let slots = std::array::from_fn(|level| DUMMY + 12 + 4 * level as u64);
        Ok(Builder { rng, header, slots, end: DUMMY + size })
    }

    /// Adds a record, whose key must come after all before it in the order of the file.
    pub fn add(&mut self, new: &mut impl Storage, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let level = random_level(&mut self.rng, self.header.max_level);
        self.header.level = self.header.level.max(level);
        self.header.listed += 1;
        let (level, offset) = (level as usize, u32::try_from(self.end).map_err(|_| TOO_LARGE)?);
        let size = write_record(new, self.end, &[], TYPE_INORDER, key, value, &[0; MAX_LEVEL][..level])?;
        let pointers = self.end + size - 4 - 4 * level as u64;
        for (slot, pointer) in self.slots[..level].iter_mut().zip((pointers..).step_by(4)) {
            new.write(*slot, &offset.to_be_bytes())?;
            *slot = pointer;
        }
        self.end += size;
        Ok(())
    }

    /// Writes the header, which describes all the rest. The caller syncs the file.
    pub fn finish(mut self, new: &mut impl Storage) -> Result<(), Error> {
        self.header.log_start = u32::try_from(self.end).map_err(|_| TOO_LARGE)?;
        new.write(0, &self.header.encode())
    }
}
