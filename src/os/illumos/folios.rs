//! The name of `linux/folios.rs`: illumos's page cache of files is made of single pages, so that there is nothing to count.
//! Larger pages exist for memory without a file.

use std::collections::BTreeMap;

use super::{page::page_size, view::View};

/// Unavailable.
pub fn count(_: View<'_>) -> Result<BTreeMap<u64, u64>, String> {
    Err(format!("illumos has no folios: each page of a file, of {} bytes, is written back on its own", page_size()))
}
