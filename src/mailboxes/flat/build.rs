//! Writing a flat file: the pages' pointers are one random circle, so every walk through them is unpredictable.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{HEADER_LENGTH, Header, KEY_LENGTH, LENGTH, NEXT, PAGE, UPDATES, VALUE, key_of};
use crate::mailboxes::{Error, Storage};

const FIRST_VALUE: u32 = 64;

/// Bytes that one page takes in memory while the file is made.
pub const CIRCLE_BYTES: u64 = size_of::<u32>() as u64;

/// Writes a file of `pages` pages and a header to `out`, which is empty.
pub fn build_in(out: &mut impl Storage, pages: u64, seed: u64) -> Result<(), Error> {
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

#[cfg(test)]
pub fn build(pages: u64, seed: u64) -> Result<Vec<u8>, Error> {
    let mut out = crate::mailboxes::MemoryStorage::default();
    build_in(&mut out, pages, seed)?;
    Ok(out.content)
}
