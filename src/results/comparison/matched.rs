//! Results of one kind whose parts are matched: cost models of cost results, points of sweeps, mitigations of what-ifs. Each part is
//! compared with that of the first result. A difference is significant only by intervals that promise a repeat; a figure of a sweep or a
//! what-if has an interval only where the result itself gives one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Effect, Fact, KeyDifference};
use crate::{
    mailboxes::Format,
    results::{Availability, KeyFigure, Machine, MapperKind, Provenance, TracedWalks},
    scenario::{MapMode, Setting},
    stats::Estimate,
};

/// Results of one kind; each is compared with the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{D}Comparison")]
pub struct Matched<D> {
    /// The answer in one sentence: which result is better, at what, by how much; or that it is undecided.
    pub conclusion: String,
    /// What was compared: A, B and so on.
    pub results: Vec<MatchedResult>,
    /// A smaller effect is no difference; as a share.
    pub least_effect: f64,
    /// What was asked for differently, and the parts that only some of the results have.
    pub plan: Vec<KeyDifference>,
    /// Facts of the machines that differ.
    pub environment: Vec<KeyDifference>,
    /// Facts of the machines that are the same.
    pub same_environment: Vec<Fact>,
    /// What a reader must know first.
    pub warnings: Vec<String>,
    /// Every figure of every part that a result has in common with the first.
    pub differences: Vec<D>,
    /// What differs, in sentences, the most important first: of several loads or methods together. What is not more than chance would
    /// give among so many intervals is left out.
    pub sentences: Vec<String>,
}

/// One of the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatchedResult {
    /// Its directory, as it was given.
    pub directory: String,
    /// When it began, UTC, ISO 8601.
    pub started: String,
    /// Its machine.
    pub machine: Availability<Machine>,
    /// Where its figures come from, each origin once: a result may hold figures of this machine and of an imitation of another.
    pub provenance: Vec<Provenance>,
}

/// Results of `mapstorm cost`: slope and base of every cost model that a result has in common with the first.
pub type CostComparison = Matched<CostDifference>;

/// One parameter of one cost model, in the first result and in another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostDifference {
    /// The other result: its place among all, 1 for B.
    pub other: usize,
    /// The update method.
    pub method: String,
    /// The format whose commit it is, where the first result has several. `null`: it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// How mappers had the file mapped.
    pub mode: MapMode,
    /// Bytes per `write(2)` that the file was made with.
    pub write_size: u64,
    /// The file system of both, where a result has several. `null`: each has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_system: Option<String>,
    /// The file systems of the two.
    pub file_systems: [Availability<String>; 2],
    /// Where the figures of the two come from.
    pub provenances: [Provenance; 2],
    /// Size of the folio that holds the page, of the two, bytes.
    pub folio_bytes: [Availability<u64>; 2],
    /// Pages that one update makes the kernel look at in each mapper, of the two.
    pub pages_per_mapper: [Availability<f64>; 2],
    /// Walks over mappers that were traced, of the two.
    pub traced_walks: [Availability<TracedWalks>; 2],
    /// Which parameter.
    pub figure: CostFigure,
    /// In the first, nanoseconds.
    pub a: Estimate,
    /// In the other, nanoseconds.
    pub b: Estimate,
    /// The other divided by the first, with its 95 % interval; or why there is none.
    pub ratio: Availability<Estimate>,
    /// p-value of "there is no difference", corrected by Holm's method for all figures of the two results; `null`: there is no interval.
    pub adjusted_p: Option<f64>,
    /// The effect on the other.
    pub effect: Effect,
    /// Rounds behind the two.
    pub rounds: [u32; 2],
}

/// A parameter of a cost model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostFigure {
    /// What each mapper adds.
    PerMapper,
    /// An update without any mapper.
    Base,
}

/// Results of `mapstorm shootdown`: the models that a result has in common with the first.
pub type ShootdownComparison = Matched<ShootdownDifference>;

