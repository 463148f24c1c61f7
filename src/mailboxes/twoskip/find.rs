//! Searching a twoskip file: the descent through the levels, and the walk along level 0.
//! Keys must strictly ascend along every step, so a file whose pointers run in a circle is reported, not followed.

use std::cmp::Ordering;

use super::header::{HEADER, Header};
use super::record::{Head, Kind, MAX_LEVEL};
use super::{compare, compare_in};
use crate::{
    mailboxes::{
        Bytes, Error, KeyOrder,
        format::{Entry, Place},
        order::order_of,
    },
    os::view::View,
};

pub(super) struct Position<'a> {
    /// On each level, the last record before the key.
    pub before: [u64; MAX_LEVEL],
    pub at: Option<Head<'a>>,
    pub exact: bool,
}

/// What a pointer of an upper level past the committed end means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upper {
    Strict,
    /// A commit was cut short or is under way. Level 0 still has the committed chain, so the level is left there.
    Unfinished,
}

impl Upper {
    fn of(header: &Header, bytes: Bytes<'_>) -> Upper {
        if header.is_clean(bytes) { Upper::Strict } else { Upper::Unfinished }
    }
}

pub(super) fn descend<'a>(
    bytes: Bytes<'a>,
    order: KeyOrder,
    end: u64,
    key: View<'_>,
    upper: Upper,
) -> Result<Position<'a>, Error> {
    let mut current = Head::read(bytes, HEADER, end)?;
    let mut before = [HEADER; MAX_LEVEL];
    let mut bound: Option<(Head<'a>, bool)> = None;
    let mut at = None;
    for level in (0..MAX_LEVEL).rev() {
        at = loop {
            let offset = current.next(level, end)?;
            if bound.is_some_and(|(head, _)| head.offset == offset) {
                break bound;
            }
            let next = match offset {
                _ if level == 0 => Head::live(bytes, offset, end)?,
                0 => None,
                _ if upper == Upper::Unfinished && offset >= end => None,
                _ => Some(Head::read(bytes, offset, end)?.must_be_record()?),
            };
            let Some(next) = next else { break None };
            if next.level <= level {
                return Err(Error::corrupt(next.offset, "a level's chain leads to a lower record"));
            }
            let next_key = next.key()?;
            let sequence = compare_in(order, next_key, key);
            if sequence != Ordering::Less {
                bound = Some((next, sequence == Ordering::Equal));
                break bound;
            }
            ascending(order, current, next_key, next.offset)?;
            current = next;
        };
        before[level] = current.offset;
    }
    Ok(Position { before, at: at.map(|(head, _)| head), exact: at.is_some_and(|(_, exact)| exact) })
}

pub(super) fn ascending(order: KeyOrder, before: Head<'_>, key: View<'_>, offset: u64) -> Result<(), Error> {
    if before.kind != Kind::Dummy && compare_in(order, before.key()?, key) != Ordering::Less {
        return Err(Error::corrupt(offset, "the keys do not ascend"));
    }
    Ok(())
}

/// The value of `key`. Checks the CRCs of the header, of every head visited, and of the record found.
pub fn find<'a>(bytes: Bytes<'a>, order: KeyOrder, key: &[u8]) -> Result<Option<View<'a>>, Error> {
    let header = Header::read(bytes)?;
    let position = descend(bytes, order, header.current_size, key.into(), Upper::of(&header, bytes))?;
    match position.at {
        Some(head) if position.exact => head.value().map(Some),
        _ => Ok(None),
    }
}

pub fn seek(bytes: Bytes<'_>, order: KeyOrder, key: &[u8]) -> Result<Place, Error> {
    let header = Header::read(bytes)?;
    let end = header.current_size;
    let position = descend(bytes, order, end, key.into(), Upper::of(&header, bytes))?;
    Ok(Place { before: position.before[0], next: position.at.map_or(0, |head| head.offset), end })
}

/// The next record's key and value, both checked by their CRC.
pub fn step<'a>(bytes: Bytes<'a>, order: KeyOrder, place: &mut Place) -> Result<Option<Entry<'a>>, Error> {
    let Some(head) = Head::live(bytes, place.next, place.end)? else { return Ok(None) };
    let key = head.key()?;
    ascending(order, Head::read(bytes, place.before, place.end)?, key, head.offset)?;
    let value = head.value()?;
    *place = Place { before: head.offset, next: head.next(0, place.end)?, ..*place };
    Ok(Some((key, value)))
}

/// The order of the file's keys. Damage ends the evidence.
pub fn key_order(bytes: Bytes<'_>) -> KeyOrder {
    let Ok(header) = Header::read(bytes) else { return KeyOrder::Plain };
    let end = header.current_size;
    let next = |head: &Head<'_>| Head::live(bytes, head.next(0, end).ok()?, end).ok()?;
    let dummy = Head::read(bytes, HEADER, end).ok();
    // A circle is left after as many steps as there may be records.
    let heads = std::iter::successors(dummy, next).skip(1).take((end / 32) as usize);
    order_of(compare, heads.map_while(|head| head.key().ok())).unwrap_or_default()
}
