//! The blocks of one cell, round by round, and the figures that are computed from them.

use super::walks;
use crate::os::pages::page_size;
use crate::results::{Availability, CostBlock, CostLevel, CostOutcome, Measurement};
use crate::stats::{CostModel, Estimate, FitError, Observation, fit, median};
use crate::workload::mapper::COUNTS_FAULTS;
use crate::workload::update::{Block, Cleaned, Method, Walks};

/// A slope whose 95 % interval is within this share of it is precise enough.
const PRECISE: f64 = 0.05;
/// And one that adds less than this share of the base, with the most mappers, is none.
const FLAT: f64 = 0.05;
/// With fewer rounds an interval is not precise, however narrow it is.
const LEAST_ROUNDS: u32 = 5;
/// By this share of a slope its interval is widened for the variation between experiments: with newly forked mappers, seconds later, the
/// same slope differed by 5 % (standard deviation of 20 pairs with folios of 1 MiB, Linux 6.18 on a virtual machine). It is 1.4 times that,
/// because two thirds of the variation are in the interval already.
const OTHER_WORKERS: f64 = 0.07;
/// Rounds are put into so many groups for the error, where there are at least two rounds for each.
const GROUPS: u32 = 6;
/// A block is to take about this long, nanoseconds: long enough to have a median, short enough that all get their turn.
const BLOCK_NS: f64 = 4e6;
/// Updates of a block, at least and at most; and of the very first block, before the time of an update is known.
const UPDATES: [usize; 2] = [5, 32];
const FIRST: usize = 2;
/// Updates that take longer than this, restoring included, nanoseconds, are made one per block, so that a round does not take too long.
const LONG_NS: f64 = 20e6;

#[derive(Default)]
struct Level {
    apart: Vec<u64>,
    following: Vec<u64>,
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
    cleaned: Vec<Cleaned>,
    unsupported: Option<String>,
    precise: bool,
}

impl Series {
    pub const MOST_UPDATES: usize = UPDATES[1];

