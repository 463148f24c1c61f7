//! The effective sample size of a run's latencies: how many independent latencies would give intervals as wide.
//! A freeze makes thousands of latencies alike; counted one by one they would give intervals that are too narrow.

use super::resample::neighbours;
use super::{Block, Part};

/// The effective number of the operations behind a share: so many independent ones would give the share the same variance.
/// From blocks in the order of time, all equally long; `amount` is how many operations of a block belong to the share, `of`
/// how many it has. From 1 to the number of operations.
///
/// `n_eff = p (1 - p) / Var(p)`, p the share: the number of operations over the design effect (L. Kish, Survey Sampling,
/// 1965). The variance is that of a ratio estimator by overlapping batch means (M. S. Meketon and B. Schmeiser, 1984): with
/// `e = amount - p * of` of each block, the mean square of the sums of L neighbours, over all T blocks closed to a circle, times
/// T/L, over the square of all operations; L is the cube root of T, as where quantiles are resampled. As few batches spread too
/// little, it is k/(k - 1) times that, k = T/L.
/// `None`: fewer than two batches, no operations, or a share of 0 or 1, which has no variance to be seen.
pub fn effective_sample_size(parts: &[Part]) -> Option<f64> {
    let total: f64 = parts.iter().map(|part| part.of).sum();
    let share = parts.iter().map(|part| part.amount).sum::<f64>() / total;
    let together = neighbours(parts.len()).max(1);
    let batches = (parts.len() / together) as f64;
    if batches < 2.0 || !(share > 0.0 && share < 1.0) {
        return None;
    }
    let error = |place: usize| parts[place % parts.len()].amount - share * parts[place % parts.len()].of;
    let batch_error = |first: usize| (first..first + together).map(error).sum::<f64>();
    let squares: f64 = (0..parts.len()).map(|first| batch_error(first).powi(2)).sum();
    let variance = squares / together as f64 * batches / (batches - 1.0) / total.powi(2);
    Some((share * (1.0 - share) / variance).clamp(1.0, total.max(1.0)))
}

/// The effective number of latencies behind the one at `value`, from the share of them that is over it; of a value that
/// none is over, from the share that is not below.
/// `None`: as for [`effective_sample_size`].
pub fn effective_at(blocks: &[Block], value: u64) -> Option<f64> {
    let share = |from: u64| {
        let part = |block: &Block| Part { amount: block.over(from) as f64, of: block.count() as f64 };
        effective_sample_size(&blocks.iter().map(part).collect::<Vec<_>>())
    };
    share(value).or_else(|| share(value.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    /// Blocks of 100 operations, each of the share with one chance in two; `alike` blocks share their chance.
    fn parts(seed: u64, alike: usize) -> Vec<Part> {
        let mut random = Random::new(seed);
        let mut chance = 0.5;
        let mut part = |block: usize| {
            if alike > 0 && block.is_multiple_of(alike) {
                chance = if random.uniform() < 0.5 { 0.25 } else { 0.75 };
            }
            Part { amount: (0..100).filter(|_| random.uniform() < chance).count() as f64, of: 100.0 }
        };
        (0..60).map(&mut part).collect()
    }

    #[test]
    fn independent_operations_count_about_all_and_correlated_ones_much_less() {
        let mean = |alike| (0..50).filter_map(|seed| effective_sample_size(&parts(seed, alike))).sum::<f64>() / 50.0;
        let (apart, together, longer) = (mean(0), mean(1), mean(3));
        assert!(apart > 3500.0 && apart <= 6000.0, "{apart} of 6000");
        // A block's own chance adds 100 * 0.0625 / 0.25 = 25 times the variance, and three alike three times that.
        assert!((130.0..400.0).contains(&together), "{together}");
        assert!(longer < together / 1.5, "{longer} {together}");
    }

    #[test]
    fn a_share_without_variance_has_no_effective_number() {
        let part = |amount| Part { amount, of: 10.0 };
        assert_eq!(effective_sample_size(&[part(0.0); 20]), None);
        assert_eq!(effective_sample_size(&[part(10.0); 20]), None);
        assert_eq!(effective_sample_size(&[part(5.0); 2]), None, "two blocks are one batch");
        assert_eq!(effective_sample_size(&[]), None);
        assert_eq!(effective_sample_size(&[part(5.0); 20]), Some(200.0), "steadier than chance: all of them");
    }

    #[test]
    fn latencies_over_the_value_decide_the_effective_number() {
        let mut blocks = vec![Block::of([(100, 90), (200, 10)]); 30];
        assert_eq!(effective_at(&blocks, 100), Some(3000.0));
        assert_eq!(effective_at(&blocks, 200), Some(3000.0), "none is over it");
        blocks[7] = Block::of([(200, 100)]);
        let at = effective_at(&blocks, 100).unwrap();
        assert!(at < 200.0, "{at}: a freeze");
    }
}
