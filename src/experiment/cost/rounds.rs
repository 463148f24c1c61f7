//! The rounds: each goes through all cells that are not precise enough yet, and through all numbers of mappers, in random order.
//! So what drifts – the disk, the host, the time of day – falls on all of them alike.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::plan::{Cell, Plan};
use super::series::Series;
use super::{CostProgress, files};
use crate::driver::{MapperGroup, OnceASecond, ThreadedBlock, Threads, measure_with_threads};
use crate::os::clock::now_ns;
use crate::os::counters::Counters;
use crate::results::MapperKind;
use crate::stats::CostModel;
use crate::workload::update::{
    Block, BlockCounters, CacheEvictor, Command, CommitFile, Mappers, Needs, Settings, Target, measure,
};

/// So many rounds are needed for an interval: until then blocks are as short as the time demands.
pub const LEAST_ROUNDS: u32 = 3;
/// Mappers' faults and interrupts are counted in the first round only: that takes time between updates.
const COUNTING_ROUND: u32 = 0;

pub struct Rounds<'a> {
    plan: &'a Plan,
    /// Of each format.
    commits: Vec<CommitFile>,
    pub cells: Vec<(Cell, Series)>,
    /// The cost of calling mappers; `None` where no method calls them.
    asking: Option<Series>,
    /// How many were begun.
    pub rounds: u32,
    /// The share of its updates that a block makes.
    thrift: f64,
    pub elapsed_ns: u64,
    /// Why walks over mappers are not traced.
    pub untraced: Option<String>,
    /// Names of mappers that died, and why.
    pub lost: Vec<String>,
}

/// When the whole experiment began and is to end, on the monotonic clock, nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub began_ns: u64,
    pub end_ns: u64,
}

/// What is read in the round that counts.
struct Counted {
    interrupts: Counters,
    /// Probes in the kernel; `None`: they were taken away.
    walks: Option<Counters>,
}

/// What one block is of: a place in `cells`, or `None` for asking alone; and a number of mappers, by its place.
type Turn = (Option<usize>, usize);

