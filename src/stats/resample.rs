//! Confidence intervals of percentiles of latencies, from resampling the blocks of a run.
//! Neighbouring latencies are correlated (one freeze makes thousands of them), so single values must not be drawn.

use super::quantiles::{normal_over, percentile, t95};
use super::random::Random;
use super::{Block, Estimate};

pub(crate) const RESAMPLES: usize = 400;
pub const LEAST_BLOCKS: usize = 8;

/// How many times as large the quantile `q` (0 to 1) is in the run `after` as in the run `before`, with its 95 % interval, from blocks in
/// the order of time, all equally long. A quantile of 0 counts as 1, the resolution of the unit.
///
/// Of each run by itself, runs of neighbouring blocks (as long as the cube root of their number) are drawn from the run closed to a circle
/// (H. R. Künsch, 1989; D. N. Politis and J. P. Romano, 1992), 400 times; the interval is the middle of what comes out,
/// taken so much wider than 95 % as few runs of blocks demand (T. C. Hesterberg's expanded percentile interval, 2015).
/// It is the interval of the true ratio, not of a repeat. No interval of the largest value (`q` = 1) can be
/// trusted: it knows nothing larger than was seen.
/// `None`: in either run fewer than [`LEAST_BLOCKS`] blocks, no values, or no such quantile.
pub fn quantile_ratio(before: &[Block], after: &[Block], q: f64, seed: u64) -> Option<Estimate> {
    let mut random = Random::new(seed);
    let before = Resampled::drawn_by(before, &[q], &mut random)?;
    let after = Resampled::drawn_by(after, &[q], &mut random)?;
    before.ratio_to(&after, 0)
}

/// Several quantiles of one run. Resampling is nearly all of the work: a run that is compared with many is resampled once.
#[derive(Clone, Debug)]
pub struct Resampled {
    values: Vec<f64>,
    drawn: Vec<Vec<f64>>,
    pieces: usize,
}

impl Resampled {
    /// Resamples a run. Which blocks are drawn follows from the seed and how many there are: with the same seed, the same blocks of two
    /// runs of equally many are drawn together. That pairs runs whose operations were due at the same moments, so that what both have in
    /// common cancels out of their ratio; all others need different seeds.
    /// `None`: as for [`quantile_ratio`].
    pub fn new(blocks: &[Block], quantiles: &[f64], seed: u64) -> Option<Resampled> {
        Resampled::drawn_by(blocks, quantiles, &mut Random::new(seed))
    }

    fn drawn_by(blocks: &[Block], quantiles: &[f64], random: &mut Random) -> Option<Resampled> {
        let run = Run::of(blocks, quantiles)?;
        let values = quantiles.iter().map(|q| run.value(&run.total, *q) as f64).collect();
        // So many times neighbours are drawn until there are as many blocks as in the run.
        let pieces = blocks.len() / neighbours(blocks.len());
        Some(Resampled { values, drawn: run.resampled(random), pieces })
    }

    /// How many times as large the quantile at this place of those asked for is in the run `after` as in this one, with its
    /// 95 % interval; a quantile of 0 counts as 1. `None`: one of the runs was not asked for it.
    pub fn ratio_to(&self, after: &Resampled, place: usize) -> Option<Estimate> {
        let (below, above) = (self.drawn.get(place)?, after.drawn.get(place)?);
        let mut ratios: Vec<f64> =
            above.iter().zip(below).map(|(above, below)| above.max(1.0) / below.max(1.0)).collect();
        let ratio = after.values[place].max(1.0) / self.values[place].max(1.0);
        Some(interval(ratio, &mut ratios, self.pieces.min(after.pieces)))
    }
}

/// A run, prepared for drawing: values by their place among all the values that occur.
struct Run {
    quantiles: Vec<f64>,
    values: Vec<u64>,
    blocks: Vec<Vec<(u32, u64)>>,
    total: Vec<u64>,
}

impl Run {
    fn of(blocks: &[Block], quantiles: &[f64]) -> Option<Run> {
        let mut values: Vec<u64> =
            blocks.iter().flat_map(|block| block.values().iter().map(|(value, _)| *value)).collect();
        values.sort_unstable();
        values.dedup();
        let are_quantiles = quantiles.iter().all(|q| (0.0..=1.0).contains(q));
        if blocks.len() < LEAST_BLOCKS || values.is_empty() || !are_quantiles {
            return None;
        }
        let place = |value: u64| values.partition_point(|other| *other < value) as u32;
        let placed = |block: &Block| block.values().iter().map(|(value, count)| (place(*value), *count)).collect();
        let blocks: Vec<Vec<(u32, u64)>> = blocks.iter().map(placed).collect();
        let mut total = vec![0; values.len()];
        blocks.iter().for_each(|block| add(&mut total, block));
        Some(Run { quantiles: quantiles.to_vec(), values, blocks, total })
    }

