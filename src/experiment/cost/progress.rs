//! What a cost experiment tells while it goes on. How it looks is the caller's business.

/// A moment of it.
#[derive(Clone, Debug, PartialEq)]
pub enum CostProgress {
    /// The files are made.
    Made {
        /// How many.
        files: usize,
        /// Bytes of each.
        bytes: u64,
    },
    /// Mappers are forked, and map and read their files.
    Gathering {
        /// Those that have.
        ready: u32,
        /// All.
        of: u32,
    },
    /// Blocks are measured.
    Measuring {
        /// Since the experiment began, nanoseconds.
        elapsed_ns: u64,
        /// Time there is for it, nanoseconds.
        of_ns: u64,
        /// The round, from 1.
        round: u32,
        /// Laws that are precise enough.
        precise: usize,
        /// All laws that are measured.
        of: usize,
    },
}
