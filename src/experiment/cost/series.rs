//! The blocks of one cell, round by round, and the figures that are computed from them.

use crate::os::pages::page_size;
use crate::results::{Availability, CostBlock, CostLevel, CostOutcome, Measurement};
use crate::stats::{CostModel, Estimate, FitError, Observation, evenly_spaced, fit_in_time, median};
use crate::workload::mapper::COUNTS_FAULTS;
use crate::workload::update::{Block, Method, Walks};

/// A slope whose 95 % interval is within this share of it is precise enough.
const PRECISE: f64 = 0.05;
/// With fewer rounds an interval is not precise, however narrow it is.
const LEAST_ROUNDS: u32 = 5;
/// By this share of a slope its interval is widened for the variation between experiments: with newly forked mappers, seconds later, the
/// same slope differed by 5 % (standard deviation of 20 pairs with folios of 1 MiB, Linux 6.18 on a virtual machine). It is 1.4 times that,
/// because two thirds of the variation are in the interval already.
const OTHER_WORKERS: f64 = 0.07;
/// So many quantiles of single updates' times are kept.
const QUANTILES: usize = 33;
/// A block is to take about this long, nanoseconds: long enough to have a median, short enough that all get their turn.
const BLOCK_NS: f64 = 4e6;
/// Updates of a block, at least and at most; and of the very first block, before the time of an update is known.
const UPDATES: [usize; 2] = [5, 32];
const FIRST: usize = 2;
/// Updates that take longer than this, restoring included, nanoseconds, are made one per block, so that a round does not take too long.
const LONG_NS: f64 = 20e6;

#[derive(Default)]
struct Level {
    /// What an update took of the last block's time, all in all, nanoseconds.
    each_ns: Option<f64>,
    updates: u64,
    least_ns: u64,
    most_ns: u64,
    writer_faults: u64,
    tlb: Option<(f64, u64)>,
    mapper_faults: Option<(u64, u64)>,
}

struct Seen {
    round: u32,
    mappers: u32,
    apart_ns: f64,
    following_ns: f64,
}

pub struct Series {
    levels: Vec<Level>,
    observations: Vec<Seen>,
    folios: Option<u64>,
    unsupported: Option<String>,
    precise: bool,
}

impl Series {
    pub const MOST_UPDATES: usize = UPDATES[1];

    pub fn new(levels: usize) -> Series {
        Series {
            levels: (0..levels).map(|_| Level::default()).collect(),
            observations: Vec::new(),
            folios: None,
            unsupported: None,
            precise: false,
        }
    }

    pub fn length(&self, level: usize) -> usize {
        match self.levels[level].each_ns {
            None => FIRST,
            Some(ns) if ns > LONG_NS => 1,
            Some(ns) => ((BLOCK_NS / ns.max(1.0)) as usize).clamp(UPDATES[0], UPDATES[1]),
        }
    }

    /// What a block of that length takes, nanoseconds; 0: unknown.
    pub fn block_ns(&self, level: usize) -> f64 {
        self.levels[level].each_ns.map_or(0.0, |ns| ns * self.length(level) as f64)
    }

    pub fn add(&mut self, round: u32, level: usize, mappers: u32, block: &Block) {
        let kept = &mut self.levels[level];
        let updates = block.times.len() as u64;
        let (least, most) = (block.times.iter().min(), block.times.iter().max());
        kept.least_ns = least.map_or(kept.least_ns, |&ns| if kept.updates == 0 { ns } else { kept.least_ns.min(ns) });
        kept.most_ns = most.map_or(kept.most_ns, |&ns| kept.most_ns.max(ns));
        kept.each_ns = Some(block.spent_ns as f64 / updates.max(1) as f64);
        kept.updates += updates;
        kept.writer_faults += block.writer_faults;
        kept.tlb = block.tlb_interrupts.map(|tlb| (tlb, updates)).or(kept.tlb);
        kept.mapper_faults =
            block.mapper_faults.map(|faults| (faults, updates * u64::from(mappers))).or(kept.mapper_faults);
        self.folios = block.folios.or(self.folios);
        let (apart_ns, following_ns) = (apart(block).max(1.0), following(block).max(1.0));
        self.observations.push(Seen { round, mappers, apart_ns, following_ns });
    }

    pub fn give_up(&mut self, why: String) {
        self.unsupported = Some(why);
    }

    pub fn is_done(&self) -> bool {
        self.precise || self.unsupported.is_some()
    }

    pub fn is_supported(&self) -> bool {
        self.unsupported.is_none()
    }

    pub fn round_ended(&mut self) {
        self.precise =
            self.cost_model().is_ok_and(|cost_model| cost_model.rounds >= LEAST_ROUNDS && is_precise(&cost_model));
    }

    /// The cost model so far, of updates that follow each other.
    pub fn cost_model(&self) -> Result<CostModel, FitError> {
        self.fit(|seen| seen.following_ns)
    }

    fn fit(&self, ns: impl Fn(&Seen) -> f64) -> Result<CostModel, FitError> {
        let observed = |seen: &Seen| Observation { round: seen.round, mappers: seen.mappers, ns: ns(seen) };
        fit_in_time(&self.observations.iter().map(observed).collect::<Vec<_>>())
    }

