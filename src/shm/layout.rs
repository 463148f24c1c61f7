//! HdrHistogram's own index layout, so that a histogram kept in shared memory becomes a public one without loss.
//! Values are nanoseconds from 1 ns to 1 h with two significant decimal digits (relative error below 1 %).

pub const LOWEST_NS: u64 = 1;
/// Highest value that the layout must hold, in nanoseconds (one hour). Rounded up to its last counter (73 min), as
/// HdrHistogram does; anything longer is counted there.
pub const HIGHEST_NS: u64 = 3_600_000_000_000;
pub const SIGNIFICANT_DIGITS: u8 = 2;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_keeps_its_values_and_their_order() {
        for index in 0..LENGTH - 1 {
            assert_eq!(index_of(lowest_at(index)), index);
            assert_eq!(index_of(lowest_at(index + 1) - 1), index);
        }
        assert_eq!(index_of(u64::MAX), LENGTH - 1);
    }
}
