//! Cyrus's twom format (3.13 and later): an append-only skip list with 64-bit offsets, stored through a shared mapping.
//! As in twoskip, level 0 has two alternating pointers, so that the last committed chain survives a commit cut short. A new version of a
//! record leads to the one before it, so that a repack sees the file as it was when it began. The file is longer than what it holds.
//!
//! Sources: `lib/twom.c` of Cyrus IMAP 3.13, and the library of its own (brong/twom, 4c01cf8) with its `doc/file-format.md`.

mod build;
mod check;
mod commit;
mod find;
mod header;
mod record;
mod recover;

use super::{
    Bytes, Error, KeyOrder,
    header_facts::{CHECKPOINT_SLACK, CheckpointDistance, HeaderFacts},
};
use header::Header;

pub use build::{Builder, Start};
pub use check::{check, consistent, dump_layout};
pub use commit::commit;
pub use find::{find, seek, step, step_as_of};
pub(super) use header::MAGIC;
pub use recover::recover;

/// Bytes that a file's size is a multiple of, whatever the size of a page.
const GRAIN: u64 = 16 << 10;

/// The size of a file that must hold `bytes`: a quarter more.
fn roundup(bytes: u64) -> u64 {
    bytes.saturating_add(bytes / 4).checked_next_multiple_of(GRAIN).unwrap_or(bytes)
}

/// How many records are live, as the header says: what every walk of the list is compared with.
pub fn count(bytes: Bytes<'_>, _: KeyOrder) -> Result<u64, Error> {
    Ok(Header::read(bytes)?.records)
}

/// Whether the last writer finished. What lies behind the committed bytes means nothing.
pub fn is_clean(bytes: Bytes<'_>) -> Result<bool, Error> {
    Ok(!Header::read(bytes)?.is_dirty())
}

/// Where the last commit ends: as long as it stays, so does all before it.
pub fn committed_size(bytes: Bytes<'_>) -> Result<u64, Error> {
    Ok(Header::read(bytes)?.current_size)
}

/// What the header says. Cyrus repacks a file of which more than 16834 bytes and more than a quarter are of no use.
pub(super) fn header_facts(start: Bytes<'_>, size: u64) -> Result<HeaderFacts, Error> {
    let Header { records, commits, dirty_size, current_size, .. } = Header::of(start, size)?;
    Ok(HeaderFacts {
        records: Some(records),
        commits: Some(commits),
        checkpoint: Some(CheckpointDistance {
            log_bytes: dirty_size,
            due_at_bytes: CHECKPOINT_SLACK.max(current_size / 4),
        }),
        room_bytes: Some(size.saturating_sub(current_size)),
    })
}
