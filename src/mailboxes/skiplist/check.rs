//! Everything that can be verified in a skiplist file: its front-to-back content, and every pointer against it.
//! Slow and thorough; readers and writers do not need it.

use super::layout::{DUMMY, is_clean};
use super::recover::fixes;
use super::scan::scan;
use crate::mailboxes::{Bytes, Error, KeyOrder};

/// How many records are live, and whether nothing waits for recovery. If something does, only the content was checked: recovery
/// makes the pointers again.
pub fn check(bytes: Bytes<'_>, order: KeyOrder) -> Result<(u64, bool), Error> {
    let scan = scan(bytes, order)?;
    let records = scan.live.len() as u64;
    if !is_clean(bytes) {
        return Ok((records, false));
    }
    if scan.committed != bytes.len() {
        return Err(Error::corrupt(
            scan.committed,
            "from here on the log cannot be read, though the file ends with a commit: what follows was committed and is lost",
        ));
    }
    let fixes = fixes(bytes, order, &scan)?;
    // A pointer to where the file has ended: it was cut (a copy of a live file, say) just behind a commit, and only recovery makes it whole.
    if fixes.iter().any(|fix| u64::from(fix.found) >= bytes.len()) {
        return Ok((records, false));
    }
    if let Some(fix) = fixes.last() {
        return Err(Error::corrupt(fix.slot, "the pointer does not lead to the next record of its level"));
    }
    if scan.highest_level() > scan.header.level {
        return Err(Error::corrupt(DUMMY, "a record has a higher level than the header counts"));
    }
    Ok((records, true))
}
