//! How large the page cache's folios behind a mapping are: what write-back has to walk for one changed byte.
//! From `/proc/self/pagemap` (which physical page) and `/proc/kpageflags` (head or tail of a folio); both are root's alone.

use std::{collections::BTreeMap, fs::File, os::unix::fs::FileExt};

use super::view::View;
use crate::os::pages::page_size;

/// proc_pid_pagemap(5): the page is in memory.
const PRESENT: u64 = 1 << 63;
/// The physical page's number; zero for whoever may not see it.
const NUMBER: u64 = (1 << 55) - 1;
/// Documentation/admin-guide/mm/pagemap.rst: KPF_COMPOUND_TAIL.
const TAIL: u64 = 1 << 16;
const WORD: usize = size_of::<u64>();

/// How many folios of how many bytes lie behind `memory`, a file's mapping from its first byte on. Reads every page of it.
pub fn count(memory: View<'_>) -> Result<BTreeMap<u64, u64>, String> {
    let page = page_size() as usize;
    let bytes = (0..memory.length()).step_by(page).filter_map(|at| memory.load::<u8>(at));
    let sum = bytes.fold(0u8, u8::wrapping_add);
    std::hint::black_box(sum);
    let frames = words("/proc/self/pagemap", memory.address() / page, memory.length().div_ceil(page))?;
    if frames.iter().any(|entry| entry & PRESENT != 0 && entry & NUMBER == 0) {
        return Err("/proc/self/pagemap hides physical pages from this user: run as root".to_owned());
    }
    let mut folios = BTreeMap::new();
    let mut open: u64 = 0;
    let close = |open: &mut u64, folios: &mut BTreeMap<u64, u64>| {
        if *open > 0 {
            *folios.entry(*open * page as u64).or_insert(0) += 1;
            *open = 0;
        }
    };
    let mut place = 0;
    while place < frames.len() {
        if frames[place] & PRESENT == 0 {
            close(&mut open, &mut folios);
            place += 1;
            continue;
        }
        let first = frames[place] & NUMBER;
        let follows =
            |(step, entry): &(usize, &u64)| **entry & PRESENT != 0 && **entry & NUMBER == first + *step as u64;
        let run = frames[place..].iter().enumerate().take_while(follows).count();
        for flags in words("/proc/kpageflags", first as usize, run)? {
            // A tail goes on with its folio; anything else begins one.
            if flags & TAIL == 0 {
                close(&mut open, &mut folios);
            }
            open += 1;
        }
        place += run;
    }
    close(&mut open, &mut folios);
    Ok(folios)
}

/// `count` 64-bit words of a file of such words, from the `first` on.
fn words(path: &str, first: usize, count: usize) -> Result<Vec<u64>, String> {
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let file = File::open(path).map_err(failed)?;
    let mut bytes = vec![0; count * WORD];
    file.read_exact_at(&mut bytes, (first * WORD) as u64).map_err(failed)?;
    let words = bytes.chunks_exact(WORD).map(|word| word.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
    Ok(if cfg!(target_endian = "little") { words.collect() } else { words.map(u64::swap_bytes).collect() })
}
