//! Blocks of updates with threads for mappers: a forked child has the threads, makes the updates, and leaves its blocks in shared memory.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::Context;

use super::ThreadMappers;
use super::child::in_child;
use crate::note;
use crate::os::counters::Counters;
use crate::os::shared::Shared;
use crate::scenario::{MapMode, ReadPattern};
use crate::workload::mapper::MappedFile;
use crate::workload::update::{
    Block, BlockCounters, CacheEvictor, Command, Mappers, Method, Settings, Target, measure,
};

/// Times of one block that fit into shared memory.
const ROOM: usize = 32;
/// Words before the times of a block: their number, the writer's faults, TLB interrupts plus one (0: not counted), all the time.
const HEAD: usize = 4;
const WORDS: usize = ROOM + HEAD;
/// Instead of a number of times: the block failed; standard error says why.
const FAILED: u64 = u64::MAX;

pub struct ThreadedBlock {
    pub method: &'static Method,
    pub settings: Settings,
    /// The file among the targets that it updates.
    pub target: usize,
    /// The same file among those that the threads map.
    pub mapped: usize,
    pub mode: MapMode,
    /// Updates of the block; at most [`ROOM`] are made.
    pub updates: usize,
    pub counts_interrupts: bool,
}

pub struct Threads {
    pub files: Vec<MappedFile>,
    pub count: u32,
    pub read_pattern: ReadPattern,
    /// Whether each of them runs on every CPU once before the first block.
    pub visit_cpus: bool,
}

/// Forks a child with the threads, and measures the blocks in it. `None`: the update method failed, as standard error says.
pub fn measure_with_threads(
    threads: Threads,
    targets: &mut [Target<'_>],
    blocks: &[ThreadedBlock],
) -> anyhow::Result<Vec<Option<Block>>> {
    let shared = Shared::<AtomicU64>::zeroed(blocks.len().max(1) * WORDS).context("shared memory")?;
    in_child(|| measure_all(threads, targets, blocks, &shared).map_err(anyhow::Error::msg))
        .context("the process with the threads")?;
    Ok(shared.chunks(WORDS).take(blocks.len()).map(read_block).collect())
}

fn read_block(words: &[AtomicU64]) -> Option<Block> {
    let word = |place: usize| words[place].load(Relaxed);
    let count = Some(word(0)).filter(|&count| count != FAILED)?;
    Some(Block {
        times: (0..count as usize).map(|time| word(HEAD + time)).collect(),
        writer_faults: word(1),
        tlb_interrupts: word(2).checked_sub(1).map(|interrupts| interrupts as f64),
        spent_ns: word(3),
        ..Block::default()
    })
}

fn measure_all(
    threads: Threads,
    targets: &mut [Target<'_>],
    blocks: &[ThreadedBlock],
    shared: &Shared<AtomicU64>,
) -> Result<(), String> {
    let mut mappers = ThreadMappers::start(threads.files, threads.count, threads.read_pattern)?;
    if threads.visit_cpus {
        mappers.of(0).execute(Command::VisitCpus)?;
    }
    let evictor = CacheEvictor::new();
    let mut interrupts = Counters::open_interrupts();
    for (block, words) in blocks.iter().zip(shared.chunks(WORDS)) {
        let mut method = block.method.make(&block.settings);
        let target = &mut targets[block.target];
        let interrupts = block.counts_interrupts.then_some(&mut interrupts);
        let counters = BlockCounters { interrupts, walks: None, mapper_faults: false };
        let updates = block.updates.min(ROOM);
        match measure(&mut *method, target, &mut mappers.of(block.mapped), block.mode, updates, &evictor, counters) {
            Ok(measured) => {
                words[0].store(measured.times.len() as u64, Relaxed);
                words[1].store(measured.writer_faults, Relaxed);
                words[2].store(measured.tlb_interrupts.map_or(0, |interrupts| interrupts as u64 + 1), Relaxed);
                words[3].store(measured.spent_ns, Relaxed);
                words[HEAD..].iter().zip(&measured.times).for_each(|(word, time)| word.store(*time, Relaxed));
            }
            Err(why) => {
                note!("mapstorm: {}: {why}", block.method.name);
                words[0].store(FAILED, Relaxed);
            }
        }
    }
    Ok(())
}
