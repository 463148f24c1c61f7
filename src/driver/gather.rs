//! Sums what the workers recorded: one public histogram for every role, operation and series.
//! Only shards of the same role are added; nothing is averaged.

use hdrhistogram::Histogram;

use crate::{
    mailboxes::Phase,
    record::{Series, SharedHistogram},
    scenario::Operation,
};

/// One histogram and what it is of.
pub struct Measured {
    /// `reader` or `writer`.
    pub role: &'static str,
    /// The operation's name.
    pub operation: &'static str,
    /// The series' name.
    pub series: &'static str,
    /// Nanoseconds.
    pub histogram: Histogram<u64>,
}

/// Everything recorded by one role. `shards` is whole shards one behind the other.
pub fn gather<Op: Operation>(role: &'static str, phases: &[Phase], shards: &[SharedHistogram]) -> Vec<Measured> {
    let series = Series::count(phases);
    let mut all = Vec::new();
    for operation in Op::ALL {
        for (place, which) in Series::all(phases).enumerate() {
            let mut histogram = SharedHistogram::empty();
            for shard in shards.chunks(series * Op::ALL.len()) {
                shard[operation.index() * series + place].add_to(&mut histogram);
            }
            if !histogram.is_empty() {
                all.push(Measured { role, operation: operation.name(), series: which.name(), histogram });
            }
        }
    }
    all
}
