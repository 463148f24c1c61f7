//! One face for the three formats: what is the same question to each of them is asked here.

use super::{Bytes, Change, Error, Format, KeyOrder, LayoutItem, PhaseClock, Storage, flat, skiplist, twoskip};
use crate::os::view::View;

/// Key and value in the file.
pub type Entry<'a> = (View<'a>, View<'a>);

impl Format {
    pub fn key_order(self, bytes: Bytes<'_>) -> KeyOrder {
        match self {
            Format::Skiplist => skiplist::key_order(bytes),
            Format::Twoskip => twoskip::key_order(bytes),
            Format::Flat => KeyOrder::Plain,
        }
    }

    /// Whether the last writer finished.
    pub fn is_clean(self, bytes: Bytes<'_>) -> Result<bool, Error> {
        match self {
            Format::Skiplist => Ok(skiplist::is_clean(bytes)),
            Format::Twoskip => twoskip::is_clean(bytes),
            Format::Flat => Ok(true),
        }
    }

    /// How many live records there are, without a walk of the list: what every walk is compared with.
    pub fn count(self, order: KeyOrder, bytes: Bytes<'_>) -> Result<u64, Error> {
        match self {
            Format::Skiplist => skiplist::count(bytes, order),
            Format::Twoskip => twoskip::count(bytes),
            Format::Flat => flat::count(bytes),
        }
    }

    pub fn find<'a>(self, order: KeyOrder, bytes: Bytes<'a>, key: &[u8]) -> Result<Option<View<'a>>, Error> {
        match self {
            Format::Skiplist => skiplist::find(bytes, order, key),
            Format::Twoskip => twoskip::find(bytes, order, key),
            Format::Flat => flat::find(bytes, key),
        }
    }

    /// Commits `changes` as one transaction; how many records changed. `rng` draws the levels of new records.
    pub fn commit(
        self,
        order: KeyOrder,
        storage: &mut impl Storage,
        changes: &[Change<'_>],
        rng: &mut impl rand::Rng,
        clock: &mut impl PhaseClock,
    ) -> Result<u32, Error> {
        match self {
            Format::Skiplist => skiplist::commit(storage, order, changes, rng, clock),
            Format::Twoskip => twoskip::commit(storage, order, changes, rng, clock),
            Format::Flat => flat::commit(storage, changes, clock),
        }
    }

    pub fn needs_checkpoint(self, bytes: Bytes<'_>) -> Result<bool, Error> {
        match self {
            Format::Skiplist => skiplist::needs_checkpoint(bytes),
            Format::Twoskip => twoskip::needs_checkpoint(bytes),
            Format::Flat => Ok(false),
        }
    }

    /// Writes the live records of `old` to an empty `new` file, packed. A flat file has nothing to be packed.
    pub fn rewrite(
        self,
        order: KeyOrder,
        old: Bytes<'_>,
        new: &mut impl Storage,
        rng: &mut impl rand::Rng,
    ) -> Result<(), Error> {
        match self {
            Format::Skiplist => skiplist::rewrite(old, order, new, rng),
            Format::Twoskip => twoskip::rewrite(old, order, new, rng),
            Format::Flat => Ok(()),
        }
    }

    /// Gives `each` everything on disk in file order, pads and dead records too.
    pub fn dump_layout(
        self,
        bytes: Bytes<'_>,
        each: &mut dyn FnMut(LayoutItem) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Format::Skiplist => skiplist::dump_layout(bytes, each),
            Format::Twoskip => twoskip::dump_layout(bytes, each),
            Format::Flat => Err(Error::Unsupported { what: "a flat file is nothing but pages of 4096 bytes" }),
        }
    }
}

/// A place in the order of a file's records. It holds offsets only, so it outlives a mapping of the same file.
pub enum Cursor {
    Skiplist(skiplist::Cursor),
    Twoskip(twoskip::Cursor),
    Flat(flat::Cursor),
}

impl Cursor {
    pub fn seek(format: Format, order: KeyOrder, bytes: Bytes<'_>, key: &[u8]) -> Result<Cursor, Error> {
        Ok(match format {
            Format::Skiplist => Cursor::Skiplist(skiplist::Cursor::seek(bytes, order, key)?),
            Format::Twoskip => Cursor::Twoskip(twoskip::Cursor::seek(bytes, order, key)?),
            Format::Flat => Cursor::Flat(flat::Cursor::seek(bytes, key)?),
        })
    }

    /// The record here, and moves on to the next one; `None` after the last.
    pub fn next<'a>(&mut self, bytes: Bytes<'a>) -> Result<Option<Entry<'a>>, Error> {
        match self {
            Cursor::Skiplist(cursor) => cursor.next(bytes),
            Cursor::Twoskip(cursor) => cursor.next(bytes),
            Cursor::Flat(cursor) => cursor.next(bytes),
        }
    }
}
