//! Everything in a skiplist file from front to back, the log included.

use super::layout::{
    DUMMY, HEADER_SIZE, Header, Node, TYPE_ADD, TYPE_COMMIT, TYPE_DELETE, TYPE_DUMMY, TYPE_INORDER, level_at,
    pointers_of,
};
use crate::mailboxes::{Bytes, Error, LayoutItem};

pub fn dump_layout(bytes: Bytes<'_>, show: &mut dyn FnMut(LayoutItem) -> Result<(), Error>) -> Result<(), Error> {
    let header = Header::read(bytes)?;
    // An item that ends with its pointers and their terminator.
    let linked = |offset: u64, pointers: u64, kind| -> Result<LayoutItem, Error> {
        let level = u64::from(level_at(bytes, pointers, header.max_level)?);
        let to = (0..level).map(|level| bytes.u32_at(pointers + 4 * level).map(u64::from));
        let pointers_to = to.collect::<Result<_, _>>()?;
        Ok(LayoutItem { pointers: pointers_to, ..LayoutItem::plain(offset, pointers + 4 * level + 4 - offset, kind) })
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
