//! Cyrus's twoskip format: an append-only skip list with 64-bit offsets and a CRC on every head and every content.
//! Level 0 has two alternating pointers, so that the last committed chain survives a commit cut short.

mod build;
mod check;
mod commit;
mod find;
mod header;
mod record;
mod recover;

use std::cmp::Ordering;

use super::{
    Bytes, Error, KeyOrder,
    header_facts::{CHECKPOINT_SLACK, CheckpointDistance, HeaderFacts},
};
use crate::os::view::View;
use header::Header;

pub use build::Builder;
pub use check::{check, dump_layout};
pub use commit::commit;
pub use find::{find, key_order, seek, step};
pub(super) use header::MAGIC;
pub(super) use record::{COMMIT, changes_in, draw_level, transaction_start};
pub use recover::recover;

#[inline]
fn compare_in<'a>(order: KeyOrder, a: View<'a>, b: View<'a>) -> Ordering {
    order.compare(compare, a, b)
}

/// The plain order of keys: `memcmp`, then the length.
#[inline]
pub fn compare<'a>(a: View<'a>, b: View<'a>) -> Ordering {
    a.compare(b, |byte| byte)
}

/// How many records are live, as the header says: what every walk of the list is compared with.
pub fn count(bytes: Bytes<'_>, _: KeyOrder) -> Result<u64, Error> {
    Ok(Header::read(bytes)?.records)
}

/// Whether the last writer finished: the header says so and the file is exactly as long as it says.
pub fn is_clean(bytes: Bytes<'_>) -> Result<bool, Error> {
    Ok(Header::read(bytes)?.is_clean(bytes))
}

/// What the header says. Cyrus packs a file that is larger than 16834 bytes and twice as large as when it was last packed.
pub(super) fn header_facts(start: Bytes<'_>, size: u64) -> Result<HeaderFacts, Error> {
    let Header { records, repack_size, current_size, .. } = Header::of(start, size)?;
    let checkpoint = CheckpointDistance {
        log_bytes: current_size.saturating_sub(repack_size),
        due_at_bytes: repack_size.max(CHECKPOINT_SLACK.saturating_sub(repack_size)),
    };
    Ok(HeaderFacts { records: Some(records), checkpoint: Some(checkpoint), ..HeaderFacts::default() })
}

/// Where the last commit ends, and where the file ended when it was last packed, before the COMMIT of that.
pub(super) fn committed_and_packed(start: Bytes<'_>, size: u64) -> Result<(u64, u64), Error> {
    let Header { repack_size, current_size, .. } = Header::of(start, size)?;
    Ok((current_size, repack_size))
}
