//! Listing a mailbox and all beneath it, as LIST does: the lock is released around every match, by twom around every record.
//! The walk goes on from where it was, unless the file has changed meanwhile; then it searches for its place again.

use super::{Database, LONGEST_KEY, locking::Gate};
use crate::{
    mailboxes::{Error, Format, Phase, PhaseClock, Storage, format::Cursor, lock::Hold},
    os::view::View,
};

/// After so many records that do not match a walk lets others in. Twoskip's does since Cyrus 3.0, skiplist's never; of twom Cyrus asks
/// for it at every record.
const fn misses_a_lock(format: Format) -> u32 {
    match format {
        Format::Twoskip => 256,
        Format::Twom => 1,
        Format::Skiplist | Format::Flat => u32::MAX,
    }
}

/// Of so many locks that a walk of twom takes again, the first goes through the gate, so that a writer who waits there gets in.
pub(super) const LOCKS_A_GATE: u64 = 64;

enum Pause {
    Match,
    /// Others get the lock in between.
    Yield,
    End,
}

struct Walk {
    cursor: Option<Cursor>,
    /// Inode of the file that the cursor is in, and where its content ended.
    file: (u64, u64),
    /// The key in `Database::place` was given already, and is not wanted again.
    past: bool,
}

/// Whether `key` is the mailbox `prefix` or lies beneath it. Separators are `.` (2.3) and 0x1F (3.6).
fn is_beneath(key: View<'_>, prefix: &[u8]) -> bool {
    prefix.is_empty() || key.load(prefix.len()).is_none_or(|next| matches!(next, b'.' | 0x1f))
}

impl Database<'_> {
    /// Walks the mailbox `prefix` and everything beneath it; returns how many records it met.
    pub fn list(&mut self, prefix: &[u8], clock: &mut impl PhaseClock) -> Result<u64, Error> {
        self.place.clear();
        self.place.reserve(LONGEST_KEY);
        self.place.extend_from_slice(prefix);
        let mut walk = Walk { cursor: None, file: (0, 0), past: false };
        let mut matches = 0;
        for cycle in 0_u64.. {
            let is_past = cycle > 0 && !(cycle - 1).is_multiple_of(LOCKS_A_GATE);
            self.begin_at(if is_past { Gate::Past } else { Gate::Through }, Hold::Shared, clock)?;
            let mut place = std::mem::take(&mut self.place);
            let pause = self.walk_on(&mut walk, prefix, &mut place);
            self.place = place;
            clock.ended(Phase::Search);
            match self.end(pause, clock)? {
                Pause::Match => matches += 1,
                Pause::Yield => {}
                Pause::End => break,
            }
        }
        Ok(matches)
    }

    /// Walks to the next match, or as far as the lock may be kept.
    fn walk_on(&self, walk: &mut Walk, prefix: &[u8], place: &mut Vec<u8>) -> Result<Pause, Error> {
        let bytes = self.bytes();
        let now = (self.inode, self.content_size()?);
        if walk.file != now {
            walk.cursor = None;
        }
        walk.file = now;
        let sought = walk.cursor.is_none();
        let cursor = match &mut walk.cursor {
            Some(cursor) => cursor,
            none => none.insert(Cursor::seek(self.options.format, self.options.order, bytes, place)?),
        };
        let mut misses = 0;
        loop {
            let Some((key, _)) = cursor.next(bytes)? else { return Ok(Pause::End) };
            if sought && walk.past && key == *place {
                continue;
            }
            if key.slice(0..prefix.len()).is_none_or(|start| start != *prefix) {
                return Ok(Pause::End);
            }
            let matches = is_beneath(key, prefix);
            misses += u32::from(!matches);
            if matches || misses == misses_a_lock(self.options.format) {
                key.copy_to(place);
                walk.past = true;
                return Ok(if matches { Pause::Match } else { Pause::Yield });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_beneath;

    #[test]
    fn a_longer_name_is_not_beneath() {
        assert!(is_beneath(b"user.joe".into(), b"user.joe"));
        assert!(is_beneath(b"user.joe.Sent".into(), b"user.joe"));
        assert!(is_beneath(b"Nuser\x1fjoe\x1fSent".into(), b"Nuser\x1fjoe"));
        assert!(!is_beneath(b"user.joe2".into(), b"user.joe"));
        assert!(is_beneath(b"anything".into(), b""));
    }
}
