//! Files that are no database which mapstorm reads, by name.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    Empty,
    Zeros,
    /// Cyrus's format of 3.13 and later.
    Twom,
    /// Cyrus's never finished format.
    Zeroskip,
    /// Begins as Cyrus's databases do, and goes on as none that is known here.
    UnknownCyrus,
    Sqlite,
    Berkeley,
    Lmdb,
    Compressed,
    /// Text: a list of mailboxes, a configuration, or Cyrus's backend `flat`.
    Text,
    Unknown,
}

impl Foreign {
    /// Its name in the JSON of `mailboxes check`, and what it is, for people.
    const fn texts(self) -> [&'static str; 2] {
        match self {
            Foreign::Empty => ["empty", "the file is empty (0 bytes)"],
            Foreign::Zeros => [
                "zeros",
                "the file begins with nothing but zero bytes: it was allocated and never written, or lost its content",
            ],
            Foreign::Twom => ["twom", "this is a twom database (Cyrus 3.13 and later)"],
            Foreign::Zeroskip => ["zeroskip", "this is a zeroskip database"],
            Foreign::UnknownCyrus => ["unknown-cyrus", "this is a Cyrus database of a format that is not known here"],
            Foreign::Sqlite => ["sqlite", "this is an SQLite database"],
            Foreign::Berkeley => ["berkeley", "this is a Berkeley DB database"],
            Foreign::Lmdb => ["lmdb", "this is an LMDB database"],
            Foreign::Compressed => ["compressed", "this is a compressed file; decompress it first"],
            Foreign::Text => {
                ["text", "this is text, such as a list of mailboxes or a database of Cyrus's backend `flat`"]
            }
            Foreign::Unknown => ["unknown", "the first bytes are those of no format that is known here"],
        }
    }

    pub const fn name(self) -> &'static str {
        self.texts()[0]
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts()[1])
    }
}
