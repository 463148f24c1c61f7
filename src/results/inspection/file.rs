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
    /// Its size at the last look, bytes.
    pub bytes: u64,
    /// Nanoseconds since it was last written to, at the last look.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileFormat {
    /// Its name: `skiplist`, `twoskip`, `twom`, `flat`, `lmdb`, `sqlite`, `postgresql`, or what else its first bytes are.
    pub name: String,
    /// In words.
    pub description: String,
    /// How sure that is: `false` if only the name of the path, not the content, says so.
    pub by_content: bool,
    /// Syncs that one commit of this format makes; `null`: not known.
    pub syncs_per_commit: Option<u32>,
    /// Records in it, by its header; `null`: the header does not say.
    pub records: Option<u64>,
    /// Commits since it was made, by its header; `null`: the header does not say.
    pub commits: Option<u64>,
    /// The next checkpoint; `null`: the format has none.
    pub checkpoint: Option<Checkpoint>,
    /// Bytes by which the file can grow before all processes map it again, at the median of the mappers; `null`: no process maps it, or not
    /// from its beginning.
    pub until_remap_bytes: Option<u64>,
    /// Bytes by which the file is longer than the mapping, at the median of the mappers that map less than all of it; `null`: none does.
    pub behind_bytes: Option<u64>,
}

/// How far the next checkpoint is, by the rule of the format.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checkpoint {
    /// Bytes that a checkpoint would drop: what is in the log or dead.
    pub log_bytes: u64,
    /// Bytes of it at which the next commit makes a checkpoint.
    pub due_at_bytes: u64,
}
