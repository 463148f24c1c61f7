//! What a cost experiment tells while it goes on. How it looks is the caller's business.

#[derive(Clone, Debug, PartialEq)]
pub enum CostProgress {
    Made {
        files: usize,
        bytes: u64,
    },
    Gathering {
        ready: u32,
        of: u32,
    },
    Measuring {
        /// Since the experiment began, nanoseconds.
        elapsed_ns: u64,
        /// Time there is for it, nanoseconds.
        of_ns: u64,
        /// The round, from 1.
        round: u32,
        precise: usize,
        of: usize,
    },
}
