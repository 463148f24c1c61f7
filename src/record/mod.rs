//! The shared memory that workers write: latency histograms and one cell a worker, all of atomics.
//! Workers only add; the driver reads while they run and afterwards.

mod baton;
mod cell;
mod histogram;
mod layout;
mod outcome;
mod series;
mod slots;

pub use baton::Baton;
pub use cell::WorkerCell;
pub use histogram::SharedHistogram;
pub use layout::{HIGHEST_NS, LENGTH, LOWEST_NS, SIGNIFICANT_DIGITS, index_of, lowest_at};
pub use outcome::{Counts, Interval, Measured, Outcome, Slot, Slots, Tag};
pub use series::{READER_PHASES, Series, WRITER_PHASES};
pub use slots::{SharedSlot, SlotCounter, SlotGrid};
