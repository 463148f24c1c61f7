//! Files that are no database which mapstorm reads, by name.

use std::fmt;

/// A file that is no skiplist, twoskip or flat file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// No bytes at all.
    Empty,
    /// Nothing but zeros at its start.
    Zeros,
    /// Cyrus's format of 3.13 and later.
    Twom,
    /// Cyrus's never finished format.
    Zeroskip,
    /// Begins as Cyrus's databases do, and goes on as none that is known here.
    UnknownCyrus,
    /// SQLite 3.
    Sqlite,
    /// Berkeley DB, Cyrus's default before skiplist.
    Berkeley,
    /// LMDB.
    Lmdb,
    /// The output of a compressor.
    Compressed,
    /// Text: a list of mailboxes, a configuration, or Cyrus's backend `flat`.
    Text,
    /// Something else.
    Unknown,
}

impl Foreign {
    /// Its name in the JSON of `mailboxes check`.
    pub const fn name(self) -> &'static str {
        match self {
            Foreign::Empty => "empty",
            Foreign::Zeros => "zeros",
            Foreign::Twom => "twom",
            Foreign::Zeroskip => "zeroskip",
            Foreign::UnknownCyrus => "unknown-cyrus",
            Foreign::Sqlite => "sqlite",
            Foreign::Berkeley => "berkeley",
            Foreign::Lmdb => "lmdb",
            Foreign::Compressed => "compressed",
            Foreign::Text => "text",
            Foreign::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::Empty => "the file is empty (0 bytes)",
            Foreign::Zeros => {
                "the file begins with nothing but zero bytes: it was allocated and never written, or lost its content"
            }
            Foreign::Twom => "this is a twom database (Cyrus 3.13 and later)",
            Foreign::Zeroskip => "this is a zeroskip database",
            Foreign::UnknownCyrus => "this is a Cyrus database of a format that is not known here",
            Foreign::Sqlite => "this is an SQLite database",
            Foreign::Berkeley => "this is a Berkeley DB database",
            Foreign::Lmdb => "this is an LMDB database",
            Foreign::Compressed => "this is a compressed file; decompress it first",
            Foreign::Text => "this is text, such as a list of mailboxes or a database of Cyrus's backend `flat`",
            Foreign::Unknown => "the first bytes are those of no format that is known here",
        })
    }
}
