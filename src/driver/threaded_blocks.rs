//! Blocks of updates with threads for mappers: a forked child has the threads and makes the updates.

use anyhow::Context;

use super::ThreadMappers;
use super::child::in_child;
use crate::note;
use crate::os::counters::Counters;
use crate::scenario::{MapMode, ReadPattern};
use crate::workload::mapper::MappedFile;
use crate::workload::update::{
    Block, BlockCounters, CacheEvictor, Command, Mappers, Method, Settings, Target, measure,
};

pub struct ThreadedBlock {
    pub method: &'static Method,
    pub settings: Settings,
    /// The file among the targets that it updates.
    pub target: usize,
    /// The same file among those that the threads map.
    pub mapped: usize,
    pub mode: MapMode,
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
    in_child(|| measure_all(threads, targets, blocks).map_err(anyhow::Error::msg))
        .context("the process with the threads")
}

fn measure_all(
    threads: Threads,
    targets: &mut [Target<'_>],
    blocks: &[ThreadedBlock],
) -> Result<Vec<Option<Block>>, String> {
    let mut mappers = ThreadMappers::start(threads.files, threads.count, threads.read_pattern)?;
    if threads.visit_cpus {
        mappers.of(0).execute(Command::VisitCpus)?;
    }
    let evictor = CacheEvictor::new();
    let mut interrupts = Counters::open_interrupts();
    let measured = blocks.iter().map(|block| {
        let mut method = block.method.make(&block.settings);
        let target = &mut targets[block.target];
        let interrupts = block.counts_interrupts.then_some(&mut interrupts);
        let counters = BlockCounters { interrupts, walks: None, mapper_faults: false };
        let mut mappers = mappers.of(block.mapped);
        measure(&mut *method, target, &mut mappers, block.mode, block.updates, &evictor, counters)
            .inspect_err(|why| note!("mapstorm: {}: {why}", block.method.name))
            .ok()
    });
    Ok(measured.collect())
}
