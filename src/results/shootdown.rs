//! What shootdowns cost on a machine, as `shootdown.json` keeps it: a row for every operation × pages × responders × placement × kind, and the
//! models that follow from the rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, CommitModel, Environment, MapperKind, Provenance};
use crate::os::platform::Placement;
use crate::shm::ResponderState;
use crate::stats::Estimate;

/// All of `shootdown.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shootdown {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// The machine; `file_system` is that of the file whose pages are taken away.
    pub environment: Environment,
    /// What was asked for.
    pub plan: ShootdownPlan,
    /// Time spent on measuring, nanoseconds.
    pub measured_ns: u64,
    /// Rounds: in each, every condition is measured once, in random order.
    pub rounds: u32,
    /// False if it was interrupted, or anything else went wrong after measuring began.
    pub complete: bool,
    /// What went wrong.
    #[serde(default)]
    pub incomplete_because: Vec<String>,
    /// What was measured.
    pub rows: Vec<ShootdownRow>,
    /// What follows from the rows, for each operation, kind and placement that has enough of them.
    pub models: Vec<ShootdownModel>,
    /// What a sync of a page of a file costs for each process that maps it read-write, asleep, measured in the same session; it visits every
    /// process, where a shootdown interrupts CPUs.
    pub walk: Availability<CommitModel>,
}

/// What a shootdown experiment was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShootdownPlan {
    /// The CPU of the initiator; `null`: it could not be bound.
    pub initiator_cpu: Option<u32>,
    /// Every other CPU that responders ran on, nearest first, and where it is.
    pub responder_cpus: Vec<ResponderCpu>,
    /// Time for all of it, nanoseconds.
    pub budget_ns: u64,
    /// Seed of all orders.
    pub seed: u64,
}

/// A CPU that responders ran on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResponderCpu {
    /// Its number.
    pub cpu: u32,
    /// Where it is, seen from the initiator's.
    pub placement: Placement,
}

/// One operation under one set of conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShootdownRow {
    /// The operation; `nothing` is the control, which takes no translation away.
    pub method: String,
    /// Pages that one operation takes away.
    pub pages: u32,
    /// Responders, each bound to a CPU of its own.
    pub responders: u32,
    /// What they do meanwhile.
    pub state: ResponderState,
    /// Where they are; `null`: the nearest first, wherever they are.
    pub placement: Option<Placement>,
    /// Whether they are threads of the initiator's process, or processes that map the same file.
    #[serde(rename = "as")]
    pub kind: MapperKind,
    /// `measured`: on the machine named; `emulated`: every instruction of it is, so that the shape holds and no time is a machine's.
    pub label: Provenance,
    /// Interrupts for shootdowns that all CPUs received for each operation (illumos: cross calls that were sent).
    pub interrupts_per_operation: Availability<f64>,
    /// Time of one operation.
    pub initiator_ns: Availability<ShootdownTimes>,
    /// What each responder lost for each operation: the gaps in its clock from the beginning of the operation to 25 µs after its end.
    /// Unavailable of responders that do not run.
    pub responder_lost_ns: Availability<ShootdownTimes>,
    /// Page faults that the responders took afterwards, for each operation and responder. Unavailable of threads: theirs cannot be separated.
    pub faults_per_operation: Availability<f64>,
}

/// Times of operations, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShootdownTimes {
    /// Half of them took no longer.
    pub p50: f64,
    /// 90 % took no longer.
    pub p90: f64,
    /// 99 % took no longer.
    pub p99: f64,
    /// Mean, without the hundredth part of the longest, in which other work interrupts.
    pub mean: f64,
    /// So many operations.
    pub count: u64,
}

/// What shootdowns of one operation cost: the initiator `base + per page · pages + below the ceiling · min(pages, ceiling) + per CPU · CPUs`,
/// each responder what it lost. Nanoseconds, with 95 % prediction intervals for a repeat of the measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShootdownModel {
    /// The operation.
    pub method: String,
    /// Whether responders are threads or processes.
    #[serde(rename = "as")]
    pub kind: MapperKind,
    /// Without any page and any responder.
    pub base_ns: Estimate,
    /// Of each page, however many there are; `null`: one number of pages was tried, and its work is in the base.
    pub per_page_ns: Option<Estimate>,
    /// Beyond so many pages all translations are dropped at once; `null`: none was found.
    pub ceiling_pages: Option<u32>,
    /// What each page up to the ceiling adds; `null`: there is none.
    pub per_page_below_ns: Option<Estimate>,
    /// What each CPU that runs a responder adds.
    pub per_cpu_ns: Estimate,
    /// What each of them that is on another socket adds to that; `null`: there is none.
    pub per_other_socket_ns: Option<Estimate>,
    /// What a responder loses, beyond what it loses while the control operates; one page.
    pub responder_lost_ns: Availability<Estimate>,
    /// Rounds behind it.
    pub rounds: u32,
}

impl Shootdown {
    /// What an interrupted CPU loses, nanoseconds, by the operation that shows it best: the one whose interval is narrowest.
    pub fn interrupt_ns(&self) -> Option<Estimate> {
        let lost = self.models.iter().filter_map(|model| model.responder_lost_ns.value().copied());
        let width = |estimate: &Estimate| estimate.high - estimate.low;
        lost.filter(|lost| lost.value > 0.0).min_by(|one, other| width(one).total_cmp(&width(other)))
    }
}

impl ShootdownModel {
    /// What one operation of so many pages takes, nanoseconds, with so many CPUs of the initiator's socket that run responders.
    pub fn initiator_ns(&self, pages: u32, cpus: u32) -> f64 {
        let below = self.per_page_below_ns.zip(self.ceiling_pages);
        let below = below.map_or(0.0, |(each, ceiling)| each.value * f64::from(pages.min(ceiling)));
        let each = |estimate: Estimate, count: u32| estimate.value * f64::from(count);
        self.base_ns.value
            + self.per_page_ns.map_or(0.0, |page| each(page, pages))
            + below
            + each(self.per_cpu_ns, cpus)
    }
}
