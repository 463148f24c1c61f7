//! The outcome of a run, read back from the shared memory: the driver fills it in, `results` writes it out.
//! Times are nanoseconds; what the system does not report is `None`.

mod evidence;
mod series;

use std::fmt;
use std::time::SystemTime;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use evidence::{
    Control, CounterRow, Evidence, InFlight, NoiseProbe, NoiseProbes, Overhead, Pause, StackSamples, Stall, StallPart,
    StopEvent, Trace,
};

use crate::shm::{Counts, Series, Slots};

/// The role of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Maps the file and searches in it.
    Reader,
    /// Commits to the file.
    Writer,
}

impl Role {
    pub const ALL: [Role; 2] = [Role::Reader, Role::Writer];

    pub fn name(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Writer => "writer",
        }
    }

    /// The role of this name; `None`: there is none.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    pub role: Role,
    pub operation: &'static str,
    pub series: Series,
}

pub struct Measured {
    pub tag: Tag,
    /// Nanoseconds.
    pub histogram: Histogram<u64>,
}

#[derive(Clone, Debug)]
pub struct Interval {
    pub start_ns: u64,
    pub length_ns: u64,
    /// What was recorded in it; tags without values are left out.
    pub counts: Vec<(Tag, Counts)>,
    /// Per instance, workers that at its end were over the stall threshold behind their intended start.
    pub stalled: Vec<u32>,
    /// Page tables of the whole machine at its end.
    pub page_table_bytes: Option<u64>,
    pub runnable: Option<u64>,
}

pub struct Outcome {
    /// When measuring began, by the wall clock.
    pub began: SystemTime,
    /// From the first fork until every worker that was to be there from the start waited at the barrier.
    pub ready_ns: u64,
    /// Length of the measured span; shorter than asked if interrupted.
    pub measured_ns: u64,
    /// Operations due in the measured span: of readers, of writers.
    pub due: [u64; 2],
    pub completed: [u64; 2],
    pub stalls: [u64; 2],
    /// What was due and had not completed when the measured span ended.
    pub in_flight: Vec<InFlight>,
    pub errors: u64,
    /// First failure: error number (0: the file is corrupt) and offset.
    pub first_error: Option<(u32, u64)>,
    /// Names of workers that died or did not end in time.
    pub lost: Vec<String>,
    pub interrupted: bool,
    /// In which phase it was interrupted, if that was before measuring began: then there is no result.
    pub interrupted_in: Option<&'static str>,
    /// What else went wrong after measuring began, in sentences: the result is kept, and is incomplete.
    pub troubles: Vec<String>,
    /// All page tables of the machine, at most, while measuring.
    pub page_table_bytes: Option<u64>,
    pub load_average: Option<f64>,
    /// CPU time of the driver itself in `driven_ns`.
    pub driver_cpu_ns: Option<u64>,
    /// From the opening of the start barrier to the end of the measured span: warm-ups and control span are in it.
    pub driven_ns: u64,
    pub measured: Vec<Measured>,
    pub intervals: Vec<Interval>,
    pub slots: Slots,
    pub monotonic_began_ns: u64,
    /// `None` if the scenario does not want it.
    pub evidence: Option<Evidence>,
    pub trace: Option<Trace>,
}

/// That a signal ended the run early, among the reasons why it is incomplete.
pub const INTERRUPTED: &str = "interrupted";

impl Outcome {
    /// Why it is incomplete, lost workers left out; without any of these and with none lost it is complete.
    pub fn incomplete_because(&self) -> Vec<String> {
        let interrupted = self.interrupted.then(|| INTERRUPTED.to_owned());
        interrupted.into_iter().chain(self.troubles.iter().cloned()).collect()
    }
}
