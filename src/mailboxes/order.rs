//! The two orders in which Cyrus keeps keys: its format's own, and that of `improved_mboxlist_sort` (Cyrus 2.5 to 3.10).
//! Nothing in a file names its order, so it is inferred from two neighbours that only one of the two orders puts in this sequence.

use std::{
    cmp::Ordering::{self, Less},
    fmt,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::os::view::View;

/// The order of a file's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyOrder {
    /// The format's own: skiplist compares signed bytes, twoskip unsigned ones. Also assumed where no pair of keys shows the order.
    #[default]
    Plain,
    /// Of `improved_mboxlist_sort: yes` (`cyr_dbtool -M`): tab, line feed and `.` before everything else but zero, so that a
    /// mailbox is followed by what lies beneath it.
    Mboxsort,
}

impl KeyOrder {
    pub const fn name(self) -> &'static str {
        match self {
            KeyOrder::Plain => "plain",
            KeyOrder::Mboxsort => "mboxsort",
        }
    }

    /// Compares two keys; `plain` is the format's own order.
    #[inline]
    pub(super) fn compare<'a>(self, plain: PlainOrder<'a>, a: View<'a>, b: View<'a>) -> Ordering {
        match self {
            KeyOrder::Plain => plain(a, b),
            KeyOrder::Mboxsort => mboxsort(a, b),
        }
    }
}

type PlainOrder<'a> = fn(View<'a>, View<'a>) -> Ordering;

impl fmt::Display for KeyOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyOrder::Plain => "plain",
            KeyOrder::Mboxsort => "improved_mboxlist_sort",
        })
    }
}

/// Where each byte stands in the order of `improved_mboxlist_sort`. Bytes are unsigned; tab and line feed are equal.
const RANKS: [u8; 256] = {
    let mut ranks = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        ranks[byte] = match byte as u8 {
            b'\t' | b'\n' => 1,
            b'.' => 2,
            // Three ranks are taken by the five lowest: these make room.
            low @ 1..=8 => low + 2,
            other => other,
        };
        byte += 1;
    }
    ranks
};

/// The order of `improved_mboxlist_sort`; of two keys of which one begins with the other, the shorter is first.
#[inline]
pub fn mboxsort<'a>(a: View<'a>, b: View<'a>) -> Ordering {
    a.compare(b, |byte| RANKS[byte as usize])
}

/// The order of a chain of keys: that of the first two neighbours that only one of the orders puts in this sequence.
pub(super) fn order_of<'a>(plain: PlainOrder<'a>, keys: impl Iterator<Item = View<'a>>) -> Option<KeyOrder> {
    let mut before = None;
    keys.filter_map(|key| Some((before.replace(key)?, key))).find_map(|(before, key)| order_of_pair(plain, before, key))
}

fn order_of_pair<'a>(plain: PlainOrder<'a>, before: View<'a>, key: View<'a>) -> Option<KeyOrder> {
    match (plain(before, key), mboxsort(before, key)) {
        (Less, Less) => None,
        (Less, _) => Some(KeyOrder::Plain),
        (_, Less) => Some(KeyOrder::Mboxsort),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::twoskip;

    #[test]
    fn a_mailbox_is_followed_by_what_lies_beneath_it() {
        let sorted = ["user.t", "user.t.a", "user.t.a.b", "user.t.a b", "user.t.a-b", "user.t.a-b.c", "user.t.\u{e9}"];
        let mboxsort = |a: &str, b: &str| mboxsort(a.into(), b.into());
        assert!(sorted.is_sorted_by(|a, b| mboxsort(a, b) == Less));
        for (lower, higher) in [("\0", "\t"), ("\t", "."), ("\n", "."), (".", "\u{1}"), ("\u{8}", "\u{b}"), ("~", "é")]
        {
            assert_eq!(mboxsort(lower, higher), Less, "{lower:?} {higher:?}");
        }
        assert_eq!(mboxsort("a\t", "a\n"), Ordering::Equal);
    }

    #[test]
    fn only_a_pair_that_the_orders_sort_differently_shows_the_order() {
        let order = |keys: &[&str]| order_of(twoskip::compare, keys.iter().map(|key| View::from(*key)));
        assert_eq!(order(&["user.a", "user.b"]), None);
        assert_eq!(order(&["user.a", "user.a-b", "user.a.b"]), Some(KeyOrder::Plain));
        assert_eq!(order(&["user.a.b", "user.a-b"]), Some(KeyOrder::Mboxsort));
        assert_eq!(order(&["user.b", "user.a"]), None, "damage shows nothing");
    }
}
