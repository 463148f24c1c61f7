//! Everything in a twoskip file from front to back, up to the committed size.

use super::header::{HEADER, Header};
use super::record::{BLANK, Head, Kind};
use crate::mailboxes::{Bytes, Error, LayoutItem};

pub fn dump_layout(bytes: Bytes<'_>, show: &mut dyn FnMut(LayoutItem) -> Result<(), Error>) -> Result<(), Error> {
    let end = Header::read(bytes)?.current_size;
    show(LayoutItem::plain(0, HEADER, "HEADER"))?;
    let mut offset = HEADER;
    while offset < end {
        let item = if bytes.slice(offset, 8)? == BLANK {
            LayoutItem::plain(offset, 8, "BLANK")
        } else {
            item(Head::read(bytes, offset, end)?)?
        };
        offset += item.length;
        show(item)?;
    }
    Ok(())
}

fn item(head: Head<'_>) -> Result<LayoutItem, Error> {
    let kind = match head.kind {
        Kind::Dummy => "DUMMY",
        Kind::Record => "RECORD",
        Kind::Delete => "DELETE",
        Kind::Commit => "COMMIT",
    };
    let pointers = (0..=head.level).map(|slot| head.slot(slot)).collect::<Result<_, _>>()?;
    let item = LayoutItem { pointers, ..LayoutItem::plain(head.offset, head.end() - head.offset, kind) };
    if head.kind != Kind::Record {
        return Ok(item);
    }
    Ok(LayoutItem { lengths: Some((head.key_length, head.value_length)), key: head.key()?.to_vec(), ..item })
}
