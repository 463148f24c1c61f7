//! A scenario: the TOML file that says which load to make, validated into a [`Scenario`](struct@Scenario).
//! Errors point at the line, say what was meant and what is allowed; the units people write are parsed here too.

mod built_in;
mod choices;
mod closest;
mod division;
mod hash;
mod mix;
mod objectives;
mod operation;
pub(crate) mod read;
mod slo;
mod sweep;
#[cfg(test)]
mod tests;
pub mod units;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use built_in::{BUILT_IN, BuiltIn};
pub use choices::{Arrivals, Contents, Emulation, MapMode, Prefault, ReadPattern, Workers};
pub(crate) use closest::{closest, did_you_mean};
pub use mix::Mix;
#[cfg(test)]
pub(crate) use objectives::DEFAULT_OBJECTIVES;
pub use objectives::default_objectives;
pub use operation::{Operation, ReaderOperation, WriterOperation};
pub(crate) use read::keys::bounds_of_key;
pub use read::keys::{DatabaseFile, Instances, Readers, Run, Slo, Writer};
pub use read::{ScenarioErrors, Tunable};
pub use slo::{Clause, ClauseError, Limit, Metric, Percentile, RateOf, Subject};
pub use sweep::{Axis, Point, Setting, Sweep};

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
    /// The objectives that the run is judged by.
    pub slo: Slo,
}
