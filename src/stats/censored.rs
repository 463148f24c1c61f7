//! Percentiles of times of which some are known only to be at least so long, because what they time had not ended.

use hdrhistogram::Histogram;

/// A percentile may rise by this share, were every unended time infinite, and still count as known: about what one counter of a
/// histogram spans.
const TOLERANCE: f64 = 0.01;

/// Times that are known, and ages of what has not ended: right-censored times.
pub struct Censored {
    known: Histogram<u64>,
    /// The known times, and every age as if it were a time: its quantiles are lower bounds.
    all: Histogram<u64>,
}

/// A quantile, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CensoredQuantile {
    pub ns: u64,
    /// Whether it falls among times that are not known: it is at least that.
    pub at_least: bool,
}

impl Censored {
    /// Both have the same layout.
    pub fn new(known: Histogram<u64>, ages: &Histogram<u64>) -> Censored {
        let mut all = known.clone();
        // The same layout: adding cannot fail.
        let _ = all.add(ages);
        Censored { known, all }
    }

    /// Known and unended.
    pub fn len(&self) -> u64 {
        self.all.len()
    }

    pub fn known(&self) -> &Histogram<u64> {
        &self.known
    }

    pub fn unended(&self) -> u64 {
        self.all.len() - self.known.len()
    }

    /// How many are over a limit for certain.
    pub fn over(&self, limit: u64) -> u64 {
        self.all.len() - self.all.count_between(0, limit).min(self.all.len())
    }

    /// The quantile `q` (0 to 1) of all; `None`: there are none.
    pub fn at(&self, q: f64) -> Option<CensoredQuantile> {
        let (known, all) = (self.known.len(), self.all.len());
        if all == 0 {
            return None;
        }
        let ns = self.all.value_at_quantile(q);
        let rank = (q * all as f64).ceil().max(1.0);
        // The quantile if all that has not ended took for ever.
        let highest = (rank <= known as f64).then(|| self.known.value_at_quantile((rank / known as f64).min(1.0)));
        let at_least = known < all && highest.is_none_or(|highest| highest as f64 > ns as f64 * (1.0 + TOLERANCE));
        Some(CensoredQuantile { ns, at_least })
    }

    /// The first of rising quantiles from which on they are lower bounds; `None`: all are known.
    pub fn at_least_from(&self, quantiles: &[f64]) -> Option<f64> {
        quantiles.iter().copied().find(|&q| self.at(q).is_some_and(|found| found.at_least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::SharedHistogram;

    fn times(values: &[(u64, u64)]) -> Histogram<u64> {
        let mut histogram = SharedHistogram::empty();
        values.iter().for_each(|&(value, count)| histogram.record_n(value, count).unwrap());
        histogram
    }

    #[test]
    fn a_percentile_among_what_has_not_ended_is_a_lower_bound() {
        let censored = Censored::new(times(&[(1_000, 90)]), &times(&[(50_000, 10)]));
        let [half, ninety, top] = [0.5, 0.9, 0.99].map(|q| censored.at(q).unwrap());
        assert!(!half.at_least && !ninety.at_least && top.at_least, "{half:?} {ninety:?} {top:?}");
        let is = |found: u64, value: u64| found.abs_diff(value) as f64 <= TOLERANCE * value as f64;
        assert!(is(top.ns, 50_000) && is(half.ns, 1_000), "{half:?} {top:?}");
        assert_eq!(censored.at_least_from(&[0.5, 0.9, 0.99, 1.0]), Some(0.99));
        assert_eq!((censored.len(), censored.unended(), censored.over(40_000)), (100, 10, 10));
        // What is young says nothing of the median, if the known times alone would put it elsewhere.
        let young = Censored::new(times(&[(1_000, 40), (9_000, 40)]), &times(&[(10, 20)]));
        assert!(young.at(0.5).unwrap().at_least, "it may lie in either half");
    }

    #[test]
    fn nothing_unended_is_an_ordinary_histogram_and_nothing_at_all_has_no_percentile() {
        let known = Censored::new(times(&[(5, 10), (7, 1)]), &times(&[]));
        assert_eq!(known.at(1.0), Some(CensoredQuantile { ns: 7, at_least: false }));
        assert_eq!(known.at_least_from(&[0.5, 1.0]), None);
        assert_eq!(Censored::new(times(&[]), &times(&[])).at(0.5), None);
        let nothing_ended = Censored::new(times(&[]), &times(&[(2_000_000, 47)]));
        assert!([0.0, 0.01, 1.0].iter().all(|q| nothing_ended.at(*q).unwrap().at_least));
    }

    proptest::proptest! {
        #[test]
        fn the_quantile_of_what_was_timed_in_the_end_is_never_below_the_bound(
            known in proptest::collection::vec(1..100_000u64, 1..60),
            open in proptest::collection::vec((1..100_000u64, 0..100_000u64), 0..60),
            q in 0.0..1.0f64,
        ) {
            let each = |values: Vec<u64>| times(&values.into_iter().map(|value| (value, 1)).collect::<Vec<_>>());
            let ages = each(open.iter().map(|(age, _)| *age).collect());
            let ended = each(known.iter().copied().chain(open.iter().map(|(age, more)| age + more)).collect());
            let found = Censored::new(each(known), &ages).at(q).unwrap();
            let truth = ended.value_at_quantile(q);
            proptest::prop_assert!(truth >= found.ns);
            if !found.at_least {
                proptest::prop_assert!(truth as f64 <= found.ns as f64 * (1.0 + 2.0 * TOLERANCE));
            }
        }
    }
}
