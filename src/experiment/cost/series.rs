//! The blocks of one cell, round by round, and the figures that are computed from them.

#[cfg(test)]
mod tests;

use crate::os::pages::page_size;
use crate::results::{Availability, CostBlock, CostLevel, CostOutcome, Measurement, SyncWalks, TracedWalks};
use crate::stats::{CostModel, Estimate, FitError, Observation, evenly_spaced, fit_in_time, median};
use crate::workload::mapper::COUNTS_FAULTS;
use crate::workload::update::{Block, Cleaned, Method, Walks};

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
    traced: Option<TracedWalks>,
    mapper_faults: Option<(u64, u64)>,
}

pub struct Series {
    levels: Vec<Level>,
    /// In the order of time. Which row of the result they are of is not known yet.
    observations: Vec<CostBlock>,
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
        let each = |sum: f64| sum / updates.max(1) as f64;
        let traced = |[walks, ns]: [f64; 2]| TracedWalks { walks: each(walks), ns: each(ns), mappers, updates };
        kept.traced = block.walks.map(traced).or(kept.traced);
        kept.mapper_faults =
            block.mapper_faults.map(|faults| (faults, updates * u64::from(mappers))).or(kept.mapper_faults);
        self.cleaned.extend(block.cleaned.clone());
        let (apart_ns, following_ns) = (apart(block).max(1.0), following(block).max(1.0));
        self.observations.push(CostBlock { row: 0, round, mappers, apart_ns, following_ns });
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

    fn fit(&self, ns: impl Fn(&CostBlock) -> f64) -> Result<CostModel, FitError> {
        let observed = |seen: &CostBlock| Observation { round: seen.round, mappers: seen.mappers, ns: ns(seen) };
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
    fn times(&self, mappers: u32, ns: impl Fn(&CostBlock) -> f64) -> impl Iterator<Item = f64> {
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
        self.observations.iter().map(move |block| CostBlock { row, ..*block })
    }

    /// `untraced`: why walks over mappers were not traced.
    pub fn outcome(
        &self,
        method: &Method,
        mappers: &[u32],
        folio: Result<u64, String>,
        untraced: Option<&str>,
    ) -> CostOutcome {
        if let Some(why) = &self.unsupported {
            return CostOutcome::Unsupported(why.clone());
        }
        let (cost_model, apart) = match (self.cost_model(), self.fit(|seen| seen.apart_ns)) {
            (Ok(cost_model), Ok(apart)) => (cost_model, apart),
            (Err(error), _) | (_, Err(error)) => {
                return CostOutcome::Unfinished(format!("{error}; the time did not suffice: give a larger --budget"));
            }
        };
        let pages = folio.and_then(|bytes| {
            let pages = (bytes / page_size()) as f64;
            Ok(match method.walks {
                Walks::Nothing => (0.0, None),
                Walks::Folio => (pages, None),
                Walks::Counted => {
                    let walks = mean_walks(&self.cleaned, true, pages).ok_or("what the syncs clean was not counted")?;
                    (walks.walks * pages, Some(walks))
                }
            })
        });
        let (pages, walks) = match pages {
            Ok((pages, walks)) => (Ok(pages), walks),
            Err(why) => (Err(why), mean_walks(&self.cleaned, false, 1.0)),
        };
        let faults = self.levels.iter().find_map(|level| level.mapper_faults);
        let faults = match faults {
            Some((faults, updates)) if updates > 0 => Ok(faults as f64 / updates as f64),
            _ if COUNTS_FAULTS => Err("no round was finished that counts them".to_owned()),
            _ => Err("this system does not count page faults".to_owned()),
        };
        let traced = self.levels.iter().find_map(|level| level.traced);
        let untraced = untraced.unwrap_or("no block with the most mappers was traced in the first round");
        let levels = mappers.iter().zip(&self.levels).filter(|(_, level)| level.updates > 0);
        CostOutcome::Measured(Box::new(Measurement {
            flat: cost_model.adds_nothing(),
            precise: is_precise(&cost_model),
            cost_model: Self::stated(cost_model),
            apart: Self::stated(apart),
            spread: self.spread(mappers),
            levels: levels.map(|(mappers, level)| self.facts(*mappers, level)).collect(),
            pages_per_mapper: pages.into(),
            sync_walks: walks,
            traced_walks: traced.ok_or_else(|| untraced.to_owned()).into(),
            mapper_faults_per_update: Availability::from(faults),
        }))
    }
}

/// Whether a slope is precise: its interval is within ± 5 % of it, or mappers add next to nothing.
fn is_precise(cost_model: &CostModel) -> bool {
    cost_model.per_mapper_ns.relative() <= PRECISE || cost_model.adds_nothing()
}

/// What the syncs of a commit clean, on average over the commits that were counted: those that were counted in folios (of `pages` pages each, where they are whole), or in pages; `None`: none was counted so.
fn mean_walks(cleaned: &[Cleaned], in_folios: bool, pages: f64) -> Option<SyncWalks> {
    let counted: Vec<&Cleaned> = cleaned.iter().filter(|cleaned| cleaned.in_folios == in_folios).collect();
    let updates = counted.len();
    let mean = |sum: u64| sum as f64 / updates as f64;
    let syncs = counted.iter().map(|cleaned| cleaned.by_sync.len()).max()?;
    let of_sync = |sync: usize| mean(counted.iter().filter_map(|cleaned| cleaned.by_sync.get(sync)).sum());
    Some(SyncWalks {
        in_folios,
        by_sync: (0..syncs).map(of_sync).collect(),
        walks: mean(counted.iter().map(|cleaned| cleaned.pages).sum()) / pages,
        updates: updates as u64,
    })
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
