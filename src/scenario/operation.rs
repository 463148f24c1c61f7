//! The operations of readers and writers, with their names and a stable order.
//! Results keep operations by these names; the order is that of columns and of histograms in shared memory.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What readers' and writers' operations have in common.
pub trait Operation: Copy + PartialEq + std::fmt::Debug + 'static {
    /// In stable order.
    const ALL: &'static [Self];
    fn name(self) -> &'static str;
    /// The place in [`ALL`](Self::ALL).
    fn index(self) -> usize;
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }
}

macro_rules! operation {
    ($type:ident: $($variant:ident = $name:literal),+) => {
        impl $type {
            pub const ALL: [Self; 3] = [$(Self::$variant),+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl Operation for $type {
            const ALL: &'static [Self] = &Self::ALL;
            fn name(self) -> &'static str {
                self.name()
            }
            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

operation!(ReaderOperation: Lookup = "lookup", List = "list", Noop = "noop");
operation!(WriterOperation: Store = "store", Replace = "replace", Delete = "delete");

/// What a reader does to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ReaderOperation {
    /// Looks one mailbox up, as `SELECT` or `STATUS` does.
    Lookup,
    /// Walks many records, releasing the lock in between, as `LIST` does.
    List,
    /// Takes the lock, looks whether the file changed, and releases it, as `NOOP` does.
    Noop,
}

/// What a writer does to the file: one operation is one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum WriterOperation {
    /// Adds a mailbox, as `CREATE` does.
    Store,
    /// Rewrites a mailbox's record, as `SETACL` does.
    Replace,
    /// Removes a mailbox.
    Delete,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_and_places_agree<Op: Operation + Serialize + ValueEnum>() {
        for (place, operation) in Op::ALL.iter().enumerate() {
            assert_eq!(operation.index(), place);
            assert_eq!(Op::from_name(operation.name()), Some(*operation));
            assert_eq!(serde_json::to_value(operation).unwrap(), operation.name());
            assert_eq!(operation.to_possible_value().unwrap().get_name(), operation.name());
        }
        assert_eq!(Op::from_name("mount"), None);
    }

    #[test]
    fn every_operation_has_one_name_and_one_place() {
        names_and_places_agree::<ReaderOperation>();
        names_and_places_agree::<WriterOperation>();
    }
}
