//! Locks on the file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{os::file_users::HeldLock, results::Availability};

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
