//! A scenario: the TOML file that says which load to make, validated into a [`Scenario`](struct@Scenario).
//! Errors point at the line, say what was meant and what is allowed; the units people write are parsed here too.

mod arrivals;
mod closest;
mod file;
mod hash;
mod mappers;
mod mix;
mod operation;
pub(crate) mod read;
mod readers;
mod run;
mod share;
mod slo;
mod sweep;
#[cfg(test)]
mod tests;
pub mod units;
mod writer;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use arrivals::Arrivals;
pub use file::{Contents, DatabaseFile};
pub use mappers::{Busy, MapMode};
pub use mix::Mix;
pub use operation::{Operation, ReaderOperation, WriterOperation};
pub(crate) use read::bounds_of_key;
pub use read::{Dial, ScenarioErrors};
pub use readers::{Prefault, Ramp, Readers};
pub use run::Run;
pub use share::share;
pub use slo::{Clause, ClauseError, Limit, Metric, Percentile, Slo, Subject};
pub use sweep::{Axis, Point, Setting, Sweep};
pub use writer::{Emulation, Writer};

/// A validated scenario, every default filled in: what a run needs to know, and what `run.json` keeps.
///
/// Serialised, a duration is whole nanoseconds (`…_ns`), a rate operations per second (`…_per_s`), a size bytes (`…bytes`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// Short name, of `a-z`, `0-9`, `-` and `.`: part of the run directory's name.
    pub name: String,
    /// One line for people.
    pub description: Option<String>,
    /// The mapped file.
    pub file: DatabaseFile,
    /// How many files, each with its own readers and writers.
    pub instances: Instances,
    /// The workers that search.
    pub readers: Readers,
    /// The workers that commit.
    pub writer: Writer,
    /// Times and thresholds of the run, and its seed.
    pub run: Run,
    /// What the run must reach to be called fit.
    pub slo: Slo,
}

/// How many instances share the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instances {
    /// 1 to 1000. Readers, file and writer rate are divided among them.
    pub count: u32,
}
