//! A run cut into blocks of time, from which its differences to another run are resampled.
//! In a long run a block is several intervals, because one freeze makes neighbouring intervals alike.

/// About so many blocks, where a run has so many intervals.
const BLOCKS: u64 = 40;

/// Blocks of time, all of the same length, that cover a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockGrid {
    /// Length of a block, nanoseconds: whole intervals, at least one nanosecond.
    pub length_ns: u64,
    /// How many there are, at least 1.
    pub count: usize,
}

impl BlockGrid {
    /// Those of a run that was measured for `measured_ns` and recorded every `interval_ns`.
    pub fn of(measured_ns: u64, interval_ns: u64) -> BlockGrid {
        let interval_ns = interval_ns.max(1);
        let length_ns = (measured_ns / BLOCKS / interval_ns).max(1) * interval_ns;
        // A remainder belongs to the last block, unless it is most of one.
        let count = (measured_ns + length_ns / 2) / length_ns;
        BlockGrid { length_ns, count: count.max(1) as usize }
    }

    /// The block of a moment, nanoseconds since measuring began.
    pub fn block_of(self, at_ns: u64) -> usize {
        ((at_ns / self.length_ns) as usize).min(self.count - 1)
    }

    pub fn start_of(self, block: usize) -> u64 {
        block as u64 * self.length_ns
    }

    /// Where a block ends: the last with the run, but no block is shorter than a nanosecond.
    pub fn end_of(self, block: usize, measured_ns: u64) -> u64 {
        let start = self.start_of(block);
        if block + 1 == self.count { measured_ns.max(start + 1) } else { start + self.length_ns }
    }
}

/// Values, such as latencies, and how often each came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Vec<(u64, u64)>);

/// The latencies of one interval of time of a run.
pub type Block = Counts;

impl Counts {
    /// From values, in any order, and how often each came; counts of the same value add up.
    pub fn of(counts: impl IntoIterator<Item = (u64, u64)>) -> Counts {
        let mut all: Vec<(u64, u64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        // Stable, because it is quick where rising runs lie one behind the other, as those of intervals and blocks do.
        all.sort();
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
        // Most of the room was for counts of the same values.
        all.shrink_to_fit();
        Counts(all)
    }

    /// Values, rising, and how often each came.
    pub fn values(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// The least and the greatest value; nothing if there are none.
    pub fn ends(&self) -> impl Iterator<Item = u64> {
        self.0.first().into_iter().chain(self.0.last()).map(|(value, _)| *value)
    }

    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    pub fn over(&self, value: u64) -> u64 {
        let from = self.0.partition_point(|(other, _)| *other <= value);
        self.0[from..].iter().map(|(_, count)| count).sum()
    }

    /// The value that the share `q` of them does not exceed; `None`: there are none.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        // Rounded up, as HdrHistogram does; never the zeroth.
        let mut left = ((q * self.count() as f64).ceil() as u64).max(1);
        self.0.iter().find_map(|(value, count)| {
            let found = *count >= left;
            left = left.saturating_sub(*count);
            found.then_some(*value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn blocks_are_whole_intervals_and_cover_the_run() {
        let grid = |measured_ns, interval_ns| {
            let BlockGrid { length_ns, count } = BlockGrid::of(measured_ns, interval_ns);
            (length_ns, count)
        };
        assert_eq!(grid(60_000 * MS, 100 * MS), (1500 * MS, 40));
        assert_eq!(grid(10_000 * MS, 100 * MS), (200 * MS, 50));
        assert_eq!(grid(10_090 * MS, 100 * MS), (200 * MS, 50), "ended 90 ms after its time");
        assert_eq!(grid(1_000 * MS, 100 * MS), (100 * MS, 10));
        assert_eq!(grid(300 * MS, 1000 * MS), (1000 * MS, 1), "interrupted early");
        assert_eq!(grid(0, 0).1, 1);
    }

    #[test]
    fn the_last_block_ends_with_the_run() {
        let grid = BlockGrid::of(10_090 * MS, 100 * MS);
        assert_eq!((grid.start_of(1), grid.end_of(1, 10_090 * MS)), (200 * MS, 400 * MS));
        assert_eq!(grid.end_of(49, 10_090 * MS), 10_090 * MS);
        assert_eq!((grid.block_of(399 * MS), grid.block_of(400 * MS), grid.block_of(u64::MAX)), (1, 2, 49));
        assert_eq!(BlockGrid::of(300 * MS, 1000 * MS).end_of(0, 300 * MS), 300 * MS);
    }

    #[test]
    fn quantiles_are_those_of_all_blocks_together() {
        let counts = Counts::of([(1, 50), (9, 1), (3, 48), (2, 1)]);
        assert_eq!(counts.count(), 100);
        let at = |q| counts.quantile(q).unwrap();
        assert_eq!((at(0.0), at(0.5), at(0.51), at(0.99), at(1.0)), (1, 1, 2, 3, 9));
        assert_eq!(counts.ends().collect::<Vec<_>>(), [1, 9]);
        assert_eq!(Counts::of([]).quantile(0.5), None);
        assert_eq!(Counts::of([]).ends().next(), None);
        let twice = Counts::of([(9, 1), (3, 47), (7, 0), (9, 2)]);
        assert_eq!(twice.values(), [(3, 47), (9, 3)], "a value of two blocks is one");
        assert_eq!([2, 3, 9].map(|value| twice.over(value)), [50, 3, 0]);
    }
}
