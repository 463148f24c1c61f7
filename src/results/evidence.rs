//! What `run.json` says about a run's evidence: how much there is, its overhead, and the control span.
//! The evidence itself is in `stalls.jsonl` and `counters.csv`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::driver::outcome::{Evidence as Recorded, NoiseProbe, Overhead};

/// What was recorded in addition to latencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// Slow operations and commits that have a record in `stalls.jsonl`.
    pub records: u64,
    /// Slow operations that have none: there was no room (each worker keeps its longest), or their worker died meanwhile.
    pub without_record: u64,
    /// The time of those that had no room, nanoseconds.
    pub without_record_ns: u64,
    /// The noise probes.
    pub noise_probes: Vec<NoiseProbe>,
    /// The control span: the same readers without any writer; `null`: there was none.
    pub control: Option<ControlSpan>,
    /// The overhead of collecting it.
    pub overhead: Overhead,
}

/// The control span. Times are nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlSpan {
    /// Its begin, since measuring began: negative.
    pub start_ns: i64,
    /// Its length.
    pub length_ns: u64,
    /// Readers' operations that were due in it and completed.
    pub completed: u64,
    /// Median of their response times; `null`: there were none.
    pub p50_ns: Option<u64>,
    /// 99th percentile.
    pub p99_ns: Option<u64>,
    /// Longest.
    pub max_ns: Option<u64>,
}

impl Recording {
    /// The summary of what was recorded.
    pub fn of(evidence: &Recorded) -> Recording {
        let control = evidence.control.as_ref().map(|control| {
            let some = |value: u64| (!control.response.is_empty()).then_some(value);
            ControlSpan {
                start_ns: control.start_ns,
                length_ns: control.length_ns,
                completed: control.response.len(),
                p50_ns: some(control.response.value_at_quantile(0.5)),
                p99_ns: some(control.response.value_at_quantile(0.99)),
                max_ns: some(control.response.max()),
            }
        });
        Recording {
            records: evidence.stalls.len() as u64,
            without_record: evidence.dropped,
            without_record_ns: evidence.dropped_ns,
            noise_probes: evidence.noise_probes.all.clone(),
            control,
            overhead: evidence.overhead,
        }
    }
}
