//! Where a database's bytes live: what a writer needs to see and do.
//! The real one is a mapped file; the one here is memory that remembers every call, for tests and for recovery in memory.

use super::{Bytes, Error, Phase, PhaseClock};

pub trait Storage {
    /// The file as it is now: after a write it shows what was written, and any growth.
    fn bytes(&self) -> Bytes<'_>;
    /// Writes `parts`, one after the other, at `offset`, as `writev(2)`: what formats do with new records.
    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error>;
    /// Writes `bytes` at `offset`, as `write(2)`: what formats do with what is there already.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error>;
    fn sync(&mut self, what: SyncCall) -> Result<(), Error>;
    /// As `ftruncate(2)`.
    fn truncate(&mut self, size: u64) -> Result<(), Error>;

    /// Syncs at the end of the phase `written`; the sync is a phase of its own.
    fn sync_after(
        &mut self,
        written: Phase,
        synced: Phase,
        what: SyncCall,
        clock: &mut impl PhaseClock,
    ) -> Result<(), Error> {
        clock.ended(written);
        clock.timed(synced, || self.sync(what))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncCall {
    /// As `fdatasync(2)`.
    Data,
    /// As `fsync(2)`.
    All,
    /// As `msync(2)` of so many bytes from the start on: what formats do that store through a mapping.
    First(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// [`Storage::write`], or [`Storage::append`] with its parts joined.
    Write(u64, Vec<u8>),
    Sync(SyncCall),
    Truncate(u64),
}

/// A file in memory, with the log of the calls that changed or synced it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    pub content: Vec<u8>,
    pub calls: Vec<Call>,
}

impl MemoryStorage {
    pub fn new(content: Vec<u8>) -> MemoryStorage {
        MemoryStorage { content, calls: Vec::new() }
    }

    #[cfg(test)]
    pub fn replay(&mut self, call: &Call) -> Result<(), Error> {
        match call {
            Call::Write(offset, bytes) => self.write(*offset, bytes),
            Call::Sync(what) => self.sync(*what),
            Call::Truncate(size) => self.truncate(*size),
        }
    }
}

fn size(bytes: u64) -> Result<usize, Error> {
    usize::try_from(bytes).map_err(|_| Error::TooLarge { what: "a file in memory", limit: usize::MAX as u64 })
}

impl Storage for MemoryStorage {
    fn bytes(&self) -> Bytes<'_> {
        Bytes::new(&self.content)
    }

    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        self.write(offset, &parts.concat())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let (start, end) = (size(offset)?, size(offset.saturating_add(bytes.len() as u64))?);
        if self.content.len() < end {
            self.content.resize(end, 0);
        }
        self.content[start..end].copy_from_slice(bytes);
        self.calls.push(Call::Write(offset, bytes.to_vec()));
        Ok(())
    }

    fn sync(&mut self, what: SyncCall) -> Result<(), Error> {
        self.calls.push(Call::Sync(what));
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> Result<(), Error> {
        self.content.resize(size(bytes)?, 0);
        self.calls.push(Call::Truncate(bytes));
        Ok(())
    }
}
