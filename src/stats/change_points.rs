//! Where a series of values changes its level: E-divisive, with a permutation test for each split.

use super::{quantiles::percentile, random::Random};

/// Permutations behind each p-value, which so is never below 0.001.
const PERMUTATIONS: u32 = 999;
/// The least number of values on either side of a split.
const LEAST_SIDE: usize = 2;
/// How far Tukey's fences are from the quartiles, in distances of these.
const FENCE: f64 = 1.5;
/// Sums that differ by less than this share are equal: they are added up in different orders.
const ROUNDING: f64 = 1e-9;

/// A place at which the values before and after it differ significantly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The place of the first value after it, from 0.
    pub at: usize,
    /// How probable so clear a split is where the order of the values means nothing: its permutation test.
    pub p: f64,
}

/// The change points of a series at this level of significance, in their order.
///
/// The method is E-divisive (D. S. Matteson and N. A. James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data",
/// Journal of the American Statistical Association 109, 2014) with the exponent 1, for one variable: the place is taken at which the energy
/// distance of the values before and after it, weighted by how many there are, is largest; if that is significant, both parts are searched
/// in the same way. Apache Otava (formerly Hunter: M. Fleming and others, "Hunter: Using Open Source Change Point Detection to Hunt for
/// Performance Regressions", ICPE 2023, doi 10.1145/3578244.3583719) searches with the same statistic and replaces the permutation test by
/// Student's t test of the two parts, because it is repeatable and finds changes in a few values. Three things are otherwise here:
///
/// - The permutation test decides, as in the original. A best split is the largest of many differences, so Student's p-value is too small
///   by a factor that depends on the length, which Otava meets with a level of 0.001. Permutations account for that, and a seed
///   makes them repeatable.
/// - Values beyond Tukey's fences of the part that is searched count as lying on them, and each side has two values or more. One value far away
///   would be the best split of all otherwise, and as it is not significant, it would hide any change: one bad night would do that.
/// - Each part is tested by itself, so that a clear change in one does not decide about another.
///
/// The values count as exchangeable between changes: a slow drift, or neighbours that resemble each other, are found as changes too.
/// A part shorter than [`shortest`] is not searched. Values are numbers, and `level` is over 0.001.
pub fn change_points(values: &[f64], level: f64, seed: u64) -> Vec<ChangePoint> {
    let mut random = Random::new(seed);
    let mut found = Vec::new();
    let (least, mut parts) = (shortest(level), vec![(0, values.len())]);
    while let Some((start, end)) = parts.pop() {
        if end - start < least {
            continue;
        }
        let inside = fenced(&values[start..end]);
        let Some((place, energy)) = best_split(&inside) else { continue };
        let Some(p) = p_value(inside, energy, level, &mut random) else { continue };
        let at = start + place;
        found.push(ChangePoint { at, p });
        parts.extend([(at, end), (start, at)]);
    }
    found.sort_by_key(|point| point.at);
    found
}

/// The least number of values in which a step can be significant at this level. Two halves without any overlap are the clearest split that there
/// is, and that many values come in such an order by chance with 2 / C(n, n/2). It is to be at most half of the level, so that a p-value from
/// sampled permutations does not depend on which were drawn.
pub fn shortest(level: f64) -> usize {
    let by_chance = |count: usize| {
        let half = count / 2;
        2.0 / (1..=half).map(|k| (count - half + k) as f64 / k as f64).product::<f64>()
    };
    (2..).find(|count| by_chance(*count) <= level / 2.0).unwrap_or(usize::MAX)
}

/// The values, those beyond Tukey's fences on them: one and a half times the distance of the quartiles away from these (J. W. Tukey, 1977). Which values
/// there are decides about the fences, and not their order, so that permutations remain a test. Where half of all values are the same, there are no fences.
fn fenced(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let [low, high] = [0.25, 0.75].map(|q| percentile(&sorted, q));
    let beyond = FENCE * (high - low);
    let fence = |value: &f64| if beyond > 0.0 { value.clamp(low - beyond, high + beyond) } else { *value };
    values.iter().map(fence).collect()
}

