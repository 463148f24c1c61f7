//! Verifies a flat file: the header, every page's key and value, and that the pointers are one circle over all pages.

use super::{
    Header, KEY_LENGTH, PAGE,
    find::{next_of, value_of},
    key_of,
};
use crate::mailboxes::{Bytes, Error};

pub fn check(bytes: Bytes<'_>) -> Result<u64, Error> {
    let header = Header::read(bytes)?;
    for number in 1..=header.pages {
        let page = number * PAGE;
        if bytes.slice(page, KEY_LENGTH as u64)? != key_of(number) {
            return Err(Error::Corrupt { offset: page, what: "the page does not have its own key" });
        }
        value_of(bytes, page)?;
    }
    let (mut page, mut seen) = (PAGE, 0);
    while seen < header.pages {
        page = next_of(bytes, &header, page)?;
        seen += 1;
        if page == PAGE && seen != header.pages {
            return Err(Error::Corrupt { offset: page, what: "the circle of pointers leaves pages out" });
        }
    }
    if header.pages > 0 && page != PAGE {
        return Err(Error::Corrupt { offset: page, what: "the pointers are no circle" });
    }
    Ok(header.pages)
}
