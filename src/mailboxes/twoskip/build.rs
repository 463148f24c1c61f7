//! Writing a packed twoskip file, as a checkpoint leaves it: every live record, appended as stores are, in one transaction.
//! Nothing of the new file is read back.

use rand::Rng;

use super::commit::{append_commit, append_record};
use super::header::{FIRST, HEADER, Header};
use super::record::{HeadBuffer, Kind, MAX_LEVEL, draw_level};
use crate::mailboxes::{
    Error, Storage, SyncCall,
    chain::{Chain, LinkedHead},
    format::Origin,
};

/// A packed file that is being written. `rng` draws the levels of its records.
pub struct Builder<R> {
    rng: R,
    header: Header,
    chain: Chain<HeadBuffer>,
    end: u64,
}

impl<R: Rng> Builder<R> {
    /// Begins an empty `new` file.
    pub fn begin(origin: Origin<'_>, new: &mut impl Storage, rng: R) -> Result<Builder<R>, Error> {
        let generation = match origin {
            Origin::New { .. } => 1,
            Origin::Old(old) => Header::read(old)?.generation + 1,
        };
        let mut head = HeadBuffer::new(Kind::Dummy, MAX_LEVEL, 0, 0);
        let header = Header { generation, records: 0, repack_size: FIRST, current_size: FIRST, flags: 0 };
        new.write(0, &header.encode())?;
        new.write(HEADER, head.seal())?;
        new.sync(SyncCall::All)?;
        new.write(0, &header.dirty(true).encode())?;
        new.sync(SyncCall::Data)?;
        let chain = Chain::new(HEADER, MAX_LEVEL, head);
        Ok(Builder { rng, header, chain, end: FIRST })
    }

    /// Adds a record, whose key must come after all before it in the order of the file.
    pub fn add(&mut self, new: &mut impl Storage, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let level = draw_level(&mut self.rng);
        let mut head = HeadBuffer::new(Kind::Record, level, key.len() as u64, value.len() as u64);
        let (offset, end) = append_record(new, self.end, &mut head, key, value)?;
        self.end = end;
        self.header.records += 1;
        self.chain.link(new, (offset, level, head), FIRST)
    }

    /// Ends the transaction and writes the clean header; syncs around it.
    pub fn finish(self, new: &mut impl Storage) -> Result<(), Error> {
        let Builder { mut header, end, .. } = self;
        header.repack_size = end;
        if header.records > 0 {
            header.current_size = append_commit(new, end, FIRST)?;
        }
        new.sync(SyncCall::All)?;
        new.write(0, &header.encode())?;
        new.sync(SyncCall::Data)
    }
}
