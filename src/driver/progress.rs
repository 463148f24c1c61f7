//! What the driver tells while a run goes on, about once a second.
//! How it looks is the caller's business.

use std::path::PathBuf;

/// A moment of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// The files are made.
    Made {
        /// Records in all of them.
        records: u64,
        /// How many files.
        files: usize,
    },
    /// Workers are forked, open the file and map it.
    Gathering {
        /// Workers waiting at the gate.
        ready: u64,
        /// Workers in all.
        of: u64,
    },
    /// For a second or longer no more workers have come to the gate.
    Waiting {
        /// Workers waiting at the gate.
        ready: u64,
        /// Workers in all.
        of: u64,
        /// Some of those that are missing, by name.
        missing: Vec<String>,
        /// For how long the driver goes on waiting for them, nanoseconds.
        left_ns: u64,
    },
    /// There is load, but nothing is measured yet.
    WarmingUp {
        /// Time until measuring begins, nanoseconds.
        left_ns: u64,
    },
    /// The measured span.
    Measuring {
        /// Time since measuring began, nanoseconds.
        elapsed_ns: u64,
        /// Length of the measured span, nanoseconds.
        of_ns: u64,
        /// Operations due so far, readers and writers; those that late workers have not come to are estimated by the rate.
        due: u64,
        /// Of those, completed.
        completed: u64,
        /// Median and 99th percentile of readers' response times in the last `recent_ns`, nanoseconds; `None`: no reader
        /// completed anything.
        recent: Option<(u64, u64)>,
        /// A second, or an interval that is longer.
        recent_ns: u64,
        /// Workers that are over the stall threshold now.
        stalled: u64,
    },
    /// The time is over; some workers are in their last operation, or being taken down.
    Ending {
        /// How many.
        working: u64,
    },
    /// The mapped files, which were to be kept, have a directory of their own.
    Kept {
        /// Which.
        files: PathBuf,
    },
    /// The run ended before measuring began: there is no result.
    NothingMeasured {
        /// When, and why.
        why: String,
    },
    /// A worker, a noise probe or the tracing command died. The run goes on without it.
    Lost {
        /// Which, and why.
        worker: String,
    },
}
