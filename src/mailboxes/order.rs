//! The two orders in which Cyrus keeps keys: its format's own, and that of `improved_mboxlist_sort` (Cyrus 2.5 to 3.10).
//! Nothing in a file names its order, so it is told from keys that only one of the two puts in this sequence.

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
    /// The format's own: skiplist compares signed bytes, twoskip unsigned ones. Also where no key tells.
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
}

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
pub fn mboxsort<'a>(a: impl Into<View<'a>>, b: impl Into<View<'a>>) -> Ordering {
    a.into().compare(b.into(), |byte| RANKS[byte as usize])
}

/// Which order puts `before` before `key`, if only one of them does. `plain` compares in the format's own order.
pub(super) fn told_by<'a>(
    plain: fn(View<'a>, View<'a>) -> Ordering,
    before: View<'a>,
    key: View<'a>,
) -> Option<KeyOrder> {
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
        assert!(sorted.is_sorted_by(|a, b| mboxsort(a.as_bytes(), b.as_bytes()) == Less));
        for (lower, higher) in [("\0", "\t"), ("\t", "."), ("\n", "."), (".", "\u{1}"), ("\u{8}", "\u{b}"), ("~", "é")]
        {
            assert_eq!(mboxsort(lower.as_bytes(), higher.as_bytes()), Less, "{lower:?} {higher:?}");
        }
        assert_eq!(mboxsort(b"a\t", b"a\n"), Ordering::Equal);
    }

    #[test]
    fn only_a_pair_that_the_orders_sort_differently_tells() {
        let told = |before: &str, key: &str| told_by(twoskip::compare, before.into(), key.into());
        assert_eq!(told("user.a", "user.b"), None);
        assert_eq!(told("user.a-b", "user.a.b"), Some(KeyOrder::Plain));
        assert_eq!(told("user.a.b", "user.a-b"), Some(KeyOrder::Mboxsort));
        assert_eq!(told("user.b", "user.a"), None, "damage tells nothing");
    }
}
