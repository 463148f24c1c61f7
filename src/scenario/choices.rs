//! What readers, writers and mappers can do and when, and what a file can hold.

use std::path::PathBuf;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mailboxes::{Amount, Format, OpenMode, RecordStyle};

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

/// What readers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Workers {
    /// Processes, each with a mapping of its own.
    #[default]
    Processes,
    /// Threads, so many of a process, which share its mapping; each has a descriptor of its own.
    Threads {
        /// Threads of each process; the last of an instance may have fewer.
        per_process: u32,
    },
}

impl Workers {
    pub fn are_processes(&self) -> bool {
        *self == Workers::Processes
    }

    pub fn per_process(self) -> u32 {
        match self {
            Workers::Processes => 1,
            Workers::Threads { per_process } => per_process,
        }
    }
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

impl From<OpenMode> for MapMode {
    fn from(open: OpenMode) -> MapMode {
        match open {
            OpenMode::ReadOnly => MapMode::ReadOnly,
            OpenMode::ReadWrite => MapMode::ReadWrite,
        }
    }
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

/// When the operations of a worker are due.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Arrivals {
    /// Open loop, exponentially distributed gaps: many users who know nothing of each other.
    Poisson {
        /// Operations per second, above 0: of each reader, or of all writers together.
        rate_per_s: f64,
    },
    /// Open loop, equal gaps.
    Even {
        /// Operations per second, above 0.
        rate_per_s: f64,
    },
    /// Closed loop: the next operation starts when the one before has ended and the pause is over.
    Closed {
        /// Pause between operations, nanoseconds.
        think_ns: u64,
    },
}

impl Arrivals {
    /// The spelling in scenarios: `poisson`, `even` or `closed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Poisson { .. } => "poisson",
            Self::Even { .. } => "even",
            Self::Closed { .. } => "closed",
        }
    }

    /// Operations per second that are due; `None` in a closed loop, where the system's own speed decides.
    pub fn rate_per_s(&self) -> Option<f64> {
        match *self {
            Self::Poisson { rate_per_s } | Self::Even { rate_per_s } => Some(rate_per_s),
            Self::Closed { .. } => None,
        }
    }

    /// The same arrivals with an open loop's rate divided among `parts` workers; a closed loop is unchanged.
    /// Panics: If `parts` is 0.
    pub fn divided_by(self, parts: u32) -> Self {
        assert!(parts > 0, "a rate cannot be divided among no workers");
        let parts = f64::from(parts);
        match self {
            Self::Poisson { rate_per_s } => Self::Poisson { rate_per_s: rate_per_s / parts },
            Self::Even { rate_per_s } => Self::Even { rate_per_s: rate_per_s / parts },
            Self::Closed { .. } => self,
        }
    }
}
