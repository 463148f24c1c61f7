//! The readers of a scenario: how many, how they open, lock and map, and what they ask.
//! Reader numbers are dealt out to the instances in turn: reader `n` belongs to instance `n` modulo the instances.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Arrivals, Mix, ReaderOperation, Scenario, share};
use crate::mailboxes::{LockKind, OpenMode, RemapRule};

/// The workers that search the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Readers {
    /// In total over all instances, 0 to 1,000,000.
    pub count: u32,
    /// How the descriptor behind the mapping is opened.
    pub open: OpenMode,
    /// When operations are due; a rate is that of each reader.
    pub arrivals: Arrivals,
    /// The lock around every operation.
    pub lock: LockKind,
    /// When the file is mapped anew.
    pub remap: RemapRule,
    /// Whether pages are mapped before the gate opens.
    pub prefault: Prefault,
    /// How the crowd grows; `None`: everybody is there from the start.
    pub ramp: Option<Ramp>,
    /// What is asked.
    pub operations: Mix<ReaderOperation>,
}

/// How the pages of the file get into a reader's page table before the gate opens.
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

/// A crowd that grows: the number of mappers rises linearly, beginning when measuring begins.
/// Readers that have not joined yet do not map the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ramp {
    /// Mappers at the beginning, in total over all instances; at most the readers' count.
    pub from: u32,
    /// Time from there to the readers' count, nanoseconds.
    pub over_ns: u64,
}

impl Readers {
    /// When a reader (from 0) joins, nanoseconds after measuring begins; `None` if it is there from the start.
    /// The last reader joins exactly at the end of the ramp.
    pub fn joins_at_ns(&self, reader: u32) -> Option<u64> {
        let ramp = self.ramp.filter(|ramp| reader >= ramp.from)?;
        let (nth, newcomers) = (u128::from(reader - ramp.from) + 1, u128::from(self.count.saturating_sub(ramp.from)));
        Some((u128::from(ramp.over_ns) * nth / newcomers.max(nth)) as u64)
    }
}

impl Scenario {
    /// The instance (from 0) that a reader (from 0) belongs to.
    pub fn instance_of(&self, reader: u32) -> u32 {
        reader % self.instances.count
    }

    /// How many readers an instance (from 0) has; remainders go one each to the first instances.
    ///
    /// # Panics
    /// If there is no such instance.
    pub fn readers_in(&self, instance: u32) -> u32 {
        share(u64::from(self.readers.count), self.instances.count, instance) as u32
    }

    /// Operations per second due from all readers together, once all have joined; `None` in a closed loop.
    pub fn reader_rate_total(&self) -> Option<f64> {
        Some(self.readers.arrivals.rate_per_s()? * f64::from(self.readers.count))
    }
}
