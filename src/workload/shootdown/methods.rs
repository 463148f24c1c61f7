//! The table of methods: name, meaning, whose memory it is, and how each is made. Command line, results and documentation follow from it.

use std::fs::File;

use super::operations::{FileCall, OnFile, OnPrivate, Operation, PrivateCall};
use crate::os::private_pages::Advice;

#[derive(Debug)]
pub struct ShootdownMethod {
    /// Its name on the command line and in results.
    pub name: &'static str,
    pub about: &'static str,
    /// The only number of pages that it takes; `None`: any.
    pub pages: Option<u32>,
    call: Call,
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Private(PrivateCall),
    File(FileCall),
}

impl ShootdownMethod {
    pub fn named(name: &str) -> Option<&'static ShootdownMethod> {
        SHOOTDOWNS.iter().find(|method| method.name == name)
    }

    /// Whether it takes translations of a file's pages away, those of every process that maps it; or else those of private memory, which only
    /// the threads of its process have.
    pub fn is_of_file(&self) -> bool {
        matches!(self.call, Call::File(_))
    }

    /// Whether responders store to the file's pages before, or else read them.
    pub fn stores(&self) -> bool {
        matches!(self.call, Call::File(FileCall::Msync | FileCall::Fdatasync))
    }

    /// The operation on so many pages: on the last ones of a file that has as many, if it is about a file. An error is why the system has no
    /// such operation.
    pub fn make(&self, pages: usize, file: Option<&File>) -> Result<Box<dyn Operation>, String> {
        Ok(match self.call {
            Call::Private(call) => Box::new(OnPrivate::new(call, pages)?),
            Call::File(call) => Box::new(OnFile::new(call, pages, file)?),
        })
    }
}

/// What every other method is compared with: a call of the same kind that takes no translation away.
pub const CONTROL: &str = "nothing";
/// Pages of a huge page.
const HUGE: u32 = 512;

const fn private(name: &'static str, about: &'static str, call: PrivateCall) -> ShootdownMethod {
    ShootdownMethod { name, about, pages: None, call: Call::Private(call) }
}

const fn of_file(name: &'static str, about: &'static str, call: FileCall) -> ShootdownMethod {
    ShootdownMethod { name, about, pages: None, call: Call::File(call) }
}

pub static SHOOTDOWNS: &[ShootdownMethod] = &[
    private(CONTROL, "madvise(MADV_DONTNEED) of pages that no process has: the control", PrivateCall::Nothing),
    private("munmap", "munmap of private pages", PrivateCall::Unmap),
    private("dontneed", "madvise(MADV_DONTNEED) of private pages", PrivateCall::Advise(Advice::DontNeed)),
    private("free", "madvise(MADV_FREE) of private pages", PrivateCall::Advise(Advice::Free)),
    private(
        "pageout",
        "madvise(MADV_PAGEOUT) of private pages; does nothing without swap",
        PrivateCall::Advise(Advice::PageOut),
    ),
    ShootdownMethod {
        pages: Some(HUGE),
        ..private(
            "collapse",
            "madvise(MADV_COLLAPSE): small pages become a huge one",
            PrivateCall::Advise(Advice::Collapse),
        )
    },
    private("mprotect", "mprotect of private pages: they may only be read", PrivateCall::Protect),
    private("mremap", "mremap of private pages to another address", PrivateCall::Move),
    of_file(
        "msync",
        "msync(MS_SYNC) after a store through the mapping: pages are write-protected again",
        FileCall::Msync,
    ),
    of_file(
        "fdatasync",
        "fdatasync after a store through the mapping: pages are write-protected again",
        FileCall::Fdatasync,
    ),
    of_file("punch", "a hole where pages of the file were", FileCall::Punch),
    of_file("truncate", "ftruncate: the file's last pages are cut off", FileCall::Truncate),
    of_file(
        "dontneed-file",
        "madvise(MADV_DONTNEED) of the file's pages: the initiator's own translations",
        FileCall::Forget,
    ),
];
