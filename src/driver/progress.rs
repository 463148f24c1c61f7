//! What the driver reports while a run goes on, about once a second.

use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// The mapped files are there.
    Made { records: u64, files: usize },
    /// Workers are forked, and open and map the file.
    Gathering { ready: u64, of: u64 },
    /// For a second no worker has come to the barrier: the names of some that are missing, how many others are, and how much longer the driver
    /// waits, nanoseconds.
    Waiting { ready: u64, of: u64, missing: Vec<String>, others: usize, left_ns: u64 },
    /// There is load, but nothing is measured yet.
    WarmingUp { left_ns: u64 },
    /// Once a second of the measured span.
    Measuring(Moment),
    /// The time is over; some workers are in their last operation, or ending.
    Ending { working: u64 },
    /// The mapped files, which were to be kept, have a directory of their own.
    Kept { files: PathBuf },
    /// The run ended before measuring began: there is no result.
    NothingMeasured { why: String },
    /// A worker, a noise probe or the tracing command died. The run goes on without it.
    Lost { worker: String },
}

/// A moment of the measured span.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    pub elapsed_ns: u64,
    pub of_ns: u64,
    /// Operations due so far, readers and writers; those that delayed workers have not begun are estimated by the rate.
    pub due: u64,
    pub completed: u64,
    /// Readers' operations that completed in the last `recent_ns`, and the median and the 99th percentile of their response times,
    /// nanoseconds; `None`: there were none.
    pub recent: Option<(u64, [u64; 2])>,
    /// A second, or an interval that is longer.
    pub recent_ns: u64,
    /// Workers that are over the stall threshold now.
    pub stalled: u64,
}

pub struct OnceASecond {
    last_ns: u64,
}

impl OnceASecond {
    pub fn new(now_ns: u64) -> OnceASecond {
        OnceASecond { last_ns: now_ns }
    }

    pub fn is_due(&mut self, now_ns: u64) -> bool {
        let is_due = now_ns - self.last_ns > 1_000_000_000;
        if is_due {
            self.last_ns = now_ns;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::OnceASecond;

    #[test]
    fn a_report_is_due_once_a_second_after_the_one_before() {
        let mut report = OnceASecond::new(500);
        let due = [600, 1_000_000_500, 1_000_000_501, 1_500_000_000, 2_000_000_502].map(|now| report.is_due(now));
        assert_eq!(due, [false, false, true, false, true]);
    }
}