    pub fn new(levels: usize) -> Series {
        Series {
            levels: (0..levels).map(|_| Level::default()).collect(),
            observations: Vec::new(),
            cleaned: Vec::new(),
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

    pub fn add(&mut self, round: u32, level: usize, mappers: u32, block: &Block) {
        let kept = &mut self.levels[level];
        let updates = block.times.len() as u64;
        let (least, most) = (block.times.iter().min(), block.times.iter().max());
        kept.least_ns = least.map_or(kept.least_ns, |&ns| if kept.updates == 0 { ns } else { kept.least_ns.min(ns) });
        kept.most_ns = most.map_or(kept.most_ns, |&ns| kept.most_ns.max(ns));
        kept.apart.push(apart(block) as u64);
        kept.following.push(following(block) as u64);
        kept.each_ns = Some(block.spent_ns as f64 / updates.max(1) as f64);
        kept.updates += updates;
        kept.writer_faults += block.writer_faults;
        kept.tlb = block.tlb_interrupts.map(|tlb| (tlb, updates)).or(kept.tlb);
        kept.mapper_faults =
            block.mapper_faults.map(|faults| (faults, updates * u64::from(mappers))).or(kept.mapper_faults);
        self.cleaned.extend(block.cleaned.clone());
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

    /// The cost model of updates after the caches were evicted.
    fn apart_model(&self) -> Result<CostModel, FitError> {
        self.fit(|seen| seen.apart_ns)
    }

    /// Fits one of the times. Of many rounds those that follow each other count as one: a machine that is slower for some seconds is so
    /// in several rounds, and they are not independent of each other.
    fn fit(&self, ns: impl Fn(&Seen) -> f64) -> Result<CostModel, FitError> {
        let rounds = self.observations.iter().map(|seen| seen.round + 1).max().unwrap_or(0);
        let group = |round: u32| if rounds < 2 * GROUPS { round } else { round * GROUPS / rounds };
        let observed = |which: &dyn Fn(u32) -> bool, group: &dyn Fn(u32) -> u32| -> Vec<Observation> {
            let seen = self.observations.iter().filter(|seen| which(seen.round));
            seen.map(|seen| Observation { round: group(seen.round), mappers: seen.mappers, ns: ns(seen) }).collect()
        };
        let cost_model = fit(&observed(&|_| true, &group))?;
        let half = |which: &dyn Fn(u32) -> bool| fit(&observed(which, &|round| round)).ok();
        let halves = half(&|round| round < rounds / 2).zip(half(&|round| round >= rounds / 2));
        let drift = halves.map_or(0.0, |(first, second)| first.per_mapper_ns.value - second.per_mapper_ns.value);
        let per_mapper_ns = covering(cost_model.per_mapper_ns, drift);
        Ok(CostModel { rounds, per_mapper_ns, ..cost_model })
    }

    /// A cost model as results state it: the interval of its slope includes the variation between experiments.
    fn stated(cost_model: CostModel) -> CostModel {
        let slope = cost_model.per_mapper_ns;
        let half = |end: f64| (end - slope.value).hypot(OTHER_WORKERS * slope.value);
        let (low, high) = (slope.value - half(slope.low), slope.value + half(slope.high));
        CostModel { per_mapper_ns: Estimate { low, high, ..slope }, ..cost_model }
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
        let (cost_model, apart) = match (self.cost_model(), self.apart_model()) {
            (Ok(cost_model), Ok(apart)) => (cost_model, apart),
            (Err(error), _) | (_, Err(error)) => return CostOutcome::Unfinished(error.to_string()),
        };
        let pages = folio.and_then(|bytes| {
            let pages = (bytes / page_size()) as f64;
            Ok(match method.walks {
                Walks::Nothing => (0.0, None),
                Walks::Folio => (pages, None),
                Walks::Counted => {
                    let walks =
                        walks::mean(&self.cleaned, true, pages).ok_or("what the syncs clean was not counted")?;
                    (walks.walks * pages, Some(walks))
                }
            })
        });
        let (pages, walks) = match pages {
            Ok((pages, walks)) => (Ok(pages), walks),
            Err(why) => (Err(why), walks::mean(&self.cleaned, false, 1.0)),
        };
        let faults = self.levels.iter().find_map(|level| level.mapper_faults);
        let faults = match faults {
            Some((faults, updates)) if updates > 0 => Ok(faults as f64 / updates as f64),
            _ if COUNTS_FAULTS => Err("no round was finished that counts them".to_owned()),
            _ => Err("this system does not count page faults".to_owned()),
        };
        let levels = mappers.iter().zip(&self.levels).filter(|(_, level)| level.updates > 0);
        CostOutcome::Measured(Box::new(Measurement {
            cost_model: Self::stated(cost_model),
            apart: Self::stated(apart),
            flat: is_flat(&cost_model),
            precise: is_precise(&cost_model),
            levels: levels.map(|(mappers, level)| level.facts(*mappers)).collect(),
            pages_per_mapper: pages.into(),
            sync_walks: walks,
            mapper_faults_per_update: Availability::from(faults),
        }))
    }
}

impl Level {
    fn facts(&self, mappers: u32) -> CostLevel {
        CostLevel {
            mappers,
            updates: self.updates,
            median_ns: median_ns(&self.following),
            apart_ns: median_ns(&self.apart),
            least_ns: self.least_ns,
            most_ns: self.most_ns,
            writer_faults_per_update: COUNTS_FAULTS.then(|| self.writer_faults as f64 / self.updates.max(1) as f64),
            tlb_interrupts_per_update: self.tlb.map(|(tlb, updates)| tlb / updates.max(1) as f64),
        }
    }
}

/// An estimate whose interval covers the difference between the halves of the measurement: later it may drift as much again.
fn covering(estimate: Estimate, drift: f64) -> Estimate {
    let Estimate { value, low, high } = estimate;
    Estimate { value, low: low.min(value - drift.abs()), high: high.max(value + drift.abs()) }
}

/// Whether a slope is precise: its interval is within ± 5 % of it, or mappers add next to nothing.
fn is_precise(cost_model: &CostModel) -> bool {
    cost_model.per_mapper_ns.relative() <= PRECISE || is_flat(cost_model)
}

/// Whether mappers add next to nothing: with the most mappers, the far end of the slope's interval adds less than 5 %.
fn is_flat(cost_model: &CostModel) -> bool {
    let slope = cost_model.per_mapper_ns;
    slope.low.abs().max(slope.high.abs()) * f64::from(cost_model.most_mappers) <= FLAT * cost_model.base_ns.value
}

/// Time of the update after the caches were evicted, nanoseconds.
fn apart(block: &Block) -> f64 {
    block.times.last().map_or(0.0, |ns| *ns as f64)
}

/// The median time of updates that follow another one, nanoseconds; of fewer than three updates that of the last.
fn following(block: &Block) -> f64 {
    match &*block.times {
        [_, following @ .., _] if !following.is_empty() => median_ns(following),
        _ => apart(block),
    }
}

fn median_ns(times: &[u64]) -> f64 {
    median(times.iter().map(|ns| *ns as f64))
}

#[cfg(test)]
mod tests {
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