/// Where a series splits best, and the weighted energy distance there. The second part may end before the series does, so that a change back is
/// no obstacle. `None`: all values are the same.
fn best_split(values: &[f64]) -> Option<(usize, f64)> {
    let count = values.len();
    // Of each value, the distances to all before it.
    let before: Vec<f64> =
        (0..count).map(|j| values[..j].iter().map(|value| (value - values[j]).abs()).sum()).collect();
    // Of each value, the distances to those before the split.
    let mut across = vec![0.0; count];
    let (mut best, mut within_first) = ((0, 0.0), 0.0);
    for split in 1..count {
        within_first += before[split - 1];
        for (sum, value) in across[split..].iter_mut().zip(&values[split..]) {
            *sum += (values[split - 1] - value).abs();
        }
        let (mut between, mut within_second) = (0.0, 0.0);
        for end in split + 1..=count {
            between += across[end - 1];
            within_second += before[end - 1] - across[end - 1];
            let (first, second) = (split as f64, (end - split) as f64);
            if split < LEAST_SIDE || end - split < LEAST_SIDE {
                continue;
            }
            let within = second * within_first / (first - 1.0) + first * within_second / (second - 1.0);
            let energy = 2.0 * (between - within) / (first + second);
            if energy > best.1 * (1.0 + ROUNDING) {
                best = (split, energy);
            }
        }
    }
    (best.0 > 0).then_some(best)
}

