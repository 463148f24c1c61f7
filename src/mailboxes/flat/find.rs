//! Reading a flat file: a walk through ten pages, or all pages in order.

use super::{Header, KEY_LENGTH, LENGTH, MOST_VALUE, NEXT, PAGE, VALUE, key_of};
use crate::{
    mailboxes::{
        Bytes, Error,
        format::{Entry, Place},
    },
    os::view::View,
};

/// Pages that a lookup reads: about as many as a lookup in a list of 150 MB touches for the first time.
const STEPS: usize = 10;

/// The value of the page that `key` names, after a walk through ten pages from it on.
pub fn find<'a>(bytes: Bytes<'a>, key: &[u8]) -> Result<Option<View<'a>>, Error> {
    let header = Header::read(bytes)?;
    let Some(named) = header.page_of(key) else { return Ok(None) };
    let mut page = named;
    for _ in 1..STEPS {
        page = next_of(bytes, &header, page)?;
    }
    std::hint::black_box(bytes.u8_at(page)?);
    value_of(bytes, named).map(Some)
}

pub(super) fn next_of(bytes: Bytes<'_>, header: &Header, page: u64) -> Result<u64, Error> {
    let number = bytes.u64_at(page + NEXT)?;
    if !(1..=header.pages).contains(&number) {
        return Err(Error::corrupt(page + NEXT, "the pointer leads to no page"));
    }
    Ok(number * PAGE)
}

pub(super) fn value_of(bytes: Bytes<'_>, page: u64) -> Result<View<'_>, Error> {
    let length = bytes.u32_at(page + LENGTH)?;
    if length as usize > MOST_VALUE {
        return Err(Error::corrupt(page + LENGTH, "the value is longer than its page"));
    }
    bytes.slice(page + VALUE, length.into())
}

/// The page that `key` names; the first one if it names none.
pub fn seek(bytes: Bytes<'_>, key: &[u8]) -> Result<Place, Error> {
    let header = Header::read(bytes)?;
    Ok(Place { before: 0, next: header.page_of(key).unwrap_or(PAGE), end: header.pages * PAGE })
}

pub fn step<'a>(bytes: Bytes<'a>, place: &mut Place) -> Result<Option<Entry<'a>>, Error> {
    if place.next > place.end {
        return Ok(None);
    }
    let entry = (bytes.slice(place.next, KEY_LENGTH as u64)?, value_of(bytes, place.next)?);
    place.next += PAGE;
    Ok(Some(entry))
}

/// Verifies header, keys, values, and that the pointers are one circle over all pages; how many pages there are.
pub fn check(bytes: Bytes<'_>) -> Result<u64, Error> {
    let header = Header::read(bytes)?;
    for number in 1..=header.pages {
        let page = number * PAGE;
        if bytes.slice(page, KEY_LENGTH as u64)? != key_of(number) {
            return Err(Error::corrupt(page, "the page does not have its own key"));
        }
        value_of(bytes, page)?;
    }
    let (mut page, mut seen) = (PAGE, 0);
    while seen < header.pages {
        page = next_of(bytes, &header, page)?;
        seen += 1;
        if page == PAGE && seen != header.pages {
            return Err(Error::corrupt(page, "the circle of pointers leaves pages out"));
        }
    }
    if header.pages > 0 && page != PAGE {
        return Err(Error::corrupt(page, "the pointers are no circle"));
    }
    Ok(header.pages)
}
