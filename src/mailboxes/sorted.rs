//! Mailboxes in the order that their records have in a file, in bounded memory whatever their number: as many passes over the
//! generator as are needed, each of which takes the next ones in order.

use std::cmp::Ordering;

use super::{
    Error,
    records::{Kind, Mailbox, Mailboxes},
};

#[derive(Clone, Copy)]
struct Item {
    rank: u64,
    mailbox: Mailbox,
}

pub const SORTED_BYTES: usize = size_of::<Item>();

/// The order of keys. All but unique ids differ in their ranks; those may agree in half of their digits.
fn order(a: &Item, b: &Item) -> Ordering {
    a.rank.cmp(&b.rank).then_with(|| a.mailbox.id().cmp(&b.mailbox.id()))
}

/// Gives all mailboxes to `visitor` in the order of their records' keys, at most `room` of them and one held at a time.
/// `count` is how many there are.
pub fn in_order(
    all: &Mailboxes,
    kind: Kind,
    count: u64,
    room: usize,
    visitor: &mut dyn FnMut(Mailbox) -> Result<(), Error>,
) -> Result<(), Error> {
    let room = room.clamp(2, usize::MAX - 1);
    let mut held = Vec::new();
    held.try_reserve_exact((room + 1).min(usize::try_from(count).unwrap_or(room))).map_err(Error::no_memory)?;
    let mut floor: Option<Item> = None;
    loop {
        held.clear();
        let mut ceiling: Option<Item> = None;
        for mailbox in all.clone() {
            let item = Item { rank: mailbox.rank(kind), mailbox };
            let is_done = floor.is_some_and(|floor| order(&item, &floor).is_le());
            if is_done || ceiling.is_some_and(|ceiling| order(&item, &ceiling).is_gt()) {
                continue;
            }
            held.push(item);
            if held.len() > room {
                // The lower half stays; what lies above it waits for a later pass.
                ceiling = Some(*held.select_nth_unstable_by(room / 2, order).1);
                held.truncate(room / 2 + 1);
            }
        }
        held.sort_unstable_by(order);
        held.iter().try_for_each(|item| visitor(item.mailbox))?;
        match (ceiling, held.last()) {
            (Some(_), Some(last)) => floor = Some(*last),
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::{Amount, records::tests::STYLES};

    #[test]
    fn ranks_order_as_keys_do_and_the_same_in_little_memory() {
        let count = 3000;
        for style in STYLES {
            let all = Mailboxes::new(style, Amount::Mailboxes(count), 5, 40);
            for kind in Kind::of(style) {
                let keys = |room| {
                    let (mut keys, mut value) = (Vec::new(), Vec::new());
                    in_order(&all, *kind, count, room, &mut |mailbox| {
                        let mut key = Vec::new();
                        mailbox.write(*kind, &mut key, &mut value);
                        keys.push(key);
                        Ok(())
                    })
                    .unwrap();
                    keys
                };
                let at_once = keys(usize::MAX);
                assert_eq!(at_once.len(), count as usize);
                assert!(at_once.is_sorted_by(|a, b| a < b));
                for room in [300, 1001, 2999, 3000] {
                    assert_eq!(keys(room), at_once, "{kind:?} {room}");
                }
            }
        }
    }
}
