//! Which order a skiplist's keys are in. Damage ends the evidence, it does not make any: what the orders agree on tells nothing.

use super::layout::{DUMMY, Header, Node, compare, level_at, pointers_of};
use crate::{
    mailboxes::{Bytes, Error, KeyOrder, order::told_by},
    os::view::View,
};

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
