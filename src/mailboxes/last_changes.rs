//! What the last commits to a file changed, by the end of its log. Nothing is locked: what is committed stays as it is.

use std::{collections::HashSet, fs::File};

use super::{
    Error,
    commit_counter::{CHECKPOINT_COMMIT, transaction_start, twoskip_end},
    recognise::read_at,
    twoskip,
};

/// So many commits are read, and no more bytes of each.
const COMMITS: usize = 64;
const MOST_BYTES: u64 = 64 << 10;

/// Records that the last commits changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastChanges {
    /// With a new key, or one that none of these commits stored before: the log does not say which.
    pub stores: u32,
    /// With a key that one of these commits stored before.
    pub replaces: u32,
    pub deletes: u32,
}

impl LastChanges {
    /// Of a twoskip file; `None`: nothing was committed to it since it was packed.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn of_twoskip(file: &File) -> Result<Option<LastChanges>, Error> {
        let (mut at, packed) = twoskip_end(file)?;
        let mut newest_first = Vec::new();
        for _ in 0..COMMITS {
            if at <= packed + CHECKPOINT_COMMIT {
                break;
            }
            let start = transaction_start(file, at)?;
            if at - start <= MOST_BYTES {
                let transaction = read_at(file, start, (at - start) as usize).map_err(Error::io("read"))?;
                newest_first.push(twoskip::changes_in(&transaction)?);
            }
            at = start;
        }
        let mut found = LastChanges::default();
        let mut stored = HashSet::new();
        for change in newest_first.into_iter().rev().flatten() {
            match change {
                None => found.deletes += 1,
                Some(key) => *if stored.insert(key) { &mut found.stores } else { &mut found.replaces } += 1,
            }
        }
        Ok((found != LastChanges::default()).then_some(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::{
        Change, Format, NoPhases, RecordStyle,
        fixtures::{generated, writer},
    };

    #[test]
    fn the_kinds_of_the_last_commits_are_counted_up_to_a_checkpoint() {
        let (_directory, path) = generated(Format::Twoskip, RecordStyle::Cyrus36, 200);
        let last = || LastChanges::of_twoskip(&File::open(&path).unwrap()).unwrap();
        assert_eq!(last(), None, "it was just made");
        let mut writer = writer(Format::Twoskip, &path);
        let mut commit = |changes: &[Change<'_>]| writer.commit(changes, &mut NoPhases).unwrap();
        let store = |key: &'static str| Change::Store { key: key.as_bytes(), value: b"value" };
        // What a record holds already is not stored again.
        let replace = |value| Change::Store { key: b"new.one", value };
        commit(&[store("new.one"), store("new.two")]);
        assert_eq!(last(), Some(LastChanges { stores: 2, replaces: 0, deletes: 0 }));
        commit(&[replace(b"another value")]);
        commit(&[Change::Delete { key: b"new.two" }]);
        assert_eq!(last(), Some(LastChanges { stores: 2, replaces: 1, deletes: 1 }));
        // Later ones take the place of the first.
        (1..COMMITS).for_each(|number| _ = commit(&[replace(&[b'v'; COMMITS][number..])]));
        assert_eq!(last(), Some(LastChanges { stores: 1, replaces: COMMITS as u32 - 2, deletes: 1 }));
        let value = vec![b'v'; 70_000];
        commit(&[Change::Store { key: b"new.large", value: &value }]);
        assert!(last().is_none_or(|last| last.stores <= 1), "what is too large is not read");
    }
}
