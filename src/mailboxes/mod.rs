//! The mapped file: Cyrus's skiplist and twoskip databases and plain pages, made, read, changed and checked as Cyrus does.
//! Formats and protocols are those of Cyrus IMAP 2.3 to 3.6; every module names the structure it implements.

mod bytes;
mod choices;
mod error;
mod phase;

pub use bytes::Bytes;
pub use choices::{Amount, Format, LockKind, OpenMode, RecordStyle, RemapRule};
pub use error::{Error, FileError};
pub use phase::{NoPhases, Phase, PhaseClock};
