//! Everything in a twoskip file from front to back, up to the committed size.

use super::header::{HEADER, Header};
use super::record::{BLANK, Head, Kind};
use crate::mailboxes::{Bytes, Error, LayoutItem};

pub fn dump_layout(bytes: Bytes<'_>, each: &mut dyn FnMut(LayoutItem) -> Result<(), Error>) -> Result<(), Error> {
    let end = Header::read(bytes)?.current_size;
    let plain =
        |offset, length, kind| LayoutItem { offset, length, kind, lengths: None, pointers: vec![], key: vec![] };
    each(plain(0, HEADER, "HEADER"))?;
    let mut offset = HEADER;
    while offset < end {
        if bytes.slice(offset, 8)? == BLANK {
            each(plain(offset, 8, "BLANK"))?;
            offset += 8;
            continue;
        }
        let head = Head::read(bytes, offset, end)?;
        let kind = match head.kind {
            Kind::Dummy => "DUMMY",
            Kind::Record => "RECORD",
            Kind::Delete => "DELETE",
            Kind::Commit => "COMMIT",
        };
        let is_record = head.kind == Kind::Record;
        let pointers = (0..=head.level).map(|slot| head.slot(slot)).collect::<Result<_, _>>()?;
        each(LayoutItem {
            lengths: is_record.then_some((head.key_length, head.value_length)),
            pointers,
            key: if is_record { head.key()?.to_vec() } else { vec![] },
            ..plain(offset, head.end() - offset, kind)
        })?;
        offset = head.end();
    }
    Ok(())
}
