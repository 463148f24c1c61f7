//! Plain pages that point at each other, without a database: for experiments on mapped pages alone.
//! A lookup reads ten pages, each found through the one before; a commit rewrites one page and the header, each with its sync.
//!
//! The layout is mapstorm's own. All numbers are big-endian. A page is 4096 bytes on disk, whatever the system's page size.
//!
//! | page | at | bytes | what |
//! |---|---|---|---|
//! | 0 | 0 | 20 | `mapstorm flat` and zeros |
//! | | 20 | 4 | version: 1 |
//! | | 24 | 8 | pages after this one |
//! | | 32 | 8 | seed of the pointers |
//! | | 40 | 8 | commits so far |
//! | | 48 | 4 | CRC-32 of bytes 0 to 47 |
//! | 1… | 0 | 11 | key: `p` and ten digits, the page's number |
//! | | 16 | 8 | number of the page to read next: all pages form one circle in random order |
//! | | 24 | 8 | how often the page was replaced |
//! | | 32 | 4 | length of the value |
//! | | 36 | | value, then filler |

use std::io::Write;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    Bytes, Change, Error, Foreign, HeaderFacts, KeyOrder, Phase, PhaseClock, Storage, SyncCall,
    format::{Entry, Place},
};
use crate::os::view::View;

pub const PAGE: u64 = 4096;
/// The first 20 bytes of a flat file.
pub const MAGIC: [u8; 20] = *b"mapstorm flat\0\0\0\0\0\0\0";
const MOST_VALUE: usize = (PAGE - VALUE) as usize;

const KEY_LENGTH: usize = 11;
const NEXT: u64 = 16;
const UPDATES: u64 = 24;
const LENGTH: u64 = 32;
const VALUE: u64 = 36;
const HEADER_LENGTH: usize = 52;

/// Page 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    pages: u64,
    seed: u64,
    commits: u64,
}

impl Header {
    /// Reads page 0, and checks that all pages are there.
    fn read(bytes: Bytes<'_>) -> Result<Header, Error> {
        Header::of(bytes, bytes.len())
    }

    /// The same, of the first bytes of a file of `size` bytes.
    fn of(bytes: Bytes<'_>, size: u64) -> Result<Header, Error> {
        if bytes.slice(0, 20)? != MAGIC {
            return Err(Error::Foreign(Foreign::Unknown));
        }
        if bytes.u32_at(20)? != 1 {
            return Err(Error::corrupt(20, "the version is not 1"));
        }
        if bytes.slice(0, 48)?.crc32() != bytes.u32_at(48)? {
            return Err(Error::corrupt(48, "the header's CRC does not match"));
        }
        let header = Header { pages: bytes.u64_at(24)?, seed: bytes.u64_at(32)?, commits: bytes.u64_at(40)? };
        match header.pages.checked_add(1).and_then(|pages| pages.checked_mul(PAGE)) {
            Some(end) if end <= size => Ok(header),
            _ => Err(Error::Truncated { offset: size }),
        }
    }

    fn encode(&self) -> [u8; HEADER_LENGTH] {
        let mut out = [0; HEADER_LENGTH];
        out[..20].copy_from_slice(&MAGIC);
        out[20..24].copy_from_slice(&1u32.to_be_bytes());
        out[24..32].copy_from_slice(&self.pages.to_be_bytes());
        out[32..40].copy_from_slice(&self.seed.to_be_bytes());
        out[40..48].copy_from_slice(&self.commits.to_be_bytes());
        let crc = crc32fast::hash(&out[..48]);
        out[48..].copy_from_slice(&crc.to_be_bytes());
        out
    }

    /// The offset of the page that `key` names; `None` if there is no such page.
    fn page_of(&self, key: &[u8]) -> Option<u64> {
        let is_number = |digits: &&[u8]| digits.len() == KEY_LENGTH - 1 && digits.iter().all(u8::is_ascii_digit);
        let digits = key.strip_prefix(b"p").filter(is_number)?;
        let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (1..=self.pages).contains(&number).then_some(number * PAGE)
    }
}

/// What the header says. A flat file is never packed.
pub(super) fn header_facts(start: Bytes<'_>, size: u64) -> Result<HeaderFacts, Error> {
    let Header { pages, commits, .. } = Header::of(start, size)?;
    Ok(HeaderFacts { records: Some(pages), commits: Some(commits), ..HeaderFacts::default() })
}

