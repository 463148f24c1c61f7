//! Blocks of made-up machines: what is kept of them, and how far the interval of a repeat holds.

use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;

fn series(ns: impl Fn(u32, u32) -> f64, rounds: u32) -> Series {
    let mut series = Series::new(3);
    for round in 0..rounds {
        for (level, mappers) in [0, 100, 200].into_iter().enumerate() {
            let block = Block { times: vec![ns(round, mappers) as u64; 3], ..Block::default() };
            series.add(round, level, mappers, &block);
        }
        series.round_ended();
    }
    series
}

fn wobble(round: u32) -> f64 {
    f64::from(round % 3) * 100.0
}

#[test]
fn the_last_update_is_kept_apart_and_the_first_is_neither() {
    let block = |times| Block { times, ..Block::default() };
    assert_eq!((apart(&block(vec![7, 2, 1, 3, 9])), following(&block(vec![7, 2, 1, 3, 9]))), (9.0, 2.0));
    assert_eq!((following(&block(vec![9])), following(&block(vec![1, 9]))), (9.0, 9.0));
}

#[test]
fn a_clear_slope_is_precise_after_a_few_rounds_and_not_before() {
    let steep = |round, mappers| 50_000.0 + 1000.0 * f64::from(mappers) + wobble(round);
    assert!(!series(steep, 4).is_done());
    assert!(series(steep, 6).is_done());
    let flat = |round, _| 50_000.0 + wobble(round);
    let series = series(flat, 6);
    assert!(series.is_done(), "mappers add less than a twentieth: that is precise too");
    let outcome = series.outcome(Method::named("pwrite").unwrap(), &[0, 100, 200], Ok(1 << 20), None);
    let CostOutcome::Measured(found) = outcome else { panic!("{outcome:?}") };
    assert!(found.flat && found.precise);
    assert_eq!(found.pages_per_mapper, Availability::Value(0.0));
    assert_eq!((found.levels.len(), found.levels[0].updates), (3, 18));
}

#[test]
fn a_machine_that_drifts_has_a_wider_interval() {
    let slope = |faster: f64| {
        let ns = |round: u32, mappers: u32| {
            let per_mapper = if round < 6 { 1000.0 } else { 1000.0 * faster };
            50_000.0 + per_mapper * f64::from(mappers) + wobble(round)
        };
        series(ns, 12).cost_model().unwrap().per_mapper_ns
    };
    assert!(slope(1.0).relative() < 0.05, "{:?}", slope(1.0));
    let drifting = slope(1.3);
    assert!(drifting.half_width() >= 299.0, "{drifting:?}");
}

/// A measurement of a minute, which begins at `began` s, on a machine that is so many times slower at a time.
fn measured(random: &mut Xoshiro256PlusPlus, slowness: &mut dyn FnMut(f64) -> f64, began: f64) -> Series {
    let (mut series, mut time) = (Series::new(5), began);
    for round in 0..ROUNDS {
        for (level, mappers) in [0, 500, 1000, 2000, 4000].into_iter().enumerate() {
            let normal: f64 = StandardNormal.sample(random);
            let hiccup = if random.next_u64().is_multiple_of(50) { 5.0 } else { 1.0 };
            let ns = (100e3 + 6e3 * f64::from(mappers)) * slowness(time) * (1.0 + 0.05 * normal) * hiccup;
            series.add(round, level, mappers, &Block { times: vec![ns as u64; 3], ..Block::default() });
            time += 60.0 / f64::from(5 * ROUNDS);
        }
    }
    series
}

const ROUNDS: u32 = 12;

/// Of slopes that are measured again and again: how often the next lies in the interval, and how wide that is, as a multiple of what
/// it would be without regard to time.
fn coverage(slowness: &mut dyn FnMut(&mut Xoshiro256PlusPlus, f64) -> f64) -> (f64, f64) {
    const PAIRS: u32 = 80;
    let [mut random, mut walk] = [18, 19].map(Xoshiro256PlusPlus::seed_from_u64);
    let (mut held, mut width, mut before) = (0.0, 0.0, None::<Estimate>);
    for minute in 0..=PAIRS {
        let series = measured(&mut random, &mut |time| slowness(&mut walk, time), 60.0 * f64::from(minute));
        let found = series.cost_model().unwrap();
        held += before.map_or(0.0, |before| f64::from(u8::from(before.contains(found.per_mapper_ns.value))));
        let stated = Series::stated(found).per_mapper_ns;
        let pairs = series.observations.iter().map(|seen| Observation {
            round: seen.round * 6 / ROUNDS,
            mappers: seen.mappers,
            ns: seen.following_ns,
        });
        let timeless = crate::stats::fit(&pairs.collect::<Vec<_>>()).unwrap().per_mapper_ns;
        width += stated.half_width() / timeless.half_width().hypot(OTHER_WORKERS * timeless.value);
        before = Some(stated);
    }
    (held / f64::from(PAIRS), width / f64::from(PAIRS + 1))
}

