//! The operations: what is made ready before each, which is not timed, and the one call that is.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use nix::sys::mman::MsFlags;
use nix::unistd::{fdatasync, ftruncate};

use crate::os::advice;
use crate::os::pages::{Pages, page_size};
use crate::os::private_pages::{Advice, PrivatePages};

/// An error is a message with the call.
pub type Outcome = Result<(), String>;

/// What operations are made of.
pub struct Ready<'a> {
    pub pages: usize,
    /// A file of at least so many pages. The operation is about its last ones. `None`: only private memory is there.
    pub file: Option<&'a File>,
}

pub trait Operation {
    /// Brings all pages into memory and into this process's page table. Not timed.
    fn prepare(&mut self) -> Outcome;

    /// Takes translations away.
    fn operate(&mut self) -> Outcome;
}

fn at<E: std::fmt::Display>(call: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{call}: {error}")
}

/// Private pages that stay small, so that each has a translation of its own.
fn small_pages(count: usize) -> Result<PrivatePages, String> {
    let memory = PrivatePages::map(count).map_err(at("mmap"))?;
    // Where there are no huge pages, there is nothing to turn off.
    let _ = memory.advise(Advice::NoHugePages);
    Ok(memory)
}

pub struct Nothing(PrivatePages);

impl Nothing {
    pub fn new(ready: &Ready<'_>) -> Result<Nothing, String> {
        small_pages(ready.pages).map(Nothing)
    }
}

impl Operation for Nothing {
    fn prepare(&mut self) -> Outcome {
        Ok(())
    }

    fn operate(&mut self) -> Outcome {
        self.0.advise(Advice::DontNeed)
    }
}

pub struct Unmapped {
    pages: usize,
    memory: Option<PrivatePages>,
}

impl Unmapped {
    pub fn new(ready: &Ready<'_>) -> Unmapped {
        Unmapped { pages: ready.pages, memory: None }
    }
}

impl Operation for Unmapped {
    fn prepare(&mut self) -> Outcome {
        let mut memory = small_pages(self.pages)?;
        memory.store(self.pages, 1).map_err(at("store"))?;
        self.memory = Some(memory);
        Ok(())
    }

    fn operate(&mut self) -> Outcome {
        drop(self.memory.take());
        Ok(())
    }
}

pub struct Advised {
    memory: PrivatePages,
    advice: Advice,
    pages: usize,
}

impl Advised {
    pub fn new(ready: &Ready<'_>, advice: Advice) -> Result<Advised, String> {
        let memory = match advice {
            Advice::Collapse => PrivatePages::aligned(ready.pages).map_err(at("mmap"))?,
            _ => small_pages(ready.pages)?,
        };
        let mut advised = Advised { memory, advice, pages: ready.pages };
        // Once, so that a system without it is known at once.
        advised.prepare()?;
        advised.operate()?;
        Ok(advised)
    }
}

impl Operation for Advised {
    fn prepare(&mut self) -> Outcome {
        // A huge page is given back, and small ones come in its place.
        if self.advice == Advice::Collapse {
            self.memory.advise(Advice::DontNeed)?;
        }
        self.memory.store(self.pages, 1).map_err(at("store"))
    }

    fn operate(&mut self) -> Outcome {
        self.memory.advise(self.advice)
    }
}

pub struct Protected {
    memory: PrivatePages,
    pages: usize,
}

impl Protected {
    pub fn new(ready: &Ready<'_>) -> Result<Protected, String> {
        Ok(Protected { memory: small_pages(ready.pages)?, pages: ready.pages })
    }
}

impl Operation for Protected {
    fn prepare(&mut self) -> Outcome {
        self.memory.protect(true).map_err(at("mprotect"))?;
        self.memory.store(self.pages, 1).map_err(at("store"))
    }

    fn operate(&mut self) -> Outcome {
        self.memory.protect(false).map_err(at("mprotect"))
    }
}

pub struct Moved {
    memory: Option<PrivatePages>,
    to: Option<PrivatePages>,
    pages: usize,
}

impl Moved {
    pub fn new(ready: &Ready<'_>) -> Result<Moved, String> {
        let mut moved = Moved { memory: Some(small_pages(ready.pages)?), to: None, pages: ready.pages };
        moved.prepare()?;
        moved.operate()?;
        Ok(moved)
    }
}

impl Operation for Moved {
    fn prepare(&mut self) -> Outcome {
        self.to = Some(small_pages(self.pages)?);
        // Lost if the last move failed.
        let memory = self.memory.as_mut().ok_or("mremap: there is nothing left to move")?;
        memory.store(self.pages, 1).map_err(at("store"))
    }

