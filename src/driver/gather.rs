//! Sums what the workers recorded: one public histogram for every role, operation and series.
//! Only shards of the same role are added; nothing is averaged.

use crate::{
    mailboxes::Phase,
    record::{Measured, Series, SharedHistogram, Tag},
    scenario::Operation,
};

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
                let tag = Tag { role, operation: operation.name(), series: which.name() };
                all.push(Measured { tag, histogram });
            }
        }
    }
    all
}
