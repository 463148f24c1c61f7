//! Reading a whole file without changing it: check every rule of its format, or list its records.
//! The file is opened read-only, under a shared lock, so a writer at work is waited for. What a dead writer left unclean is recovered
//! in memory, by the same code that recovers files: everybody who reads a whole file sees what its next writer would.

use std::{fs::File, io, path::Path};

use super::{
    Bytes, Database, Error, Format, KeyOrder, LayoutItem, OpenOptions,
    lock::{Hold, Locked, Patience, Silent, lock_patiently},
    mapping::Mapping,
    recognise::format_of_file,
    recovery::{Summary, settled},
};
use crate::os::regular_file::open_regular;

/// A file that is open for reading: recognised, locked against writers as long as this lives, mapped.
pub struct Inspected {
    /// Held for its lock: it ends when any descriptor of the file in this process is closed.
    _locked: File,
    format: Format,
    size: u64,
    map: Mapping,
}

impl Inspected {
    /// Opens a file and waits for its lock. Anything but a mailbox file is refused at once, by its name.
    pub fn open(path: &Path, patience: &mut dyn Patience) -> Result<Inspected, Error> {
        let file = open_regular(path)?;
        lock_patiently(&file, Locked::WHOLE, Hold::Shared, patience)?;
        let format = format_of_file(&file)?;
        let size = file.metadata().map_err(Error::io("fstat"))?.len();
        let map = Mapping::of(&file, size)?;
        Ok(Inspected { _locked: file, format, size, map })
    }

    /// Verifies everything that the format lets one verify. The first broken rule is the error.
    pub fn check(&self) -> Result<Summary, Error> {
        self.whole(|bytes| settled(bytes, self.format).map(|settled| settled.summary))
    }

    /// Verifies it, then gives every live record to `visitor`, in the file's own order.
    pub fn dump(&self, mut visitor: impl FnMut(&[u8], &[u8]) -> io::Result<()>) -> Result<Summary, Error> {
        self.whole(|bytes| {
            let settled = settled(bytes, self.format)?;
            let Summary { format, order, records, .. } = settled.summary;
            walk(settled.bytes(), format, order, records, &mut visitor)?;
            Ok(settled.summary)
        })
    }

    /// Gives every live record of a file that is known to be in order to `visitor`; how many there were.
    fn list(&self, order: KeyOrder, mut visitor: impl FnMut(&[u8], &[u8]) -> io::Result<()>) -> Result<u64, Error> {
        self.whole(|bytes| walk(bytes, self.format, order, self.format.count(order, bytes)?, &mut visitor))
    }

    /// Gives everything on disk to `visitor`, as it is, in file order, pads and dead records too; how many items there were.
    pub fn layout(&self, mut visitor: impl FnMut(&LayoutItem) -> io::Result<()>) -> Result<u64, Error> {
        self.whole(|bytes| {
            let mut items = 0;
            self.format.dump_layout(bytes, &mut |item| {
                items += 1;
                visitor(&item).map_err(Error::io("write"))
            })?;
            Ok(items)
        })
    }

    /// An outcome, unless the file was cut short meanwhile by somebody who did not take the lock.
    fn whole<T>(&self, read: impl FnOnce(Bytes<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let outcome = read(self.map.bytes(self.size));
        self.map.is_whole().and(outcome)
    }
}

/// Walks the list. Ending before `expected` records is an error: a pointer was taken for the end that is none.
fn walk(
    bytes: Bytes<'_>,
    format: Format,
    order: KeyOrder,
    expected: u64,
    mut visitor: impl FnMut(&[u8], &[u8]) -> io::Result<()>,
) -> Result<u64, Error> {
    let records = format.visit(order, bytes, |key, value| visitor(key, value).map_err(Error::io("write")))?;
    if records == expected {
        return Ok(records);
    }
    Err(Error::corrupt(0, "the list does not hold as many records as the file: a pointer is wrong"))
}

/// Verifies everything that the format lets one verify; see `Inspected::check`.
pub fn check(path: &Path) -> Result<Summary, Error> {
    Inspected::open(path, &mut Silent)?.check()
}

/// Gives every live record to `visitor`, after recovery in memory and a check of everything.
pub fn dump(path: &Path, visitor: impl FnMut(&[u8], &[u8]) -> io::Result<()>) -> Result<Summary, Error> {
    Inspected::open(path, &mut Silent)?.dump(visitor)
}

/// Gives every live record to `visitor`, of a file that was just made, or checked and repaired; how many there were.
pub fn list(path: &Path, order: KeyOrder, visitor: impl FnMut(&[u8], &[u8]) -> io::Result<()>) -> Result<u64, Error> {
    Inspected::open(path, &mut Silent)?.list(order, visitor)
}

/// Recovers, in its place, a copy of a file that a check of the original found unclean.
pub fn repair(path: &Path, summary: &Summary) -> Result<(), Error> {
    let options = OpenOptions::of(summary.format, summary.order);
    if summary.clean { Ok(()) } else { Database::open(path, options)?.repair() }
}
