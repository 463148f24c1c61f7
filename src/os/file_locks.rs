//! Locks on a file, as all systems report them, and as `inspection.json` keeps them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
