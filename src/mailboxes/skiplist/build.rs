//! A whole file at once, packed as a checkpoint leaves it: header, dummy, every record in order, no log.
//! Built from the end to the front, so that every record's pointers are known when it is written.

use std::cmp::Ordering::Less;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::layout::{
    DUMMY, HEADER_SIZE, Header, MAX_LEVEL, TERMINATOR, TYPE_DUMMY, TYPE_INORDER, compare, corrupt, padded, record_size,
};
use crate::mailboxes::Error;

/// One level, and one more for every coin that falls heads, as Cyrus tosses them.
pub(super) fn random_level(rng: &mut impl Rng, most: u32) -> u32 {
    (1 + rng.next_u32().trailing_ones()).min(most)
}

/// The file is past what 32-bit offsets reach.
pub(super) const TOO_LARGE: Error = Error::TooLarge { what: "a skiplist file", limit: u32::MAX as u64 };

/// The file with these records, which must strictly ascend in the order of [`compare`]. The seed decides their levels.
pub fn build<K: AsRef<[u8]>, V: AsRef<[u8]>>(
    records: &[(K, V)],
    seed: u64,
    last_recovery: u32,
) -> Result<Vec<u8>, Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let most = MAX_LEVEL as u32;
    let mut header = Header { minor: 2, max_level: most, level: 1, listed: 0, log_start: 0, last_recovery };
    let mut size = header.first_record();
    let mut levels = Vec::with_capacity(records.len());
    let mut before: Option<&[u8]> = None;
    for (key, value) in records {
        let (key, value) = (key.as_ref(), value.as_ref());
        if before.is_some_and(|before| compare(before, key) != Less) {
            return Err(corrupt(size, "the keys do not ascend"));
        }
        before = Some(key);
        let level = random_level(&mut rng, most);
        header.level = header.level.max(level);
        levels.push(level as u8);
        size = size.saturating_add(record_size(key.len(), value.len(), level as usize));
    }
    header.log_start = u32::try_from(size).map_err(|_| TOO_LARGE)?;
    header.listed = u32::try_from(records.len()).map_err(|_| TOO_LARGE)?;

    let mut file = vec![0; size as usize];
    let mut next = [0_u32; MAX_LEVEL];
    let mut end = size as usize;
    for ((key, value), level) in records.iter().zip(&levels).rev() {
        let (key, value, level) = (key.as_ref(), value.as_ref(), usize::from(*level));
        let start = end - record_size(key.len(), value.len(), level) as usize;
        put_record(&mut file[start..end], TYPE_INORDER, key, value, &next[..level]);
        next[..level].fill(start as u32);
        end = start;
    }
    put_record(&mut file[DUMMY as usize..end], TYPE_DUMMY, &[], &[], &next);
    file[..HEADER_SIZE as usize].copy_from_slice(&header.encode());
    Ok(file)
}

/// Fills `place`, which is zeroed and exactly as long as the record.
fn put_record(place: &mut [u8], kind: u32, key: &[u8], value: &[u8], pointers: &[u32]) {
    place[..4].copy_from_slice(&kind.to_be_bytes());
    place[4..8].copy_from_slice(&(key.len() as u32).to_be_bytes());
    place[8..8 + key.len()].copy_from_slice(key);
    let place = &mut place[8 + padded(key.len() as u64) as usize..];
    place[..4].copy_from_slice(&(value.len() as u32).to_be_bytes());
    place[4..4 + value.len()].copy_from_slice(value);
    let place = &mut place[4 + padded(value.len() as u64) as usize..];
    for (word, pointer) in place.chunks_exact_mut(4).zip(pointers.iter().chain(&[TERMINATOR])) {
        word.copy_from_slice(&pointer.to_be_bytes());
    }
}
