//! A whole flat file at once: the pages' pointers are one random circle, so every walk through them is unpredictable.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::{HEADER_LENGTH, Header, KEY_LENGTH, LENGTH, NEXT, PAGE, UPDATES, VALUE, key_of};
use crate::mailboxes::Error;

/// Length of the value that a page is made with.
const FIRST_VALUE: u32 = 64;

/// A file of `pages` pages and a header.
pub fn build(pages: u64, seed: u64) -> Result<Vec<u8>, Error> {
    let too_large = || Error::TooLarge { what: "a flat file", limit: isize::MAX as u64 };
    let size = pages.checked_add(1).and_then(|pages| pages.checked_mul(PAGE)).ok_or_else(too_large)?;
    let size = usize::try_from(size).ok().filter(|size| *size <= isize::MAX as usize).ok_or_else(too_large)?;
    let next = circle(pages, seed);
    let mut file = vec![0; size];
    let (header, rest) = file.split_at_mut(PAGE as usize);
    header[..HEADER_LENGTH].copy_from_slice(&Header { pages, seed, commits: 0 }.encode());
    rest.par_chunks_mut(PAGE as usize).zip(next).enumerate().for_each(|(before, (page, next))| {
        let number = before as u64 + 1;
        // Filler that no file system can compress away.
        Xoshiro256PlusPlus::seed_from_u64(seed ^ number).fill_bytes(&mut page[VALUE as usize..]);
        page[..KEY_LENGTH].copy_from_slice(&key_of(number));
        page[NEXT as usize..][..8].copy_from_slice(&next.to_be_bytes());
        page[UPDATES as usize..][..8].copy_from_slice(&0u64.to_be_bytes());
        page[LENGTH as usize..][..4].copy_from_slice(&FIRST_VALUE.to_be_bytes());
        // A value is text, so that it can be listed.
        for byte in &mut page[VALUE as usize..][..FIRST_VALUE as usize] {
            *byte = b'a' + *byte % 26;
        }
    });
    Ok(file)
}

/// For each page from 1 on, the page after it in one circle over all: Sattolo's shuffle.
fn circle(pages: u64, seed: u64) -> Vec<u64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut next: Vec<u64> = (1..=pages).collect();
    for last in (1..next.len()).rev() {
        next.swap(last, (rng.next_u64() % last as u64) as usize);
    }
    next
}
