//! The mapped file of a scenario: generated afresh, or copied from a database the user has.
//! Amounts are totals over all instances, so that splitting a load into instances changes nothing else.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Scenario, share};
use crate::mailboxes::{Amount, Format, RecordStyle};

/// The mapped file: what is in it, how it is written, where it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseFile {
    /// What the file holds.
    pub contents: Contents,
    /// Bytes per `write(2)` when the file is made, which sets the folio size of its pages in the page cache:
    /// a multiple of 512, 512 B to 64 MiB.
    pub write_size_bytes: u64,
    /// Where the file is made; `None`: inside the run directory.
    pub directory: Option<PathBuf>,
}

/// What the mapped file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Contents {
    /// Made by the generator.
    Generated {
        /// On-disk format.
        format: Format,
        /// What the records look like; `None` for [`Format::Flat`], which has none.
        records: Option<RecordStyle>,
        /// How much, in total over all instances.
        amount: Amount,
    },
    /// A whole copy, for every instance, of a database the user has; its format is recognised from the file.
    Copied {
        /// The original, which is only read.
        source: PathBuf,
    },
}

impl Contents {
    /// The format, if the scenario says it; `None` for a copy, whose format the file itself says.
    pub fn format(&self) -> Option<Format> {
        match self {
            Self::Generated { format, .. } => Some(*format),
            Self::Copied { .. } => None,
        }
    }
}

impl Scenario {
    /// How much the file of one instance (from 0) holds; remainders go one each to the first instances.
    /// `None` if the contents are copied: every instance then has all of it.
    pub fn amount_in(&self, instance: u32) -> Option<Amount> {
        let Contents::Generated { amount, .. } = &self.file.contents else { return None };
        let part = |total| share(total, self.instances.count, instance);
        Some(match *amount {
            Amount::Bytes(total) => Amount::Bytes(part(total)),
            Amount::Mailboxes(total) => Amount::Mailboxes(part(total)),
        })
    }

    /// Bytes in the file of one instance (the largest of them); `None` where the scenario gives no size in bytes.
    pub fn file_bytes_per_instance(&self) -> Option<u64> {
        match self.amount_in(0)? {
            Amount::Bytes(bytes) => Some(bytes),
            Amount::Mailboxes(_) => None,
        }
    }
}
