//! Pairs of measurements under two treatments: the mean difference by Student's t over the pairs, equivalence, how many pairs would decide,
//! and trends over a session.
//! Differences of any scale, such as logarithms of ratios.

use super::quantiles::{mean_and_variance, t_at, t_beyond, t95};
use super::{Estimate, linear::Row, linear::least_squares};

/// The share of wrong "differs" that is allowed, and of wrong "the same".
pub const LEVEL: f64 = 0.05;
/// Of each of the two one-sided tests a share of [`LEVEL`] is on one side: so much is on both sides together.
const ONE_SIDED: f64 = 2.0 * LEVEL;
/// Both tails of Student's t beyond which one lies with 20 %: as many pairs as decide in four of five repetitions.
const POWER: f64 = 0.4;
/// More pairs than this nobody measures.
const MOST: u32 = 1000;

/// The differences of some pairs: how many, their mean, and their deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    pub count: u32,
    pub mean: f64,
    pub deviation: f64,
}

impl Paired {
    /// `resolution`: what is measured has steps, so a few pairs may agree more closely than they mean; their deviation is taken to be no
    /// less than this (over 0). `None`: fewer than two, or one that is no number.
    pub fn of(differences: &[f64], resolution: f64) -> Option<Paired> {
        let (mean, variance) = mean_and_variance(differences);
        let deviation = variance.sqrt().max(resolution);
        let is_known = differences.len() > 1 && mean.is_finite() && deviation.is_finite();
        is_known.then_some(Paired { count: differences.len() as u32, mean, deviation })
    }

    fn error(&self) -> f64 {
        self.deviation / f64::from(self.count).sqrt()
    }

    /// The mean with its 95 % interval.
    pub fn estimate(&self) -> Estimate {
        Estimate::around(self.mean, t95(self.count - 1) * self.error())
    }

    /// How probable a mean so far from 0, on either side, is where the treatments do not differ.
    pub fn p(&self) -> f64 {
        t_beyond(self.mean / self.error(), self.count - 1)
    }

    /// Whether the treatments differ by less than the margin: two one-sided tests at 5 % each (D. J. Schuirmann, 1987), which is that the
    /// 90 % interval lies within the margin.
    pub fn is_within(&self, margin: f64) -> bool {
        self.mean.abs() + t_at(ONE_SIDED, self.count - 1) * self.error() < margin
    }

    /// How many pairs more than these would decide, in four of five repetitions, whether the treatments differ by more than the margin at
    /// this level, or by less; if mean and deviation are what they seem to be. `None`: a mean that is as good as the margin, or more than
    /// a thousand in all.
    pub fn more(&self, margin: f64, level: f64) -> Option<u32> {
        let (gap, tails) = match self.mean.abs() {
            far if far > margin => (far, level),
            near => (margin - near, ONE_SIDED),
        };
        let decides = |count: u32| {
            let t = t_at(tails, count - 1) + t_at(POWER, count - 1);
            t * self.deviation / f64::from(count).sqrt() <= gap
        };
        let (mut low, mut high) = (self.count, MOST);
        if !decides(high) {
            return None;
        }
        while low + 1 < high {
            let middle = low.midpoint(high);
            if decides(middle) { high = middle } else { low = middle }
        }
        Some(high - self.count).filter(|more| *more > 0)
    }
}

