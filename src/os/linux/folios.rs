//! How large the page cache's folios behind a mapping are, and which wait to be written back: what write-back has to walk for one changed byte.
//! From `/proc/self/pagemap` (which physical page) and `/proc/kpageflags` (head or tail of a folio, dirty or clean); both are root's alone.

use std::{
    fs::File,
    os::{fd::AsRawFd, unix::fs::FileExt},
};

use memmap2::{Advice, MmapOptions};

use super::{page_cache::resident_pages, view::View};
use crate::os::{
    bus_guard::Guarded,
    facts::{Folio, FolioSample, Probe},
    pages::page_size,
};

/// proc_pid_pagemap(5): the page is in memory.
const PRESENT: u64 = 1 << 63;
/// The physical page's number; zero for whoever may not see it.
const NUMBER: u64 = (1 << 55) - 1;
/// Documentation/admin-guide/mm/pagemap.rst: KPF_DIRTY (of a folio, at its head) and KPF_COMPOUND_TAIL.
const DIRTY: u64 = 1 << 4;
const TAIL: u64 = 1 << 16;
const WORD: usize = size_of::<u64>();

/// A large file is sampled in pieces of this size, at multiples of it: no folio is larger, so that none is cut.
const PIECE: u64 = 2 << 20;

/// The folios behind `memory`, a file's mapping from its first byte on, in its order. Reads every page of it.
pub fn list(memory: View<'_>) -> Probe<Vec<Folio>> {
    let page = page_size() as usize;
    touch(memory, (0..memory.length()).step_by(page));
    Tables::open()?.folios(memory)
}

/// The folios of a file, or of pieces spread evenly over it that are `most` bytes together, as far as they are in memory. Reads nothing
/// into it.
pub fn sample(file: &File, most: u64) -> Probe<FolioSample> {
    let tables = Tables::open()?;
    let failed = |error: std::io::Error| error.to_string();
    let size = file.metadata().map_err(failed)?.len();
    let mut sample = FolioSample::default();
    if size == 0 {
        return Ok(sample);
    }
    let length = usize::try_from(size).map_err(|_| "the file is too large to be mapped".to_owned())?;
    // For a moment this process is one more mapper, which costs a writer nothing: a shared mapping of a descriptor that was opened
    // read-only can never be written through, and write-back passes it over. Without read-around a page that is evicted between
    // the two steps below is read alone, and no access counts as a use of the page.
    let map = MmapOptions::new().len(length).map_raw_read_only(file.as_raw_fd()).map_err(failed)?;
    map.advise(Advice::Random).map_err(failed)?;
    let map = Guarded::new(map);
    let memory = map.view(length);
    let page = page_size() as usize;
    let (pieces, wanted) = (size.div_ceil(PIECE), (most / PIECE).max(1));
    for piece in (0..pieces.min(wanted)).map(|place| place * pieces / pieces.min(wanted)) {
        let range = (piece * PIECE) as usize..((piece + 1) * PIECE).min(size) as usize;
        sample.of_bytes += range.len() as u64;
        let part = memory.slice(range).unwrap_or(View::of(&[]));
        let resident = resident_pages(part.address(), part.length())?;
        // Only a page in this process's page table has its number shown.
        touch(part, resident.iter().enumerate().filter(|(_, resident)| **resident).map(|(place, _)| place * page));
        let start = piece * PIECE;
        sample
            .folios
            .extend(tables.folios(part)?.into_iter().map(|folio| Folio { start: start + folio.start, ..folio }));
    }
    Ok(sample)
}

fn touch(memory: View<'_>, offsets: impl Iterator<Item = usize>) {
    let sum = offsets.filter_map(|at| memory.load::<u8>(at)).fold(0u8, u8::wrapping_add);
    std::hint::black_box(sum);
}

/// What the kernel shows of pages.
struct Tables {
    numbers: Words,
    flags: Words,
}

impl Tables {
    fn open() -> Probe<Tables> {
        Ok(Tables { numbers: Words::open("/proc/self/pagemap")?, flags: Words::open("/proc/kpageflags")? })
    }

    /// The folios of those pages of `memory` that are in this process's page table.
    fn folios(&self, memory: View<'_>) -> Probe<Vec<Folio>> {
        let page = page_size() as usize;
        let frames = self.numbers.read(memory.address() / page, memory.length().div_ceil(page))?;
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
            for (step, flags) in self.flags.read(first as usize, run)?.into_iter().enumerate() {
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
}

/// A file of 64-bit words.
struct Words {
    path: &'static str,
    file: File,
}

impl Words {
    fn open(path: &'static str) -> Probe<Words> {
        File::open(path).map(|file| Words { path, file }).map_err(|error| format!("{path}: {error}; run as root"))
    }

    /// `count` words from the `first` on.
    fn read(&self, first: usize, count: usize) -> Probe<Vec<u64>> {
        let mut bytes = vec![0; count * WORD];
        let read = self.file.read_exact_at(&mut bytes, (first * WORD) as u64);
        read.map_err(|error| format!("{}: {error}", self.path))?;
        let words = bytes.as_chunks::<WORD>().0.iter().map(|word| u64::from_ne_bytes(*word));
        Ok(words.collect())
    }
}
