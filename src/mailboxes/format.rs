//! One interface to all formats, and what it hands over: a place in a file, and what a packed file is made from.

use std::cmp::Ordering;

use super::{
    Bytes, Change, Error, Format, HeaderFacts, KeyOrder, LayoutItem, PhaseClock, Storage, flat, skiplist, twom, twoskip,
};
use crate::os::view::View;

/// Takes a key and its value.
pub type AddRecord<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), Error> + 'a;

/// Key and value in the file.
pub type Entry<'a> = (View<'a>, View<'a>);

/// Calls the function of that name in the module of a format.
macro_rules! in_module_of {
    ($format:expr, $call:ident($($argument:expr),*)) => {
        match $format {
            Format::Skiplist => skiplist::$call($($argument),*),
            Format::Twoskip => twoskip::$call($($argument),*),
            Format::Twom => twom::$call($($argument),*),
            Format::Flat => flat::$call($($argument),*),
        }
    };
}

impl Format {
    /// Compares two keys in the plain order of the format.
    pub fn compare(self, a: &[u8], b: &[u8]) -> Ordering {
        match self {
            Format::Skiplist => skiplist::compare(a.into(), b.into()),
            Format::Twoskip | Format::Twom | Format::Flat => twoskip::compare(a.into(), b.into()),
        }
    }

    pub fn key_order(self, bytes: Bytes<'_>) -> KeyOrder {
        match self {
            Format::Skiplist => skiplist::key_order(bytes),
            Format::Twoskip => twoskip::key_order(bytes),
            Format::Twom | Format::Flat => KeyOrder::Plain,
        }
    }

    /// Whether the last writer finished.
    pub fn is_clean(self, bytes: Bytes<'_>) -> Result<bool, Error> {
        match self {
            Format::Skiplist => Ok(skiplist::is_clean(bytes)),
            Format::Twoskip => twoskip::is_clean(bytes),
            Format::Twom => twom::is_clean(bytes),
            Format::Flat => Ok(true),
        }
    }

    /// How many live records there are, by other evidence than the list: every walk of the list is compared with it.
    pub fn count(self, order: KeyOrder, bytes: Bytes<'_>) -> Result<u64, Error> {
        in_module_of!(self, count(bytes, order))
    }

    pub fn find<'a>(self, order: KeyOrder, bytes: Bytes<'a>, key: &[u8]) -> Result<Option<View<'a>>, Error> {
        in_module_of!(self, find(bytes, order, key))
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
        in_module_of!(self, commit(storage, order, changes, rng, clock))
    }

    pub fn needs_checkpoint(self, bytes: Bytes<'_>) -> Result<bool, Error> {
        let facts = self.header_facts(bytes, bytes.len())?;
        Ok(facts.checkpoint.is_some_and(|distance| distance.is_due()))
    }

    /// What the header says: the first bytes of a file of `size` bytes, of which nothing else is needed.
    pub fn header_facts(self, start: Bytes<'_>, size: u64) -> Result<HeaderFacts, Error> {
        in_module_of!(self, header_facts(start, size))
    }

    /// Syncs of the file that one commit makes.
    pub const fn syncs_per_commit(self) -> u32 {
        match self {
            Format::Skiplist | Format::Flat => 2,
            Format::Twoskip | Format::Twom => 3,
        }
    }

    /// Writes the records that `each` hands to its argument, in the order of their keys, to an empty `new` file, packed. Not for a flat file.
    pub fn pack(
        self,
        origin: Origin<'_>,
        new: &mut impl Storage,
        rng: &mut impl rand::Rng,
        each: impl FnOnce(&mut AddRecord<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Format::Skiplist => {
                let mut builder = skiplist::Builder::begin(origin, new, rng)?;
                each(&mut |key, value| builder.add(new, key, value))?;
                builder.finish(new)
            }
            Format::Twoskip => {
                let mut builder = twoskip::Builder::begin(origin, new, rng)?;
                each(&mut |key, value| builder.add(new, key, value))?;
                builder.finish(new)
            }
            Format::Twom => {
                let start = twom::Start::of(origin)?;
                new.append(0, &[&start.bytes()])?;
                let mut builder = twom::Builder::begin(&start, new, rng)?;
                each(&mut |key, value| builder.add(new, key, value))?;
                builder.finish(new)
            }
            Format::Flat => Ok(()),
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
        self.pack(Origin::Old(old), new, rng, |add| self.visit(order, old, add).map(drop))
    }

    /// Gives every live record to `visitor`, in the order of the keys; returns how many there were.
    pub fn visit(
        self,
        order: KeyOrder,
        bytes: Bytes<'_>,
        mut visitor: impl FnMut(&[u8], &[u8]) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        let mut cursor = Cursor::seek(self, order, bytes, b"")?;
        let (mut key, mut value, mut records) = (Vec::new(), Vec::new(), 0);
        while let Some(entry) = cursor.next(bytes)? {
            entry.0.copy_to(&mut key);
            entry.1.copy_to(&mut value);
            records += 1;
            visitor(&key, &value)?;
        }
        Ok(records)
    }

    /// Gives `show` everything on disk in file order, pads and dead records too.
    pub fn dump_layout(
        self,
        bytes: Bytes<'_>,
        show: &mut dyn FnMut(LayoutItem) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Format::Skiplist => skiplist::dump_layout(bytes, show),
            Format::Twoskip => twoskip::dump_layout(bytes, show),
            Format::Twom => twom::dump_layout(bytes, show),
            Format::Flat => Err(Error::Unsupported { what: "a flat file is nothing but pages of 4096 bytes" }),
        }
    }
}

/// What a packed file is made from.
#[derive(Clone, Copy)]
pub enum Origin<'a> {
    /// The records of a seed; about so many bytes will come.
    New { seed: u64, expected: u64 },
    /// A file that it replaces.
    Old(Bytes<'a>),
}

/// A place in the order of a file's records. It holds offsets only, so it outlives a mapping of the same file. It stays valid while the
/// file only grows; after a checkpoint the caller seeks again, just past the last key.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    format: Format,
    order: KeyOrder,
    place: Place,
}

/// Offsets of two neighbours, and a format's own bound of the offsets.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub before: u64,
    /// The record that comes next; a format has its own mark of the end.
    pub next: u64,
    pub end: u64,
}

impl Cursor {
    /// A cursor before the first live record whose key is `key` or larger. The empty key is before all others.
    pub fn seek(format: Format, order: KeyOrder, bytes: Bytes<'_>, key: &[u8]) -> Result<Cursor, Error> {
        let place = in_module_of!(format, seek(bytes, order, key));
        Ok(Cursor { format, order, place: place? })
    }

    /// The next record's key and value; `None` after the last.
    pub fn next<'a>(&mut self, bytes: Bytes<'a>) -> Result<Option<Entry<'a>>, Error> {
        in_module_of!(self.format, step(bytes, self.order, &mut self.place))
    }
}
