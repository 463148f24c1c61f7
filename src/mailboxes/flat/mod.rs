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

mod build;
mod commit;
mod find;

use std::io::Write;

use super::{Bytes, Error, Foreign, header_facts::HeaderFacts};

#[cfg(test)]
pub use build::build;
pub use build::{CIRCLE_BYTES, build_in};
pub use commit::commit;
pub use find::{check, find, seek, step};

pub const PAGE: u64 = 4096;
/// The first 20 bytes of a flat file.
pub const MAGIC: [u8; 20] = *b"mapstorm flat\0\0\0\0\0\0\0";
pub const MOST_VALUE: usize = (PAGE - VALUE) as usize;

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
        let digits = key.strip_prefix(b"p").filter(|digits| digits.len() == KEY_LENGTH - 1)?;
        let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (1..=self.pages).contains(&number).then_some(number * PAGE)
    }
}

/// What the header says. A flat file is never packed.
pub(super) fn header_facts(start: Bytes<'_>, size: u64) -> Result<HeaderFacts, Error> {
    let Header { pages, commits, .. } = Header::of(start, size)?;
    Ok(HeaderFacts { records: Some(pages), commits: Some(commits), ..HeaderFacts::default() })
}

pub fn count(bytes: Bytes<'_>) -> Result<u64, Error> {
    Ok(Header::read(bytes)?.pages)
}

fn key_of(number: u64) -> [u8; KEY_LENGTH] {
    let mut key = [0; KEY_LENGTH];
    write!(&mut key[..], "p{number:010}").expect("a number of pages has ten digits at most");
    key
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::mailboxes::{Change, MemoryStorage, NoPhases, storage::Storage};

    #[test]
    fn every_page_is_found_listed_and_replaced() {
        let mut file = MemoryStorage::new(build(50, 7).unwrap());
        assert_eq!(check(file.bytes()).unwrap(), 50);
        let change = Change::Store { key: b"p0000000033", value: b"new" };
        assert_eq!(commit(&mut file, &[change], &mut NoPhases).unwrap(), 1);
        assert_eq!(find(file.bytes(), b"p0000000033").unwrap(), Some(b"new".into()));
        assert_eq!(find(file.bytes(), b"p0000000051").unwrap(), None);
        assert_eq!(find(file.bytes(), b"user.joe").unwrap(), None);
        let mut cursor = seek(file.bytes(), b"p0000000033").unwrap();
        let mut listed = Vec::new();
        while let Some((key, _)) = step(file.bytes(), &mut cursor).unwrap() {
            listed.push(key.to_vec());
        }
        assert_eq!(listed, (33..=50).map(|number| key_of(number).to_vec()).collect::<Vec<_>>());
        assert_eq!(check(file.bytes()).unwrap(), 50);
    }

    #[test]
    fn what_a_flat_file_cannot_do_is_refused() {
        let mut file = MemoryStorage::new(build(5, 7).unwrap());
        for change in [Change::Delete { key: b"p0000000001" }, Change::Store { key: b"p0000000009", value: b"" }] {
            assert!(matches!(commit(&mut file, &[change], &mut NoPhases), Err(Error::Unsupported { .. })));
        }
        assert!(file.calls.is_empty());
    }

    #[test]
    fn damage_is_an_error_with_its_offset() {
        let whole = build(9, 1).unwrap();
        assert!(matches!(find(Bytes::new(&whole[..5000]), b"p0000000001"), Err(Error::Truncated { offset: 5000 })));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        for offset in [0, 20, 30, 49, 4096 + 3, 4096 * 4 + 17, 4096 * 9 + 32] {
            let mut file = whole.clone();
            file[offset] ^= 1 + (rand::Rng::next_u32(&mut rng) % 255) as u8;
            assert!(check(Bytes::new(&file)).is_err(), "{offset}");
        }
    }
}
