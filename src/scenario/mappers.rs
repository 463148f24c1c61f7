//! How the mappers of a cost experiment have a file mapped, and what they do meanwhile.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How mappers have a file mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum MapMode {
    /// `O_RDONLY`, `PROT_READ`.
    ReadOnly,
    /// `O_RDWR`, `PROT_READ`: as Cyrus does.
    ReadWrite,
    /// `O_RDWR`, `PROT_READ|PROT_WRITE`, and every mapper has written to the page before each update.
    Dirty,
}

impl MapMode {
    /// In words.
    pub fn in_words(self) -> &'static str {
        match self {
            MapMode::ReadOnly => "read-only",
            MapMode::ReadWrite => "read-write",
            MapMode::Dirty => "writable, and dirty",
        }
    }
}

/// What mappers do while the file is updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Busy {
    /// They sleep.
    Asleep,
    /// They read the page that is updated, again and again.
    Touch,
    /// They read every page of the file, again and again.
    Scan,
}
