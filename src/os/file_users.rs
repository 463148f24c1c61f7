//! Who has a file mapped, open or locked, as all systems report it, and as `inspection.json` keeps it.

use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts::{Availability, Probe};

/// A file, by its number in its file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// As `stat` reports it; the kernel's own lists may call the same file by another one (btrfs, overlayfs).
    pub device: u64,
    pub inode: u64,
}

impl From<&Metadata> for FileId {
    fn from(facts: &Metadata) -> FileId {
        FileId { device: facts.dev(), inode: facts.ino() }
    }
}

/// Finds the users of a file, again and again: of the file that its path names at each look, of those that it named
/// before, and where the system shows the names of deleted files, of those that were deleted or renamed over even earlier.
pub struct FileUsers {
    pub(super) path: PathBuf,
    pub(super) ids: Vec<FileId>,
}

impl FileUsers {
    /// Of the file with that number at `path`, which is absolute and without symbolic links.
    pub fn of(path: &Path, file: FileId) -> FileUsers {
        FileUsers { path: path.to_owned(), ids: vec![file] }
    }

    /// All numbers that the file has, and those that it had at the looks before: locks are listed by them.
    pub fn ids(&self) -> &[FileId] {
        &self.ids
    }

    /// The processes that map it or have it open now, by number, without this one; and what could not be seen.
    pub fn find(&mut self) -> (Vec<ProcessOfFile>, Unseen) {
        super::processes::find(self)
    }
}

/// A file that a process has mapped, and that may be its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedFile {
    /// Its path, as the process's mounts have it; if it was deleted, the path that it had.
    pub path: PathBuf,
    /// Bytes of it that are mapped.
    pub bytes: u64,
}

impl MappedFile {
    /// From the bytes that process `pid` maps of each file, the largest first.
    ///
    /// # Errors
    /// There is none.
    #[cfg(any(target_os = "linux", target_os = "illumos"))]
    pub(super) fn largest_first(pid: u32, bytes: std::collections::BTreeMap<PathBuf, u64>) -> Probe<Vec<MappedFile>> {
        if bytes.is_empty() {
            return Err(format!("process {pid} maps no file that may be a database: none is mapped shared"));
        }
        let mut files: Vec<MappedFile> = bytes.into_iter().map(|(path, bytes)| MappedFile { path, bytes }).collect();
        files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
        Ok(files)
    }
}

/// What a process used since it began; each figure unavailable where this user may not see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// One letter, as the system reports it; `D` is blocked inside the kernel.
    pub state: char,
    /// Time on a CPU of all its threads, nanoseconds.
    pub cpu_ns: Probe<u64>,
    /// Time that its threads were ready and waited for a CPU, nanoseconds.
    pub run_delay_ns: Probe<u64>,
}

/// A process that has the file mapped or open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProcessOfFile {
    /// Its number, as this process sees it.
    pub pid: u32,
    /// Its name in the system, such as `imapd`.
    pub command: String,
    /// Its user's name, or number where that has none.
    pub user: Availability<String>,
    /// Its service: the unit of its control group, or the group's path (illumos: the service, by its contract). `null`: it is in none.
    pub service: Availability<Option<String>>,
    /// Descriptors of the file, how each was opened; empty: none, the mapping is all it has.
    pub open: Availability<Vec<OpenFile>>,
    /// Its mappings of the file; empty: it has none.
    pub mapping: Vec<MappedRange>,
    /// Page tables of the whole process, bytes.
    pub page_table_bytes: Availability<u64>,
    /// Why a mapping of it (or, if it has none, a descriptor) is of a file that the path does not name now; `null`: it is not.
    pub stale: Option<Stale>,
    /// The CPU that it ran on last.
    pub last_cpu: Availability<u32>,
    /// How it was found: one letter of its state, as the system reports it.
    pub state: Availability<char>,
    /// Whether it changes the file: while it was watched it held a write lock on it, or it has the file open for writing and made pages
    /// of some file dirty. The second is not certain: which file that was, the system does not report.
    pub writes: bool,
}

/// A descriptor of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenFile {
    /// The descriptor.
    pub descriptor: u32,
    /// Whether it may be written through.
    pub writable: bool,
}

/// One range of addresses that shows the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MappedRange {
    /// Bytes of it.
    pub bytes: u64,
    /// Where in the file it begins, bytes.
    pub offset: u64,
    /// What it allows, which decides what a commit costs.
    pub kind: MappingKind,
    /// Bytes that have an entry in the page table; unavailable where looking would have cost too much.
    pub resident_bytes: Availability<u64>,
}

/// What a mapping allows. Write-back walks all mappings that can ever be written through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MappingKind {
    /// Read-only, of a file that was opened read-only: it can never be written through (Linux: neither `sh` nor `mw` in VmFlags).
    ReadOnly,
    /// Read-only, shared, of a file that was opened for writing: `mprotect` could make it writable, so write-back walks it.
    ReadOnlyOfWritable,
    /// Shared and writable.
    Writable,
    /// Private: a write would copy the page.
    Private,
}

/// Why a mapping is not of the file that the path names now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stale {
    /// Another file was renamed over it, as a checkpoint does.
    Replaced,
    /// It was deleted, and there is no file at the path.
    Deleted,
}

/// What could not be seen, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unseen {
    /// Processes whose mappings this user may not read.
    pub forbidden: u32,
    /// Processes that did not answer in time, by number: blocked in the kernel with their memory locked.
    pub stuck: Vec<u32>,
    /// Processes that ended meanwhile.
    pub vanished: u32,
    /// What hides processes or files altogether, in sentences: `hidepid`, a namespace, a missing privilege.
    pub because: Vec<String>,
}

/// A lock that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldLock {
    /// Which call made it.
    pub flavour: LockFlavour,
    /// Whether it excludes all others.
    pub exclusive: bool,
    /// Who holds it. `null`: an open file description, or a process outside of this namespace.
    pub pid: Option<u32>,
    /// Processes that have such a description open: one or more of them holds it. Empty where `pid` is known.
    pub perhaps: Vec<u32>,
    /// First byte.
    pub start: u64,
    /// Last byte; `null`: to the end of the file.
    pub end: Option<u64>,
    /// Who waits for it, in the order of the system.
    pub waiters: Vec<LockWaiter>,
}

/// Who waits for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockWaiter {
    /// The process; `null`: not known.
    pub pid: Option<u32>,
    /// Whether an exclusive lock is wanted.
    pub exclusive: bool,
    /// How many waiters stand between it and the lock's holder.
    pub depth: u32,
}

/// Which call makes a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LockFlavour {
    /// `fcntl(F_SETLK)`, of a process.
    Posix,
    /// `fcntl(F_OFD_SETLK)`, of an open file description.
    Ofd,
    /// `flock(2)`, of an open file description.
    Flock,
    /// A lease (`fcntl(F_SETLEASE)`), or a delegation of NFS.
    Lease,
}
