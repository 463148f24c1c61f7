//! A live server under the lens, as `inspection.json` keeps it: who maps a file, what the file is, how it is used now, what a commit costs.
//! Nothing of it was run by mapstorm. `samples.csv` beside it has what was seen over time.

mod commit_cost;
mod file;
mod load;
mod locks;
mod processes;
mod samples;

pub use commit_cost::{CommitCost, Limit, PricedChange};
pub use file::{Checkpoint, FileFormat, InspectedFile, LastChanges, PageCache};
pub use load::{LiveLoad, Observed, Precision, Sampled};
pub use locks::FileLocks;
pub use processes::MapperGroup;
pub use samples::{EmptyCells, write_inspection};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Environment, OneFile, ResultKind};
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

impl OneFile for Inspection {
    const FILE: &str = ResultKind::Inspection.file();

    fn mark_incomplete(&mut self, because: Vec<String>) {
        self.complete = false;
        self.incomplete_because.extend(because);
    }
}
