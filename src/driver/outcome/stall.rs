//! A slow operation, or a commit: what its time was spent on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{driver::process_group::Name, mailboxes::Phase, shm::Slow};

/// A slow operation, or a commit. Times are nanoseconds since measuring began; before it they are negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stall {
    /// `reader` or `writer`.
    pub role: String,
    /// The worker's number within its role.
    pub worker: u32,
    /// Its instance.
    pub instance: u32,
    /// What it did.
    pub operation: String,
    /// Intended start.
    pub due_ns: i64,
    /// When the worker was free for it: the intended start, or the end of its operation before.
    pub free_ns: i64,
    /// Actual start.
    pub start_ns: i64,
    /// End.
    pub end_ns: i64,
    /// What the time was spent on, in the order of the operation's phases; `start-delay` is the time before the start.
    pub parts: Vec<StallPart>,
    /// Page faults without I/O, about since the worker was free; `null`: the system does not count them.
    pub minor_faults: Option<u32>,
    /// Page faults with I/O.
    pub major_faults: u32,
    /// Times the worker gave up the CPU to wait.
    pub voluntary_switches: u32,
    /// Times the CPU was taken from it.
    pub involuntary_switches: u32,
    /// Time asleep in page faults, microseconds; `null` or missing: the system does not report it.
    #[serde(default)]
    pub fault_wait_us: Option<u32>,
}

/// Time in one part of an operation, microseconds. What is neither on a CPU nor queued was blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StallPart {
    /// A phase, or `start-delay`.
    pub part: String,
    /// All of it.
    pub whole_us: u32,
    /// On a CPU; measured separately only where a part took long.
    pub cpu_us: u32,
    /// In a run queue; `null`: the system does not report it.
    pub queued_us: Option<u32>,
}

impl Stall {
    /// From a worker's record; times are since `zero_ns`.
    pub fn new(slow: &Slow, worker: Name, operation: &str, zero_ns: u64) -> Stall {
        let since = |at: u64| at as i64 - zero_ns as i64;
        let parts =
            slow.spent.iter().enumerate().filter(|(_, spent)| spent.whole_us > 0).map(|(place, spent)| StallPart {
                part: Phase::ALL.get(place).map_or("start-delay", |phase| phase.name()).to_owned(),
                whole_us: spent.whole_us,
                cpu_us: spent.cpu_us,
                queued_us: spent.queued_us,
            });
        let [minor_faults, major_faults, voluntary_switches, involuntary_switches, fault_wait_us] = slow.counts;
        Stall {
            role: if worker.reads() { "reader" } else { "writer" }.to_owned(),
            worker: worker.number,
            instance: worker.instance,
            operation: operation.to_owned(),
            due_ns: since(slow.due_ns),
            free_ns: since(slow.free_ns),
            start_ns: since(slow.start_ns),
            end_ns: since(slow.end_ns),
            parts: parts.collect(),
            minor_faults,
            // Every system counts these.
            major_faults: major_faults.unwrap_or_default(),
            voluntary_switches: voluntary_switches.unwrap_or_default(),
            involuntary_switches: involuntary_switches.unwrap_or_default(),
            fault_wait_us,
        }
    }

    /// Its time from when the worker was free, nanoseconds: the operation before is not counted again.
    pub fn length_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.free_ns).max(0) as u64
    }

    pub fn part(&self, name: &str) -> Option<&StallPart> {
        self.parts.iter().find(|part| part.part == name)
    }
}
