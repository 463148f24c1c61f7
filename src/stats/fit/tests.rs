//! The fit on made-up measurements: what is known is found, and intervals keep their promise.

use super::*;
use crate::stats::random::Random;

const LEVELS: [u32; 9] = [0, 10, 50, 100, 250, 500, 1000, 2000, 4000];
const BASE: f64 = 75_000.0;
const PER_MAPPER: f64 = 6_200.0;

/// `rounds` visits of every level, each time multiplied by `noise`.
fn measure(rounds: u32, cost_model: impl Fn(f64) -> f64, mut noise: impl FnMut() -> f64) -> Vec<Observation> {
    let visit = |round| LEVELS.map(|mappers| Observation { round, mappers, ns: cost_model(f64::from(mappers)) });
    let mut all: Vec<Observation> = (0..rounds).flat_map(visit).collect();
    all.iter_mut().for_each(|seen| seen.ns *= noise());
    all
}

fn line(mappers: f64) -> f64 {
    BASE + PER_MAPPER * mappers
}

/// A little symmetric noise, tails upward, and one block in twenty hit by a hiccup.
fn hiccups(random: &mut Random) -> f64 {
    let mut factor = 1.0 + 0.03 * random.normal();
    if random.uniform() < 0.2 {
        factor += 0.1 * random.exponential();
    }
    if random.uniform() < 0.05 { factor * 20.0 } else { factor }
}

#[test]
fn exact_times_give_the_exact_cost_model_in_any_order() {
    let mut all = measure(3, line, || 1.0);
    let cost_model = fit(&all).unwrap();
    assert!((cost_model.base_ns.value / BASE - 1.0).abs() < 1e-9, "{cost_model:?}");
    assert!((cost_model.per_mapper_ns.value / PER_MAPPER - 1.0).abs() < 1e-9, "{cost_model:?}");
    assert!(cost_model.per_mapper_ns.relative() < 1e-6);
    assert_eq!((cost_model.rounds, cost_model.levels, cost_model.most_mappers), (3, 9, 4000));
    assert_eq!(cost_model.curvature.verdict, CurvatureVerdict::Straight);
    assert!((cost_model.update_ns(1000.0).value - line(1000.0)).abs() < 1.0);
    let mut random = Random::new(1);
    all.iter_mut().for_each(|seen| seen.ns *= hiccups(&mut random));
    let one = fit(&all).unwrap();
    all.reverse();
    assert_eq!(fit(&all).unwrap(), one);
}

#[test]
fn the_cost_model_is_found_under_hiccups() {
    let mut found = 0;
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let cost_model = fit(&measure(7, line, || hiccups(&mut random))).unwrap();
        assert!((cost_model.per_mapper_ns.value / PER_MAPPER - 1.0).abs() < 0.06, "{seed}: {cost_model:?}");
        assert!(cost_model.per_mapper_ns.relative() < 0.12, "{seed}: {cost_model:?}");
        found += u32::from(cost_model.base_ns.contains(BASE) && cost_model.per_mapper_ns.contains(PER_MAPPER));
    }
    assert!(found >= 90, "{found} of 100");
}

#[test]
fn symmetric_noise_biases_nothing() {
    let mut sum = [0.0; 2];
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let cost_model = fit(&measure(5, line, || 1.0 + 0.1 * random.normal())).unwrap();
        sum[0] += cost_model.base_ns.value / BASE / 200.0;
        sum[1] += cost_model.per_mapper_ns.value / PER_MAPPER / 200.0;
    }
    assert!((sum[0] - 1.0).abs() < 0.005 && (sum[1] - 1.0).abs() < 0.005, "{sum:?}");
}

