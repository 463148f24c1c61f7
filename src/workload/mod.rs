//! What one worker does: when its operations are due, which they are, and how their phases are timed.

mod arrivals;
mod emulator;
mod keys;
pub mod mapper;
mod recorder;
pub mod shootdown;
mod stall_profiler;
mod stopwatch;
pub mod update;
mod worker;
mod writing;

pub use arrivals::Schedule;
pub use emulator::Emulator;
pub use keys::Keys;
pub use recorder::Recorder;
pub use stall_profiler::{StallProfiler, Times};
pub use stopwatch::Stopwatch;
pub use worker::{Plan, Role, work};
pub use writing::Writing;

use crate::os::counters::Counters;
use worker::user_prefix;

/// Why an operation of a cost or shootdown experiment does not exist here, or failed: a message with the call.
pub type Outcome = Result<(), String>;

fn at<E: std::fmt::Display>(call: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{call}: {error}")
}

/// TLB interrupts (illumos: cross calls) of all CPUs since they were counted last; `None`: a CPU's are not counted.
pub fn tlb_interrupts(counters: &mut Counters) -> Option<f64> {
    let columns = counters.columns();
    let values = counters.read(&|_| false);
    let is_tlb = |name: &str| name.starts_with("tlb_interrupts") || name.starts_with("cross_calls");
    let found = columns.iter().zip(values).filter(|(name, _)| is_tlb(name)).map(|(_, value)| value);
    found.reduce(|sum, value| Some(sum? + value?))?
}