impl<'a> Rounds<'a> {
    pub fn new(plan: &'a Plan, commits: Vec<CommitFile>) -> Rounds<'a> {
        let series = || Series::new(plan.levels.len());
        let mut cells: Vec<(Cell, Series)> = plan.cells().into_iter().map(|cell| (cell, series())).collect();
        for (cell, series) in &mut cells {
            if let Some(why) = plan.forbids(cell.method) {
                series.give_up(why);
            }
        }
        let asks =
            plan.mappers == MapperKind::Processes && plan.methods.iter().any(|method| method.needs == Needs::Answers);
        let asking = asks.then(series);
        let threads = (plan.mappers == MapperKind::Threads).then(|| "mappers are threads".to_owned());
        Rounds {
            plan,
            commits,
            cells,
            asking,
            rounds: 0,
            thrift: 1.0,
            elapsed_ns: 0,
            untraced: threads,
            lost: Vec::new(),
        }
    }

    /// Measures until all cells are precise enough, the budget is used up, or the user interrupts.
    pub fn run(
        &mut self,
        targets: &mut [Target<'_>],
        workers: &mut MapperGroup<'_>,
        span: Span,
        interrupted: &AtomicBool,
        on_step: &mut dyn FnMut(CostProgress),
    ) -> anyhow::Result<()> {
        let began_ns = now_ns();
        on_step(self.progress(began_ns - span.began_ns));
        let mut report = OnceASecond::new(began_ns);
        let evictor = CacheEvictor::new();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.plan.seed);
        let interrupts = Counters::open_interrupts();
        let walks = Counters::open_walks();
        self.untraced = walks.described().iter().find_map(|column| column.unavailable.clone());
        let mut counted = Counted { interrupts, walks: Some(walks) };
        if self.plan.visit_cpus {
            for file in 0..targets.len() {
                workers.of(file).execute(Command::VisitCpus).map_err(anyhow::Error::msg)?;
            }
        }
        while self.next_round(span) {
            for turn in self.turns(&mut rng) {
                if now_ns() > span.end_ns || interrupted.load(Relaxed) || !self.lost.is_empty() {
                    self.elapsed_ns = now_ns() - began_ns;
                    return Ok(());
                }
                if report.is_due(now_ns()) {
                    on_step(self.progress(now_ns() - span.began_ns));
                }
                self.take(turn, targets, workers, &evictor, &mut counted);
                // Not every method would notice that a mapper is gone.
                self.lost = workers.lost();
            }
            // Every walk is slower while it is traced.
            counted.walks = None;
            self.round_ended(began_ns);
        }
        Ok(())
    }

    /// Measures as [`Rounds::run`] does, with threads for mappers: a child process for every number of them in every round.
    pub fn run_with_threads(
        &mut self,
        targets: &mut [Target<'_>],
        span: Span,
        interrupted: &AtomicBool,
        on_step: &mut dyn FnMut(CostProgress),
    ) -> anyhow::Result<()> {
        let began_ns = now_ns();
        let mut report = OnceASecond::new(began_ns);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.plan.seed);
        while self.next_round(span) && !interrupted.load(Relaxed) {
            let mut levels: Vec<usize> = (0..self.plan.levels.len()).collect();
            levels.shuffle(&mut rng);
            for level in levels.into_iter().take_while(|_| !interrupted.load(Relaxed) && now_ns() < span.end_ns) {
                let mut cells = self.open_cells();
                cells.shuffle(&mut rng);
                self.take_with_threads(level, &cells, targets)?;
                if report.is_due(now_ns()) {
                    on_step(self.progress(now_ns() - span.began_ns));
                }
            }
            self.round_ended(began_ns);
        }
        Ok(())
    }

    fn take_with_threads(&mut self, level: usize, cells: &[usize], targets: &mut [Target<'_>]) -> anyhow::Result<()> {
        let (sites, levels) = (self.plan.sites(), self.plan.levels.len());
        let block = |&cell: &usize| {
            let (cell, series) = &self.cells[cell];
            ThreadedBlock {
                method: cell.method,
                settings: self.settings(level, sites[cell.site].format),
                target: cell.site * levels + level,
                mapped: cell.site,
                mode: sites[cell.site].mode,
                updates: self.length(series, level),
                counts_interrupts: self.counts_interrupts(level),
            }
        };
        let blocks: Vec<ThreadedBlock> = cells.iter().map(block).collect();
        let mapped =
            sites.iter().enumerate().map(|(site, facts)| files::mapped(&targets[site * levels + level], facts));
        let threads = Threads {
            files: mapped.collect::<anyhow::Result<_>>()?,
            count: self.plan.levels[level],
            read_pattern: self.plan.read_pattern,
            visit_cpus: self.plan.visit_cpus,
        };
        let (round, mappers) = (self.rounds - 1, self.plan.levels[level]);
        for (&cell, block) in cells.iter().zip(measure_with_threads(threads, targets, &blocks)?) {
            let series = &mut self.cells[cell].1;
            match block {
                Some(block) => series.add(round, level, mappers, &block),
                None => series.give_up("the call failed; the message is above".to_owned()),
            }
        }
        Ok(())
    }

    fn turns(&self, rng: &mut Xoshiro256PlusPlus) -> Vec<Turn> {
        let cells = self.open_cells().into_iter().map(Some).chain(self.asking.is_some().then_some(None));
        let levels = self.plan.levels.len();
        let mut turns: Vec<Turn> = cells.flat_map(|cell| (0..levels).map(move |level| (cell, level))).collect();
        turns.shuffle(rng);
        turns
    }

    fn take(
        &mut self,
        (cell, level): Turn,
        targets: &mut [Target<'_>],
        workers: &mut MapperGroup<'_>,
        evictor: &CacheEvictor,
        counted: &mut Counted,
    ) {
        let (round, mappers, counts) = (self.rounds - 1, self.plan.levels[level], self.counts_interrupts(level));
        let Some(place) = cell else { return self.ask_alone(level, workers) };
        let (cell, series) = &self.cells[place];
        let site = self.plan.sites()[cell.site];
        let (settings, updates) = (self.settings(level, site.format), self.length(series, level));
        let (cell, series) = &mut self.cells[place];
        // It was given up in this round: then its other turns are skipped.
        if !series.is_supported() {
            return;
        }
        let file = cell.site * self.plan.levels.len() + level;
        let mapper_faults = round == COUNTING_ROUND && level == 1;
        let is_most = level + 1 == self.plan.levels.len();
        let counters = BlockCounters {
            interrupts: counts.then_some(&mut counted.interrupts),
            walks: counted.walks.as_mut().filter(|_| is_most),
            mapper_faults,
        };
        let mut method = cell.method.make(&settings);
        let (target, mappers_of_file) = (&mut targets[file], &mut workers.of(file));
        match measure(&mut *method, target, mappers_of_file, site.mode, updates, evictor, counters) {
            Ok(block) => series.add(round, level, mappers, &block),
            // A lost mapper ends the experiment; else the method does not work here.
            Err(why) if workers.lost().is_empty() => series.give_up(why),
            Err(_) => {}
        }
    }

    /// Calls the mappers of a file of the first site, only to answer.
    fn ask_alone(&mut self, level: usize, workers: &mut MapperGroup<'_>) {
        let (round, mappers) = (self.rounds - 1, self.plan.levels[level]);
        let Some(asking) = &mut self.asking else { return };
        let mut block = Block::default();
        for _ in 0..3 {
            let began = now_ns();
            match workers.of(level).execute(Command::Answer) {
                Ok(()) => block.times.push(now_ns() - began),
                // Only a lost mapper does not answer.
                Err(_) => return,
            }
        }
        asking.add(round, level, mappers, &block);
    }

    fn progress(&self, elapsed_ns: u64) -> CostProgress {
        let measured = || self.cells.iter().filter(|(_, series)| series.is_supported());
        CostProgress::Measuring {
            elapsed_ns,
            of_ns: self.plan.budget_ns,
            round: self.rounds,
            precise: measured().filter(|(_, series)| series.is_done()).count(),
            of: measured().count(),
        }
    }

    fn next_round(&mut self, span: Span) -> bool {
        let wanted = !self.open_cells().is_empty() && now_ns() < span.end_ns;
        self.rounds += u32::from(wanted);
        self.thrift = self.thrift(span);
        wanted
    }

    /// The share of a round's updates that there is time for, so that as many rounds as are needed can be made.
    fn thrift(&self, span: Span) -> f64 {
        let open = self.open_cells();
        let series = open.iter().map(|&cell| &self.cells[cell].1);
        let round_ns: f64 =
            series.flat_map(|series| (0..self.plan.levels.len()).map(|level| series.block_ns(level))).sum();
        let rounds = f64::from((LEAST_ROUNDS + 1).saturating_sub(self.rounds));
        let left_ns = span.end_ns.saturating_sub(now_ns()) as f64;
        if rounds * round_ns > left_ns { left_ns / (rounds * round_ns) } else { 1.0 }
    }

    /// Updates of the next block.
    fn length(&self, series: &Series, level: usize) -> usize {
        ((series.length(level) as f64 * self.thrift) as usize).max(1)
    }

    fn round_ended(&mut self, began_ns: u64) {
        self.cells.iter_mut().for_each(|(_, series)| series.round_ended());
        self.elapsed_ns = now_ns() - began_ns;
    }

    fn open_cells(&self) -> Vec<usize> {
        (0..self.cells.len()).filter(|&cell| !self.cells[cell].1.is_done()).collect()
    }

    /// Whether TLB interrupts are counted in this round's blocks with a number of mappers: without any, and with the most.
    fn counts_interrupts(&self, level: usize) -> bool {
        self.rounds - 1 == COUNTING_ROUND && (level == 0 || level + 1 == self.plan.levels.len())
    }

    /// Of methods on files of the plan's format of this place.
    fn settings(&self, level: usize, format: usize) -> Settings {
        let blocks = self.rounds as usize * self.plan.levels.len() + level;
        let nth = (blocks * Series::MOST_UPDATES) as u64;
        Settings { commit: self.commits[format].clone(), stop_time: self.plan.stop_time(), nth }
    }

    pub fn asking(&self) -> Option<CostModel> {
        self.asking.as_ref()?.cost_model().ok()
    }
}
