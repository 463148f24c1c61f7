//! The name of `linux/folios.rs` on a system that does not show its page cache.
//! Unavailable, with that as the reason.

use std::collections::BTreeMap;

use super::view::View;

/// Unavailable.
pub fn count(_: View<'_>) -> Result<BTreeMap<u64, u64>, String> {
    Err("this system does not show how its page cache is made up".to_owned())
}
