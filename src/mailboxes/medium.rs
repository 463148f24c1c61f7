//! Where a format's commit protocol writes to: the file under its exclusive lock, or memory in tests.
//! The protocol decides order and place of every write and sync; the medium only carries them out.

use super::{Bytes, Error};

/// A file that one writer holds exclusively.
pub trait Medium {
    /// Its content now, everything written before included.
    fn bytes(&self) -> Bytes<'_>;
    /// Writes `parts` one behind the other at `offset`, beyond the end too.
    fn write(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error>;
    /// `fdatasync`.
    fn sync_data(&mut self) -> Result<(), Error>;
    /// `fsync`.
    fn sync_all(&mut self) -> Result<(), Error>;
    /// Cuts the file to `size` bytes.
    fn truncate(&mut self, size: u64) -> Result<(), Error>;
}