    /// A cost model as results state it: the interval of what mappers add includes the variation between experiments.
    fn stated(mut model: CostModel) -> CostModel {
        let widened = |estimate: Estimate, added: f64| {
            let half = |end: f64| (end - estimate.value).hypot(OTHER_WORKERS * added);
            let (low, high) = (estimate.value - half(estimate.low), estimate.value + half(estimate.high));
            Estimate { low, high, ..estimate }
        };
        model.per_mapper_ns = widened(model.per_mapper_ns, model.per_mapper_ns.value);
        for point in &mut model.points {
            point.ns = widened(point.ns, point.ns.value - model.base_ns.value);
            point.ns.low = point.ns.low.max(0.0);
        }
        model
    }

    /// The times of some blocks with so many mappers.
    fn times(&self, mappers: u32, ns: impl Fn(&Seen) -> f64) -> impl Iterator<Item = f64> {
        self.observations.iter().filter(move |seen| seen.mappers == mappers).map(ns)
    }

    /// Times of single updates as multiples of the median with as many mappers.
    fn spread(&self, mappers: &[u32]) -> Vec<f64> {
        let of_level = |mappers: &u32| {
            let typical = median(self.times(*mappers, |seen| seen.apart_ns));
            self.times(*mappers, |seen| seen.apart_ns).map(move |ns| ns / typical)
        };
        evenly_spaced(mappers.iter().flat_map(of_level), QUANTILES)
    }

    fn facts(&self, mappers: u32, level: &Level) -> CostLevel {
        CostLevel {
            mappers,
            updates: level.updates,
            median_ns: median(self.times(mappers, |seen| seen.following_ns)),
            apart_ns: median(self.times(mappers, |seen| seen.apart_ns)),
            least_ns: level.least_ns,
            most_ns: level.most_ns,
            writer_faults_per_update: COUNTS_FAULTS.then(|| level.writer_faults as f64 / level.updates.max(1) as f64),
            tlb_interrupts_per_update: level.tlb.map(|(tlb, updates)| tlb / updates.max(1) as f64),
        }
    }

    /// All blocks, as they are kept with row `row` of the results.
    pub fn blocks(&self, row: usize) -> impl Iterator<Item = CostBlock> {
        self.observations.iter().map(move |seen| CostBlock {
            row,
            round: seen.round,
            mappers: seen.mappers,
            apart_ns: seen.apart_ns,
            following_ns: seen.following_ns,
        })
    }

    pub fn outcome(&self, method: &Method, mappers: &[u32], folio: Result<u64, String>) -> CostOutcome {
        if let Some(why) = &self.unsupported {
            return CostOutcome::Unsupported(why.clone());
        }
        let (cost_model, apart) = match (self.cost_model(), self.fit(|seen| seen.apart_ns)) {
            (Ok(cost_model), Ok(apart)) => (cost_model, apart),
            (Err(error), _) | (_, Err(error)) => {
                return CostOutcome::Unfinished(format!("{error}; the time did not suffice: give a larger --budget"));
            }
        };
        let pages = folio.map(|bytes| match method.walks {
            Walks::Nothing => 0.0,
            Walks::Folios => self.folios.unwrap_or(1) as f64 * (bytes / page_size()) as f64,
        });
        let faults = self.levels.iter().find_map(|level| level.mapper_faults);
        let faults = match faults {
            Some((faults, updates)) if updates > 0 => Ok(faults as f64 / updates as f64),
            _ if COUNTS_FAULTS => Err("no round was finished that counts them".to_owned()),
            _ => Err("this system does not count page faults".to_owned()),
        };
        let levels = mappers.iter().zip(&self.levels).filter(|(_, level)| level.updates > 0);
        CostOutcome::Measured(Box::new(Measurement {
            flat: cost_model.adds_nothing(),
            precise: is_precise(&cost_model),
            cost_model: Self::stated(cost_model),
            apart: Self::stated(apart),
            spread: self.spread(mappers),
            levels: levels.map(|(mappers, level)| self.facts(*mappers, level)).collect(),
            pages_per_mapper: pages.into(),
            mapper_faults_per_update: Availability::from(faults),
        }))
    }
}

/// Whether a slope is precise: its interval is within ± 5 % of it, or mappers add next to nothing.
fn is_precise(cost_model: &CostModel) -> bool {
    cost_model.per_mapper_ns.relative() <= PRECISE || cost_model.adds_nothing()
}

/// Time of the update after the caches were evicted, nanoseconds.
fn apart(block: &Block) -> f64 {
    block.times.last().map_or(0.0, |ns| *ns as f64)
}

/// The median time of updates that follow another one, nanoseconds; of fewer than three updates that of the last.
fn following(block: &Block) -> f64 {
    match &*block.times {
        [_, following @ .., _] if !following.is_empty() => median(following.iter().map(|ns| *ns as f64)),
        _ => apart(block),
    }
}

#[cfg(test)]
mod tests {
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
        let outcome = series.outcome(Method::named("pwrite").unwrap(), &[0, 100, 200], Ok(1 << 20));
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
                let hiccup = if random.next_u64() % 50 == 0 { 5.0 } else { 1.0 };
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
        let outcome = |series: &Series| series.outcome(method, &[0, 100, 200], Err("hidden".to_owned()));
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
}