pub fn count(bytes: Bytes<'_>, _: KeyOrder) -> Result<u64, Error> {
    Ok(Header::read(bytes)?.pages)
}

fn key_of(number: u64) -> [u8; KEY_LENGTH] {
    let mut key = [0; KEY_LENGTH];
    write!(&mut key[..], "p{number:010}").expect("a number of pages has ten digits at most");
    key
}

const FIRST_VALUE: u32 = 64;

/// Bytes that one page takes in memory while the file is made.
pub const CIRCLE_BYTES: u64 = size_of::<u32>() as u64;

/// Writes a file of `pages` pages and a header to `out`, which is empty.
pub fn build(out: &mut impl Storage, pages: u64, seed: u64) -> Result<(), Error> {
    let limit = u64::from(u32::MAX) * PAGE;
    let next = circle(u32::try_from(pages).map_err(|_| Error::TooLarge { what: "a flat file", limit })?, seed);
    let mut page = [0; PAGE as usize];
    page[..HEADER_LENGTH].copy_from_slice(&Header { pages, seed, commits: 0 }.encode());
    out.write(0, &page)?;
    for (number, next) in (1..).zip(next) {
        // Filler that no file system can compress away.
        Xoshiro256PlusPlus::seed_from_u64(seed ^ number).fill_bytes(&mut page[VALUE as usize..]);
        page[..VALUE as usize].fill(0);
        page[..KEY_LENGTH].copy_from_slice(&key_of(number));
        page[NEXT as usize..][..8].copy_from_slice(&u64::from(next).to_be_bytes());
        page[UPDATES as usize..][..8].copy_from_slice(&0u64.to_be_bytes());
        page[LENGTH as usize..][..4].copy_from_slice(&FIRST_VALUE.to_be_bytes());
        // A value is text, so that it can be listed.
        for byte in &mut page[VALUE as usize..][..FIRST_VALUE as usize] {
            *byte = b'a' + *byte % 26;
        }
        out.write(number * PAGE, &page)?;
    }
    Ok(())
}

/// For each page from 1 on, the page after it in one circle over all: Sattolo's shuffle.
fn circle(pages: u32, seed: u64) -> Vec<u32> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut next: Vec<u32> = (1..=pages).collect();
    for last in (1..next.len()).rev() {
        next.swap(last, (rng.next_u64() % last as u64) as usize);
    }
    next
}

/// Pages that a lookup reads: about as many as a lookup in a list of 150 MB touches for the first time.
const STEPS: usize = 10;

/// The value of the page that `key` names, after a walk through ten pages from it on.
pub fn find<'a>(bytes: Bytes<'a>, _: KeyOrder, key: &[u8]) -> Result<Option<View<'a>>, Error> {
    let header = Header::read(bytes)?;
    let Some(named) = header.page_of(key) else { return Ok(None) };
    let mut page = named;
    for _ in 1..STEPS {
        page = next_of(bytes, &header, page)?;
    }
    std::hint::black_box(bytes.u8_at(page)?);
    value_of(bytes, named).map(Some)
}

fn next_of(bytes: Bytes<'_>, header: &Header, page: u64) -> Result<u64, Error> {
    let number = bytes.u64_at(page + NEXT)?;
    if !(1..=header.pages).contains(&number) {
        return Err(Error::corrupt(page + NEXT, "the pointer leads to no page"));
    }
    Ok(number * PAGE)
}

fn value_of(bytes: Bytes<'_>, page: u64) -> Result<View<'_>, Error> {
    let length = bytes.u32_at(page + LENGTH)?;
    if length as usize > MOST_VALUE {
        return Err(Error::corrupt(page + LENGTH, "the value is longer than its page"));
    }
    bytes.slice(page + VALUE, length.into())
}

/// The page that `key` names; the first one if it names none.
pub fn seek(bytes: Bytes<'_>, _: KeyOrder, key: &[u8]) -> Result<Place, Error> {
    let header = Header::read(bytes)?;
    Ok(Place { before: 0, next: header.page_of(key).unwrap_or(PAGE), end: header.pages * PAGE })
}

pub fn step<'a>(bytes: Bytes<'a>, _: KeyOrder, place: &mut Place) -> Result<Option<Entry<'a>>, Error> {
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

