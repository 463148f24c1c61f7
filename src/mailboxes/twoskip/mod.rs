//! Cyrus's twoskip format: an append-only skip list with 64-bit offsets and a CRC on every head and every content.
//! Level 0 has two alternating pointers, so that the last committed chain survives a commit cut short.

mod build;
mod check;
mod commit;
mod find;
mod header;
mod layout_dump;
mod record;
mod recover;

use std::cmp::Ordering;

use super::{Bytes, Error, KeyOrder};
use crate::os::view::View;
use header::Header;

pub use build::Builder;
pub use check::check;
pub use commit::commit;
pub use find::{find, key_order, seek, step};
pub(super) use header::MAGIC;
pub use layout_dump::dump_layout;
pub(super) use record::draw_level;
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
pub fn count(bytes: Bytes<'_>) -> Result<u64, Error> {
    Ok(Header::read(bytes)?.records)
}

/// Whether the last writer finished: the header says so and the file is exactly as long as it says.
pub fn is_clean(bytes: Bytes<'_>) -> Result<bool, Error> {
    Ok(Header::read(bytes)?.is_clean(bytes))
}

/// Whether the file has grown so much since it was last packed that Cyrus would pack it now.
pub fn needs_checkpoint(bytes: Bytes<'_>) -> Result<bool, Error> {
    let header = Header::read(bytes)?;
    Ok(header.current_size > 16834 && header.current_size > header.repack_size.saturating_mul(2))
}
