//! How large the page cache's folios behind a mapping are, and which wait to be written back: what write-back has to walk for one changed byte.
//! From `/proc/self/pagemap` (which physical page) and `/proc/kpageflags` (head or tail of a folio, dirty or clean); both are root's alone.

use std::{fs::File, os::unix::fs::FileExt};

use super::view::View;
use crate::os::{facts::Folio, pages::page_size};

/// proc_pid_pagemap(5): the page is in memory.
const PRESENT: u64 = 1 << 63;
/// The physical page's number; zero for whoever may not see it.
const NUMBER: u64 = (1 << 55) - 1;
/// Documentation/admin-guide/mm/pagemap.rst: KPF_DIRTY (of a folio, at its head) and KPF_COMPOUND_TAIL.
const DIRTY: u64 = 1 << 4;
const TAIL: u64 = 1 << 16;
const WORD: usize = size_of::<u64>();

/// The folios behind `memory`, a file's mapping from its first byte on, in its order. Reads every page of it.
pub fn list(memory: View<'_>) -> Result<Vec<Folio>, String> {
    let page = page_size() as usize;
    let bytes = (0..memory.length()).step_by(page).filter_map(|at| memory.load::<u8>(at));
    let sum = bytes.fold(0u8, u8::wrapping_add);
    std::hint::black_box(sum);
    let frames = words("/proc/self/pagemap", memory.address() / page, memory.length().div_ceil(page))?;
    if frames.iter().any(|entry| entry & PRESENT != 0 && entry & NUMBER == 0) {
        return Err("/proc/self/pagemap hides physical pages from this user: run as root".to_owned());
    }
    let mut folios: Vec<Folio> = Vec::new();
    let mut place = 0;
    while place < frames.len() {
        if frames[place] & PRESENT == 0 {
            place += 1;
            continue;
        }
        let first = frames[place] & NUMBER;
        let follows =
            |(step, entry): &(usize, &u64)| **entry & PRESENT != 0 && **entry & NUMBER == first + *step as u64;
        let run = frames[place..].iter().enumerate().take_while(follows).count();
        for (step, flags) in words("/proc/kpageflags", first as usize, run)?.into_iter().enumerate() {
            let start = ((place + step) * page) as u64;
            // A tail goes on with its folio, if that ends here; anything else begins one.
            match folios.last_mut().filter(|folio| flags & TAIL != 0 && folio.start + folio.bytes == start) {
                Some(folio) => folio.bytes += page as u64,
                None => folios.push(Folio { start, bytes: page as u64, dirty: flags & DIRTY != 0 }),
            }
        }
        place += run;
    }
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
