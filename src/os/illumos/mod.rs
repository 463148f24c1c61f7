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

pub mod page_cache {
    use std::fs::File;

    pub use crate::os::facts::CachedBytes;

    /// A file on ZFS is in the ARC, and in pages too only where it is mapped; neither is reported by file.
    pub fn cached_bytes(_: &File) -> CachedBytes {
        let why = "illumos does not report by file what is in memory; `kstat -p zfs::arcstats` has all files together";
        CachedBytes { resident: Err(why.to_owned()), dirty: Err(why.to_owned()) }
    }
}

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
    use std::fs::File;

    use crate::os::{
        facts::{Folio, FolioSample},
        pages::page_size,
        view::View,
    };

    pub fn sample(_: &File, _: u64) -> Result<FolioSample, String> {
        none()
    }

    pub fn list(_: View<'_>) -> Result<Vec<Folio>, String> {
        none()
    }

    /// illumos's page cache of files is made of single pages; larger ones exist for memory without a file.
    fn none<T>() -> Result<T, String> {
        Err(format!("illumos has no folios: each page of a file, of {} bytes, is written back on its own", page_size()))
    }
}
