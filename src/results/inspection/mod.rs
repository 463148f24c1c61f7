//! A live server under the lens, as `inspection.json` keeps it: who maps a file, what the file is, how it is used now, what a commit costs.
//! Nothing of it was run by mapstorm. `samples.csv` beside it has what was seen over time.

mod commit_cost;
mod file;
mod load;
mod samples;

pub use commit_cost::{CommitCost, Limit, PricedChange};
pub use file::{Checkpoint, FileFormat, InspectedFile, LastChanges, PageCache};
pub use load::{LiveLoad, Observed, Precision, Sampled};
pub use samples::{EmptyCells, write_inspection};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, Environment};
pub use crate::os::file_users::{
    HeldLock, LockFlavour, LockWaiter, MappedRange, MappingKind, ProcessOfFile, Stale, Unseen,
};

#[cfg(test)]
pub use crate::os::file_users::OpenFile;

/// All of `inspection.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inspection {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// When it ended, UTC, ISO 8601.
    pub ended: String,
    /// False if it was interrupted or a part failed.
    pub complete: bool,
    /// What else went wrong.
    pub incomplete_because: Vec<String>,
    /// The machine; `file_system` is that of the file.
    pub environment: Environment,
    /// The file.
    pub file: InspectedFile,
    /// What the file is, and how far its next checkpoint is.
    pub format: FileFormat,
    /// The processes that map the file or have it open, by number.
    pub processes: Vec<ProcessOfFile>,
    /// The same, counted by command, user, service and kind of mapping: the largest group first.
    pub groups: Vec<MapperGroup>,
    /// What could not be seen.
    pub unseen: Unseen,
    /// Who holds locks on the file, and who waits for them.
    pub locks: FileLocks,
    /// What was seen to happen between the first look and the last.
    pub load: LiveLoad,
    /// Columns of `samples.csv` with empty cells, and why they are.
    #[serde(default)]
    pub empty_cells: Vec<EmptyCells>,
    /// What one commit costs now.
    pub commit_cost: CommitCost,
    /// In one sentence: what a commit costs now, and why.
    pub statement: String,
    /// What limits this answer.
    pub notes: Vec<String>,
    /// What this look cost: CPU time of mapstorm itself, nanoseconds.
    pub own_cpu_ns: u64,
    /// How long it took to find the processes once, nanoseconds.
    pub scan_ns: u64,
}

/// Processes that are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapperGroup {
    /// Their name; `NAME*` where they differ in a number at its end.
    pub command: String,
    /// Their user; `null`: not known.
    pub user: Option<String>,
    /// Their service; `null`: none, or not known.
    pub service: Option<String>,
    /// What their mappings allow; `null`: they have the file open and do not map it.
    pub kind: Option<MappingKind>,
    /// Why their mappings are stale; `null`: they are not.
    pub stale: Option<Stale>,
    /// How many processes.
    pub processes: u32,
    /// Bytes that they map, the largest of them.
    pub mapped_bytes: u64,
    /// Page tables of all of them together, bytes; of those whose figure is known.
    pub page_table_bytes: Availability<u64>,
    /// How many of them changed the file while they were watched.
    pub writers: u32,
}

/// Locks on the file when they were read, or why they cannot be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileLocks {
    /// Locks that are held, each with those that wait for it.
    pub held: Availability<Vec<HeldLock>>,
    /// Times that the locks were read.
    pub looks: u32,
    /// The most processes that waited at one look.
    pub most_waiters: u32,
    /// Share of the looks at which an exclusive lock was held, 0 to 1; `null`: the locks could not be read.
    pub exclusive_share: Option<f64>,
}
