//! A command that traced beside the run (`--trace`): when it was there, and how it ended.
//! What it said is in `trace.txt`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// When it was told to stop (SIGINT); `null`: it had ended by itself before the run did.
    pub stopped_ns: Option<i64>,
    /// Whether it had to be killed (SIGKILL), because it went on for 5 seconds after that: then its output may be cut short.
    pub killed: bool,
    /// How its shell ended, such as `exit status 0` or `killed by SIGINT`.
    pub ended: String,
}
