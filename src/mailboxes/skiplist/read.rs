//! Finding and listing records, through the pointers in the file.
//! Keys must strictly ascend along every chain, so a loop of pointers in a damaged file is an error, not a hang.

use std::cmp::Ordering::{Equal, Greater, Less};

use super::layout::{DUMMY, Header, Node, compare, compare_in, level_at, pointers_of};
use crate::{
    mailboxes::{Bytes, Error, KeyOrder, format::Entry, order::told_by},
    os::view::View,
};

/// The two records around a key on level 0.
pub(super) struct Place<'a> {
    pub(super) before: u64,
    /// The first record whose key is not smaller.
    pub(super) next: Option<Node<'a>>,
}

/// Walks down from the highest level in use; tells `passed` the level and the last smaller record on each level.
pub(super) fn search<'a>(
    bytes: Bytes<'a>,
    order: KeyOrder,
    header: &Header,
    key: View<'_>,
    mut passed: impl FnMut(usize, u64),
) -> Result<Place<'a>, Error> {
    let mut before: Option<Node<'a>> = None;
    let mut pointers = pointers_of(bytes, DUMMY)?;
    let mut next = None;
    for level in (0..header.level).rev() {
        loop {
            next = match bytes.u32_at(pointers + 4 * u64::from(level))? {
                0 => None,
                offset => Some(Node::read(bytes, offset.into())?),
            };
            match next {
                Some(node) if compare_in(order, node.key, key) == Less => {
                    ascending(order, before.map(|before| before.key), &node)?;
                    pointers = node.pointers(bytes)?;
                    before = Some(node);
                }
                _ => break,
            }
        }
        passed(level as usize, before.map_or(DUMMY, |node| node.offset));
    }
    Ok(Place { before: before.map_or(DUMMY, |node| node.offset), next })
}

pub(super) fn ascending(order: KeyOrder, before: Option<View<'_>>, node: &Node<'_>) -> Result<(), Error> {
    match before {
        Some(before) if compare_in(order, before, node.key) != Less => {
            Err(Error::corrupt(node.offset, "the keys do not ascend"))
        }
        _ => Ok(()),
    }
}

pub fn find<'a>(bytes: Bytes<'a>, order: KeyOrder, key: &[u8]) -> Result<Option<View<'a>>, Error> {
    let (header, key) = (Header::read(bytes)?, View::of(key));
    match search(bytes, order, &header, key, |_, _| ())?.next {
        Some(node) => match compare_in(order, node.key, key) {
            Equal => node.value(bytes).map(Some),
            Less | Greater => Ok(None),
        },
        None => Ok(None),
    }
}

/// A place in the list of records, from which they are read in order of their keys.
///
/// It stays good while the file only grows. After a checkpoint, seek anew, just past the last key.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    order: KeyOrder,
    before: u64,
    next: u64,
}

impl Cursor {
    /// At the first record whose key is `key` or larger. The empty key is before all others.
    pub fn seek(bytes: Bytes<'_>, order: KeyOrder, key: &[u8]) -> Result<Cursor, Error> {
        let place = search(bytes, order, &Header::read(bytes)?, key.into(), |_, _| ())?;
        Ok(Cursor { order, before: place.before, next: place.next.map_or(0, |node| node.offset) })
    }

    pub fn next<'a>(&mut self, bytes: Bytes<'a>) -> Result<Option<Entry<'a>>, Error> {
        if self.next == 0 {
            return Ok(None);
        }
        let node = Node::read(bytes, self.next)?;
        if self.before != DUMMY {
            ascending(self.order, Some(Node::read(bytes, self.before)?.key), &node)?;
        }
        let value = node.value(bytes)?;
        let next = bytes.u32_at(node.pointers(bytes)?)?.into();
        *self = Cursor { before: node.offset, next, ..*self };
        Ok(Some((node.key, value)))
    }
}

/// The order of the file's keys: what the checkpoint wrote in it, or else the list, tells.
pub fn key_order(bytes: Bytes<'_>) -> KeyOrder {
    let Ok(header) = Header::read(bytes) else { return KeyOrder::Plain };
    let start = u64::from(header.log_start);
    let behind = |node: &Node<'_>| -> Result<u64, Error> {
        let pointers = node.pointers(bytes)?;
        Ok(pointers + 4 * u64::from(level_at(bytes, pointers, header.max_level)?) + 4)
    };
    let written = told(bytes, header.first_record(), start, |node| behind(node).ok().filter(|next| *next < start));
    let first = || pointers_of(bytes, DUMMY).and_then(|pointers| bytes.u32_at(pointers)).unwrap_or(0).into();
    let listed = || {
        let next =
            |node: &Node<'_>| node.pointers(bytes).and_then(|pointers| bytes.u32_at(pointers)).ok().map(u64::from);
        told(bytes, first(), bytes.len(), next)
    };
    written.or_else(listed).unwrap_or_default()
}

/// What the records from `offset` on, one led to by the other, tell. A circle is left after as many steps as there may be records.
fn told(bytes: Bytes<'_>, mut offset: u64, end: u64, next: impl Fn(&Node<'_>) -> Option<u64>) -> Option<KeyOrder> {
    let mut before: Option<View<'_>> = None;
    for _ in 0..bytes.len() / 20 {
        if offset == 0 || offset >= end {
            return None;
        }
        let node = Node::read(bytes, offset).ok()?;
        if let Some(order) = before.and_then(|before| told_by(compare, before, node.key)) {
            return Some(order);
        }
        before = Some(node.key);
        offset = next(&node)?;
    }
    None
}
