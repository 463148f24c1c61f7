//! A place in the order of a file's records, whatever its format.
//! It holds offsets only, so it outlives a mapping of the same file.

use super::{Bytes, Error, Format, KeyOrder, flat, skiplist, twoskip};
use crate::os::view::View;

pub type Entry<'a> = (View<'a>, View<'a>);

/// A place in the order of the records, of any format.
pub enum Cursor {
    Skiplist(skiplist::Cursor),
    Twoskip(twoskip::Cursor),
    Flat(flat::Cursor),
}

impl Cursor {
    /// At the first record whose key is `key` or larger.
    pub fn seek(format: Format, order: KeyOrder, bytes: Bytes<'_>, key: &[u8]) -> Result<Cursor, Error> {
        Ok(match format {
            Format::Skiplist => Cursor::Skiplist(skiplist::Cursor::seek(bytes, order, key)?),
            Format::Twoskip => Cursor::Twoskip(twoskip::Cursor::seek(bytes, order, key)?),
            Format::Flat => Cursor::Flat(flat::Cursor::seek(bytes, key)?),
        })
    }

    /// The record here, as key and value, and moves on to the next one; `None` after the last.
    pub fn next<'a>(&mut self, bytes: Bytes<'a>) -> Result<Option<Entry<'a>>, Error> {
        match self {
            Cursor::Skiplist(cursor) => cursor.next(bytes),
            Cursor::Twoskip(cursor) => cursor.next(bytes),
            Cursor::Flat(cursor) => cursor.next(bytes),
        }
    }
}
