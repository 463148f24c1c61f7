//! The mapped file: Cyrus's skiplist and twoskip databases and plain pages, made, read, changed and checked as Cyrus does.
//! Formats and protocols are those of Cyrus IMAP 2.3 to 3.6; every module names the structure it implements.

mod after;
mod behind;
mod bytes;
mod change;
mod changes;
mod choices;
mod cursor;
mod database;
mod error;
pub mod flat;
mod foreign;
mod generate;
#[cfg(test)]
mod injured;
mod inspect;
mod lock;
mod mapping;
mod medium;
mod name;
mod order;
mod phase;
mod piece;
mod recognise;
mod records;
mod recovery;
pub mod skiplist;
mod sorted;
pub mod twoskip;

pub use after::AfterCommit;
pub use bytes::Bytes;
pub use change::Change;
pub use changes::ChangeBuffer;
pub use choices::{Amount, Format, LockKind, OpenMode, RecordStyle, RemapRule};
pub use database::{Database, OpenOptions};
pub use error::{Error, FileError};
pub use foreign::Foreign;
pub use generate::{GeneratePlan, GenerateSpec, MEMORY, MOST_WRITE_SIZE, expected_bytes, generate_within, memory_of};
pub use inspect::{Inspected, check, dump, list, repair};
pub use lock::Patience;
pub use mapping::Mapping;
pub use medium::{Medium, MemoryMedium};
pub use order::{KeyOrder, mboxsort};
pub use phase::{NoPhases, Phase, PhaseClock};
pub use piece::Piece;
pub use recognise::detect;
pub use recovery::Summary;
#[cfg(test)]
pub use {generate::generate, medium::Call};