    fn operate(&mut self) -> Outcome {
        let both = self.memory.take().zip(self.to.take());
        let (from, to) = both.ok_or("mremap: nothing is ready to be moved")?;
        self.memory = Some(from.move_to(to)?);
        Ok(())
    }
}

/// The initiator's own mapping of the file, and the file's last pages.
struct Mapped {
    file: File,
    pages: Pages,
    range: Range<u64>,
}

impl Mapped {
    fn of(ready: &Ready<'_>) -> Result<Mapped, String> {
        let file = ready.file.ok_or("there is no file")?.try_clone().map_err(at("dup"))?;
        let size = file.metadata().map_err(at("fstat"))?.len();
        let start = size.checked_sub(ready.pages as u64 * page_size()).ok_or("the file is too small")?;
        let pages = Pages::map(&file, size, true).map_err(at("mmap"))?;
        Ok(Mapped { file, pages, range: start..size })
    }

    /// The content is written again, and mapped here.
    fn rebuild(&self) -> Outcome {
        let page = vec![1; page_size() as usize];
        for offset in self.range.clone().step_by(page.len()) {
            self.file.write_all_at(&page, offset).map_err(at("pwrite"))?;
        }
        self.pages.touch_range(self.range.clone());
        Ok(())
    }
}

pub struct Synced {
    mapped: Mapped,
    by_mapping: bool,
}

impl Synced {
    pub fn new(ready: &Ready<'_>, by_mapping: bool) -> Result<Synced, String> {
        Ok(Synced { mapped: Mapped::of(ready)?, by_mapping })
    }
}

impl Operation for Synced {
    fn prepare(&mut self) -> Outcome {
        let mut pages = self.mapped.range.clone().step_by(page_size() as usize);
        pages.try_for_each(|offset| self.mapped.pages.store(offset, 2)).map_err(at("store"))
    }

    fn operate(&mut self) -> Outcome {
        match self.by_mapping {
            true => self.mapped.pages.sync(self.mapped.range.clone(), MsFlags::MS_SYNC).map_err(at("msync")),
            false => fdatasync(&self.mapped.file).map_err(at("fdatasync")),
        }
    }
}

pub struct Punched(Mapped);

impl Punched {
    pub fn new(ready: &Ready<'_>) -> Result<Punched, String> {
        let punched = Punched(Mapped::of(ready)?);
        advice::punch(&punched.0.file, punched.0.range.clone())?;
        Ok(punched)
    }
}

impl Operation for Punched {
    fn prepare(&mut self) -> Outcome {
        self.0.rebuild()
    }

    fn operate(&mut self) -> Outcome {
        advice::punch(&self.0.file, self.0.range.clone())
    }
}

pub struct Shortened(Mapped);

impl Shortened {
    pub fn new(ready: &Ready<'_>) -> Result<Shortened, String> {
        Mapped::of(ready).map(Shortened)
    }
}

impl Operation for Shortened {
    fn prepare(&mut self) -> Outcome {
        self.0.rebuild()
    }

    fn operate(&mut self) -> Outcome {
        ftruncate(&self.0.file, self.0.range.start as libc::off_t).map_err(at("ftruncate"))
    }
}

impl Drop for Shortened {
    /// Other methods use the file too.
    fn drop(&mut self) {
        let _ = self.0.rebuild();
    }
}

pub struct Forgotten(Mapped);

impl Forgotten {
    pub fn new(ready: &Ready<'_>) -> Result<Forgotten, String> {
        Mapped::of(ready).map(Forgotten)
    }
}

impl Operation for Forgotten {
    fn prepare(&mut self) -> Outcome {
        self.0.pages.touch_range(self.0.range.clone());
        Ok(())
    }

    fn operate(&mut self) -> Outcome {
        self.0.pages.advise(self.0.range.clone(), Advice::DontNeed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::shootdown::SHOOTDOWNS;

    #[test]
    fn every_operation_can_be_repeated_or_says_why_there_is_none() {
        let file = tempfile::tempfile_in(".").unwrap();
        for pages in [1, 8, 512] {
            file.set_len(600 * page_size()).unwrap();
            for method in SHOOTDOWNS.iter().filter(|method| method.pages.is_none_or(|only| only as usize == pages)) {
                let made = (method.make)(&Ready { pages, file: Some(&file) });
                let Ok(mut operation) = made.map_err(|why| assert!(why.contains(": "), "{}: {why}", method.name))
                else {
                    continue;
                };
                for _ in 0..3 {
                    operation
                        .prepare()
                        .and_then(|()| operation.operate())
                        .unwrap_or_else(|why| panic!("{}: {why}", method.name));
                }
                drop(operation);
                assert_eq!(file.metadata().unwrap().len(), 600 * page_size(), "{}", method.name);
            }
        }
    }
}
