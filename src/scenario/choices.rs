//! What readers, writers and mappers can do, and what a file can hold.

use std::path::PathBuf;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mailboxes::{Amount, Format, RecordStyle};

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
    /// `None` for a copy, whose format the file itself says.
    pub fn format(&self) -> Option<Format> {
        match self {
            Self::Generated { format, .. } => Some(*format),
            Self::Copied { .. } => None,
        }
    }
}

/// How the pages of the file get into a reader's page table before the start barrier opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Prefault {
    /// Not at all: each page is mapped when first needed, as by a fresh process.
    None,
    /// The reader reads a byte of every page, which maps them as a long-lived process would have.
    Touch,
    /// The kernel maps them at once (`MADV_POPULATE_READ`, or what the system has instead).
    Populate,
}

/// What a commit also does, while the lock is held and after its own syncs, to imitate another system. Results say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Emulation {
    /// Nothing: this system as it is.
    #[default]
    Nothing,
    /// Every page that the commit wrote is unmapped from every mapper, as Solaris's `hat_pageunload` does; each faults when it
    /// next reads it.
    Demap,
    /// Every reader of the instance is stopped by a signal, for a time that grows with their number, as was reported in 2007.
    StopMappers {
        /// How long, without any reader, nanoseconds.
        base_ns: u64,
        /// What each reader adds, nanoseconds.
        per_mapper_ns: u64,
    },
}

impl Emulation {
    pub fn is_nothing(&self) -> bool {
        *self == Emulation::Nothing
    }

    pub fn stops_mappers(&self) -> bool {
        matches!(self, Emulation::StopMappers { .. })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Emulation::Nothing => "nothing",
            Emulation::Demap => "demap",
            Emulation::StopMappers { .. } => "stop-mappers",
        }
    }
}

/// How mappers have a file mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ValueEnum)]
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
    pub fn in_words(self) -> &'static str {
        match self {
            MapMode::ReadOnly => "read-only",
            MapMode::ReadWrite => "read-write",
            MapMode::Dirty => "writable, and dirty",
        }
    }
}

/// What mappers do while the file is updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ReadPattern {
    /// They sleep.
    Asleep,
    /// They read the page that is updated, again and again.
    Touch,
    /// They read every page of the file, again and again.
    Scan,
}