/// One parameter of one model, in the first result and in another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShootdownDifference {
    /// The other result: its place among all, 1 for B.
    pub other: usize,
    /// The operation.
    pub method: String,
    /// Whether responders are threads or processes.
    #[serde(rename = "as")]
    pub kind: MapperKind,
    /// Which parameter.
    pub figure: ShootdownFigure,
    /// In the first, nanoseconds.
    pub a: Estimate,
    /// In the other, nanoseconds.
    pub b: Estimate,
    /// The other divided by the first, with its 95 % interval; or why there is none.
    pub ratio: Availability<Estimate>,
    /// p-value of "there is no difference", corrected by Holm's method for all figures of the two results; `null`: there is no interval.
    pub adjusted_p: Option<f64>,
    /// The effect on the other.
    pub effect: Effect,
}

/// A parameter of a model of shootdowns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShootdownFigure {
    /// What each CPU that runs a responder adds to an operation.
    PerCpu,
    /// What a responder loses.
    ResponderLost,
    /// What each page adds.
    PerPage,
}

/// Results of `mapstorm inspect`: the figures that a result has in common with the first.
pub type InspectionComparison = Matched<InspectionDifference>;

/// One figure of a live server, in the first result and in another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InspectionDifference {
    /// The other result: its place among all, 1 for B.
    pub other: usize,
    /// Which figure.
    pub figure: InspectionFigure,
    /// In the first; what was counted has no width.
    pub a: Estimate,
    /// In the other.
    pub b: Estimate,
    /// The other divided by the first, with its 95 % interval; or why there is none.
    pub ratio: Availability<Estimate>,
    /// p-value of "there is no difference", corrected by Holm's method for all figures of the two results; `null`: there is no interval.
    pub adjusted_p: Option<f64>,
    /// The effect on the other; of what was counted none is concluded.
    pub effect: Effect,
}

/// A figure of a live server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InspectionFigure {
    /// One commit, predicted, nanoseconds.
    Commit,
    /// The part of it that mappers add, predicted, nanoseconds.
    OfMappers,
    /// How long a commit held the lock, as it was seen, nanoseconds.
    Hold,
    /// Commits a second.
    CommitsPerS,
    /// Mappers that a commit visits.
    Mappers,
    /// Page tables of all processes of the file, bytes.
    PageTables,
    /// The most processes that waited for a lock at once.
    LockWaiters,
    /// CPUs that the processes of the file used.
    CpusUsed,
    /// CPUs that they waited for.
    CpusWaitedFor,
}

/// Sweeps, or what-ifs.
pub type PartComparison = Matched<PartDifference>;

/// A figure of a part, in the first result and in another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartDifference {
    /// The other result: its place among all, 1 for B.
    pub other: usize,
    /// What both have.
    pub part: Part,
    /// Whether one of the two imitates another system.
    pub provenance: Provenance,
    /// Which figure; `null`: of a knee, the load.
    pub figure: Option<KeyFigure>,
    /// In the first; of a mitigation, the figure divided by that of its baseline.
    pub a: Availability<PartValue>,
    /// In the other.
    pub b: Availability<PartValue>,
    /// The other divided by the first; or why there is none.
    pub ratio: Availability<PartValue>,
    /// p-value of "there is no difference", corrected by Holm's method for all figures of the two results; `null`: there is no interval, or
    /// it is no 95 % interval.
    pub adjusted_p: Option<f64>,
    /// The effect on the other.
    pub effect: Effect,
}

/// What results that hold many runs are matched by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A point of a sweep.
    Point(Vec<Setting>),
    /// The knee of a sweep along a key.
    Knee {
        /// The key that is the load.
        key: String,
        /// The other axis's value, if there is another axis.
        at: Vec<Setting>,
    },
    /// The baseline of a what-if.
    Baseline,
    /// A mitigation of a what-if, by its name.
    Mitigation(String),
}

/// A value, with its interval if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartValue {
    /// The value, in the unit of its figure.
    pub value: f64,
    /// Both ends of its interval; or why there is none.
    pub interval: Availability<[f64; 2]>,
}

impl PartValue {
    pub fn of(estimate: Estimate) -> PartValue {
        PartValue { value: estimate.value, interval: Availability::Value([estimate.low, estimate.high]) }
    }

    pub fn alone(value: f64, why: &str) -> PartValue {
        PartValue { value, interval: Availability::Unavailable { unavailable: why.to_owned() } }
    }

    pub fn estimate(&self) -> Option<Estimate> {
        self.interval.value().map(|&[low, high]| Estimate { value: self.value, low, high })
    }
}