    /// The smallest value that at least the share `q` of all does not exceed.
    fn value(&self, counts: &[u64], q: f64) -> u64 {
        let wanted = ((q * counts.iter().sum::<u64>() as f64).ceil() as u64).max(1);
        let mut sum = 0;
        let place = counts.iter().position(|count| {
            sum += count;
            sum >= wanted
        });
        self.values[place.unwrap_or(self.values.len() - 1)]
    }

    fn resampled(&self, random: &mut Random) -> Vec<Vec<f64>> {
        let count = self.blocks.len();
        let mut counts = vec![0; self.values.len()];
        let mut all = vec![Vec::with_capacity(RESAMPLES); self.quantiles.len()];
        for _ in 0..RESAMPLES {
            counts.fill(0);
            let mut drawn = 0;
            while drawn < count {
                let first = random.below(count);
                let length = neighbours(count).min(count - drawn);
                (first..first + length).for_each(|block| add(&mut counts, &self.blocks[block % count]));
                drawn += length;
            }
            // Of blocks with hardly a value, none may be drawn: then the run itself stands in.
            let some = counts.iter().any(|count| *count > 0);
            for (values, q) in all.iter_mut().zip(&self.quantiles) {
                values.push(self.value(if some { &counts } else { &self.total }, *q) as f64);
            }
        }
        all
    }
}

/// How many neighbours of so many blocks are drawn together.
pub(crate) fn neighbours(blocks: usize) -> usize {
    (blocks as f64).cbrt().ceil() as usize
}

fn add(counts: &mut [u64], block: &[(u32, u64)]) {
    for (place, count) in block {
        counts[*place as usize] += count;
    }
}

/// The expanded percentile interval: resamples of `pieces` independent pieces spread too little by √(1 − 1/pieces), and
/// by a normal distribution where Student's would be right.
pub(crate) fn interval(value: f64, resampled: &mut [f64], pieces: usize) -> Estimate {
    let pieces = pieces as f64;
    expanded_interval(value, resampled, t95(pieces as u32 - 1) * (pieces / (pieces - 1.0)).sqrt())
}

