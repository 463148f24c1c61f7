//! illumos's answers behind the names of `os`. Only the compiler has checked them.

pub mod advice;
pub mod affinity;
pub mod environment;
pub mod kernel_stack;
mod kstat;
pub mod limits;
pub mod process;
pub mod processes;
pub(super) mod sources;
pub mod task;
#[allow(dead_code, reason = "illumos lacks only some of what it stands for")]
#[path = "../unsupported.rs"]
mod unsupported;

use super::{contract_files, counters, facts, illumos_facts, pages};

// No call enters many existing pages into page tables at once (`MADV_WILLNEED` reads pages in but maps none, `memcntl(MC_LOCK)` also
// locks), and `ps -f` shows what the kernel kept at exec (`pr_psargs` of psinfo_t).
pub use unsupported::{identity, rename, title, tracefs};

pub mod locks {
    use super::sources::LOCKS;
    use crate::os::{facts::Probe, file_locks::HeldLock, file_users::FileId};

    pub struct LockReader;

    impl LockReader {
        pub fn open() -> LockReader {
            LockReader
        }

        pub fn read(&mut self, _: &[FileId]) -> Option<Probe<Vec<HeldLock>>> {
            Some(Err(LOCKS.to_owned()))
        }
    }
}

pub mod folios {
    use crate::os::{facts::Folio, pages::page_size, view::View};

    /// illumos's page cache of files is made of single pages; larger ones exist for memory without a file.
    pub fn list(_: View<'_>) -> Result<Vec<Folio>, String> {
        Err(format!("illumos has no folios: each page of a file, of {} bytes, is written back on its own", page_size()))
    }
}
