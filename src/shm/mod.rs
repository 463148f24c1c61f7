//! The shared memory that workers write: latency histograms, slots, slow operations and one cell a worker, all of atomics.
//! Workers only add; the driver reads while they run and afterwards.

mod cell;
mod command_board;
mod histogram;
mod pause;
mod responder;
mod series;
mod slots;
mod stall;

pub use cell::{Doing, ExitMessage, RunControl, WorkerCell};
pub use command_board::CommandBoard;
#[cfg(test)]
pub use histogram::index_of;
pub use histogram::{Counts, HIGHEST_NS, LENGTH, SharedHistogram, lowest_at};
pub use pause::{PAUSE_NS, PAUSES, PauseLog, ProbeCounters, SharedPause, TICK_NS};
pub use responder::{Order, ResponderCell, ResponderState};
pub use series::{READER_PHASES, Series, WRITER_PHASES};
pub use slots::{MOST_SLOTS_OF_ALL, MOST_SLOTS_OF_ONE, SharedSlot, Slot, SlotCounter, SlotGrid, Slots};
pub use stall::{PLACES, STALLS_OF_READER, START_DELAY, SharedStall, Slow, Spent, StallCounts, StallLog};
