//! The file itself.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::results::{Availability, FileSystem, Folios};

/// The file that is inspected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedFile {
    /// Its path, absolute.
    pub path: PathBuf,
    /// Its device, as `major:minor`.
    pub device: String,
    /// Its inode.
    pub inode: u64,
    /// Its size at the end, bytes.
    pub bytes: u64,
    /// Nanoseconds from its last change to then.
    pub since_change_ns: u64,
    /// The file system that it is on.
    pub file_system: Availability<FileSystem>,
    /// How the page cache holds it.
    pub page_cache: PageCache,
}

/// How the page cache holds the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PageCache {
    /// Bytes of it in memory.
    pub resident_bytes: Availability<u64>,
    /// Bytes that wait to be written back, or are written back now.
    pub dirty_bytes: Availability<u64>,
    /// Folios of each size, smallest first; of a sample of the file where it is large.
    pub folios: Availability<Vec<Folios>>,
    /// Bytes of the file that the folios were read of.
    pub folios_of_bytes: u64,
}

/// What the file is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileFormat {
    /// Its name: `skiplist`, `twoskip`, `twom`, `flat`, `lmdb`, `sqlite`, `postgresql`, or what else its first bytes are.
    pub name: String,
    /// In words.
    pub description: String,
    /// How sure that is: `false` if only the name of the path, not the content, says so.
    pub by_content: bool,
    /// Syncs of this file that one commit makes, as far as its format shows: 0 where a commit syncs a log beside it; `null`: not known.
    pub syncs_per_commit: Option<u32>,
    /// Records in it, by its header (LMDB: of its main database, where each named one counts as one); `null`: the header does not say.
    pub records: Option<u64>,
    /// Commits since it was made or packed, by its header; `null`: the header does not say.
    pub commits: Option<u64>,
    /// What the last commits changed, by the log in the file; `null`: the log does not say, or begins with the next commit.
    pub last_changes: Option<LastChanges>,
    /// The next checkpoint; `null`: the format has none.
    pub checkpoint: Option<Checkpoint>,
    /// Bytes that can be committed before all processes remap the file, at the median of those that map it from its beginning to its end;
    /// `null`: there is no such process, or the format remaps by no known rule.
    pub until_remap_bytes: Option<u64>,
    /// Bytes by which the file is longer than the mapping, at the median of the processes that map it from its beginning and not to its end:
    /// they remap it at their next lookup; `null`: none does.
    pub behind_bytes: Option<u64>,
}

/// Records that the last commits changed: 64 commits at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastChanges {
    /// Records with a new key, or with one that none of these commits stored before: twoskip does not say which.
    pub stores: u32,
    /// Records with a key that one of these commits stored before.
    pub replaces: u32,
    /// Records that were deleted.
    pub deletes: u32,
}

/// How far the next checkpoint is, by the rule of the format.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checkpoint {
    /// Bytes that a checkpoint would drop: what is in the log or dead.
    pub log_bytes: u64,
    /// With more of them than this, a commit is followed by a checkpoint.
    pub due_at_bytes: u64,
}
