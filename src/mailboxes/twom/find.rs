//! Searching a twom file: the descent through the levels, and the walk along level 0.
//! Keys must strictly ascend along every step, so a file whose pointers run in a circle is reported, not followed.

use std::cmp::Ordering;

use super::header::{HEADER, Sums};
use super::record::{Extent, Head, Kind, MAX_LEVEL};
use crate::{
    mailboxes::{
        Bytes, Error, KeyOrder,
        format::{Entry, Place},
        twoskip::compare,
    },
    os::view::View,
};

pub(super) struct Position<'a> {
    /// On each level, the last record before the key.
    pub before: [u64; MAX_LEVEL],
    /// The record with the key, and the DELETE in front of it.
    pub found: Option<(Head<'a>, Option<Head<'a>>)>,
}

impl<'a> Position<'a> {
    /// The record with the key, unless it is deleted.
    pub fn live(&self) -> Option<Head<'a>> {
        self.found.filter(|(_, deleted)| deleted.is_none()).map(|(head, _)| head)
    }
}

pub(super) fn ascending(before: &Head<'_>, head: &Head<'_>) -> Result<(), Error> {
    if before.kind != Kind::Dummy && compare(before.key()?, head.key()?) != Ordering::Less {
        return Err(Error::corrupt(head.offset, "the keys do not ascend"));
    }
    Ok(())
}

/// Finds the place of `key`. On upper levels a pointer past the end, which a commit cut short left behind, ends a level: the committed
/// chain is on level 0.
pub(super) fn descend<'a>(of: Extent<'a>, key: View<'_>) -> Result<Position<'a>, Error> {
    let mut current = Head::read(of, HEADER)?;
    let mut before = [HEADER; MAX_LEVEL];
    // The first record that is known not to come before the key.
    let mut bound = 0;
    for level in (1..MAX_LEVEL).rev() {
        loop {
            let offset = current.next(level)?;
            if offset == 0 || offset == bound || offset >= of.end {
                break;
            }
            let next = Head::read(of, offset)?.must_be_record()?;
            if next.level <= level {
                return Err(Error::corrupt(offset, "a level's chain leads to a lower record"));
            }
            if compare(next.key()?, key) != Ordering::Less {
                bound = offset;
                break;
            }
            ascending(&current, &next)?;
            current = next;
        }
        before[level] = current.offset;
    }
    loop {
        before[0] = current.offset;
        let Some((next, deleted)) = Head::linked(of, current.next(0)?)? else { break };
        match compare(next.key()?, key) {
            Ordering::Less => ascending(&current, &next)?,
            Ordering::Equal => return Ok(Position { before, found: Some((next, deleted)) }),
            Ordering::Greater => break,
        }
        current = next;
    }
    Ok(Position { before, found: None })
}

/// The value of `key`. Checks the checksums of the header and of the record found.
pub fn find<'a>(bytes: Bytes<'a>, _: KeyOrder, key: &[u8]) -> Result<Option<View<'a>>, Error> {
    let (_, of) = Extent::committed(bytes)?;
    let found = descend(of, key.into())?.live();
    found.map(|head| head.check().and_then(|()| head.value())).transpose()
}

pub fn seek(bytes: Bytes<'_>, _: KeyOrder, key: &[u8]) -> Result<Place, Error> {
    let (_, of) = Extent::committed(bytes)?;
    let before = descend(of, key.into())?.before[0];
    Ok(Place { before, next: Head::read(of, before)?.next(0)?, end: of.end })
}

/// The next live record's key and value. Checks the checksums of its head and its tail.
pub fn step<'a>(bytes: Bytes<'a>, _: KeyOrder, place: &mut Place) -> Result<Option<Entry<'a>>, Error> {
    step_as_of(bytes, place, u64::MAX)
}

/// The same of the file as it was when it ended at `end`: later versions of a record lead to those before them.
pub fn step_as_of<'a>(bytes: Bytes<'a>, place: &mut Place, end: u64) -> Result<Option<Entry<'a>>, Error> {
    let of = Extent { bytes, end: place.end, sums: Sums::read(bytes)? };
    while let Some((head, deleted)) = Head::linked(of, place.next)? {
        ascending(&Head::read(of, place.before)?, &head)?;
        *place = Place { before: head.offset, next: head.next(0)?, ..*place };
        let mut version = Some(deleted.unwrap_or(head));
        while let Some(newer) = version.filter(|version| version.offset >= end) {
            version = newer.ancestor()?;
        }
        if let Some(version) = version.filter(|version| version.kind != Kind::Delete) {
            version.must_be_record()?.check()?;
            let value = version.value()?;
            return Ok(Some((version.key()?, value)));
        }
    }
    Ok(None)
}