#[test]
fn a_repeat_falls_into_the_interval_on_a_machine_that_drifts_too() {
    let (held, width) = coverage(&mut |_, _| 1.0);
    assert!(held >= 0.93 && width <= 1.3, "quiet: {held}, {width}");
    // Up by 1.4 within five minutes, and down again; not in step with the minutes.
    let (held, _) = coverage(&mut |_, time| 1.4_f64.powf(1.0 - ((time / 313.0) % 2.0 - 1.0).abs()));
    assert!(held >= 0.93, "a drift: {held}");
    let (mut logarithm, mut last) = (0.0_f64, 0.0);
    let (held, _) = coverage(&mut |random, time| {
        let step: f64 = StandardNormal.sample(random);
        // By 5 % a minute.
        logarithm += step * 0.05 * ((time - last) / 60.0).sqrt();
        last = time;
        logarithm.exp()
    });
    assert!(held >= 0.93, "a walk: {held}");
}

#[test]
fn a_machine_whose_halves_differ_is_too_unquiet() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let drift = |random: &mut Xoshiro256PlusPlus, slower: f64| {
        let series = measured(random, &mut |time| if time < 30.0 { 1.0 } else { slower }, 0.0);
        series.cost_model().unwrap()
    };
    let (quiet, unquiet) = (drift(&mut random, 1.0), drift(&mut random, 1.5));
    assert!(!quiet.is_unquiet() && quiet.drift.unwrap().abs() < 0.05, "{:?}", quiet.drift);
    // From 1 to 1.5 is by 0.4 of the mean.
    assert!(unquiet.is_unquiet() && (unquiet.drift.unwrap() - 0.4).abs() < 0.1, "{:?}", unquiet.drift);
}

#[test]
fn single_times_are_kept_as_multiples_of_the_typical_one() {
    let series = series(|round, mappers| f64::from((1 + round) * (1 + mappers)), 33);
    let spread = series.spread(&[0, 100, 200]);
    assert_eq!(spread.len(), QUANTILES);
    assert!(spread.is_sorted() && (spread[16] - 1.0).abs() < 1e-9, "{spread:?}");
    // From 1 to 33 times, with a median of 17.
    assert!(spread[0] < 0.12 && spread[32] > 1.88, "{spread:?}");
}

#[test]
fn too_few_rounds_are_unfinished_and_a_missing_call_unsupported() {
    let method = Method::named("punch").unwrap();
    let mut few = series(|_, _| 10.0, 2);
    let outcome = |series: &Series| series.outcome(method, &[0, 100, 200], Err("hidden".to_owned()), None);
    assert!(matches!(outcome(&few), CostOutcome::Unfinished(why) if why.contains("round")));
    few.give_up("fallocate: not supported".to_owned());
    assert!(few.is_done());
    assert_eq!(outcome(&few), CostOutcome::Unsupported("fallocate: not supported".to_owned()));
}

#[test]
fn blocks_are_as_long_as_their_time_allows() {
    let mut series = Series::new(1);
    assert_eq!(series.length(0), 2);
    for (ns, updates) in [(1_000, 32), (500_000, 8), (5_000_000, 5), (50_000_000, 1)] {
        series.add(0, 0, 0, &Block { times: vec![7], spent_ns: ns, ..Block::default() });
        assert_eq!(series.length(0), updates);
    }
}

#[test]
fn walks_are_pages_in_whole_folios_and_pages_are_no_folios() {
    let folios = |middle, pages| Cleaned { in_folios: true, by_sync: vec![1, middle, 1], pages };
    let counted = [folios(2, 600), folios(4, 1000), Cleaned { in_folios: false, by_sync: vec![7], pages: 7 }];
    let found = mean_walks(&counted, true, 256.0).unwrap();
    assert_eq!((found.by_sync, found.updates, found.walks), (vec![1.0, 3.0, 1.0], 2, 3.125));
    let found = mean_walks(&counted, false, 1.0).unwrap();
    assert_eq!((found.by_sync, found.updates, found.walks), (vec![7.0], 1, 7.0));
    assert_eq!(mean_walks(&counted[..2], false, 1.0), None, "not counted is not zero");
}