#[test]
fn a_repeat_falls_into_the_interval() {
    for (rounds, noisy) in [(3, false), (5, true), (8, true)] {
        let mut covered = 0;
        for seed in 0..200 {
            let mut random = Random::new(1000 + seed);
            let mut one = || {
                let noise = || if noisy { hiccups(&mut random) } else { 1.0 + 0.05 * random.normal() };
                fit(&measure(rounds, line, noise)).unwrap().per_mapper_ns
            };
            let (first, second) = (one(), one());
            covered += u32::from(first.contains(second.value));
        }
        assert!(covered >= 180, "{rounds} rounds, hiccups {noisy}: {covered} of 200");
        assert!(covered < 200, "an interval that always holds is too wide");
    }
}

#[test]
fn bends_are_distinguished_from_lines() {
    let most = 4000.0;
    for (square, verdict) in
        [(0.0, CurvatureVerdict::Straight), (1.0, CurvatureVerdict::Upward), (-0.6, CurvatureVerdict::Downward)]
    {
        let curve = |mappers: f64| line(mappers) + square * PER_MAPPER * mappers * mappers / most;
        let mut right = 0;
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let cost_model = fit(&measure(7, curve, || 1.0 + 0.03 * random.normal())).unwrap();
            right += u32::from(cost_model.curvature.verdict == verdict);
        }
        assert!(right >= 19, "{square}: {right} of 20");
    }
}

#[test]
fn a_bend_too_small_to_matter_is_straight() {
    let cost_model =
        fit(&measure(5, |mappers| line(mappers) + 0.05 * PER_MAPPER * mappers * mappers / 4000.0, || 1.0)).unwrap();
    let share = cost_model.curvature.share.unwrap();
    assert!(share.low > 0.0, "significant: {share:?}");
    assert_eq!(cost_model.curvature.verdict, CurvatureVerdict::Straight);
}

#[test]
fn flat_is_what_mappers_do_not_cost() {
    let mut random = Random::new(5);
    let mut noisy = |cost_model: fn(f64) -> f64| fit(&measure(5, cost_model, || 1.0 + 0.02 * random.normal())).unwrap();
    assert!(noisy(|_| 500.0).is_flat());
    assert!(!noisy(|mappers| 79_000.0 + 50.0 * mappers).is_flat());
    assert!(fit(&measure(3, |mappers| 1e6 + mappers, || 1.0)).unwrap().is_flat(), "significant, but 0.4 % of the base");
}

#[test]
fn too_little_is_an_error_that_says_what_to_do() {
    let all = measure(3, line, || 1.0);
    let two_rounds: Vec<Observation> = all.iter().filter(|seen| seen.round < 2).copied().collect();
    assert_eq!(fit(&two_rounds), Err(FitError::Rounds { rounds: 2 }));
    assert!(fit(&two_rounds).unwrap_err().to_string().contains("at least 3"));
    let fitted = |keep: fn(&&Observation) -> bool| fit(&all.iter().filter(keep).copied().collect::<Vec<_>>());
    assert_eq!(fitted(|seen| seen.mappers == 0), Err(FitError::Levels { levels: 1 }));
    let only_round_1_has_two = fitted(|seen| seen.mappers == 0 || (seen.round == 1 && seen.mappers == 50));
    assert_eq!(only_round_1_has_two, Err(FitError::OneRound { round: 1 }));
    let two = fitted(|seen| seen.mappers == 0 || seen.mappers == 4000).unwrap();
    assert_eq!(two.curvature, Curvature { share: None, verdict: CurvatureVerdict::Untested });
    assert_eq!(fit(&[]), Err(FitError::Rounds { rounds: 0 }));
    let mut bad = all;
    bad[4].ns = 0.0;
    assert!(matches!(fit(&bad), Err(FitError::Time { round: 0, .. })));
}

/// Rounds that visit levels with these times, each a little off.
fn seen(levels: &[(u32, f64)], rounds: u32, noise: f64, seed: u64) -> Vec<Observation> {
    let mut random = Random::new(seed);
    let mut one =
        |round, (mappers, ns): (u32, f64)| Observation { round, mappers, ns: ns * (noise * random.normal()).exp() };
    (0..rounds).flat_map(|round| levels.iter().map(|level| one(round, *level)).collect::<Vec<_>>()).collect()
}

