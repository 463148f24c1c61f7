//! The operations: what is made ready before each, which is not timed, and the one call that is.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use nix::sys::mman::MsFlags;
use nix::unistd::{fdatasync, ftruncate};

use crate::os::advice;
use crate::os::pages::{Pages, page_size};
use crate::os::private_pages::{Advice, PrivatePages};
use crate::workload::experiments::{Outcome, at};

pub trait Operation {
    /// Brings all pages into memory and into this process's page table. Not timed.
    fn prepare(&mut self) -> Outcome;

    /// Takes translations away.
    fn operate(&mut self) -> Outcome;
}

/// What takes translations of private memory away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateCall {
    /// Nothing: advice about pages that are not there.
    Nothing,
    Unmap,
    Advise(Advice),
    Protect,
    Move,
}

/// Private memory of the initiator's process.
pub struct OnPrivate {
    call: PrivateCall,
    pages: usize,
    memory: Option<PrivatePages>,
    /// Where it is moved to.
    place: Option<PrivatePages>,
}

impl OnPrivate {
    pub fn new(call: PrivateCall, pages: usize) -> Result<OnPrivate, String> {
        let memory = match call {
            PrivateCall::Unmap => None,
            PrivateCall::Advise(Advice::Collapse) => Some(PrivatePages::aligned(pages).map_err(at("mmap"))?),
            _ => Some(small_pages(pages)?),
        };
        let mut made = OnPrivate { call, pages, memory, place: None };
        // Once, so that a system without it is known at once.
        if matches!(call, PrivateCall::Advise(_) | PrivateCall::Move) {
            made.prepare()?;
            made.operate()?;
        }
        Ok(made)
    }

    /// Lost if the last move failed.
    fn memory(&mut self) -> Result<&mut PrivatePages, String> {
        self.memory.as_mut().ok_or_else(|| "mremap: there is nothing left to move".to_owned())
    }
}

/// Private pages that stay small, so that each has a translation of its own.
fn small_pages(count: usize) -> Result<PrivatePages, String> {
    let memory = PrivatePages::map(count).map_err(at("mmap"))?;
    // Where there are no huge pages, there is nothing to turn off.
    let _ = memory.advise(Advice::NoHugePages);
    Ok(memory)
}

impl Operation for OnPrivate {
    fn prepare(&mut self) -> Outcome {
        match self.call {
            PrivateCall::Nothing => return Ok(()),
            PrivateCall::Unmap => self.memory = Some(small_pages(self.pages)?),
            // A huge page is given back, and small ones come in its place.
            PrivateCall::Advise(Advice::Collapse) => self.memory()?.advise(Advice::DontNeed)?,
            PrivateCall::Advise(_) => {}
            PrivateCall::Protect => self.memory()?.protect(true).map_err(at("mprotect"))?,
            PrivateCall::Move => self.place = Some(small_pages(self.pages)?),
        }
        let pages = self.pages;
        self.memory()?.store(pages, 1).map_err(at("store"))
    }

    fn operate(&mut self) -> Outcome {
        match self.call {
            PrivateCall::Nothing => self.memory()?.advise(Advice::DontNeed),
            PrivateCall::Unmap => {
                self.memory = None;
                Ok(())
            }
            PrivateCall::Advise(advice) => self.memory()?.advise(advice),
            PrivateCall::Protect => self.memory()?.protect(false).map_err(at("mprotect")),
            PrivateCall::Move => {
                let both = self.memory.take().zip(self.place.take());
                let (from, to) = both.ok_or("mremap: nothing is ready to be moved")?;
                self.memory = Some(from.move_to(to)?);
                Ok(())
            }
        }
    }
}

/// What takes translations of a file's last pages away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileCall {
    Msync,
    Fdatasync,
    Punch,
    Truncate,
    Forget,
}

/// The last pages of a file, and the initiator's own mapping of all of it.
pub struct OnFile {
    call: FileCall,
    file: File,
    mapping: Pages,
    range: Range<u64>,
}

impl OnFile {
    pub fn new(call: FileCall, pages: usize, file: Option<&File>) -> Result<OnFile, String> {
        let file = file.ok_or("there is no file")?.try_clone().map_err(at("dup"))?;
        let size = file.metadata().map_err(at("fstat"))?.len();
        let start = size.checked_sub(pages as u64 * page_size()).ok_or("the file is too small")?;
        let mapping = Pages::map(&file, size, true).map_err(at("mmap"))?;
        let mut made = OnFile { call, file, mapping, range: start..size };
        // Once, so that a file system without holes is known at once.
        if call == FileCall::Punch {
            made.operate()?;
        }
        Ok(made)
    }

    /// The content is written again, and mapped here.
    fn rebuild(&self) -> Outcome {
        let page = vec![1; page_size() as usize];
        for offset in self.range.clone().step_by(page.len()) {
            self.file.write_all_at(&page, offset).map_err(at("pwrite"))?;
        }
        self.mapping.touch_range(self.range.clone());
        Ok(())
    }
}

impl Operation for OnFile {
    fn prepare(&mut self) -> Outcome {
        match self.call {
            FileCall::Msync | FileCall::Fdatasync => {
                let mut offsets = self.range.clone().step_by(page_size() as usize);
                offsets.try_for_each(|offset| self.mapping.store(offset, 2)).map_err(at("store"))
            }
            FileCall::Punch | FileCall::Truncate => self.rebuild(),
            FileCall::Forget => {
                self.mapping.touch_range(self.range.clone());
                Ok(())
            }
        }
    }

    fn operate(&mut self) -> Outcome {
        let range = self.range.clone();
        match self.call {
            FileCall::Msync => self.mapping.sync(range, MsFlags::MS_SYNC).map_err(at("msync")),
            FileCall::Fdatasync => fdatasync(&self.file).map_err(at("fdatasync")),
            FileCall::Punch => advice::punch(&self.file, range),
            FileCall::Truncate => ftruncate(&self.file, range.start as libc::off_t).map_err(at("ftruncate")),
            FileCall::Forget => self.mapping.advise(range, Advice::DontNeed),
        }
    }
}

impl Drop for OnFile {
    /// Other methods use the file too.
    fn drop(&mut self) {
        if self.call == FileCall::Truncate {
            let _ = self.rebuild();
        }
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
                let made = method.make(pages, Some(&file));
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
