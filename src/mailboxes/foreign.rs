//! Files that are no database which mapstorm reads, by name; what the headers of LMDB and SQLite say, and how often they and PostgreSQL
//! sync the file for one commit.
//! LMDB: `MDB_meta` and `MDB_db` of `mdb.c` (data version 1, of 64-bit machines). SQLite: section 1.3 of its file format.

use std::{fmt, io};

use super::HeaderFacts;

macro_rules! foreign {
    ($($(#[$comment:meta])* $kind:ident: $name:literal, $text:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Foreign {
            $($(#[$comment])* $kind,)*
        }

        impl Foreign {
            /// Its name in the JSON of `mailboxes check`, and what it is, for people.
            const fn texts(self) -> [&'static str; 2] {
                match self {
                    $(Foreign::$kind => [$name, $text],)*
                }
            }
        }
    };
}

foreign! {
    Empty: "empty", "the file is empty (0 bytes)";
    Zeros: "zeros", "the file begins with nothing but zero bytes: it was allocated and never written, or lost its content";
    /// Cyrus's never finished format.
    Zeroskip: "zeroskip", "this is a zeroskip database";
    /// Begins as Cyrus's databases do, and goes on as none that is known here.
    UnknownCyrus: "unknown-cyrus", "this is a Cyrus database of a format that is not known here";
    Sqlite: "sqlite", "this is an SQLite database";
    Berkeley: "berkeley", "this is a Berkeley DB database";
    Lmdb: "lmdb", "this is an LMDB database";
    /// The first segment of a table or an index, or a map beside it.
    Postgresql: "postgresql", "this is a relation of PostgreSQL: a table, an index or a map of one";
    Compressed: "compressed", "this is a compressed file; decompress it first";
    Text: "text", "this is text, such as a list of mailboxes or a database of Cyrus's backend `flat`";
    Unknown: "unknown", "the first bytes are those of no format that is known here";
}

impl Foreign {
    pub const fn name(self) -> &'static str {
        self.texts()[0]
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts()[1])
    }
}

/// Where LMDB's meta page has its magic: after the header of a page.
const LMDB_MAGIC: usize = 16;
/// In LMDB's meta page: the page size, which is a field of the database of free pages; entries of the main database; the transaction.
const LMDB_PAGE: usize = 40;
const LMDB_ENTRIES: usize = 120;
const LMDB_TRANSACTION: usize = 144;
/// In SQLite's header: how it is written (1: with a rollback journal, 2: with a write-ahead log), and the change counter.
const SQLITE_WRITE_VERSION: usize = 18;
const SQLITE_CHANGES: usize = 24;

/// Syncs of this file that one commit makes; `None`: not known.
pub fn syncs_per_commit(foreign: Foreign, start: &[u8]) -> Option<u32> {
    match foreign {
        // The data, by fdatasync; then the meta page, through a descriptor that was opened with O_DSYNC. Unless it was opened with
        // MDB_NOSYNC or MDB_NOMETASYNC, which the file does not show.
        Foreign::Lmdb => Some(2),
        // The journal is synced too, which is a file of its own.
        Foreign::Sqlite if start.get(SQLITE_WRITE_VERSION) == Some(&1) => Some(1),
        // A commit syncs the log alone; this file is synced at checkpoints.
        Foreign::Sqlite | Foreign::Postgresql => Some(0),
        _ => None,
    }
}

/// What the header says. `more` reads as much from another offset.
pub fn facts(foreign: Foreign, start: &[u8], more: impl Fn(u64) -> io::Result<Vec<u8>>) -> HeaderFacts {
    let (records, commits) = match foreign {
        Foreign::Lmdb => {
            let page = word(start, LMDB_PAGE).filter(|page| page.is_power_of_two() && (256..=65536).contains(page));
            let other = page.and_then(|page| more(page.into()).ok());
            // Transactions write the two meta pages in turn: the newer one counts.
            let metas = [Some(start), other.as_deref()].into_iter().flatten().filter_map(meta);
            metas
                .max_by_key(|(_, transaction)| *transaction)
                .map_or((None, None), |(entries, transaction)| (Some(entries), Some(transaction)))
        }
        // With a write-ahead log the counter changes at checkpoints at most.
        Foreign::Sqlite if start.get(SQLITE_WRITE_VERSION) == Some(&1) => {
            let changes = start.get(SQLITE_CHANGES..SQLITE_CHANGES + 4).and_then(|bytes| bytes.try_into().ok());
            (None, changes.map(|bytes| u32::from_be_bytes(bytes).into()))
        }
        _ => (None, None),
    };
    HeaderFacts { records, commits, ..HeaderFacts::default() }
}

/// Entries of the main database, and the last transaction, of one meta page in the order of bytes of this machine.
fn meta(page: &[u8]) -> Option<(u64, u64)> {
    let long = |at: usize| Some(u64::from_ne_bytes(page.get(at..at + 8)?.try_into().ok()?));
    let is_meta = word(page, LMDB_MAGIC) == Some(0xbeef_c0de) && word(page, LMDB_MAGIC + 4) == Some(1);
    if is_meta { Some((long(LMDB_ENTRIES)?, long(LMDB_TRANSACTION)?)) } else { None }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of LMDB's two meta pages.
    fn lmdb_meta(entries: u64, transaction: u64) -> Vec<u8> {
        let mut page = vec![0; 4096];
        page[16..20].copy_from_slice(&0xbeef_c0de_u32.to_ne_bytes());
        page[20..24].copy_from_slice(&1u32.to_ne_bytes());
        page[40..44].copy_from_slice(&4096u32.to_ne_bytes());
        page[120..128].copy_from_slice(&entries.to_ne_bytes());
        page[144..152].copy_from_slice(&transaction.to_ne_bytes());
        page
    }

    #[test]
    fn the_newer_meta_page_of_lmdb_counts() {
        let known = |first: (u64, u64), second: Option<(u64, u64)>| {
            let other = second.map(|(entries, transaction)| lmdb_meta(entries, transaction));
            let start = lmdb_meta(first.0, first.1);
            let found = facts(Foreign::Lmdb, &start, |offset| {
                assert_eq!(offset, 4096);
                Ok(other.clone().unwrap_or_default())
            });
            (found.records, found.commits)
        };
        assert_eq!(known((7, 40), Some((8, 41))), (Some(8), Some(41)));
        assert_eq!(known((9, 42), Some((8, 41))), (Some(9), Some(42)));
        assert_eq!(known((9, 42), None), (Some(9), Some(42)), "the file ends after one");
        let unknown = facts(Foreign::Lmdb, &lmdb_meta(1, 1)[..60], |_| Ok(Vec::new()));
        assert_eq!(unknown, HeaderFacts::default());
        assert_eq!(syncs_per_commit(Foreign::Lmdb, &[]), Some(2));
    }

    #[test]
    fn sqlite_counts_transactions_only_with_a_rollback_journal() {
        let header = |version: u8| {
            let mut header = vec![0; 100];
            header[..16].copy_from_slice(b"SQLite format 3\0");
            header[18..20].fill(version);
            header[24..28].copy_from_slice(&77u32.to_be_bytes());
            let found = facts(Foreign::Sqlite, &header, |_| unreachable!());
            (found.commits, syncs_per_commit(Foreign::Sqlite, &header))
        };
        assert_eq!(header(1), (Some(77), Some(1)));
        assert_eq!(header(2), (None, Some(0)));
    }
}
