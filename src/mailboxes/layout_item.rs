//! One item on disk in a mailbox file, which is one line in a dump of the layout.
//! For people who want to see where a commit wrote, or what a crash left.

use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayoutItem {
    pub offset: u64,
    pub length: u64,
    pub kind: &'static str,
    /// Lengths of key and value; `None` if it has none.
    pub lengths: Option<(u64, u64)>,
    /// Where it leads, level 0 first.
    pub pointers: Vec<u64>,
    /// The version before this one.
    pub ancestor: Option<u64>,
    pub key: Vec<u8>,
}

impl LayoutItem {
    /// An item with neither key nor pointers.
    pub fn plain(offset: u64, length: u64, kind: &'static str) -> LayoutItem {
        LayoutItem { offset, length, kind, ..LayoutItem::default() }
    }
}

impl fmt::Display for LayoutItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x} {:>5} {:<7}", self.offset, self.length, self.kind)?;
        if let Some((key, value)) = self.lengths {
            write!(f, " key {key} value {value} {:?}", String::from_utf8_lossy(&self.key))?;
        }
        if let Some(ancestor) = self.ancestor {
            write!(f, " replaces {ancestor:#x}")?;
        }
        if !self.pointers.is_empty() {
            write!(f, " ->")?;
            self.pointers.iter().try_for_each(|pointer| write!(f, " {pointer:#x}"))?;
        }
        Ok(())
    }
}
