//! The table of methods: name, meaning, whose memory it is, and how each is made. Command line, results and documentation follow from it.

use super::operations::{
    Advised, Forgotten, Moved, Nothing, Operation, Protected, Punched, Ready, Shortened, Synced, Unmapped,
};
use crate::os::private_pages::Advice;

/// Whose translations an operation takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Private memory of the initiator's process: those of its threads.
    Private,
    /// Pages of a file: those of every process that maps it.
    File,
}

#[derive(Debug)]
pub struct ShootdownMethod {
    /// Its name on the command line and in results.
    pub name: &'static str,
    pub about: &'static str,
    pub memory: Memory,
    /// Responders store to the file's pages before, or else read them.
    pub stores: bool,
    /// The only number of pages that it takes; `None`: any.
    pub pages: Option<u32>,
    /// An error is why the system has no such operation.
    pub make: fn(&Ready<'_>) -> Result<Box<dyn Operation>, String>,
}

impl ShootdownMethod {
    pub fn named(name: &str) -> Option<&'static ShootdownMethod> {
        SHOOTDOWNS.iter().find(|method| method.name == name)
    }
}

/// What every other method is compared with: a call of the same kind that takes no translation away.
pub const CONTROL: &str = "nothing";
/// Pages of a huge page.
pub const HUGE: u32 = 512;

type Make = fn(&Ready<'_>) -> Result<Box<dyn Operation>, String>;

const fn private(name: &'static str, about: &'static str, make: Make) -> ShootdownMethod {
    ShootdownMethod { name, about, memory: Memory::Private, stores: false, pages: None, make }
}

const fn of_file(name: &'static str, about: &'static str, stores: bool, make: Make) -> ShootdownMethod {
    ShootdownMethod { name, about, memory: Memory::File, stores, pages: None, make }
}

pub static SHOOTDOWNS: &[ShootdownMethod] = &[
    private(CONTROL, "madvise(MADV_DONTNEED) of pages that no process has: the control", |ready| {
        Ok(Box::new(Nothing::new(ready)?))
    }),
    private("munmap", "munmap of private pages", |ready| Ok(Box::new(Unmapped::new(ready)))),
    private("dontneed", "madvise(MADV_DONTNEED) of private pages", |ready| {
        Ok(Box::new(Advised::new(ready, Advice::DontNeed)?))
    }),
    private("free", "madvise(MADV_FREE) of private pages", |ready| Ok(Box::new(Advised::new(ready, Advice::Free)?))),
    private("pageout", "madvise(MADV_PAGEOUT) of private pages; does nothing without swap", |ready| {
        Ok(Box::new(Advised::new(ready, Advice::PageOut)?))
    }),
    ShootdownMethod {
        pages: Some(HUGE),
        ..private("collapse", "madvise(MADV_COLLAPSE): small pages become a huge one", |ready| {
            Ok(Box::new(Advised::new(ready, Advice::Collapse)?))
        })
    },
    private("mprotect", "mprotect of private pages: they may only be read", |ready| {
        Ok(Box::new(Protected::new(ready)?))
    }),
    private("mremap", "mremap of private pages to another address", |ready| Ok(Box::new(Moved::new(ready)?))),
    of_file(
        "msync",
        "msync(MS_SYNC) after a store through the mapping: pages are write-protected again",
        true,
        |ready| Ok(Box::new(Synced::new(ready, true)?)),
    ),
    of_file(
        "fdatasync",
        "fdatasync after a store through the mapping: pages are write-protected again",
        true,
        |ready| Ok(Box::new(Synced::new(ready, false)?)),
    ),
    of_file("punch", "a hole where pages of the file were", false, |ready| Ok(Box::new(Punched::new(ready)?))),
    of_file("truncate", "ftruncate: the file's last pages are cut off", false, |ready| {
        Ok(Box::new(Shortened::new(ready)?))
    }),
    of_file(
        "dontneed-file",
        "madvise(MADV_DONTNEED) of the file's pages: the initiator's own translations",
        false,
        |ready| Ok(Box::new(Forgotten::new(ready)?)),
    ),
];
