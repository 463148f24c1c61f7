//! Checking everything in a twoskip file that can be checked, and showing all of it.
//! A linear scan meets every record and transaction; a walk along level 0 proves every other level right.

use super::find::ascending;
use super::header::{FIRST, HEADER, Header};
use super::record::{BLANK, Head, Kind, MAX_LEVEL};
use crate::mailboxes::{Bytes, Error, KeyOrder, LayoutItem};

/// How many records are live in a clean file.
pub fn check(bytes: Bytes<'_>, order: KeyOrder) -> Result<u64, Error> {
    let header = Header::read(bytes)?;
    let end = header.current_size;
    let starts = scan(bytes, end)?;
    let dummy = Head::read(bytes, HEADER, end)?;
    dummy.check_tail()?;
    let mut expected = [0; MAX_LEVEL];
    for (level, expected) in expected.iter_mut().enumerate() {
        *expected = dummy.next(level, end)?;
    }
    let mut current = dummy;
    let mut records = 0;
    while let Some(head) = Head::live(bytes, current.next(0, end)?, end)? {
        ascending(order, current, head.key()?, head.offset)?;
        if starts.binary_search(&head.offset).is_err() {
            return Err(Error::corrupt(head.offset, "the chain leads into the middle of a record"));
        }
        for (level, expected) in expected[..head.level].iter_mut().enumerate().skip(1) {
            if *expected != head.offset {
                return Err(Error::corrupt(head.offset, "a level's chain misses this record"));
            }
            *expected = head.next(level, end)?;
        }
        records += 1;
        current = head;
    }
    if let Some(offset) = expected[1..].iter().find(|offset| **offset != 0) {
        return Err(Error::corrupt(*offset, "a level's chain leads here, but level 0 does not"));
    }
    if records != header.records {
        return Err(Error::corrupt(32, "the number of records is not that of the chain"));
    }
    Ok(records)
}

/// Checks every record in file order. Returns where those with key and value start.
fn scan(bytes: Bytes<'_>, end: u64) -> Result<Vec<u64>, Error> {
    let mut starts = Vec::new();
    let (mut offset, mut transaction) = (FIRST, FIRST);
    while offset < end {
        if bytes.slice(offset, 8)? == BLANK {
            offset += 8;
            continue;
        }
        let head = Head::read(bytes, offset, end)?;
        head.check_tail()?;
        offset = head.end();
        match head.kind {
            Kind::Record => starts.push(head.offset),
            Kind::Delete => {}
            Kind::Commit if head.slot(0)? != transaction => {
                return Err(Error::corrupt(head.offset, "the COMMIT does not lead to its transaction's start"));
            }
            Kind::Commit => transaction = offset,
            Kind::Dummy => return Err(Error::corrupt(head.offset, "a second DUMMY record")),
        }
    }
    if transaction != end {
        return Err(Error::corrupt(transaction, "the last transaction has no COMMIT"));
    }
    Ok(starts)
}

/// Gives `show` everything from front to back, up to the committed size.
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
