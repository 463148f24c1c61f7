//! Everything that can be verified in a skiplist file: its front-to-back content, and every pointer against it; and showing all of it.
//! Slow and thorough; readers and writers do not need it.

use super::layout::{
    DUMMY, HEADER_SIZE, Header, Node, TYPE_ADD, TYPE_COMMIT, TYPE_DELETE, TYPE_DUMMY, TYPE_INORDER, is_clean, level_at,
    pointers_of,
};
use super::recover::fixes;
use super::scan::scan;
use crate::mailboxes::{Bytes, Error, KeyOrder, LayoutItem};

/// How many records are live, and whether nothing waits for recovery. If something does, only the content was checked: recovery
/// makes the pointers again.
pub fn check(bytes: Bytes<'_>, order: KeyOrder) -> Result<(u64, bool), Error> {
    let scan = scan(bytes, order)?;
    let records = scan.live.len() as u64;
    if !is_clean(bytes) {
        return Ok((records, false));
    }
    if scan.committed != bytes.len() {
        return Err(Error::corrupt(
            scan.committed,
            "from here on the log cannot be read, though the file ends with a commit: what follows was committed and is lost",
        ));
    }
    let fixes = fixes(bytes, order, &scan)?;
    // A pointer to where the file has ended: it was cut (a copy of a live file, say) just behind a commit, and only recovery makes it whole.
    if fixes.iter().any(|fix| u64::from(fix.found) >= bytes.len()) {
        return Ok((records, false));
    }
    if let Some(fix) = fixes.last() {
        return Err(Error::corrupt(fix.slot, "the pointer does not lead to the next record of its level"));
    }
    if scan.highest_level() > scan.header.level {
        return Err(Error::corrupt(DUMMY, "a record has a higher level than the header counts"));
    }
    Ok((records, true))
}

/// Gives `show` everything from front to back, the log included.
pub fn dump_layout(bytes: Bytes<'_>, show: &mut dyn FnMut(LayoutItem) -> Result<(), Error>) -> Result<(), Error> {
    let header = Header::read(bytes)?;
    // An item that ends with its pointers and their terminator.
    let linked = |offset: u64, pointers: u64, kind| -> Result<LayoutItem, Error> {
        let level = u64::from(level_at(bytes, pointers, header.max_level)?);
        let to = (0..level).map(|level| bytes.u32_at(pointers + 4 * level).map(u64::from));
        let to = to.collect::<Result<_, _>>()?;
        Ok(LayoutItem { pointers: to, ..LayoutItem::plain(offset, pointers + 4 * level + 4 - offset, kind) })
    };
    show(LayoutItem::plain(0, HEADER_SIZE, "HEADER"))?;
    let mut offset = HEADER_SIZE;
    while offset < bytes.len() {
        let item = match bytes.u32_at(offset)? {
            TYPE_DUMMY if offset == DUMMY => linked(offset, pointers_of(bytes, DUMMY)?, "DUMMY")?,
            kind @ (TYPE_INORDER | TYPE_ADD) => {
                let node = Node::read(bytes, offset)?;
                LayoutItem {
                    lengths: Some((node.key.length() as u64, node.value(bytes)?.length() as u64)),
                    key: node.key.to_vec(),
                    ..linked(offset, node.pointers(bytes)?, if kind == TYPE_ADD { "ADD" } else { "INORDER" })?
                }
            }
            TYPE_DELETE => LayoutItem {
                pointers: vec![bytes.u32_at(offset + 4)?.into()],
                ..LayoutItem::plain(offset, 8, "DELETE")
            },
            TYPE_COMMIT => LayoutItem::plain(offset, 4, "COMMIT"),
            _ => return Err(Error::corrupt(offset, "here there is something that no transaction writes")),
        };
        offset += item.length;
        show(item)?;
    }
    Ok(())
}
