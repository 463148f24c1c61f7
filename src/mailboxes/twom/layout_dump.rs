//! Everything in a twom file from front to back, up to the committed size.

use super::header::HEADER;
use super::record::{Extent, Head};
use crate::mailboxes::{Bytes, Error, LayoutItem};

pub fn dump_layout(bytes: Bytes<'_>, show: &mut dyn FnMut(LayoutItem) -> Result<(), Error>) -> Result<(), Error> {
    let (_, of) = Extent::committed(bytes)?;
    show(LayoutItem::plain(0, HEADER, "HEADER"))?;
    let mut offset = HEADER;
    while offset < of.end {
        let head = Head::read(of, offset)?;
        offset = head.end();
        show(item(&head)?)?;
    }
    Ok(())
}

/// For a DELETE the only pointer is to what it deletes; for a COMMIT, to the start of its transaction.
fn item(head: &Head<'_>) -> Result<LayoutItem, Error> {
    let pointers = (0..=head.level).map(|slot| head.slot(slot)).collect::<Result<_, _>>()?;
    let item = LayoutItem { pointers, ..LayoutItem::plain(head.offset, head.length(), head.kind.name()) };
    if !head.kind.is_record() {
        return Ok(item);
    }
    let ancestor = head.ancestor()?.map(|ancestor| ancestor.offset);
    Ok(LayoutItem { lengths: Some((head.key_length, head.value_length)), ancestor, key: head.key()?.to_vec(), ..item })
}
