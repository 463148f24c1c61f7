//! One latency histogram in shared memory: many workers add, one reader converts.
//! Adding is one relaxed atomic increment; nothing is locked and nothing is lost.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use hdrhistogram::Histogram;

use crate::os::shared::Shareable;

const LOWEST_NS: u64 = 1;
/// Highest value that the layout must hold, in nanoseconds (one hour). Rounded up to its last counter (73 min), as
/// HdrHistogram does; anything longer is counted there.
pub const HIGHEST_NS: u64 = 3_600_000_000_000;
const SIGNIFICANT_DIGITS: u8 = 2;

/// 2 × 10^2 rounded up to a power of two: linear steps in one power-of-two range.
const SUB_BUCKETS: u64 = 256;
const HALF_MAGNITUDE: u32 = 7;
/// Power-of-two ranges until `HIGHEST_NS` fits: 256 << 34 is the first beyond it.
const BUCKETS: usize = 35;
/// Counters in one histogram.
pub const LENGTH: usize = (BUCKETS + 1) << HALF_MAGNITUDE;

const _: () = assert!(SUB_BUCKETS << (BUCKETS - 1) > HIGHEST_NS && SUB_BUCKETS << (BUCKETS - 2) <= HIGHEST_NS);

#[inline]
pub fn index_of(value_ns: u64) -> usize {
    let value = value_ns.min((SUB_BUCKETS << (BUCKETS - 1)) - 1);
    let bucket = 64 - (value | (SUB_BUCKETS - 1)).leading_zeros() - (HALF_MAGNITUDE + 1);
    let sub_bucket = (value >> bucket) as usize;
    ((bucket as usize) << HALF_MAGNITUDE) + sub_bucket
}

/// The lowest value, in nanoseconds, that belongs to the counter at `index`.
pub fn lowest_at(index: usize) -> u64 {
    let half = 1usize << HALF_MAGNITUDE;
    let (bucket, sub_bucket) =
        if index < 2 * half { (0, index) } else { ((index >> HALF_MAGNITUDE) - 1, (index & (half - 1)) + half) };
    (sub_bucket as u64) << bucket
}

/// Counters in HdrHistogram's layout. 18 KiB.
#[repr(C)]
pub struct SharedHistogram {
    counts: [AtomicU32; LENGTH],
}

// SAFETY: an array of atomics, as `Shareable` asks.
unsafe impl Shareable for SharedHistogram {}

impl SharedHistogram {
    #[inline]
    pub fn record(&self, value_ns: u64) {
        self.counts[index_of(value_ns)].fetch_add(1, Relaxed);
    }

    /// The same in less time, where the caller is the only writer of this histogram.
    #[inline]
    pub fn record_alone(&self, value_ns: u64) {
        let count = &self.counts[index_of(value_ns)];
        count.store(count.load(Relaxed).wrapping_add(1), Relaxed);
    }

    pub fn empty() -> Histogram<u64> {
        Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, SIGNIFICANT_DIGITS).expect("constant bounds are valid")
    }

    pub fn sum(shards: &[SharedHistogram]) -> Histogram<u64> {
        let mut sum = vec![0; LENGTH];
        shards.iter().for_each(|shard| shard.add_to(&mut sum));
        Counts::difference(&sum, &[0; LENGTH]).histogram()
    }

    /// Adds every counter to that of the same index in `sum`, which is `LENGTH` long.
    pub fn add_to(&self, sum: &mut [u32]) {
        for (sum, count) in sum.iter_mut().zip(&self.counts) {
            *sum = sum.wrapping_add(count.load(Relaxed));
        }
    }

    /// Reads every page of the histogram, so that recording later does not fault.
    pub fn touch(&self) -> u32 {
        self.counts.iter().step_by(512).fold(0, |sum, count| sum.wrapping_add(count.load(Relaxed)))
    }
}

/// A histogram as the few counters that are not zero: an interval's would otherwise cost tens of KiB each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Vec<(u16, u32)>);

impl Counts {
    /// From counters that are not zero, by their index in [`SharedHistogram`]'s layout, ascending.
    pub fn new(counters: Vec<(u16, u32)>) -> Counts {
        Counts(counters)
    }

    pub fn difference(now: &[u32], before: &[u32]) -> Counts {
        let counters = now.iter().zip(before).enumerate().filter(|(_, (now, before))| now != before);
        Counts(counters.map(|(index, (now, before))| (index as u16, now.wrapping_sub(*before))).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add_to(&self, sum: &mut Histogram<u64>) {
        for &(index, count) in &self.0 {
            sum.saturating_record_n(lowest_at(usize::from(index)), u64::from(count));
        }
    }

    pub fn histogram(&self) -> Histogram<u64> {
        let mut histogram = SharedHistogram::empty();
        self.add_to(&mut histogram);
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;

    #[test]
    fn conversion_loses_nothing() {
        let shared = Shared::<SharedHistogram>::zeroed(1).unwrap();
        let mut expected = SharedHistogram::empty();
        let mut value = 1u64;
        for step in 0..5000u64 {
            value = value.wrapping_mul(6364136223846793005).wrapping_add(step) % (1 << (step % 43));
            if step % 2 == 0 {
                shared[0].record(value)
            } else {
                shared[0].record_alone(value)
            }
            expected.saturating_record(value);
        }
        let sum = SharedHistogram::sum(&shared);
        assert_eq!(sum.len(), 5000);
        for quantile in [0.01, 0.5, 0.9, 0.99, 0.999, 1.0] {
            assert_eq!(sum.value_at_quantile(quantile), expected.value_at_quantile(quantile));
        }
    }

    #[test]
    fn every_counter_keeps_its_values_and_their_order() {
        for index in 0..LENGTH - 1 {
            assert_eq!(index_of(lowest_at(index)), index);
            assert_eq!(index_of(lowest_at(index + 1) - 1), index);
        }
        assert_eq!(index_of(u64::MAX), LENGTH - 1);
    }
}
