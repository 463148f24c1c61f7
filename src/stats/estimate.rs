//! A value with its 95 % interval: how every number of this room is given.
//! Whether the interval is for the true value or for a repeat of the measurement is documented where the estimate is made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantiles::{mean_and_variance, median, t95};

/// A value and its 95 % interval, all in the same unit; `low <= value <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    pub(crate) fn around(value: f64, half_width: f64) -> Estimate {
        Estimate { value, low: value - half_width, high: value + half_width }
    }

    /// `value` with an interval from resampling, which is widened where it would leave out the value itself.
    pub(crate) fn between(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value, low: low.min(value), high: high.max(value) }
    }

    /// The median of repeated measurements, with the 95 % interval of what they scatter around: Student's t for the mean of their
    /// logarithms. `None`: fewer than two, one that is not above 0, or so far apart that an end is no number.
    pub fn of_repeats(values: &[f64]) -> Option<Estimate> {
        if values.len() < 2 || !values.iter().all(|value| *value > 0.0 && value.is_finite()) {
            return None;
        }
        let (mean, variance) = mean_and_variance(&values.iter().map(|value| value.ln()).collect::<Vec<_>>());
        let half = t95(values.len() as u32 - 1) * (variance / values.len() as f64).sqrt();
        let found = Estimate::between(median(values.iter().copied()), (mean - half).exp(), (mean + half).exp());
        (found.low > 0.0 && found.high.is_finite()).then_some(found)
    }

    /// Half the length of the interval, in the unit of the value.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Half the length of the interval as a share of the value's size, from 0; infinite where the value is 0.
    pub fn relative(&self) -> f64 {
        if self.value == 0.0 { f64::INFINITY } else { self.half_width() / self.value.abs() }
    }

    /// Whether `x` lies in the interval, its ends included.
    pub fn contains(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }

    /// Whether the intervals have a point in common. If they have none the values differ; if they have one they may still differ.
    pub fn overlaps(&self, other: &Estimate) -> bool {
        self.low <= other.high && other.low <= self.high
    }

    /// How many times as large `after` is as this, with its 95 % interval: the distances of both on a logarithmic scale as the two
    /// sides of a right angle, each end from the ends that lead there (G. Y. Zou and A. Donner, 2008: the method of variance
    /// estimates recovery). The two must be independent. `None`: an interval that reaches 0, which has no logarithm.
    pub fn ratio_to(&self, after: &Estimate) -> Option<Estimate> {
        let has_logarithm = |estimate: &Estimate| estimate.low > 0.0 && estimate.high.is_finite();
        if !has_logarithm(self) || !has_logarithm(after) {
            return None;
        }
        let value = after.value / self.value;
        let down = (after.value / after.low).ln().hypot((self.high / self.value).ln());
        let up = (after.high / after.value).ln().hypot((self.value / self.low).ln());
        Some(Estimate { value, low: value * (-down).exp(), high: value * up.exp() })
    }

    /// The same in another unit: `factor` times the value and the ends. A negative factor swaps the ends.
    pub fn scaled(&self, factor: f64) -> Estimate {
        let (first, second) = (self.low * factor, self.high * factor);
        Estimate { value: self.value * factor, low: first.min(second), high: first.max(second) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_and_ends() {
        let estimate = Estimate { value: -4.0, low: -5.0, high: -3.0 };
        assert_eq!(estimate.half_width(), 1.0);
        assert_eq!(estimate.relative(), 0.25);
        assert!(estimate.contains(-5.0) && estimate.contains(-3.0) && !estimate.contains(-2.9));
        assert_eq!(Estimate::around(0.0, 1.0).relative(), f64::INFINITY);
        assert_eq!(Estimate::between(1.0, 2.0, 3.0), Estimate { value: 1.0, low: 1.0, high: 3.0 });
    }

    #[test]
    fn repeats_that_scatter_more_have_wider_intervals() {
        // ln 2 and ln 8 are ln 4 ∓ ln 2; the standard error of their mean is ln 2.
        let pair = Estimate::of_repeats(&[8.0, 2.0]).unwrap();
        assert!((pair.value - 5.0).abs() < 1e-12, "{pair:?}");
        assert!(((4.0 / pair.low).log2() - 12.7062).abs() < 1e-4 && ((pair.high / 4.0).log2() - 12.7062).abs() < 1e-4);
        let three = Estimate::of_repeats(&[4.0, 5.0, 4.5]).unwrap();
        assert!(three.value == 4.5 && three.low > 3.3 && three.high < 6.2 && three.contains(4.0), "{three:?}");
        assert_eq!(Estimate::of_repeats(&[3.0; 3]).map(|estimate| estimate.value), Some(3.0));
        for none in [&[][..], &[1.0], &[1.0, 0.0], &[1.0, -1.0], &[1.0, f64::INFINITY], &[1e-300, 1e300]] {
            assert_eq!(Estimate::of_repeats(none), None, "{none:?}");
        }
    }

    #[test]
    fn intervals_that_touch_overlap() {
        let one = Estimate::around(1.0, 1.0);
        assert!(one.overlaps(&Estimate::around(3.0, 1.0)));
        assert!(one.overlaps(&Estimate::around(1.0, 0.1)), "one within the other");
        assert!(!one.overlaps(&Estimate::around(3.0, 0.9)));
        assert!(!Estimate::around(3.0, 0.9).overlaps(&one));
    }

    #[test]
    fn the_interval_of_a_ratio_combines_both_intervals() {
        let estimate = |value: f64, factor: f64| Estimate { value, low: value / factor, high: value * factor };
        let ratio = estimate(2.0, 1.3).ratio_to(&estimate(6.0, 1.4)).unwrap();
        let half = 1.3_f64.ln().hypot(1.4_f64.ln());
        assert!((ratio.value - 3.0).abs() < 1e-12);
        assert!(((ratio.high / 3.0).ln() - half).abs() < 1e-12 && ((3.0 / ratio.low).ln() - half).abs() < 1e-12);
        let exact = Estimate::around(2.0, 0.0);
        let skewed = Estimate { value: 4.0, low: 2.0, high: 5.0 };
        let ratio = exact.ratio_to(&skewed).unwrap();
        assert!((ratio.low - 1.0).abs() < 1e-12 && (ratio.high - 2.5).abs() < 1e-12, "{ratio:?}");
        assert_eq!(exact.ratio_to(&Estimate::around(1.0, 1.0)), None);
        assert_eq!(Estimate::around(1.0, 2.0).ratio_to(&exact), None);
    }

    #[test]
    fn a_negative_factor_swaps_the_ends() {
        let estimate = Estimate { value: 2.0, low: 1.0, high: 4.0 };
        assert_eq!(estimate.scaled(-2.0), Estimate { value: -4.0, low: -8.0, high: -2.0 });
        assert_eq!(estimate.scaled(0.5), Estimate { value: 1.0, low: 0.5, high: 2.0 });
    }
}
