//! Writing a packed twoskip file in one go, as it is after a checkpoint.
//! Offsets are laid out forwards, pointers found backwards, and the bytes filled in parallel.

use std::cmp::Ordering;

use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use rayon::prelude::*;

use super::compare;
use super::header::{FIRST, HEADER, Header};
use super::record::{BLANK, HeadBuffer, Kind, MAX_LEVEL, draw_level, head_length, pad_first};
use crate::mailboxes::Error;

/// How many records one thread fills at a time.
const CHUNK: usize = 4096;

/// Where one record goes.
struct Place {
    /// The first pad before it, or itself.
    start: u64,
    offset: u64,
    level: usize,
}

/// A run of records, the records after it on each level, and the part of the file it fills.
struct Job<'a> {
    range: std::ops::Range<usize>,
    next: [u64; MAX_LEVEL],
    start: u64,
    out: &'a mut [u8],
}

/// A packed file with `records`, whose keys must strictly ascend. Levels are drawn from `seed`.
pub fn build<K, V>(records: &[(K, V)], seed: u64) -> Result<Vec<u8>, Error>
where
    K: AsRef<[u8]> + Sync,
    V: AsRef<[u8]> + Sync,
{
    let (places, packed) = lay_out(records, seed)?;
    let mut commit_at = packed;
    while pad_first(commit_at, 24) {
        commit_at += 8;
    }
    let size = if records.is_empty() { FIRST } else { commit_at + 24 };
    let length = usize::try_from(size).map_err(|_| Error::TooLarge { what: "the file", limit: usize::MAX as u64 })?;
    let mut out = vec![0; length];
    let (front, mut rest) = out.split_at_mut(FIRST as usize);

    // From the back: each run is told what follows it, and cut off the file's end.
    let mut next = [0; MAX_LEVEL];
    let mut jobs = Vec::with_capacity(places.len().div_ceil(CHUNK));
    if size > FIRST {
        let (before, last) = rest.split_at_mut((packed - FIRST) as usize);
        let (pads, commit) = last.split_at_mut((commit_at - packed) as usize);
        fill_pads(pads);
        let mut head = HeadBuffer::new(Kind::Commit, 0, 0, 0);
        head.set_slot(0, FIRST);
        commit.copy_from_slice(head.seal());
        rest = before;
    }
    for chunk in (0..places.len().div_ceil(CHUNK)).rev() {
        let range = chunk * CHUNK..places.len().min((chunk + 1) * CHUNK);
        let start = places[range.start].start;
        let (before, own) = rest.split_at_mut((start - FIRST) as usize);
        rest = before;
        jobs.push(Job { range: range.clone(), next, start, out: own });
        for place in places[range].iter().rev() {
            next[..place.level].fill(place.offset);
        }
    }
    jobs.into_par_iter().for_each(|job| fill(records, &places, job));

    let mut dummy = HeadBuffer::new(Kind::Dummy, MAX_LEVEL, 0, 0);
    for (level, offset) in next.iter().enumerate() {
        dummy.set_slot(level + 1, *offset);
    }
    let header =
        Header { generation: 1, records: records.len() as u64, repack_size: packed, current_size: size, flags: 0 };
    front[..HEADER as usize].copy_from_slice(&header.encode());
    front[HEADER as usize..].copy_from_slice(dummy.seal());
    Ok(out)
}

/// Where each record goes, and where the last one ends.
fn lay_out<K: AsRef<[u8]>, V: AsRef<[u8]>>(records: &[(K, V)], seed: u64) -> Result<(Vec<Place>, u64), Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut places = Vec::with_capacity(records.len());
    let mut end = FIRST;
    let mut last: Option<&[u8]> = None;
    for (key, value) in records {
        let (key, value) = (key.as_ref(), value.as_ref());
        if last.is_some_and(|last| compare(last, key) != Ordering::Less) {
            return Err(Error::Corrupt { offset: end, what: "the keys do not ascend" });
        }
        last = Some(key);
        let (start, level) = (end, draw_level(&mut rng));
        let length = head_length(level, key.len(), value.len());
        while pad_first(end, length) {
            end += 8;
        }
        places.push(Place { start, offset: end, level });
        end += length + ((key.len() + value.len()) as u64).next_multiple_of(8);
    }
    Ok((places, end))
}

/// Writes the records of `job`, the last first.
fn fill<K: AsRef<[u8]>, V: AsRef<[u8]>>(records: &[(K, V)], places: &[Place], job: Job<'_>) {
    let Job { range, mut next, start, mut out } = job;
    for (place, (key, value)) in places[range.clone()].iter().zip(&records[range]).rev() {
        let (key, value) = (key.as_ref(), value.as_ref());
        let (before, own) = out.split_at_mut((place.start - start) as usize);
        out = before;
        let (pads, own) = own.split_at_mut((place.offset - place.start) as usize);
        fill_pads(pads);

        let mut head = HeadBuffer::new(Kind::Record, place.level, key.len() as u64, value.len() as u64);
        let (head_out, content) = own.split_at_mut(head.len() as usize);
        content[..key.len()].copy_from_slice(key);
        content[key.len()..key.len() + value.len()].copy_from_slice(value);
        head.set_tail_crc(crc32fast::hash(content));
        for (level, following) in next[..place.level].iter_mut().enumerate() {
            head.set_slot(level + 1, *following);
            *following = place.offset;
        }
        head_out.copy_from_slice(head.seal());
    }
}

fn fill_pads(pads: &mut [u8]) {
    for pad in pads.chunks_exact_mut(8) {
        pad.copy_from_slice(&BLANK);
    }
}
