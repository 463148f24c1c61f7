//! A block: a few consecutive updates with the same mappers, each timed as a whole; what is restored in between is not timed.
//! Before the last update of a block the processor's caches are evicted; the updates before it follow one of the same file, so that
//! the kernel's data are still cached. The two cases are kept apart. The very first update is neither.

use serde::{Deserialize, Serialize};

use super::{Cleaned, Command, Mappers, Target, UpdateMethod};
use crate::os::clock::now_ns;
use crate::os::counters::Counters;
use crate::scenario::MapMode;
use crate::workload::mapper::faults;

#[derive(Default, Serialize, Deserialize)]
pub struct Block {
    /// Times of its updates, nanoseconds, at least one.
    pub times: Vec<u64>,
    /// Time that all of it took, restoring included, nanoseconds.
    pub spent_ns: u64,
    pub writer_faults: u64,
    /// If counted: page faults that all mappers took when they next read, after all updates.
    pub mapper_faults: Option<u64>,
    /// If counted: TLB interrupts that all CPUs received while updates ran.
    pub tlb_interrupts: Option<f64>,
    /// If traced: walks over all mappings of a folio while updates ran, and the nanoseconds that they took.
    pub walks: Option<[f64; 2]>,
    /// If counted: what the syncs of the last update cleaned. Not known of blocks that another process measured.
    #[serde(skip)]
    pub cleaned: Option<Cleaned>,
}

/// Memory that is read so that nothing else is left in the processor's caches.
pub struct CacheEvictor(Vec<u64>);

impl CacheEvictor {
    /// Bytes that are read: larger than the caches of one processor of most servers (AMD EPYC: 32 MiB of level 3 for eight cores).
    const BYTES: usize = 64 << 20;

    /// The memory. After the last fork, or every child would be given its page tables.
    pub fn new() -> CacheEvictor {
        CacheEvictor(vec![1; Self::BYTES / size_of::<u64>()])
    }

    /// What evicting takes on this machine, nanoseconds.
    pub fn evict_ns(&self) -> u64 {
        let began = now_ns();
        self.evict();
        now_ns() - began
    }

    /// Reads all of it: its halves are compared, and they are the same.
    fn evict(&self) {
        let (one, other) = self.0.split_at(self.0.len() / 2);
        std::hint::black_box(one == other);
    }
}

/// What is counted in addition to the time. It costs time between the updates, so it is done in one round only.
pub struct BlockCounters<'a> {
    pub interrupts: Option<&'a mut Counters>,
    pub walks: Option<&'a mut Counters>,
    /// Let mappers read the page after each update, and count their faults.
    pub mapper_faults: bool,
}

impl BlockCounters<'_> {
    fn interrupts(&mut self) -> Option<f64> {
        self.interrupts.as_mut()?.shootdown_interrupts()
    }

    /// Walks over mappers since the last call, and their time.
    fn walks(&mut self) -> Option<[f64; 2]> {
        match *self.walks.as_mut()?.read(&|_| false) {
            [walks, ns, ..] => Some([walks?, ns?]),
            _ => None,
        }
    }
}

/// Makes a block of so many `updates` of a file that is mapped in `mode`.
pub fn measure(
    method: &mut dyn UpdateMethod,
    target: &mut Target<'_>,
    mappers: &mut dyn Mappers,
    mode: MapMode,
    updates: usize,
    evictor: &CacheEvictor,
    mut counters: BlockCounters<'_>,
) -> Result<Block, String> {
    let mut block = Block {
        times: Vec::with_capacity(updates),
        mapper_faults: counters.mapper_faults.then_some(0),
        tlb_interrupts: counters.interrupts.is_some().then_some(0.0),
        walks: counters.walks.is_some().then_some([0.0; 2]),
        ..Block::default()
    };
    let block_began = now_ns();
    let mut measured = || -> Result<(), String> {
        for number in 1..=updates {
            method.prepare(target)?;
            if mode == MapMode::Dirty {
                mappers.execute(Command::Store)?;
            }
            if number == updates {
                evictor.evict();
            }
            counters.interrupts();
            counters.walks();
            let faults_before = faults();
            let began = now_ns();
            method.update(target, mappers)?;
            let ended = now_ns();
            let (faulted, interrupts) = (faults() - faults_before, counters.interrupts());
            let walked = counters.walks();
            if counters.mapper_faults {
                mappers.execute(Command::Touch)?;
            }
            block.times.push(ended - began);
            block.writer_faults += faulted;
            // Of what is missing once there is no sum.
            block.tlb_interrupts = block.tlb_interrupts.zip(interrupts).map(|(sum, more)| sum + more);
            block.walks = block.walks.zip(walked).map(|(sum, more)| [sum[0] + more[0], sum[1] + more[1]]);
            block.mapper_faults = block.mapper_faults.zip(mappers.faults()).map(|(sum, more)| sum + more);
            if let Some(command) = method.restore(target, mappers.count())? {
                mappers.execute(command)?;
            }
        }
        Ok(())
    };
    let outcome = measured();
    // The file is put back even after an error: other methods use it too.
    let finished = method.finish(target);
    outcome.and(finished)?;
    // Mappers that store dirty a folio too, which the first sync cleans with the writer's.
    block.cleaned = method.cleaned().filter(|_| mode != MapMode::Dirty);
    block.spent_ns = now_ns() - block_began;
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::update::{NoMappers, Outcome};

    /// Counts what it is asked for, and fails in its third update.
    #[derive(Default)]
    struct Failing {
        updates: u32,
        finished: bool,
    }

    impl UpdateMethod for Failing {
        fn update(&mut self, _: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
            self.updates += 1;
            if self.updates == 3 { Err("broken".to_owned()) } else { Ok(()) }
        }

        fn finish(&mut self, _: &mut Target<'_>) -> Outcome {
            self.finished = true;
            Ok(())
        }
    }

    #[test]
    fn every_update_is_timed_and_the_file_is_put_back_after_an_error() {
        let directory = tempfile::tempdir_in(".").unwrap();
        let mut target = Target::create(&directory.path().join("file"), &[1; 8192], 4096).unwrap();
        let mut method = Failing::default();
        let mut measure = |method: &mut Failing, mapper_faults| {
            let counters = BlockCounters { interrupts: None, walks: None, mapper_faults };
            measure(method, &mut target, &mut NoMappers, MapMode::ReadOnly, 2, &CacheEvictor(vec![]), counters)
        };
        let block = measure(&mut method, true).unwrap();
        assert_eq!((block.times.len(), method.updates), (2, 2));
        assert_eq!((block.mapper_faults, block.tlb_interrupts), (Some(0), None), "counted, and not counted");
        let error = measure(&mut method, false).err();
        assert_eq!((error.as_deref(), method.finished), (Some("broken"), true));
    }
}
