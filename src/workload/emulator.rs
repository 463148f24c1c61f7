//! Another system's behaviour at a commit, imitated: what a writer also does, under its lock and after its syncs.
//! It is no property of this system: every result of such a run is labelled emulated.

use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::Ordering::Relaxed;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::uio::{pread, pwrite};
use nix::unistd::{Pid, getpgid, getpgrp};

use super::update::StopTime;
use crate::mailboxes::{AfterCommit, Error};
use crate::os::advice;
use crate::os::clock::{now_ns, sleep_until};
use crate::os::pages::page_size;
use crate::scenario::Emulation;
use crate::shm::WorkerCell;

/// So many pages of one commit have room; a commit writes about four.
const PAGES: usize = 64;

/// Signals the living workers of this run; returns their number. A process number of an ended one may be used again.
fn signal_all(workers: &[&WorkerCell], signal: Signal) -> nix::Result<u32> {
    let group = getpgrp();
    let mut count = 0;
    for cell in workers {
        let pid = Pid::from_raw(cell.pid.load(Relaxed) as i32);
        if pid.as_raw() <= 0 || getpgid(Some(pid)) != Ok(group) {
            continue;
        }
        match kill(pid, signal) {
            Ok(()) => count += 1,
            Err(Errno::ESRCH) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

fn mappers(workers: &[&WorkerCell]) -> u32 {
    workers.iter().filter(|cell| cell.pid.load(Relaxed) != 0).count() as u32
}

pub enum Emulator<'a> {
    /// Unmaps the pages that were written from all processes.
    Demap { pages: Vec<u64>, bytes: Vec<u8> },
    /// Stops all readers of the file for a time.
    StopMappers { stop_time: StopTime, readers: &'a [&'a WorkerCell] },
}

impl<'a> Emulator<'a> {
    /// Made before the first operation, with all the memory that it needs. `None`: nothing is to be emulated.
    pub fn new(what: Emulation, readers: &'a [&'a WorkerCell]) -> Option<Emulator<'a>> {
        match what {
            Emulation::Nothing => None,
            Emulation::Demap => {
                Some(Emulator::Demap { pages: Vec::with_capacity(PAGES), bytes: vec![0; page_size() as usize] })
            }
            Emulation::StopMappers { base_ns, per_mapper_ns } => Some(Emulator::StopMappers {
                stop_time: StopTime { base_ns: base_ns as f64, per_mapper_ns: per_mapper_ns as f64 },
                readers,
            }),
        }
    }
}

impl AfterCommit for Emulator<'_> {
    fn committed(&mut self, file: BorrowedFd<'_>, written: &[Range<u64>]) -> Result<(), Error> {
        match self {
            Emulator::Demap { pages, bytes } => {
                pages_of(written, bytes.len() as u64, pages);
                pages.iter().try_for_each(|page| demap(file, *page, bytes))
            }
            Emulator::StopMappers { stop_time, readers } => {
                let stopped = signal_all(readers, Signal::SIGSTOP).map_err(Error::call("kill"));
                let until = now_ns() + stop_time.of(mappers(readers));
                // A signal that the run is over wakes this writer too: the readers must continue then.
                while now_ns() < until && stopped.is_ok() {
                    sleep_until(until);
                }
                let went_on = signal_all(readers, Signal::SIGCONT).map_err(Error::call("kill"));
                stopped.and(went_on).map(|_| ())
            }
        }
    }
}

/// The numbers of the pages that were written, each once.
fn pages_of(written: &[Range<u64>], page: u64, pages: &mut Vec<u64>) {
    pages.clear();
    for range in written.iter().filter(|range| !range.is_empty()) {
        pages.extend(range.start / page..range.end.div_ceil(page));
    }
    pages.sort_unstable();
    pages.dedup();
}

/// Unmaps a page from all processes: a hole is punched where it was, which walks all mappings, and it is written again. This is the
/// path of Linux that is most like Solaris's `hat_pageunload`.
fn demap(file: impl AsFd, page: u64, bytes: &mut [u8]) -> Result<(), Error> {
    let start = page * bytes.len() as u64;
    let at = |done: usize| (start + done as u64) as libc::off_t;
    let filled =
        in_pieces(bytes.len(), |done| pread(&file, &mut bytes[done..], at(done))).map_err(Error::call("pread"))?;
    let hole = advice::punch(&file, start..start + bytes.len() as u64);
    hole.map_err(io::Error::other).map_err(Error::io("a hole where the page was"))?;
    let written = in_pieces(filled, |done| pwrite(&file, &bytes[done..filled], at(done)));
    written.map(|_| ()).map_err(Error::call("pwrite"))
}

/// Calls again until `length` bytes are done, or there are no more; returns how many were.
fn in_pieces(length: usize, mut call: impl FnMut(usize) -> nix::Result<usize>) -> nix::Result<usize> {
    let mut done = 0;
    while done < length {
        match call(done) {
            Ok(0) => break,
            Ok(more) => done += more,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn every_page_that_was_written_is_listed_once() {
        let mut pages = vec![7];
        pages_of(&[8190..8194, 0..1, 4096..8192, 9..9], 4096, &mut pages);
        assert_eq!(pages, [0, 1, 2]);
    }

    #[test]
    fn a_page_that_was_unmapped_keeps_its_content() {
        let size = page_size() as usize;
        let content: Vec<u8> = (0..size * 2 + 100).map(|place| (place % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        let mut emulator = Emulator::new(Emulation::Demap, &[]).unwrap();
        let written = [size as u64 + 5..size as u64 + 9, 2 * size as u64..2 * size as u64 + 100];
        match emulator.committed(file.as_fd(), &written) {
            // A file system without holes says so, and has not changed anything.
            Err(Error::Io { call: "fallocate", .. }) => {}
            outcome => outcome.unwrap(),
        }
        let mut back = vec![0; content.len() + 1];
        assert_eq!(pread(&file, &mut back, 0), Ok(content.len()));
        assert_eq!(back[..content.len()], content);
    }

    #[test]
    fn only_processes_of_this_run_are_signalled() {
        let cells: Vec<WorkerCell> = (0..2).map(|_| WorkerCell::default()).collect();
        // The first process of the machine is of another group.
        cells[1].pid.store(1, Relaxed);
        let readers: Vec<&WorkerCell> = cells.iter().collect();
        assert_eq!(signal_all(&readers, Signal::SIGCONT), Ok(0));
        assert_eq!(mappers(&readers), 1);
    }
}
