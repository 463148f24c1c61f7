//! The evidence of a run: slow operations, pauses of noise probes, the system's counters, and the control span.
//! Times are nanoseconds since measuring began, negative before it.

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NoiseProbe, Pause, Stall};

pub struct Evidence {
    pub stalls: Vec<Stall>,
    /// Operations that left no record, because there was no room or their worker died meanwhile.
    pub dropped: u64,
    /// The time of those that had no room, nanoseconds.
    pub dropped_ns: u64,
    pub noise_probes: NoiseProbes,
    pub columns: Vec<String>,
    /// The counters, interval by interval, from the control span on.
    pub rows: Vec<CounterRow>,
    pub stop_events: Vec<StopEvent>,
    pub control: Option<Control>,
    pub overhead: Overhead,
}

#[derive(Clone, Debug, Default)]
pub struct NoiseProbes {
    pub all: Vec<NoiseProbe>,
    pub pauses: Vec<Pause>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CounterRow {
    pub start_ns: i64,
    pub length_ns: u64,
    /// In the order of the columns; `None`: could not be read.
    pub values: Vec<Option<f64>>,
}

/// Workers that were stopped by a signal, or continued, as the driver learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StopEvent {
    /// When the driver learned it: at its next sample, nanoseconds.
    pub reported_ns: i64,
    /// How many workers were stopped by a signal.
    pub stopped: u32,
    /// How many continued after they had been stopped.
    pub continued: u32,
}

/// The control span: the same readers without any writer.
pub struct Control {
    pub start_ns: i64,
    pub length_ns: u64,
    /// Response times of readers' operations due in it, nanoseconds.
    pub response: Histogram<u64>,
}

/// What collecting the evidence cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overhead {
    /// Times that the usage of a worker was read.
    pub readings: u64,
    /// What one reading costs, measured before the run, nanoseconds.
    pub ns_per_reading: f64,
    /// CPU time of the noise probes, as a share of one CPU, 0 to 1.
    pub noise_probes_share: f64,
    /// CPU time of the driver for reading the system's counters, the same.
    pub counters_share: f64,
    /// All of it together, the same.
    pub cpu_share: f64,
}

/// The command that traced. Times are nanoseconds since measuring began, negative before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// The command, as `sh -c` ran it.
    pub command: String,
    /// The file of the run directory with what it wrote to standard output and standard error.
    pub output: String,
    /// Bytes of that.
    pub output_bytes: u64,
    /// When it was started: the workers stood at the start barrier.
    pub started_ns: i64,
    /// When it was stopped (SIGINT); `null`: it had ended by itself before the run did.
    pub stopped_ns: Option<i64>,
    /// Whether it had to be killed (SIGKILL), because it went on for 5 seconds after that: then its output may be cut short.
    pub killed: bool,
    /// How its shell ended, such as `exit status 0` or `killed by SIGINT`.
    pub ended: String,
}
