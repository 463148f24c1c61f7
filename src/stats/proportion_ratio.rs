//! A share (so much of so much) in two runs, and by what factor it differs: completed of scheduled, stalled time of all time.
//! The interval is that of a block bootstrap, as for percentiles: it covers the variation within these two runs.

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

/// The share after, divided by the share before, with its 95 % interval; runs of neighbouring blocks are drawn as for
/// [`quantile_ratio`](super::quantile_ratio). 1 where there is nothing of either.
/// `None`: there is nothing before but something after, a share of nothing, or fewer than [`LEAST_BLOCKS`] blocks on a side.
pub fn share_ratio(before: &[Part], after: &[Part], seed: u64) -> Option<Estimate> {
    if before.len() < LEAST_BLOCKS || after.len() < LEAST_BLOCKS {
        return None;
    }
    let value = ratio(share(before.iter())?, share(after.iter())?)?;
    let mut random = Random::new(seed);
    let mut resampled: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            // Only blocks in which nothing was due may be drawn: they have no share.
            let (before, after) = (drawn(before, &mut random)?, drawn(after, &mut random)?);
            Some(ratio(before, after).unwrap_or(UNBOUNDED))
        })
        .collect();
    let pieces = before.len().min(after.len());
    (!resampled.is_empty()).then(|| interval(value, &mut resampled, pieces / neighbours(pieces)))
}

fn drawn(parts: &[Part], random: &mut Random) -> Option<f64> {
    let (count, together) = (parts.len(), neighbours(parts.len()));
    let first: Vec<usize> = (0..count.div_ceil(together)).map(|_| random.below(count)).collect();
    let places = first.iter().flat_map(|first| (*first..first + together).map(|place| place % count));
    share(places.take(count).map(|place| &parts[place]))
}

fn share<'p>(parts: impl Iterator<Item = &'p Part>) -> Option<f64> {
    let (amount, of) = parts.fold((0.0, 0.0), |(amount, of), part| (amount + part.amount, of + part.of));
    (of > 0.0).then(|| amount / of)
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
        let half = share_ratio(&noisy(8.0, 0), &noisy(4.0, 3), 1).unwrap();
        assert!((half.value - 0.5).abs() < 1e-9 && half.low > 0.35 && half.high < 0.65, "{half:?}");
        let same = share_ratio(&noisy(8.0, 0), &noisy(8.0, 3), 1).unwrap();
        assert!(same.contains(1.0), "{same:?}");
    }

    #[test]
    fn one_bad_block_that_is_gone_may_have_been_chance() {
        let once = parts((0..20).map(|n| if n == 3 { 100.0 } else { 0.0 }));
        let ratio = share_ratio(&once, &parts([0.0; 20]), 1).unwrap();
        assert_eq!(ratio.value, 0.0);
        assert!(ratio.contains(1.0), "{ratio:?}: a third of the draws has nothing before either");
        let often = parts([5.0; 20]);
        let gone = share_ratio(&often, &parts([0.0; 20]), 1).unwrap();
        assert_eq!((gone.low, gone.high), (0.0, 0.0));
        assert_eq!(share_ratio(&once, &often, 1).unwrap().high, UNBOUNDED, "a number that can be read again");
    }

    #[test]
    fn a_share_of_nothing_has_no_ratio() {
        let nothing = parts([0.0; 20]);
        assert_eq!(share_ratio(&nothing, &nothing, 1).unwrap().value, 1.0);
        assert_eq!(share_ratio(&nothing, &parts([1.0; 20]), 1), None, "no factor makes nothing something");
        assert_eq!(share_ratio(&parts([1.0; 2]), &parts([1.0; 20]), 1), None, "too few blocks");
        assert_eq!(share_ratio(&[Part::default(); 20], &nothing, 1), None, "nothing was due");
    }
}
