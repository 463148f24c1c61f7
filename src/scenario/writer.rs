//! The writers of a scenario: how many, how often they commit, and with what.
//! The rate is given in total, so that splitting a load into instances leaves it alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Arrivals, Mix, Scenario, WriterOperation};

/// The workers that commit to the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Writer {
    /// Writers of each instance, 0 to 1000; 0: nothing is written.
    pub count: u32,
    /// When commits are due; a rate is that of all writers of all instances together.
    pub arrivals: Arrivals,
    /// What is committed.
    pub operations: Mix<WriterOperation>,
    /// Whether a commit is synced to disk; `false` is Cyrus's `skiplist_unsafe`.
    pub sync: bool,
    /// Whether the file is rewritten, as Cyrus does, once enough of it is garbage.
    pub checkpoint: bool,
    /// What another system would do besides at every commit. Absent in results of runs that emulate nothing.
    #[serde(default, skip_serializing_if = "Emulation::is_nothing")]
    pub emulate: Emulation,
}

/// What a commit does besides, while the lock is held and after its own syncs, to imitate another system. Results say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Emulation {
    /// Nothing: this system as it is.
    #[default]
    Nothing,
    /// Every page that the commit wrote is unmapped from every mapper, as Solaris's `hat_pageunload` does; each faults when it
    /// next reads it.
    Demap,
    /// Every reader of the instance is stopped by a signal, for a while that grows with their number, and goes on: the words of 2007.
    StopMappers {
        /// How long, without any reader, nanoseconds.
        base_ns: u64,
        /// What each reader adds, nanoseconds.
        per_mapper_ns: u64,
    },
}

impl Emulation {
    /// Whether this system is run as it is.
    pub fn is_nothing(&self) -> bool {
        *self == Emulation::Nothing
    }

    /// Whether readers are stopped on purpose.
    pub fn stops_mappers(&self) -> bool {
        matches!(self, Emulation::StopMappers { .. })
    }

    /// Its name in scenarios.
    pub fn name(&self) -> &'static str {
        match self {
            Emulation::Nothing => "nothing",
            Emulation::Demap => "demap",
            Emulation::StopMappers { .. } => "stop-mappers",
        }
    }
}

impl Scenario {
    /// Writers of all instances together.
    pub fn writers_total(&self) -> u32 {
        self.writer.count * self.instances.count
    }

    /// Workers of all instances together: readers and writers.
    pub fn workers_total(&self) -> u32 {
        self.readers.count + self.writers_total()
    }

    /// Commits per second due from each writer; `None` in a closed loop or without writers.
    pub fn writer_rate_per_writer(&self) -> Option<f64> {
        self.arrivals_of_each_writer()?.rate_per_s()
    }

    /// When the commits of each writer are due; `None` without writers.
    pub fn arrivals_of_each_writer(&self) -> Option<Arrivals> {
        let writers = self.writers_total();
        (writers > 0).then(|| self.writer.arrivals.divided_by(writers))
    }
}
