//! What may be inferred from 95 % intervals of ratios: p-values, their correction in a family, equivalence, and how much more data decides.
//! All of it is on a logarithmic scale, on which a factor up is as far as the same factor down.

use std::ops::RangeInclusive;

use super::quantiles::{T95_OF_2, Z, normal_over};
use super::{Estimate, Tails};

/// Half of a 90 % interval, of half of the 95 % interval: of normal quantiles. Student's t makes it shorter, so this never is too short.
const NINETY: f64 = 1.644_853_627 / Z;
/// Fewer than so many times as much data is never promised: the estimate will move too.
const LEAST_MORE: f64 = 2.0;

/// The halves of an interval, on the logarithmic scale: that down from a ratio that rose, or up from one that fell; and the other one.
fn halves(ratio: &Estimate, rises: bool) -> (f64, f64) {
    let (down, up) = ((ratio.value / ratio.low).ln(), (ratio.high / ratio.value).ln());
    if rises { (down, up) } else { (up, down) }
}

/// What stands for a half of the interval behind its end towards 1: the longer of both halves, at most twice the nearer. Of a skewed interval the
/// end is known, and not what lies behind.
fn behind(towards: f64, away: f64) -> f64 {
    towards.max(away).min(2.0 * towards)
}

/// The two-sided p-value of "the ratio is 1": below 0.05 exactly where the 95 % interval leaves out 1. Standard errors are those of the half
/// of the interval towards 1, and longer ones behind its end where the interval is skewed.
/// A ratio of 0 has no distance from 1: then 0 or 1, as the interval says.
pub fn p_value(ratio: &Estimate, tails: Tails) -> f64 {
    if ratio.value <= 0.0 {
        return f64::from(u8::from(ratio.contains(1.0)));
    }
    let (distance, (towards, away)) = (ratio.value.ln().abs(), halves(ratio, ratio.value > 1.0));
    let halves =
        if distance > towards { 1.0 + (distance - towards) / behind(towards, away) } else { distance / towards };
    match tails {
        // 0/0: a ratio of 1 without width.
        _ if halves.is_nan() => 1.0,
        _ if halves.is_infinite() => 0.0,
        Tails::Normal => (2.0 * normal_over(Z * halves)).min(1.0),
        Tails::Repeats => {
            // The distribution with 2 degrees of freedom has a closed form.
            let t = T95_OF_2 * halves;
            1.0 - t / (2.0 + t * t).sqrt()
        }
    }
}

/// The ratio, as a factor from 1, that would just be significant with so many times as wide an interval: the inverse of [`p_value`], where
/// `wider` is [`widening`](super::widening)'s.
pub fn least_significant(ratio: &Estimate, rises: bool, wider: f64) -> f64 {
    let (towards, away) = halves(ratio, rises);
    (towards + (wider - 1.0) * behind(towards, away)).exp()
}

/// Holm's adjusted p-values (S. Holm, 1979), in the order of the p-values: those up to 0.05 may all be called significant, and the probability
/// that any of them is so by chance is at most 5 %, however they depend on each other.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|one, other| p[*one].total_cmp(&p[*other]));
    let (mut adjusted, mut least) = (vec![1.0; p.len()], 0.0_f64);
    for (rank, place) in order.into_iter().enumerate() {
        least = least.max((p.len() - rank) as f64 * p[place]).min(1.0);
        adjusted[place] = least;
    }
    adjusted
}

/// Whether a ratio is shown to be one of those that count as no effect, by two one-sided tests at 5 % (D. J. Schuirmann, 1987): the 90 %
/// interval lies within them.
pub fn equivalent(ratio: &Estimate, small: &RangeInclusive<f64>) -> bool {
    [ratio.low, ratio.high].iter().all(|end| small.contains(&(ratio.value * (end / ratio.value).powf(NINETY))))
}

