//! Finding and listing records, through the pointers in the file.
//! Keys must strictly ascend along every chain, so a loop of pointers in a damaged file is an error, not a hang.

use std::cmp::Ordering::{Equal, Less};

use super::layout::{DUMMY, Header, Node, compare, compare_in, level_at, pointers_of};
use crate::{
    mailboxes::{
        Bytes, Error, KeyOrder,
        format::{Entry, Place},
        order::order_of,
    },
    os::view::View,
};

/// The two records around a key on level 0.
pub(super) struct Neighbours<'a> {
    pub(super) before: u64,
    /// The first record whose key is not smaller.
    pub(super) next: Option<Node<'a>>,
}

/// Walks down from the highest level in use; hands `passed` each level and the last smaller record on it.
pub(super) fn search<'a>(
    bytes: Bytes<'a>,
    order: KeyOrder,
    header: &Header,
    key: View<'_>,
    mut passed: impl FnMut(usize, u64),
) -> Result<Neighbours<'a>, Error> {
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
    Ok(Neighbours { before: before.map_or(DUMMY, |node| node.offset), next })
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
    let next = search(bytes, order, &header, key, |_, _| ())?.next;
    next.filter(|node| compare_in(order, node.key, key) == Equal).map(|node| node.value(bytes)).transpose()
}

pub fn seek(bytes: Bytes<'_>, order: KeyOrder, key: &[u8]) -> Result<Place, Error> {
    let Neighbours { before, next } = search(bytes, order, &Header::read(bytes)?, key.into(), |_, _| ())?;
    Ok(Place { before, next: next.map_or(0, |node| node.offset), end: bytes.len() })
}

pub fn step<'a>(bytes: Bytes<'a>, order: KeyOrder, place: &mut Place) -> Result<Option<Entry<'a>>, Error> {
    if place.next == 0 {
        return Ok(None);
    }
    let node = Node::read(bytes, place.next)?;
    if place.before != DUMMY {
        ascending(order, Some(Node::read(bytes, place.before)?.key), &node)?;
    }
    let value = node.value(bytes)?;
    let next = bytes.u32_at(node.pointers(bytes)?)?.into();
    *place = Place { before: node.offset, next, ..*place };
    Ok(Some((node.key, value)))
}

/// The order of the file's keys: as the checkpoint wrote them, or else as they are listed. Damage ends the evidence.
pub fn key_order(bytes: Bytes<'_>) -> KeyOrder {
    let Ok(header) = Header::read(bytes) else { return KeyOrder::Plain };
    let start = u64::from(header.log_start);
    let behind = |node: &Node<'_>| {
        let pointers = node.pointers(bytes).ok()?;
        Some(pointers + 4 * u64::from(level_at(bytes, pointers, header.max_level).ok()?) + 4)
    };
    let led_to = |pointer: u64| bytes.u32_at(pointer).ok().map(u64::from).filter(|offset| *offset != 0);
    let written =
        |node: Option<&Node<'_>>| node.map_or(Some(header.first_record()), behind).filter(|offset| *offset < start);
    let listed = |node: Option<&Node<'_>>| {
        let pointers = node.map_or_else(|| pointers_of(bytes, DUMMY), |node| node.pointers(bytes));
        pointers.ok().and_then(led_to)
    };
    order_along(bytes, &written).or_else(|| order_along(bytes, &listed)).unwrap_or_default()
}

/// The order of a chain of records, of which `next` gives the first and each next one.
fn order_along(bytes: Bytes<'_>, next: &dyn Fn(Option<&Node<'_>>) -> Option<u64>) -> Option<KeyOrder> {
    let read = |offset: u64| Node::read(bytes, offset).ok();
    let nodes = std::iter::successors(next(None).and_then(read), |node| next(Some(node)).and_then(read));
    // A circle is left after as many steps as there may be records.
    order_of(compare, nodes.take((bytes.len() / 20) as usize).map(|node| node.key))
}
