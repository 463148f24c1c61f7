//! What one worker does: when its operations are due, which they are, and how their phases are timed.
//! Forking, files of results and statistics are others' business.

mod arrivals;
mod emulator;
mod keys;
pub mod mapper;
mod meter;
mod recorder;
mod stopwatch;
pub mod update;
mod worker;
mod writing;

pub use arrivals::Schedule;
pub use emulator::{Emulator, Neighbours};
pub use keys::Keys;
pub use meter::{Meter, Times};
pub use recorder::Recorder;
pub use stopwatch::Stopwatch;
pub use worker::{Plan, Role, work};
pub use writing::Writing;

use worker::user_prefix;
