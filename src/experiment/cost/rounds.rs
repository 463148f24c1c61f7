//! The rounds: each goes through all cells that are not precise enough yet, and through all numbers of mappers, in random order.
//! So what drifts – the disk, the host, the time of day – falls on all of them alike.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    CostProgress,
    block::{Block, Looks, measure},
    plan::{Cell, Plan},
    series::Series,
};
use crate::{
    driver::MapperCrowd,
    law::CostLaw,
    os::{
        clock::now_ns,
        counters::{Counters, Subject},
    },
    workload::update::{Ask, Mappers, Needs, Settings, Target},
};

/// Rounds without which there is no interval: they are made even if the budget is used up.
const LEAST_ROUNDS: u32 = 3;
/// Mappers' faults and interrupts are looked at in the first round only: that takes time between updates.
const LOOKING_ROUND: u32 = 0;

/// All cells, and how far they are.
pub struct Rounds<'a> {
    plan: &'a Plan,
    settings: &'a Settings,
    cells: Vec<(Cell, Series)>,
    /// What asking alone costs; `None` where no method asks.
    asking: Option<Series>,
    rounds: u32,
    elapsed_ns: u64,
}

/// What one block is of: a place in `cells`, or `None` for asking alone; and a number of mappers, by its place.
type Turn = (Option<usize>, usize);

impl<'a> Rounds<'a> {
    /// Nothing measured yet.
    pub fn new(plan: &'a Plan, settings: &'a Settings) -> Rounds<'a> {
        let series = || Series::new(plan.levels.len());
        let mut cells: Vec<(Cell, Series)> = plan.cells().into_iter().map(|cell| (cell, series())).collect();
        for (cell, series) in &mut cells {
            if let Some(why) = plan.forbids(cell.method) {
                series.give_up(why);
            }
        }
        let asks = plan.methods.iter().any(|method| method.needs == Needs::Answers);
        Rounds { plan, settings, cells, asking: asks.then(series), rounds: 0, elapsed_ns: 0 }
    }

    /// Measures until all cells are precise enough, the budget is used up, or the user has had enough.
    pub fn run(
        &mut self,
        targets: &mut [Target<'_>],
        crowd: &mut MapperCrowd<'_>,
        interrupted: &AtomicBool,
        tell: &mut dyn FnMut(CostProgress),
    ) -> anyhow::Result<()> {
        let began = now_ns();
        let mut told = began;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.plan.seed);
        let mut interrupts = Counters::open_interrupts(Subject { files: &[], directory: Path::new(".") });
        if self.plan.visit_cpus {
            for file in 0..targets.len() {
                crowd.of(file).ask(Ask::VisitCpus).map_err(anyhow::Error::msg)?;
            }
        }
        loop {
            let turns = self.turns(&mut rng);
            if turns.is_empty() {
                break;
            }
            self.rounds += 1;
            for turn in turns {
                let spent = now_ns() - began;
                let enough = spent > self.plan.budget_ns && self.rounds > LEAST_ROUNDS;
                if enough || interrupted.load(Relaxed) {
                    self.elapsed_ns = spent;
                    return Ok(());
                }
                if now_ns() - told > 1_000_000_000 {
                    told = now_ns();
                    tell(self.progress(spent));
                }
                if self.take(turn, targets, crowd, &mut interrupts).is_err() {
                    // A method that does not exist is one thing, a crowd that has died another.
                    crowd.is_whole()?;
                }
            }
            self.cells.iter_mut().for_each(|(_, series)| series.round_ended());
            self.elapsed_ns = now_ns() - began;
            if self.elapsed_ns > self.plan.budget_ns && self.rounds >= LEAST_ROUNDS {
                break;
            }
        }
        Ok(())
    }

    /// The blocks of the next round, in random order; none if all cells are done.
    fn turns(&self, rng: &mut Xoshiro256PlusPlus) -> Vec<Turn> {
        let open = self.cells.iter().enumerate().filter(|(_, (_, series))| !series.is_done());
        let mut turns: Vec<Turn> =
            open.flat_map(|(cell, _)| (0..self.plan.levels.len()).map(move |level| (Some(cell), level))).collect();
        if !turns.is_empty() && self.asking.is_some() {
            turns.extend((0..self.plan.levels.len()).map(|level| (None, level)));
        }
        turns.shuffle(rng);
        turns
    }

    /// Measures a block. An error: its cell was given up, with the reason.
    fn take(
        &mut self,
        (cell, level): Turn,
        targets: &mut [Target<'_>],
        crowd: &mut MapperCrowd<'_>,
        interrupts: &mut Counters,
    ) -> Result<(), ()> {
        let (round, mappers) = (self.rounds - 1, self.plan.levels[level]);
        let Some((cell, series)) = cell.map(|cell| &mut self.cells[cell]) else {
            return self.ask_alone(level, crowd);
        };
        // Given up in this round: then its other turns are void.
        if !series.is_supported() {
            return Ok(());
        }
        let file = cell.site * self.plan.levels.len() + level;
        let mode = self.plan.sites()[cell.site].mode;
        let looking = round == LOOKING_ROUND;
        let looks = Looks {
            interrupts: (looking && (level == 0 || level + 1 == self.plan.levels.len())).then_some(interrupts),
            mapper_faults: looking && level == 1,
        };
        let mut method = (cell.method.make)(self.settings);
        match measure(&mut *method, &mut targets[file], &mut crowd.of(file), mode, series.updates(level), looks) {
            Ok(block) => {
                series.add(round, level, mappers, &block);
                Ok(())
            }
            Err(why) => {
                series.give_up(why);
                Err(())
            }
        }
    }

    /// Asks the mappers of a file of the first site only to answer.
    fn ask_alone(&mut self, level: usize, crowd: &mut MapperCrowd<'_>) -> Result<(), ()> {
        let (round, mappers) = (self.rounds - 1, self.plan.levels[level]);
        let Some(asking) = &mut self.asking else { return Ok(()) };
        let mut block = Block::default();
        for _ in 0..3 {
            let began = now_ns();
            match crowd.of(level).ask(Ask::Answer) {
                Ok(()) => block.times.push(now_ns() - began),
                Err(why) => {
                    asking.give_up(why);
                    return Err(());
                }
            }
        }
        asking.add(round, level, mappers, &block);
        Ok(())
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

    /// All cells with what was seen of them, method by method.
    pub fn cells(&self) -> impl Iterator<Item = (&Cell, &Series)> {
        self.cells.iter().map(|(cell, series)| (cell, series))
    }

    /// The law of asking alone.
    pub fn asking(&self) -> Option<CostLaw> {
        self.asking.as_ref()?.law().ok()
    }

    /// Rounds begun.
    pub fn count(&self) -> u32 {
        self.rounds
    }

    /// Time spent, nanoseconds.
    pub fn elapsed_ns(&self) -> u64 {
        self.elapsed_ns
    }
}