/// How values rise along some places: the slope of least squares with its 95 % interval, for values that scatter independently by at least
/// the resolution (over 0). `None`: fewer than three, or all at one place.
pub fn trend(points: &[(f64, f64)], resolution: f64) -> Option<Estimate> {
    let freedom = points.len().checked_sub(2).filter(|freedom| *freedom > 0)?;
    let middle = points.iter().map(|(place, _)| place).sum::<f64>() / points.len() as f64;
    let rows = points.iter().map(|(place, y)| Row { x: [1.0, place - middle], y: *y, weight: 1.0 });
    let [level, slope] = least_squares(rows, [true; 2])?;
    let left = points.iter().map(|(place, y)| (y - level - slope * (place - middle)).powi(2)).sum::<f64>();
    let spread = points.iter().map(|(place, _)| (place - middle).powi(2)).sum::<f64>();
    let deviation = (left / freedom as f64).sqrt().max(resolution);
    Some(Estimate::around(slope, t95(freedom as u32) * deviation / spread.sqrt()))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::super::random::Random;
    use super::*;

    const FINE: f64 = 1e-9;

    fn noise(random: &mut Random, count: usize, mean: f64, deviation: f64) -> Vec<f64> {
        (0..count).map(|_| mean + deviation * random.normal()).collect()
    }

    #[test]
    fn a_small_example_is_that_of_the_textbook() {
        // Mean 0.75, deviation 1.78 of ten pairs (Student, 1908, hours of sleep gained): t = 1.33 with 9 degrees of freedom.
        let sleep = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let paired = Paired::of(&sleep, FINE).unwrap();
        assert!((paired.mean - 0.75).abs() < 1e-9 && (paired.deviation - 1.789).abs() < 0.001, "{paired:?}");
        assert!((paired.p() - 0.2176).abs() < 0.0005, "{}", paired.p());
        let estimate = paired.estimate();
        assert!((estimate.low + 0.530).abs() < 0.001 && (estimate.high - 2.030).abs() < 0.001, "{estimate:?}");
    }

    #[test]
    fn too_few_are_no_pairs() {
        assert_eq!((Paired::of(&[], FINE), Paired::of(&[1.0], FINE)), (None, None));
        assert_eq!(Paired::of(&[1.0, f64::INFINITY], FINE), None);
        assert_eq!(trend(&[(1.0, 1.0), (2.0, 2.0)], FINE), None);
        assert_eq!(trend(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)], FINE), None);
    }

    #[test]
    fn pairs_that_agree_scatter_by_the_resolution_at_least() {
        let paired = Paired::of(&[0.02, 0.02], 0.01).unwrap();
        assert!(paired.deviation == 0.01 && paired.p() > 0.05, "{paired:?}");
        let many = Paired::of(&[0.2; 6], 0.01).unwrap();
        assert!(many.p() < 1e-6 && many.estimate().low > 0.189);
    }

    #[test]
    fn intervals_hold_the_true_mean_as_often_as_they_say_and_tests_err_as_seldom() {
        let mut random = Random::new(7);
        let (mut held, mut same, mut differs) = (0, 0, 0);
        for _ in 0..2000 {
            let paired = Paired::of(&noise(&mut random, 6, 0.1, 0.05), FINE).unwrap();
            held += i32::from(paired.estimate().contains(0.1));
            // At the margin itself one in twenty is called the same, at most.
            same += i32::from(paired.is_within(0.1));
            differs += i32::from(Paired::of(&noise(&mut random, 6, 0.0, 0.05), FINE).unwrap().p() < LEVEL);
        }
        assert!((1880..=1920).contains(&held), "{held}");
        assert!((70..=130).contains(&same) && (70..=130).contains(&differs), "{same} {differs}");
    }

    #[test]
    fn as_many_pairs_as_it_names_decide_in_four_of_five() {
        let mut random = Random::new(3);
        for (mean, margin) in [(0.1, 0.05), (0.01, 0.05), (0.06, 0.05)] {
            let seen = Paired { count: 3, mean, deviation: 0.08 };
            let all = 3 + seen.more(margin, LEVEL).unwrap() as usize;
            let decided = (0..500).filter(|_| {
                let paired = Paired::of(&noise(&mut random, all, mean, 0.08), FINE).unwrap();
                if mean > margin { paired.p() <= LEVEL } else { paired.is_within(margin) }
            });
            let decided = decided.count();
            assert!((350..=450).contains(&decided), "{mean}: {decided} of 500 with {all} pairs");
        }
        assert_eq!(Paired { count: 6, mean: 0.05, deviation: 0.1 }.more(0.05, LEVEL), None, "as good as the margin");
        assert_eq!(Paired { count: 6, mean: 0.2, deviation: 20.0 }.more(0.05, LEVEL), None);
    }

    #[test]
    fn a_trend_is_found_and_none_is_not() {
        let mut random = Random::new(5);
        let mut line = |slope: f64| {
            let points: Vec<(f64, f64)> =
                (0..6).map(|at| (f64::from(at), slope * f64::from(at) + 0.02 * random.normal())).collect();
            trend(&points, FINE).unwrap()
        };
        assert!((0..50).all(|_| !line(0.1).contains(0.0)));
        let held = (0..400).filter(|_| line(0.0).contains(0.0)).count();
        assert!((365..=395).contains(&held), "{held}");
    }

    proptest! {
        #[test]
        fn what_is_within_a_margin_has_its_interval_there_and_the_other_way_round(
            values in vec(-1.0..1.0f64, 2..12), margin in 0.01..2.0f64, shift in -3.0..3.0f64,
        ) {
            let paired = Paired::of(&values, FINE).unwrap();
            if paired.is_within(margin) {
                prop_assert!(paired.mean.abs() < margin);
                prop_assert_eq!(Paired::of(&values, FINE).unwrap().is_within(margin * 1.5), true);
            }
            // The interval leaves out 0 if and only if chance alone is improbable.
            prop_assert!(paired.estimate().contains(0.0) == (paired.p() >= LEVEL - 1e-9));
            // Shifted or turned around, it is the same.
            let moved = Paired::of(&values.iter().map(|value| value + shift).collect::<Vec<_>>(), FINE).unwrap();
            prop_assert!((moved.mean - paired.mean - shift).abs() < 1e-9 && (moved.deviation - paired.deviation).abs() < 1e-9);
            let turned = Paired::of(&values.iter().map(|value| -value).collect::<Vec<_>>(), FINE).unwrap();
            prop_assert!((turned.p() - paired.p()).abs() < 1e-9 && turned.is_within(margin) == paired.is_within(margin));
        }

        #[test]
        fn a_wider_scatter_takes_no_fewer_pairs(mean in 0.0..0.3f64, deviation in 0.001..0.5f64, factor in 1.0..4.0f64) {
            let more = |deviation: f64| Paired { count: 4, mean, deviation }.more(0.05, LEVEL).unwrap_or(u32::MAX);
            let fewer = Paired { count: 4, mean, deviation }.more(0.05, LEVEL).unwrap_or(0);
            prop_assert!(more(deviation * factor) >= fewer);
        }

        #[test]
        fn a_trend_rises_with_its_values(slope in -5.0..5.0f64, level in -9.0..9.0f64, count in 3..20u32) {
            let points: Vec<(f64, f64)> = (0..count).map(|at| (f64::from(at), level + slope * f64::from(at))).collect();
            let found = trend(&points, FINE).unwrap();
            prop_assert!((found.value - slope).abs() < 1e-6, "{found:?}");
        }
    }
}
