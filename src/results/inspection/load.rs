//! What happened to the file in a window of time, seen without attaching to anything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::samples::{cell, seconds};
use crate::{results::Availability, stats::Estimate};

/// What was seen between the first look and the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LiveLoad {
    /// From the first look to the last, nanoseconds.
    pub window_ns: u64,
    /// Commits a second.
    pub commits_per_s: Observed,
    /// Lookups a second, of all processes together.
    pub lookups_per_s: Observed,
    /// Bytes by which the file grew, a second; negative: it shrank.
    pub growth_bytes_per_s: Observed,
    /// How long a commit held the exclusive lock, nanoseconds.
    pub hold_ns: Observed,
    /// CPUs that the processes of the file used, together.
    pub cpus_used: Observed,
    /// CPUs that they waited for: time in a run queue, a second.
    pub cpus_waited_for: Observed,
    /// What was sampled, in the order of time.
    #[serde(skip)]
    pub samples: Vec<Sampled>,
}

impl LiveLoad {
    /// What was not observed: why.
    pub fn unseen(why: &str) -> LiveLoad {
        let unseen = || Observed {
            value: Err(why.to_owned()).into(),
            precision: Precision::Estimated,
            from: "nothing".to_owned(),
        };
        LiveLoad {
            window_ns: 0,
            commits_per_s: unseen(),
            lookups_per_s: unseen(),
            growth_bytes_per_s: unseen(),
            hold_ns: unseen(),
            cpus_used: unseen(),
            cpus_waited_for: unseen(),
            samples: Vec::new(),
        }
    }
}

/// A figure of a live server, and how it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    /// The figure with its interval, or why there is none.
    pub value: Availability<Estimate>,
    /// Whether it was counted or worked out.
    pub precision: Precision,
    /// What it rests on.
    pub from: String,
}

/// Whether a figure was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Counted by the system or in the file.
    Exact,
    /// Worked out from samples.
    Estimated,
}

/// One look at the processes of the file: a line of `samples.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// Nanoseconds since the first look.
    #[serde(rename = "time_s", with = "seconds")]
    pub at_ns: u64,
    /// Processes that map the file.
    pub mappers: u32,
    /// Its size, bytes.
    pub bytes: u64,
    /// Commits since the first look; unavailable: nothing in the file counts them.
    #[serde(with = "cell")]
    pub commits: Availability<u64>,
    /// Processes that waited for a lock on it.
    #[serde(with = "cell")]
    pub lock_waiters: Availability<u32>,
    /// Whether an exclusive lock on it was held.
    #[serde(with = "cell")]
    pub exclusive: Availability<bool>,
    /// TLB interrupts that all CPUs received since the look before, a second.
    #[serde(with = "cell")]
    pub tlb_interrupts_per_s: Availability<f64>,
    /// Share of the time in which some task waited for a CPU (pressure stall information), 0 to 1.
    #[serde(with = "cell")]
    pub cpu_pressure: Availability<f64>,
    /// The same for memory.
    #[serde(with = "cell")]
    pub memory_pressure: Availability<f64>,
    /// The same for I/O.
    #[serde(with = "cell")]
    pub io_pressure: Availability<f64>,
    /// Share of the periods of a CPU quota in which it was used up since the look before, 0 to 1: of the control groups of the first process of
    /// the file, or of mapstorm itself where no process has it.
    #[serde(with = "cell")]
    pub throttled: Availability<f64>,
    /// Processes of the file that were blocked inside the kernel (state D).
    pub blocked: u32,
    /// CPUs that the processes of the file used since the look before.
    #[serde(with = "cell")]
    pub cpus_used: Availability<f64>,
}
