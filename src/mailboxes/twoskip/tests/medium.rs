//! A file in memory that remembers every call, so that a test can cut the log of calls anywhere.
//! Replaying the first calls on a copy gives the file as a crash would leave it.

use crate::mailboxes::{Bytes, Error, Medium};

#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    Write(u64, Vec<u8>),
    SyncData,
    SyncAll,
    Truncate(u64),
}

/// A file in memory that remembers every call.
#[derive(Clone, Default)]
pub struct MemoryMedium {
    pub content: Vec<u8>,
    pub calls: Vec<Call>,
}

impl MemoryMedium {
    pub fn new(content: Vec<u8>) -> MemoryMedium {
        MemoryMedium { content, calls: Vec::new() }
    }

    pub fn apply(&mut self, call: &Call) {
        match call {
            Call::Write(offset, data) => {
                let offset = *offset as usize;
                self.content.resize(self.content.len().max(offset + data.len()), 0);
                self.content[offset..offset + data.len()].copy_from_slice(data);
            }
            Call::Truncate(size) => self.content.resize(*size as usize, 0),
            Call::SyncData | Call::SyncAll => {}
        }
        self.calls.push(call.clone());
    }
}

impl Medium for MemoryMedium {
    fn bytes(&self) -> Bytes<'_> {
        Bytes::new(&self.content)
    }

    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        self.write(offset, &parts.concat())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        self.apply(&Call::Write(offset, bytes.to_vec()));
        Ok(())
    }

    fn sync_data(&mut self) -> Result<(), Error> {
        self.apply(&Call::SyncData);
        Ok(())
    }

    fn sync_all(&mut self) -> Result<(), Error> {
        self.apply(&Call::SyncAll);
        Ok(())
    }

    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        self.apply(&Call::Truncate(size));
        Ok(())
    }
}