/// The p-value of the best split of these values: the share of permutations that split as clearly, itself counted in, so that it is never 0 (B. Phipson and G. K.
/// Smyth, 2010). `None`: it is over the level, which ends the test early (J. Besag and P. Clifford, 1991).
fn p_value(mut shuffled: Vec<f64>, energy: f64, level: f64, random: &mut Random) -> Option<f64> {
    let most = level * f64::from(PERMUTATIONS + 1);
    let mut as_clear = 1.0;
    for _ in 0..PERMUTATIONS {
        if as_clear > most {
            return None;
        }
        (1..shuffled.len()).for_each(|last| shuffled.swap(last, random.below(last + 1)));
        let is_as_clear = best_split(&shuffled).is_some_and(|(_, other)| other >= energy * (1.0 - ROUNDING));
        as_clear += f64::from(u8::from(is_as_clear));
    }
    (as_clear <= most).then_some(as_clear / f64::from(PERMUTATIONS + 1))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const LEVEL: f64 = 0.05 / 8.0;

    /// So many values around 1 with this deviation; from the place on, higher by a factor.
    fn series(seed: u64, count: usize, noise: f64, step: (usize, f64)) -> Vec<f64> {
        let mut random = Random::new(seed);
        let level = |place: usize| if place < step.0 { 1.0 } else { step.1 };
        (0..count).map(|place| level(place) * (noise * random.normal()).exp()).collect()
    }

    fn places(values: &[f64]) -> Vec<usize> {
        change_points(values, LEVEL, 1).iter().map(|point| point.at).collect()
    }

    #[test]
    fn the_energy_is_that_of_its_definition() {
        let values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0, 3.5];
        let mean = |first: &[f64], second: &[f64]| {
            first.iter().flat_map(|a| second.iter().map(move |b| (a - b).abs())).sum::<f64>()
        };
        let mut best = (0, 0.0);
        for split in 2..values.len() {
            for end in split + 2..=values.len() {
                let (first, second) = (&values[..split], &values[split..end]);
                let (n, m) = (first.len() as f64, second.len() as f64);
                let inside = |part: &[f64], count: f64| mean(part, part) / (count * (count - 1.0));
                let distance = 2.0 * mean(first, second) / (n * m) - inside(first, n) - inside(second, m);
                let energy = n * m / (n + m) * distance;
                if energy > best.1 {
                    best = (split, energy);
                }
            }
        }
        let found = best_split(&values).unwrap();
        assert!(found.0 == best.0 && (found.1 - best.1).abs() < 1e-9, "{found:?} {best:?}");
        assert_eq!(best_split(&[2.0; 9]), None);
    }

    #[test]
    fn so_few_values_cannot_be_significant() {
        assert_eq!(shortest(LEVEL), 12);
        let halves = |count: usize| {
            let values: Vec<f64> = (0..count).map(|place| if place < count / 2 { 1.0 } else { 2.0 }).collect();
            places(&values)
        };
        assert_eq!((halves(11), halves(12)), (vec![], vec![6]));
    }

    #[test]
    fn noise_has_changes_no_more_often_than_the_level_allows() {
        for (noise, count) in [(0.05, 40), (1.5, 25)] {
            let wrong = (0..300).filter(|seed| !places(&series(*seed, count, noise, (0, 1.0))).is_empty()).count();
            // 2 are expected; more than 8 come once in three thousand.
            assert!(wrong <= 8, "{wrong} of 300 with {noise}");
        }
    }

    #[test]
    fn a_step_of_30_percent_is_found_where_it_is() {
        for seed in 0..60 {
            let place = 6 + seed as usize % 29;
            let found = places(&series(seed, 40, 0.05, (place, 1.3)));
            // A second one would be chance: at most one in 140 of the parts has one.
            assert!(found.iter().any(|at| at.abs_diff(place) <= 1) && found.len() <= 2, "{seed}: {place} {found:?}");
        }
    }

    #[test]
    fn a_change_and_the_change_back_are_both_found() {
        let mut values = series(3, 60, 0.05, (20, 1.4));
        values[40..].iter_mut().for_each(|value| *value /= 1.4);
        let found = places(&values);
        assert!(found.len() == 2 && found[0].abs_diff(20) <= 1 && found[1].abs_diff(40) <= 1, "{found:?}");
    }

    #[test]
    fn values_far_away_are_no_change_and_hide_none() {
        for place in [0, 7, 19, 38] {
            let with_two = |mut values: Vec<f64>| {
                values[place..place + 2].iter_mut().for_each(|value| *value *= 1000.0);
                values
            };
            let step = places(&with_two(series(5, 40, 0.05, (20, 1.3))));
            assert!(step.iter().any(|at| at.abs_diff(20) <= 1), "{place}: {step:?}");
            let mut one = series(5, 40, 0.05, (0, 1.0));
            one[place] *= 1000.0;
            assert_eq!(places(&one), Vec::<usize>::new(), "{place}");
        }
    }

    #[test]
    fn what_is_beyond_the_fences_lies_on_them() {
        assert_eq!(fenced(&[3.0, 1.0, 2.0, 4.0, 100.0]), [3.0, 1.0, 2.0, 4.0, 7.0]);
        assert_eq!(fenced(&[1.0, 1.0, 1.0, 1.0, 9.0]), [1.0, 1.0, 1.0, 1.0, 9.0], "no fences");
    }

    #[test]
    fn p_values_of_a_clear_step_are_the_share_of_its_arrangements() {
        // 4 of 24 at the end: 2 of 10626 arrangements, which 999 permutations hardly ever have.
        let values: Vec<f64> = (0..24).map(|place| f64::from(u8::from(place >= 20))).collect();
        let found = change_points(&values, LEVEL, 1);
        assert!(found.len() == 1 && found[0].at == 20 && found[0].p <= 0.003, "{found:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn scale_and_shift_change_nothing(seed in 0..1000u64, factor in 1e-6..1e6f64, shift in -5.0..5.0f64, step in 0.5..2.0f64) {
            let values = series(seed, 24, 0.1, (12, step));
            let moved: Vec<f64> = values.iter().map(|value| (value + shift) * factor).collect();
            prop_assert_eq!(change_points(&values, LEVEL, 1), change_points(&moved, LEVEL, 1));
        }

        #[test]
        fn equal_values_and_backwards_are_the_same_split(values in vec(0..3u8, 12..24)) {
            let forward: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
            let found = change_points(&forward, LEVEL, 1);
            // Repeatable, in order, inside, and between values that are not all the same.
            prop_assert_eq!(&found, &change_points(&forward, LEVEL, 1));
            prop_assert!(found.windows(2).all(|pair| pair[0].at < pair[1].at));
            for point in &found {
                prop_assert!(point.at > 0 && point.at < forward.len() && point.p <= LEVEL);
            }
            // Equal values that change places among themselves are the same series: sorted parts split where all of one are before all of another.
            let mut sorted = forward.clone();
            sorted.sort_by(f64::total_cmp);
            for point in change_points(&sorted, LEVEL, 1) {
                prop_assert!(sorted[point.at - 1] < sorted[point.at], "{:?} at {}", sorted, point.at);
            }
        }
    }
}
