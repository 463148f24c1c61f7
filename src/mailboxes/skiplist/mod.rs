//! Cyrus's skiplist: sorted records linked at up to 20 levels, 32-bit big-endian offsets, no checksums.
//! A file is a header, a dummy record, the records of the last checkpoint in order, then a log of transactions.

mod build;
mod check;
mod commit;
mod layout;
mod read;
mod recover;
mod scan;

pub use build::{Builder, Sizing, TOO_LARGE};
pub use check::{check, dump_layout};
pub use commit::commit;
pub(super) use layout::{MAGIC, TAIL, header_facts, log_and_tail};
pub use layout::{compare, is_clean};
pub use read::{find, key_order, seek, step};
pub use recover::recover;
pub(super) use scan::commits_in;
pub use scan::count;
