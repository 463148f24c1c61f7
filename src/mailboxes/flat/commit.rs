//! One commit to a flat file: the page, its sync, the header, its sync. All of it under the exclusive lock.

use super::{Header, LENGTH, MOST_VALUE, UPDATES, VALUE};
use crate::mailboxes::{Change, Error, Phase, PhaseClock, Storage};

/// Replaces pages' values and returns how many. Pages are neither added nor deleted.
pub fn commit(storage: &mut impl Storage, changes: &[Change<'_>], clock: &mut impl PhaseClock) -> Result<u32, Error> {
    let mut header = Header::read(storage.bytes())?;
    for change in changes {
        match change {
            Change::Delete { .. } => return Err(Error::Unsupported { what: "a flat file's pages cannot be deleted" }),
            Change::Store { value, .. } if value.len() > MOST_VALUE => {
                return Err(Error::TooLarge { what: "a page's value", limit: MOST_VALUE as u64 });
            }
            Change::Store { key, .. } if header.page_of(key).is_none() => {
                return Err(Error::Unsupported { what: "a flat file has no page of this key, and none can be added" });
            }
            Change::Store { .. } => {}
        }
    }
    clock.ended(Phase::Search);
    clock.began(Phase::Write1);
    if changes.is_empty() {
        return Ok(0);
    }
    for change in changes {
        if let Change::Store { key, value } = change
            && let Some(page) = header.page_of(key)
        {
            let updates = storage.bytes().u64_at(page + UPDATES)?.wrapping_add(1);
            let mut head = [0; (VALUE - UPDATES) as usize];
            head[..8].copy_from_slice(&updates.to_be_bytes());
            head[(LENGTH - UPDATES) as usize..].copy_from_slice(&(value.len() as u32).to_be_bytes());
            storage.append(page + UPDATES, &[&head, value])?;
        }
    }
    clock.ended(Phase::Write1);
    clock.began(Phase::Sync1);
    storage.sync_data()?;
    clock.ended(Phase::Sync1);
    clock.began(Phase::Write2);
    header.commits += 1;
    storage.write(0, &header.encode())?;
    clock.ended(Phase::Write2);
    clock.began(Phase::Sync2);
    storage.sync_data()?;
    clock.ended(Phase::Sync2);
    Ok(changes.len() as u32)
}
