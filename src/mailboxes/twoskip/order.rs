//! Which order a twoskip's keys are in, told by the committed list.

use super::compare;
use super::header::{HEADER, Header};
use super::record::Head;
use crate::mailboxes::{Bytes, Error, KeyOrder, order::told_by};

/// The order of the file's keys. Damage ends the evidence.
pub fn key_order(bytes: Bytes<'_>) -> KeyOrder {
    told(bytes).ok().flatten().unwrap_or_default()
}

fn told(bytes: Bytes<'_>) -> Result<Option<KeyOrder>, Error> {
    let end = Header::read(bytes)?.current_size;
    let mut head = Head::read(bytes, HEADER, end)?;
    // A circle is left after as many steps as there may be records.
    for _ in 0..end / 32 {
        let Some(next) = Head::live(bytes, head.next(0, end)?, end)? else { break };
        if !head.is_dummy()
            && let Some(order) = told_by(compare, head.key()?, next.key()?)
        {
            return Ok(Some(order));
        }
        head = next;
    }
    Ok(None)
}
