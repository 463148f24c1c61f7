//! A share (so much of so much) in one run, and by what factor it differs in two: completed of scheduled, stalled time of all time.
//! The interval of the factor is that of a block bootstrap, as for percentiles: it covers the variation within these two runs.

use super::effective_sample_size::effective_sample_size;
use super::quantiles::Z;
use super::random::Random;
use super::resample::{RESAMPLES, interval, neighbours};
use super::{Estimate, LEAST_BLOCKS};

/// The ratio of something to nothing: the largest number that a result may hold.
const UNBOUNDED: f64 = 1e18;

/// What one block of time adds to a share; both from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Part {
    pub amount: f64,
    pub of: f64,
}

/// A share with its 95 % interval, by E. B. Wilson (1927): of as many independent samples as these are worth (the effective sample size), or
/// as there are parts where there are too few parts to see that. Where all samples agree, each counts as one.
/// `None`: there are no samples.
pub fn share(parts: &[Part]) -> Option<Estimate> {
    let (share, of) = share_of(parts.iter())?;
    let agree = share <= 0.0 || share >= 1.0;
    let n = effective_sample_size(parts).unwrap_or(if agree { of } else { (parts.len() as f64).min(of) });
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Estimate::between(share, (middle - half).max(0.0), (middle + half).min(1.0)))
}

/// The share after, divided by the share before, with its 95 % interval; runs of neighbouring blocks are drawn as for
/// [`quantile_ratio`](super::quantile_ratio), of paired runs the same blocks of both. 1 where there is nothing of either.
/// `None`: there is nothing before but something after, a share of nothing, or fewer than [`LEAST_BLOCKS`] blocks on a side.
pub fn share_ratio(before: &[Part], after: &[Part], seed: u64, are_paired: bool) -> Option<Estimate> {
    let are_paired = are_paired && before.len() == after.len();
    if before.len() < LEAST_BLOCKS || after.len() < LEAST_BLOCKS {
        return None;
    }
    let value = ratio(share_of(before.iter())?.0, share_of(after.iter())?.0)?;
    let mut random = Random::new(seed);
    let mut resampled: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            // Only blocks in which nothing was due may be drawn: they have no share.
            let places = drawn(before.len(), &mut random);
            let others = if are_paired { places.clone() } else { drawn(after.len(), &mut random) };
            let share_at = |parts: &[Part], places: Vec<usize>| share_of(places.iter().map(|place| &parts[*place]));
            Some(ratio(share_at(before, places)?.0, share_at(after, others)?.0).unwrap_or(UNBOUNDED))
        })
        .collect();
    let pieces = before.len().min(after.len());
    (!resampled.is_empty()).then(|| interval(value, &mut resampled, pieces / neighbours(pieces)))
}

/// How many times as often something came in the second of two runs, of counts and of how long each was counted (over 0, any unit), with its 95 %
/// interval: the share of the second in both counts, as if each event had fallen into either run with a probability by its length (J.
/// Przyborowski and H. Wilenski, 1940), with Wilson's interval, corrected for continuity (R. G. Newcombe, 1998). Events must be independent.
/// `None`: there is nothing before, and so no factor.
pub fn count_ratio([before, after]: [u64; 2], lengths: [f64; 2]) -> Option<Estimate> {
    let (n, p) = ((before + after) as f64, after as f64 / (before + after).max(1) as f64);
    let odds = |share: f64| {
        if share < 1.0 { (share / (1.0 - share) * lengths[0] / lengths[1]).min(UNBOUNDED) } else { UNBOUNDED }
    };
    let end = |sign: f64| {
        let root = Z * Z + sign * 2.0 - 1.0 / n + 4.0 * p * (n * (1.0 - p) - sign);
        odds((2.0 * n * p + Z * Z + sign * (1.0 + Z * root.max(0.0).sqrt())) / (2.0 * (n + Z * Z)))
    };
    (before > 0).then(|| Estimate::between(odds(p), if after > 0 { end(-1.0).max(0.0) } else { 0.0 }, end(1.0)))
}

/// The places of as many blocks as a run has, neighbours together.
fn drawn(count: usize, random: &mut Random) -> Vec<usize> {
    let together = neighbours(count);
    let first: Vec<usize> = (0..count.div_ceil(together)).map(|_| random.below(count)).collect();
    first.iter().flat_map(|first| (*first..first + together).map(|place| place % count)).take(count).collect()
}

/// How much of how much that is in all, and the latter; `None`: a share of nothing.
fn share_of<'p>(parts: impl Iterator<Item = &'p Part>) -> Option<(f64, f64)> {
    let (amount, of) = parts.fold((0.0, 0.0), |(amount, of), part| (amount + part.amount, of + part.of));
    (of > 0.0).then(|| (amount / of, of))
}