#[test]
fn a_line_that_fails_gives_way_to_points() {
    // Commits to a file in folios of 4 KiB; MADV_PAGEOUT, which finds nothing to do where the page is mapped; and a line below 0.
    for (levels, base) in [
        ([0.496e6, 1.356e6, 2.135e6, 7.551e6, 26.194e6], 0.496e6),
        ([101e3, 2e3, 2e3, 2e3, 2e3], 101e3),
        ([3e6, 50e6, 180e6, 420e6, 950e6], 3e6),
    ] {
        let levels: Vec<(u32, f64)> = [0, 500, 1000, 2000, 4000].into_iter().zip(levels).collect();
        for seed in 0..20 {
            let found = fit_in_time(&seen(&levels, 8, 0.1, seed)).unwrap();
            assert_eq!(found.points.len(), 5, "{found:?}");
            assert!((found.base_ns.value / base - 1.0).abs() < 0.2 && !found.is_flat(), "{found:?}");
            for (mappers, ns) in &levels {
                let stated = found.update_ns(f64::from(*mappers));
                assert!((stated.value / ns - 1.0).abs() < 0.2 && stated.high >= ns * 0.9, "{mappers}: {stated:?}");
            }
            let mean = (levels[4].1 - levels[0].1) / 4000.0;
            assert!((found.per_mapper_ns.value / mean - 1.0).abs() < 0.25, "{found:?}");
        }
    }
}

#[test]
fn a_line_that_holds_stays_one() {
    let levels = LEVELS.map(|mappers| (mappers, line(f64::from(mappers))));
    let bent = (0..40).filter(|seed| !fit_in_time(&seen(&levels, 8, 0.05, *seed)).unwrap().points.is_empty()).count();
    assert!(bent <= 3, "{bent} of 40");
}

#[test]
fn runs_at_different_loads_have_no_negative_base_either() {
    // One run at each number of mappers: no level has an error of its own.
    let runs =
        (0..6).map(|run| Observation { round: run, mappers: 100 * (run + 1), ns: 1e5 + 4e4 * f64::from(run * run) });
    let found = fit(&runs.collect::<Vec<_>>()).unwrap();
    assert!(found.base_ns.low >= 0.0 && found.update_ns(0.0).value >= 0.0, "{found:?}");
    assert_eq!(found.drift, None);
}

proptest::proptest! {
    #[test]
    fn a_model_never_contradicts_its_own_data(
        times in proptest::collection::vec(1.0..1e8f64, 2..7),
        noise in 0.0..0.6f64,
        rounds in 3u32..9,
        seed in 0u64..1000,
        in_time in proptest::bool::ANY,
    ) {
        let levels: Vec<(u32, f64)> = (0..).map(|level| level * level * 70).zip(times).collect();
        let all = seen(&levels, rounds, noise, seed);
        let found = if in_time { fit_in_time(&all) } else { fit(&all) }.unwrap();
        proptest::prop_assert!(found.base_ns.low >= 0.0 && found.base_ns.value >= 0.0, "{:?}", found);
        for (mappers, _) in &levels {
            let median = crate::stats::median(all.iter().filter(|seen| seen.mappers == *mappers).map(|seen| seen.ns));
            let stated = found.update_ns(f64::from(*mappers));
            proptest::prop_assert!(stated.low <= median * (1.0 + 1e-9), "{mappers}: {stated:?} and {median}: {found:?}");
            proptest::prop_assert!(median <= stated.high * (1.0 + 1e-9), "{mappers}: {stated:?} and {median}: {found:?}");
            proptest::prop_assert!(stated.low >= 0.0 && stated.low <= stated.value && stated.value <= stated.high);
        }
        // What each mapper adds, at most: from none to the most of them no more was seen.
        let last = f64::from(found.most_mappers);
        let median = crate::stats::median(all.iter().filter(|seen| f64::from(seen.mappers) == last).map(|seen| seen.ns));
        proptest::prop_assert!(median <= (found.update_ns(0.0).high + found.per_mapper_ns.high * last) * (1.0 + 1e-9));
    }
}
