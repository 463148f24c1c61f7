//! Checking everything in a twom file that can be checked, and showing all of it.
//! A linear scan meets every record and transaction; a walk along level 0 proves every other level, every ancestor and the header's
//! counts right.

use super::find::ascending;
use super::header::{FIRST, HEADER, Header};
use super::record::{Extent, Head, Kind, MAX_LEVEL};
use crate::mailboxes::{Bytes, Error, LayoutItem, twoskip::compare};

/// How many records are live in a clean file.
pub fn check(bytes: Bytes<'_>) -> Result<u64, Error> {
    let (header, of) = Extent::committed(bytes)?;
    let starts = scan(of, &header)?;
    let dummy = Head::read(of, HEADER)?;
    dummy.check()?;
    if bytes.u32_le_at(dummy.end - 4)? != 0 {
        return Err(Error::corrupt(HEADER, "the DUMMY record has a checksum of a tail that it has not"));
    }
    walk(of, &header, |offset| starts.binary_search(&offset).is_ok())
}

/// What the library verifies before it repacks a file: the chains of all levels, the ancestors, and the header's counts.
pub fn consistent(bytes: Bytes<'_>) -> Result<u64, Error> {
    let (header, of) = Extent::committed(bytes)?;
    walk(of, &header, |_| true)
}

/// Walks along level 0; how many records are live. `is_start`: whether a record starts at an offset.
fn walk(of: Extent<'_>, header: &Header, is_start: impl Fn(u64) -> bool) -> Result<u64, Error> {
    let dummy = Head::read(of, HEADER)?;
    let mut expected = [0; MAX_LEVEL];
    for (level, expected) in expected.iter_mut().enumerate() {
        *expected = dummy.next(level)?;
    }
    let (mut current, mut live, mut dirty_size, mut max_level) = (dummy, 0, 0, 0);
    while let Some((head, deleted)) = Head::linked(of, current.next(0)?)? {
        ascending(&current, &head)?;
        if !is_start(head.offset) {
            return Err(Error::corrupt(head.offset, "the chain leads into the middle of a record"));
        }
        for (level, expected) in expected[..head.level].iter_mut().enumerate().skip(1) {
            if *expected != head.offset {
                return Err(Error::corrupt(head.offset, "a level's chain misses this record"));
            }
            *expected = head.next(level)?;
        }
        dirty_size += superseded(&head)?;
        match deleted {
            Some(delete) => dirty_size += delete.length() + head.length(),
            None => live += 1,
        }
        max_level = max_level.max(head.level);
        current = head;
    }
    if let Some(offset) = expected[1..].iter().find(|offset| **offset != 0) {
        return Err(Error::corrupt(*offset, "a level's chain leads here, but level 0 does not"));
    }
    for (at, is_right, what) in [
        (48, live == header.records, "the number of records is not that of the chain"),
        (64, dirty_size == header.dirty_size, "the size of what is deleted or replaced is not that of the records"),
        (88, max_level as u32 <= header.max_level, "a record's level is higher than the highest"),
    ] {
        if !is_right {
            return Err(Error::corrupt(at, what));
        }
    }
    Ok(live)
}

/// Bytes of all versions of a record before this one, and of the DELETEs between. All have its key and its level.
pub(super) fn superseded(head: &Head<'_>) -> Result<u64, Error> {
    let (mut bytes, mut next) = (0, head.ancestor()?);
    while let Some(version) = next {
        bytes += version.length();
        if version.kind != Kind::Delete {
            let version = version.must_be_record()?;
            if version.level != head.level || compare(version.key()?, head.key()?).is_ne() {
                return Err(Error::corrupt(version.offset, "an ancestor has another key or another level"));
            }
        }
        next = version.ancestor()?;
    }
    Ok(bytes)
}

/// Checks every record in file order. Returns where those with key and value start.
fn scan(of: Extent<'_>, header: &Header) -> Result<Vec<u64>, Error> {
    let mut starts = Vec::new();
    let (mut offset, mut transaction, mut commits) = (FIRST, FIRST, 0);
    while offset < of.end {
        let head = Head::read(of, offset)?;
        head.check()?;
        offset = head.end;
        match head.kind {
            Kind::Dummy => return Err(Error::corrupt(head.offset, "a second DUMMY record")),
            Kind::Commit if head.slot(0)? != transaction => {
                return Err(Error::corrupt(head.offset, "the COMMIT does not lead to its transaction's start"));
            }
            Kind::Commit => {
                transaction = offset;
                commits += 1;
            }
            Kind::Delete => {}
            _ => {
                head.check_tail()?;
                starts.push(head.offset);
            }
        }
        if !head.kind.is_record() && of.bytes.u32_le_at(offset - 4)? != 0 {
            return Err(Error::corrupt(offset - 4, "the last bytes of a DELETE or COMMIT are not zero"));
        }
    }
    if transaction != of.end {
        return Err(Error::corrupt(transaction, "the last transaction has no COMMIT"));
    }
    if commits != header.commits {
        return Err(Error::corrupt(56, "the number of commits is not that of the COMMITs"));
    }
    if header.repack_size < FIRST || header.repack_size > of.end {
        return Err(Error::corrupt(72, "the size of the part in order is impossible"));
    }
    Ok(starts)
}

/// Gives `show` everything from front to back, up to the committed size.
pub fn dump_layout(bytes: Bytes<'_>, show: &mut dyn FnMut(LayoutItem) -> Result<(), Error>) -> Result<(), Error> {
    let (_, of) = Extent::committed(bytes)?;
    show(LayoutItem::plain(0, HEADER, "HEADER"))?;
    let mut offset = HEADER;
    while offset < of.end {
        let head = Head::read(of, offset)?;
        offset = head.end;
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
