//! Writing a packed twoskip file, as a checkpoint leaves it: every live record, appended as stores are, in one transaction.
//! The heads before the place of appending are kept in memory, so nothing of the new file is read back.

use rand::Rng;

use super::commit::{append_commit, append_record};
use super::header::{FIRST, HEADER, Header};
use super::record::{HeadBuffer, Kind, MAX_LEVEL, draw_level};
use crate::mailboxes::{Bytes, Error, Storage};

/// A record that still waits for what comes after it on its upper levels.
struct Waiting {
    offset: u64,
    level: usize,
    head: HeadBuffer,
}

/// A packed file that is being written. `rng` draws the levels of its records.
pub struct Builder<R> {
    rng: R,
    header: Header,
    /// From the dummy to the last record, each one lower than the one before it.
    waiting: Vec<Waiting>,
    end: u64,
}

impl<R: Rng> Builder<R> {
    /// Begins the checkpoint of `old` in an empty `new` file.
    pub fn rewriting(old: Bytes<'_>, new: &mut impl Storage, rng: R) -> Result<Builder<R>, Error> {
        Builder::begin(Header::read(old)?.generation + 1, new, rng)
    }

    pub fn new(new: &mut impl Storage, rng: R) -> Result<Builder<R>, Error> {
        Builder::begin(1, new, rng)
    }

    fn begin(generation: u64, new: &mut impl Storage, rng: R) -> Result<Builder<R>, Error> {
        let mut head = HeadBuffer::new(Kind::Dummy, MAX_LEVEL, 0, 0);
        let header = Header { generation, records: 0, repack_size: FIRST, current_size: FIRST, flags: 0 };
        new.write(0, &header.encode())?;
        new.write(HEADER, head.seal())?;
        new.sync_all()?;
        new.write(0, &header.dirty(true).encode())?;
        new.sync_data()?;
        let mut waiting = Vec::with_capacity(MAX_LEVEL + 1);
        waiting.push(Waiting { offset: HEADER, level: MAX_LEVEL, head });
        Ok(Builder { rng, header, waiting, end: FIRST })
    }

    /// Adds a record, whose key must come after all before it in the order of the file.
    pub fn add(&mut self, new: &mut impl Storage, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let level = draw_level(&mut self.rng);
        let mut head = HeadBuffer::new(Kind::Record, level, key.len() as u64, value.len() as u64);
        let (offset, end) = append_record(new, self.end, &mut head, key, value)?;
        self.end = end;
        self.header.records += 1;
        let mut linked = 0;
        while linked < level
            && let Some(last) = self.waiting.last_mut()
        {
            let upto = last.level.min(level);
            for level in linked..upto {
                last.head.set_next(level, offset, FIRST);
            }
            new.write(last.offset, last.head.seal())?;
            linked = upto;
            if last.level <= level {
                self.waiting.pop();
            }
        }
        self.waiting.push(Waiting { offset, level, head });
        Ok(())
    }

    /// Ends the transaction and writes the clean header; syncs around it.
    pub fn finish(self, new: &mut impl Storage) -> Result<(), Error> {
        let Builder { mut header, end, .. } = self;
        header.repack_size = end;
        if header.records > 0 {
            header.current_size = append_commit(new, end, FIRST)?;
        }
        new.sync_all()?;
        new.write(0, &header.encode())?;
        new.sync_data()
    }
}
