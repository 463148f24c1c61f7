//! Everything in a skiplist file from front to back, the log included.

use super::layout::{
    DUMMY, HEADER_SIZE, Header, Node, TYPE_ADD, TYPE_COMMIT, TYPE_DELETE, TYPE_DUMMY, TYPE_INORDER, level_at,
    pointers_of,
};
use crate::mailboxes::{Bytes, Error, LayoutItem};

pub fn dump_layout(bytes: Bytes<'_>, each: &mut dyn FnMut(LayoutItem) -> Result<(), Error>) -> Result<(), Error> {
    let header = Header::read(bytes)?;
    let plain =
        |offset, length, kind| LayoutItem { offset, length, kind, lengths: None, pointers: vec![], key: vec![] };
    let pointers = |at: u64| -> Result<Vec<u64>, Error> {
        let level = level_at(bytes, at, header.max_level)?;
        (0..level).map(|level| bytes.u32_at(at + 4 * u64::from(level)).map(u64::from)).collect()
    };
    each(plain(0, HEADER_SIZE, "HEADER"))?;
    let mut offset = HEADER_SIZE;
    while offset < bytes.len() {
        let piece = match bytes.u32_at(offset)? {
            TYPE_DUMMY if offset == DUMMY => {
                let at = pointers_of(bytes, DUMMY)?;
                let to = pointers(at)?;
                LayoutItem { pointers: to.clone(), ..plain(offset, at + 4 * to.len() as u64 + 4 - offset, "DUMMY") }
            }
            kind @ (TYPE_INORDER | TYPE_ADD) => {
                let node = Node::read(bytes, offset)?;
                let at = node.pointers(bytes)?;
                let to = pointers(at)?;
                LayoutItem {
                    lengths: Some((node.key.length() as u64, node.value(bytes)?.length() as u64)),
                    key: node.key.to_vec(),
                    pointers: to.clone(),
                    ..plain(
                        offset,
                        at + 4 * to.len() as u64 + 4 - offset,
                        if kind == TYPE_ADD { "ADD" } else { "INORDER" },
                    )
                }
            }
            TYPE_DELETE => {
                LayoutItem { pointers: vec![bytes.u32_at(offset + 4)?.into()], ..plain(offset, 8, "DELETE") }
            }
            TYPE_COMMIT => plain(offset, 4, "COMMIT"),
            _ => return Err(Error::corrupt(offset, "here there is something that no transaction writes")),
        };
        offset += piece.length;
        each(piece)?;
    }
    Ok(())
}