/// How many times as much data would decide about an undecided ratio, effects up to `least_effect` (a share) being none: whether its 95 %
/// interval leaves out 1, or, of a smaller effect, whether the 90 % interval is [`equivalent`]. Intervals shrink with the square root of the
/// amount of data, and the ratio is taken to stay. At least 2; infinite where no amount would.
pub fn more_needed(ratio: &Estimate, least_effect: f64) -> f64 {
    let (value, least) = (ratio.value.ln().abs(), least_effect.ln_1p());
    let (towards, away) = halves(ratio, ratio.value > 1.0);
    let shorter = match value > least {
        true => towards / value,
        false => (NINETY * away / (least - value)).max(NINETY * towards / (least + value)),
    };
    // 0/0: an effect exactly as large as the least one, without width.
    if shorter.is_nan() { f64::INFINITY } else { (shorter * shorter).max(LEAST_MORE) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio(value: f64, down: f64, up: f64) -> Estimate {
        Estimate { value, low: value / down, high: value * up }
    }

    fn small() -> RangeInclusive<f64> {
        1.0 / 1.05..=1.05
    }

    #[test]
    fn p_values_are_those_of_the_tables() {
        // Twice as far from 1 as the interval is long: 3.92 standard errors; t = 8.6 with 2 degrees of freedom.
        let far = ratio(1.21, 1.1, 1.1);
        assert!((p_value(&far, Tails::Normal) - 0.000_088_5).abs() < 1e-6, "{}", p_value(&far, Tails::Normal));
        assert!((p_value(&far, Tails::Repeats) - 0.013_3).abs() < 1e-3, "{}", p_value(&far, Tails::Repeats));
        // Just as far, where the other half is four times as long: 1.96 + 1.96/2 standard errors.
        let skewed = p_value(&ratio(1.21, 1.1, 1.1_f64.powi(4)), Tails::Normal);
        assert!((skewed - 0.003_28).abs() < 1e-4, "{skewed}");
        assert_eq!(p_value(&ratio(1.0, 1.0, 1.0), Tails::Normal), 1.0);
        assert_eq!(p_value(&ratio(2.0, 1.0, 1.0), Tails::Normal), 0.0);
        assert_eq!(p_value(&Estimate { value: 0.0, low: 0.0, high: 0.4 }, Tails::Normal), 0.0);
        assert_eq!(p_value(&Estimate { value: 0.0, low: 0.0, high: 1.4 }, Tails::Normal), 1.0);
    }

    #[test]
    fn the_example_of_holm() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[]), Vec::<f64>::new());
    }

    #[test]
    fn the_same_within_5_percent_takes_a_90_percent_interval_within_it() {
        for (value, width, expected) in
            [(1.0, 1.055, true), (1.0, 1.065, false), (1.03, 1.02, true), (1.04, 1.02, false)]
        {
            assert_eq!(equivalent(&ratio(value, width, width), &small()), expected, "{value} {width}");
        }
        assert!(!equivalent(&Estimate { value: 0.0, low: 0.0, high: 0.0 }, &small()));
    }

    #[test]
    fn no_less_than_twice_and_no_end_are_promised() {
        assert_eq!(more_needed(&ratio(1.1, 1.11, 1.11), 0.05), 2.0, "it just includes 1");
        assert!(more_needed(&ratio(1.0499, 1.2, 1.2), 0.05) > 1e6, "nearly as large as the least effect");
        assert_eq!(more_needed(&Estimate { value: 2.0, low: 0.0, high: 3.0 }, 0.05), f64::INFINITY);
        let wide = more_needed(&ratio(1.0, 1.5, 1.5), 0.05);
        assert!((wide - 48.6).abs() < 0.1, "{wide}: 8.3 times as wide as it may be, at 90 %");
    }

    proptest! {
        #[test]
        fn so_much_data_decides(value in 0.2..5.0f64, down in 1.01..4.0f64, up in 1.01..4.0f64, least in 0.01..0.5f64) {
            let (first, small) = (ratio(value, down, up), 1.0 / (1.0 + least)..=1.0 + least);
            let more = more_needed(&first, least);
            prop_assert!(more >= 2.0);
            prop_assume!(more < 1e6);
            let shrunk = 1.0 / (1.001 * more).sqrt();
            let then = ratio(value, down.powf(shrunk), up.powf(shrunk));
            let is_different = !small.contains(&value) && !then.contains(1.0);
            prop_assert!(is_different || equivalent(&then, &small), "{first:?} {more} {then:?}");
            // A wider interval takes no less.
            prop_assert!(more_needed(&ratio(value, down * 1.1, up * 1.1), least) >= more);
        }

        #[test]
        fn a_p_value_agrees_with_its_interval(value in 0.1..10.0f64, down in 1.001..5.0f64, up in 1.001..5.0f64, are_few in any::<bool>()) {
            let ratio = ratio(value, down, up);
            prop_assume!([ratio.low, ratio.high].iter().all(|end| (end - 1.0).abs() > 1e-3));
            let p = p_value(&ratio, if are_few { Tails::Repeats } else { Tails::Normal });
            prop_assert_eq!(p < 0.05, !ratio.contains(1.0), "{:?}: {}", ratio, p);
        }

        #[test]
        fn holm_keeps_the_order_and_is_milder_than_bonferroni(p in prop::collection::vec(0.0..1.0f64, 1..20)) {
            let adjusted = holm(&p);
            for (one, its) in p.iter().zip(&adjusted) {
                prop_assert!(*its >= *one && *its <= (one * p.len() as f64).min(1.0));
                for (other, others) in p.iter().zip(&adjusted) {
                    prop_assert!(one > other || its <= others);
                }
            }
        }
    }
}