/// `value` with the middle of the resampled values, as much of it as a normal distribution has within `deviations`.
pub(crate) fn expanded_interval(value: f64, resampled: &mut [f64], deviations: f64) -> Estimate {
    resampled.sort_by(f64::total_cmp);
    let tail = normal_over(deviations);
    Estimate::between(value, percentile(resampled, tail), percentile(resampled, 1.0 - tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantile of a run by itself.
    fn quantile(blocks: &[Block], q: f64, seed: u64) -> Option<Estimate> {
        let run = Resampled::new(blocks, &[q], seed)?;
        Some(interval(run.values[0], &mut run.drawn[0].clone(), run.pieces))
    }

    /// Blocks of 100 latencies around `middle`; those of a block are correlated.
    fn run(seed: u64, blocks: usize, middle: u64) -> Vec<Block> {
        let mut random = Random::new(seed);
        let mut block = |_| {
            let own = 0.1 * random.normal();
            let value = |_| ((200.0 * (own + 0.1 * random.normal()).exp()).round() as u64 * middle / 200, 1);
            Block::of((0..100).map(value))
        };
        (0..blocks).map(&mut block).collect()
    }

    #[test]
    fn the_value_is_the_quantile_of_all() {
        let blocks: Vec<Block> = (0..10).map(|i| Block::of((1..=10).map(|value| (10 * i + value, 1)))).collect();
        assert_eq!(quantile(&blocks, 0.5, 1).unwrap().value, 50.0);
        assert_eq!(quantile(&blocks, 0.99, 1).unwrap().value, 99.0);
        assert_eq!(quantile(&blocks, 1.0, 1).unwrap().value, 100.0);
        assert_eq!(quantile(&blocks, 0.0, 1).unwrap().value, 1.0);
        let same: Vec<Block> = vec![Block::of([(42, 9)]); 10];
        assert_eq!(quantile(&same, 0.9, 1), Some(Estimate::around(42.0, 0.0)));
    }

    #[test]
    fn intervals_contain_the_true_value_though_values_are_correlated() {
        for blocks in [20, 60] {
            let held = (0..200)
                .filter(|seed| quantile(&run(*seed, blocks, 1_000_000), 0.5, *seed).unwrap().contains(1e6))
                .count();
            assert!((180..200).contains(&held), "{blocks} blocks: {held} of 200");
        }
    }

    #[test]
    fn ratios_contain_the_true_value_and_exclude_1_where_it_differs() {
        let ratio = |seed: u64, factor: u64| {
            quantile_ratio(&run(seed, 50, 1_000_000), &run(1000 + seed, 50, factor * 1_000_000), 0.9, seed).unwrap()
        };
        let same = (0..50).filter(|seed| ratio(*seed, 1).contains(1.0)).count();
        let found = (0..50).filter(|seed| ratio(*seed, 2).contains(2.0)).count();
        assert!(same >= 45 && found >= 45, "{same} {found}");
        assert!((0..50).all(|seed| !ratio(seed, 2).contains(1.0)));
    }

    #[test]
    fn a_run_resampled_once_gives_the_same_ratios() {
        let drawn = |seed: u64| Resampled::new(&run(seed, 50, 1_000_000), &[0.5, 0.9], seed).unwrap();
        let (one, other) = (drawn(1), drawn(2));
        let (median, high) = (one.ratio_to(&other, 0).unwrap(), one.ratio_to(&other, 1).unwrap());
        assert!(median.contains(1.0) && high.contains(1.0) && median != high, "{median:?} {high:?}");
        let apart = quantile_ratio(&run(1, 50, 1_000_000), &run(2, 50, 1_000_000), 0.9, 3).unwrap();
        assert_eq!(apart.value, high.value);
        assert!((apart.half_width() / high.half_width() - 1.0).abs() < 0.25, "{apart:?} {high:?}");
        assert_eq!(one.ratio_to(&other, 2), None);
    }

    #[test]
    fn paired_runs_differ_by_no_more_than_what_they_do_not_have_in_common() {
        // The same run with a tenth of it slower, and the same run.
        let before = run(1, 50, 1_000_000);
        let slower = |block: &Block| Block::of(block.values().iter().map(|(value, count)| (value * 11 / 10, *count)));
        let after: Vec<Block> = before.iter().map(slower).collect();
        let drawn = |blocks: &[Block], seed| Resampled::new(blocks, &[0.5, 0.99], seed).unwrap();
        let paired = drawn(&before, 1).ratio_to(&drawn(&after, 1), 0).unwrap();
        let apart = drawn(&before, 1).ratio_to(&drawn(&after, 2), 0).unwrap();
        assert!(paired.half_width() < apart.half_width() / 10.0, "{paired:?} {apart:?}");
        for place in [0, 1] {
            let itself = drawn(&before, 1).ratio_to(&drawn(&before, 1), place);
            assert_eq!(itself, Some(Estimate::around(1.0, 0.0)));
        }
    }

    #[test]
    fn a_freeze_in_one_block_widens_the_interval_of_the_high_percentile() {
        let mut blocks = vec![Block::of([(100, 1000)]); 50];
        blocks[20] = Block::of([(1_000_000, 1000)]);
        let estimate = quantile(&blocks, 0.99, 1).unwrap();
        assert_eq!(
            (estimate.value, estimate.low, estimate.high),
            (1e6, 100.0, 1e6),
            "the freeze may be missing from a resample"
        );
        assert_eq!(quantile(&blocks, 0.5, 1), Some(Estimate::around(100.0, 0.0)));
    }

    #[test]
    fn too_few_blocks_or_values_give_no_interval() {
        let block = Block::of([(1, 1)]);
        assert_eq!(quantile(&vec![block.clone(); LEAST_BLOCKS - 1], 0.5, 1), None);
        assert_eq!(quantile(&vec![Block::default(); 20], 0.5, 1), None);
        assert_eq!(quantile(&vec![block.clone(); 20], 1.5, 1), None);
        assert_eq!(quantile_ratio(&vec![block.clone(); 20], &[], 0.5, 1), None);
        let mostly_empty: Vec<Block> = (0..20).map(|i| if i == 0 { block.clone() } else { Block::default() }).collect();
        assert_eq!(quantile(&mostly_empty, 0.5, 1).unwrap().value, 1.0);
    }
}
