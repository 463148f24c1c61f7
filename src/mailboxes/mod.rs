//! The mapped file: Cyrus's skiplist, twoskip and twom databases and plain pages, made, read, changed and checked as Cyrus does.
//! Formats and protocols are those of Cyrus IMAP 2.3 to 3.13; every module names the structure it implements.

mod bytes;
mod census;
mod chain;
mod changes;
mod commit_counter;
mod database;
mod error;
#[cfg(test)]
pub mod fixtures;
pub mod flat;
mod foreign;
mod format;
mod generate;
mod header_facts;
mod hooks;
mod inspect;
mod jmap_id;
mod last_changes;
mod layout_item;
mod lock;
mod mapping;
mod name;
mod options;
mod order;
mod recognise;
mod records;
mod recovery;
pub mod skiplist;
mod sorted;
mod storage;
#[cfg(test)]
mod tests;
pub mod twom;
pub mod twoskip;
mod write_behind;

pub use bytes::Bytes;
pub use changes::{Change, ChangeBuffer};
pub use commit_counter::{CommitCounter, Uncounted};
pub use database::{Database, OpenOptions};
pub use error::{Error, FileError};
pub use foreign::Foreign;
pub use generate::{GeneratePlan, GenerateSpec, MEMORY, MOST_WRITE_SIZE, expected_bytes, generate_within, memory_of};
pub use header_facts::HeaderFacts;
pub use hooks::{AfterCommit, NoPhases, Phase, PhaseClock};
pub use inspect::{Inspected, check, dump, list, repair};
pub use last_changes::LastChanges;
pub use layout_item::LayoutItem;
pub use lock::{Locked, Patience};
pub use mapping::{CommonMapping, Mapping};
pub use options::{Amount, Format, LockKind, OpenMode, RecordStyle, RemapRule};
pub use order::KeyOrder;
pub use recognise::{Contents, Recognised, detect};
pub use recovery::Summary;
pub use storage::{MemoryStorage, Storage, SyncCall};
#[cfg(test)]
pub use {generate::generate, storage::Call};