/// One commit: the page, its sync, the header, its sync. Replaces pages' values and returns how many. Pages are neither added nor deleted.
pub fn commit(
    storage: &mut impl Storage,
    _: KeyOrder,
    changes: &[Change<'_>],
    _: &mut impl Rng,
    clock: &mut impl PhaseClock,
) -> Result<u32, Error> {
    let mut header = Header::read(storage.bytes())?;
    for change in changes {
        match change {
            Change::Delete { .. } => return Err(Error::Unsupported { what: "a flat file's pages cannot be deleted" }),
            Change::Store { value, .. } if value.len() > MOST_VALUE => {
                return Err(Error::TooLarge { what: "a page's value", limit: MOST_VALUE as u64 });
            }
            Change::Store { key, .. } if header.page_of(key).is_none() => {
                return Err(Error::Unsupported { what: "a flat file has no page of this key, and none can be added" });
            }
            Change::Store { .. } => {}
        }
    }
    clock.ended(Phase::Search);
    clock.began(Phase::Write1);
    if changes.is_empty() {
        return Ok(0);
    }
    for change in changes {
        if let Change::Store { key, value } = change
            && let Some(page) = header.page_of(key)
        {
            let updates = storage.bytes().u64_at(page + UPDATES)?.wrapping_add(1);
            let mut head = [0; (VALUE - UPDATES) as usize];
            head[..8].copy_from_slice(&updates.to_be_bytes());
            head[(LENGTH - UPDATES) as usize..].copy_from_slice(&(value.len() as u32).to_be_bytes());
            storage.append(page + UPDATES, &[&head, value])?;
        }
    }
    storage.sync_after(Phase::Write1, Phase::Sync1, SyncCall::Data, clock)?;
    clock.began(Phase::Write2);
    header.commits += 1;
    storage.write(0, &header.encode())?;
    storage.sync_after(Phase::Write2, Phase::Sync2, SyncCall::Data, clock)?;
    Ok(changes.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::{MemoryStorage, NoPhases};

    const PLAIN: KeyOrder = KeyOrder::Plain;

    fn change_one(file: &mut MemoryStorage, change: Change<'_>) -> Result<u32, Error> {
        commit(file, PLAIN, &[change], &mut Xoshiro256PlusPlus::seed_from_u64(1), &mut NoPhases)
    }

    fn built(pages: u64, seed: u64) -> Vec<u8> {
        let mut out = MemoryStorage::default();
        build(&mut out, pages, seed).unwrap();
        out.content
    }

    #[test]
    fn every_page_is_found_listed_and_replaced() {
        let mut file = MemoryStorage::new(built(50, 7));
        assert_eq!(check(file.bytes()).unwrap(), 50);
        let change = Change::Store { key: b"p0000000033", value: b"new" };
        assert_eq!(change_one(&mut file, change).unwrap(), 1);
        assert_eq!(find(file.bytes(), PLAIN, b"p0000000033").unwrap(), Some(b"new".into()));
        assert_eq!(find(file.bytes(), PLAIN, b"p0000000051").unwrap(), None);
        assert_eq!(find(file.bytes(), PLAIN, b"user.joe").unwrap(), None);
        assert_eq!(find(file.bytes(), PLAIN, b"p+000000033").unwrap(), None);
        let mut cursor = seek(file.bytes(), PLAIN, b"p0000000033").unwrap();
        let mut listed = Vec::new();
        while let Some((key, _)) = step(file.bytes(), PLAIN, &mut cursor).unwrap() {
            listed.push(key.to_vec());
        }
        assert_eq!(listed, (33..=50).map(|number| key_of(number).to_vec()).collect::<Vec<_>>());
        assert_eq!(check(file.bytes()).unwrap(), 50);
    }

    #[test]
    fn what_a_flat_file_cannot_do_is_refused() {
        let mut file = MemoryStorage::new(built(5, 7));
        for change in [Change::Delete { key: b"p0000000001" }, Change::Store { key: b"p0000000009", value: b"" }] {
            assert!(matches!(change_one(&mut file, change), Err(Error::Unsupported { .. })));
        }
        assert!(file.calls.is_empty());
    }

    #[test]
    fn damage_is_an_error_with_its_offset() {
        let whole = built(9, 1);
        assert!(matches!(
            find(Bytes::new(&whole[..5000]), PLAIN, b"p0000000001"),
            Err(Error::Truncated { offset: 5000 })
        ));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        for offset in [0, 20, 30, 49, 4096 + 3, 4096 * 4 + 17, 4096 * 9 + 32] {
            let mut file = whole.clone();
            file[offset] ^= 1 + (rng.next_u32() % 255) as u8;
            assert!(check(Bytes::new(&file)).is_err(), "{offset}");
        }
    }
}
