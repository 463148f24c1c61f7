//! What one worker does: when its operations are due, which they are, and how their phases are timed.

mod arrivals;
mod emulator;
mod experiments;
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

use worker::user_prefix;
