//! The file that is looked for, by all that the kernel may call it.

use std::{
    collections::HashMap,
    fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::Path,
    sync::{PoisonError, RwLock},
};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::mappings::{Mapping, Method, NameOf, Which};
use crate::os::{
    file_users::{FileId, Stale},
    pages::Pages,
    regular_file::open_regular,
};

/// What the kernel puts behind the name of a file that has none any more.
pub const DELETED: &[u8] = b" (deleted)";

/// A file to look for: which numbers it has, and what older files at its path are called.
pub struct Sought {
    ids: Vec<FileId>,
    now: Vec<FileId>,
    deleted: Vec<u8>,
    /// The mounts that the path is meant in.
    mounts: Option<u64>,
    /// Files that were judged by their name, so that each is asked for its name once, not in each process.
    judged: RwLock<HashMap<FileId, bool>>,
}

/// What `stat` and the kernel's lists call the file at a path: the same in most file systems, but not in btrfs (whose subvolumes have devices
/// of their own for `stat` alone) and overlayfs. Nothing: there is no such file.
///
/// A mapping of this process shows what they call it. It is read-only, of a descriptor that is too, so that write-back does not walk it, it is
/// never touched, and it is gone at once.
pub fn ids_at(path: &Path) -> Vec<FileId> {
    let Ok(file) = open_regular(path) else {
        return path.metadata().iter().map(FileId::from).collect();
    };
    // A mapping counts as an access. Only the owner may ask for none to be recorded.
    let _ = fcntl(&file, FcntlArg::F_SETFL(OFlag::O_NOATIME | OFlag::O_NONBLOCK));
    let mut ids: Vec<FileId> = file.metadata().iter().map(FileId::from).collect();
    if let Ok(mapped) = Pages::map(&file, 1, false) {
        let mut add = |mapping: &Mapping, _: NameOf<'_>| {
            if mapping.start == mapped.address() && !ids.contains(&mapping.file) {
                ids.push(mapping.file);
            }
        };
        // Without it the number that `stat` reports has to do.
        let _ = Method::of_this_kernel().visit(std::process::id(), Which::Shared, &mut add);
    }
    ids
}

impl Sought {
    /// `ids`: all numbers that the path has or had; `now`: those that it has.
    pub fn new(path: &Path, ids: Vec<FileId>, now: Vec<FileId>) -> Sought {
        let deleted = [path.as_os_str().as_bytes(), DELETED].concat();
        Sought { ids, now, deleted, mounts: mounts_of("self"), judged: RwLock::default() }
    }

    /// Whether a file of a process is this one, or was at its path before: then it has lost its name, and the kernel shows the one that it had.
    /// A name means the same file only within the same mounts; in another container's it is not looked at.
    pub fn is(&self, pid: u32, file: FileId, name: NameOf<'_>) -> bool {
        if self.ids.contains(&file) {
            return true;
        }
        if self.ids.iter().all(|known| known.device != file.device) {
            return false;
        }
        let judged = self.judged.read().unwrap_or_else(PoisonError::into_inner).get(&file).copied();
        judged.unwrap_or_else(|| {
            let Some(name) = name() else { return false };
            let is = name == self.deleted && self.mounts.is_some() && mounts_of(pid) == self.mounts;
            // In another container the same deleted file has another name.
            if is || !name.ends_with(DELETED) {
                self.judged.write().unwrap_or_else(PoisonError::into_inner).insert(file, is);
            }
            is
        })
    }

    /// Why files that a process uses are not the one at the path; `None`: they are.
    pub fn stale(&self, files: impl IntoIterator<Item = FileId>) -> Option<Stale> {
        let is_old = files.into_iter().any(|file| !self.now.contains(&file));
        let kind = if self.now.is_empty() { Stale::Deleted } else { Stale::Replaced };
        is_old.then_some(kind)
    }
}

/// The mount namespace of a process.
pub fn mounts_of(process: impl std::fmt::Display) -> Option<u64> {
    Some(fs::metadata(format!("/proc/{process}/ns/mnt")).ok()?.ino())
}
