//! Rounds with threads for mappers: for each number of them a child process is forked that has so many threads, makes the
//! updates itself, and leaves its blocks in shared memory.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use anyhow::Context;
use nix::sys::wait::{WaitStatus, waitpid};
use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    CostProgress, Span,
    block::{Block, Displacer, Looks, measure},
    files,
    rounds::Rounds,
};
use crate::{
    driver::ThreadMappers,
    note,
    os::{
        clock::now_ns,
        counters::{Counters, Subject},
        fork::fork_worker,
        shared::Shared,
    },
    workload::update::{Ask, Mappers, Target},
};

/// Times of one block that fit into shared memory.
const ROOM: usize = 32;
/// Words of one block before its times: how many there are, the writer's faults, TLB interrupts plus one (0: not counted), and the
/// time that all of it took.
const HEAD: usize = 4;
/// Words of one block.
const WORDS: usize = ROOM + HEAD;
/// Instead of a number of times: the block failed; standard error says why.
const FAILED: u64 = u64::MAX;
/// Exit status of a child that could not start its threads.
const CANNOT_START: i32 = 3;

/// Measures as [`Rounds::run`] does, with threads.
pub fn run(
    rounds: &mut Rounds<'_>,
    targets: &mut [Target<'_>],
    span: Span,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(CostProgress),
) -> anyhow::Result<()> {
    let shared = Shared::<AtomicU64>::zeroed(rounds.len() * WORDS).context("shared memory")?;
    let began_ns = now_ns();
    let mut told = began_ns;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(rounds.plan().seed);
    while rounds.next_round(span) && !interrupted.load(Relaxed) {
        let mut levels: Vec<usize> = (0..rounds.plan().levels.len()).collect();
        levels.shuffle(&mut rng);
        for level in levels.into_iter().take_while(|_| !interrupted.load(Relaxed)) {
            let mut cells = rounds.open_cells();
            cells.shuffle(&mut rng);
            host(rounds, targets, &shared, level, &cells)?;
            if now_ns() - told > 1_000_000_000 {
                told = now_ns();
                tell(rounds.progress(told - span.began_ns));
            }
        }
        rounds.round_ended(began_ns);
    }
    Ok(())
}

/// Forks a child with the threads of one level, and takes over the blocks that it has measured.
fn host(
    rounds: &mut Rounds<'_>,
    targets: &mut [Target<'_>],
    shared: &Shared<AtomicU64>,
    level: usize,
    cells: &[usize],
) -> anyhow::Result<()> {
    shared.iter().for_each(|word| word.store(0, Relaxed));
    let child = fork_worker(|| {
        live(rounds, targets, shared, level, cells).unwrap_or_else(|why| {
            note!("mapstorm: {why}");
            CANNOT_START
        })
    });
    let ended = waitpid(child.context("fork")?, None).context("waitpid")?;
    anyhow::ensure!(matches!(ended, WaitStatus::Exited(_, 0)), "the process with the threads ended badly: {ended:?}");
    for (&cell, words) in cells.iter().zip(shared.chunks(WORDS)) {
        let word = |place: usize| words[place].load(Relaxed);
        match word(0) {
            FAILED => rounds.give_up(cell, "the call failed; the message is above".to_owned()),
            count => {
                let times = (0..count as usize).map(|time| word(HEAD + time)).collect();
                let tlb_interrupts = word(2).checked_sub(1).map(|interrupts| interrupts as f64);
                let (writer_faults, spent_ns) = (word(1), word(3));
                let block = Block { times, writer_faults, tlb_interrupts, spent_ns, ..Block::default() };
                rounds.add(cell, level, &block);
            }
        }
    }
    Ok(())
}

/// The child's life: one block of every cell.
fn live(
    rounds: &Rounds<'_>,
    targets: &mut [Target<'_>],
    shared: &Shared<AtomicU64>,
    level: usize,
    cells: &[usize],
) -> Result<i32, String> {
    let plan = rounds.plan();
    let sites = plan.sites();
    let levels = plan.levels.len();
    let mapped = sites.iter().enumerate().map(|(site, facts)| files::mapped(&targets[site * levels + level], facts));
    let mapped = mapped.collect::<anyhow::Result<Vec<_>>>().map_err(|error| error.to_string())?;
    let mut threads = ThreadMappers::start(mapped, plan.levels[level], plan.busy)?;
    if plan.visit_cpus {
        threads.of(0).ask(Ask::VisitCpus)?;
    }
    let displacer = Displacer::new();
    let mut interrupts = Counters::open_interrupts(Subject { files: &[], directory: Path::new(".") });
    for (&cell, words) in cells.iter().zip(shared.chunks(WORDS)) {
        let (cell, updates) = rounds.cell(cell, level);
        let mut method = (cell.method.make)(&rounds.settings(level));
        let target = &mut targets[cell.site * levels + level];
        let looks =
            Looks { interrupts: rounds.counts_interrupts(level).then_some(&mut interrupts), mapper_faults: false };
        let mode = sites[cell.site].mode;
        match measure(&mut *method, target, &mut threads.of(cell.site), mode, updates.min(ROOM), &displacer, looks) {
            Ok(block) => {
                words[0].store(block.times.len() as u64, Relaxed);
                words[1].store(block.writer_faults, Relaxed);
                words[2].store(block.tlb_interrupts.map_or(0, |interrupts| interrupts as u64 + 1), Relaxed);
                words[3].store(block.spent_ns, Relaxed);
                words[HEAD..].iter().zip(&block.times).for_each(|(word, time)| word.store(*time, Relaxed));
            }
            Err(why) => {
                note!("mapstorm: {}: {why}", cell.method.name);
                words[0].store(FAILED, Relaxed);
            }
        }
    }
    Ok(0)
}