fn ratio(before: f64, after: f64) -> Option<f64> {
    match (before > 0.0, after > 0.0) {
        (true, _) => Some(after / before),
        (false, false) => Some(1.0),
        (false, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(amounts: impl IntoIterator<Item = f64>) -> Vec<Part> {
        amounts.into_iter().map(|amount| Part { amount, of: 10.0 }).collect()
    }

    #[test]
    fn a_clear_difference_leaves_1_out_and_noise_does_not() {
        let noisy = |mean: f64, shift: u32| parts((0..20).map(|n| mean + f64::from((n * 7 + shift) % 5) - 2.0));
        let half = share_ratio(&noisy(8.0, 0), &noisy(4.0, 3), 1, false).unwrap();
        assert!((half.value - 0.5).abs() < 1e-9 && half.low > 0.35 && half.high < 0.65, "{half:?}");
        let same = share_ratio(&noisy(8.0, 0), &noisy(8.0, 3), 1, false).unwrap();
        assert!(same.contains(1.0), "{same:?}");
    }

    #[test]
    fn one_bad_block_that_is_gone_may_have_been_chance() {
        let once = parts((0..20).map(|n| if n == 3 { 100.0 } else { 0.0 }));
        let ratio = share_ratio(&once, &parts([0.0; 20]), 1, false).unwrap();
        assert_eq!(ratio.value, 0.0);
        assert!(ratio.contains(1.0), "{ratio:?}: a third of the draws has nothing before either");
        let often = parts([5.0; 20]);
        let gone = share_ratio(&often, &parts([0.0; 20]), 1, false).unwrap();
        assert_eq!((gone.low, gone.high), (0.0, 0.0));
        assert_eq!(share_ratio(&once, &often, 1, false).unwrap().high, UNBOUNDED, "a number that can be read again");
    }

    #[test]
    fn counts_differ_where_chance_would_not_divide_them_so() {
        let significant = |counts| !count_ratio(counts, [1.0; 2]).unwrap().contains(1.0);
        // By the binomial distribution 6 of 6 in one run are rare enough, 5 of 5 are not; and 2 to 10 are, 3 to 10 are not.
        assert!(significant([6, 0]) && !significant([5, 0]) && significant([2, 10]) && !significant([3, 10]));
        let twice = count_ratio([1000, 2000], [1.0; 2]).unwrap();
        assert!((twice.value - 2.0).abs() < 1e-9 && twice.low > 1.84 && twice.high < 2.17, "{twice:?}");
        assert!(!count_ratio([1000, 2000], [1.0, 2.0]).unwrap().contains(1.1), "counted for twice as long");
        assert_eq!((count_ratio([0, 3], [1.0; 2]), count_ratio([0, 0], [1.0; 2])), (None, None));
    }

    #[test]
    fn paired_runs_share_what_varies_over_time() {
        let bursts = |factor: f64| parts((0..20).map(|n| factor * f64::from(n % 7)));
        let [paired, apart] = [true, false].map(|are_paired| share_ratio(&bursts(1.0), &bursts(0.9), 1, are_paired));
        assert!(paired.unwrap().half_width() < 1e-9 && apart.unwrap().half_width() > 0.1, "{paired:?} {apart:?}");
        assert_eq!(share_ratio(&bursts(1.0), &bursts(1.0), 1, true), Some(Estimate::around(1.0, 0.0)));
    }

    #[test]
    fn a_share_of_nothing_has_no_ratio() {
        let nothing = parts([0.0; 20]);
        assert_eq!(share_ratio(&nothing, &nothing, 1, false).unwrap().value, 1.0);
        assert_eq!(share_ratio(&nothing, &parts([1.0; 20]), 1, false), None, "no factor makes nothing something");
        assert_eq!(share_ratio(&parts([1.0; 2]), &parts([1.0; 20]), 1, false), None, "too few blocks");
        assert_eq!(share_ratio(&[Part::default(); 20], &nothing, 1, false), None, "nothing was due");
    }

    #[test]
    fn the_interval_is_wilsons_and_wider_where_neighbours_are_alike() {
        // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20.
        for (amount, of, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)] {
            // One sample a part, without an order of time to be seen in it.
            let parts: Vec<Part> =
                (0..of).map(|at| Part { amount: f64::from(at * amount % of < amount), of: 1.0 }).collect();
            let found = share(&parts).unwrap();
            assert!((found.value - f64::from(amount) / f64::from(of)).abs() < 1e-9);
            assert!((found.low - low).abs() < 0.04 && (found.high - high).abs() < 0.04, "{found:?}");
        }
        assert_eq!(share(&[]), None);
        let part = |amount| Part { amount, of: 50.0 };
        let alike: Vec<Part> = (0..40).map(|at| part(if at / 10 % 2 == 0 { 0.0 } else { 50.0 })).collect();
        let mixed = vec![part(25.0); 40];
        let width = |parts: &[Part]| share(parts).map(|found| found.high - found.low).unwrap();
        assert!(width(&alike) > 3.0 * width(&mixed));
    }

    #[test]
    fn nineteen_of_twenty_intervals_hold_the_share() {
        let mut random = Random::new(5);
        let held = (0..400).filter(|_| {
            let mut part = || Part { amount: (0..50).filter(|_| random.uniform() < 0.12).count() as f64, of: 50.0 };
            let found = share(&std::array::from_fn::<_, 30, _>(|_| part())).unwrap();
            found.low <= 0.12 && 0.12 <= found.high
        });
        let held = held.count();
        assert!((350..=398).contains(&held), "{held}");
    }
}
