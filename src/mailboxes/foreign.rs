//! Files that are no database which mapstorm reads, by name.

use std::fmt;

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
