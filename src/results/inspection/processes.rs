//! Processes of the file that are alike.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::os::{
    facts::Availability,
    file_users::{MappingKind, Stale},
};

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
