//! The memory that driver and workers share: cells, histograms, slots, and the baton.
//! All of it is allocated before the first fork.

use crate::{
    os::shared::Shared,
    record::{Baton, READER_PHASES, Series, SharedHistogram, SharedSlot, SlotGrid, WRITER_PHASES, WorkerCell},
    scenario::{ReaderOperation, Scenario, WriterOperation},
};

/// Histograms of one shard of readers.
pub const READER_SHARD: usize = ReaderOperation::ALL.len() * Series::count(&READER_PHASES);
/// Histograms of the writers.
pub const WRITER_SHARD: usize = WriterOperation::ALL.len() * Series::count(&WRITER_PHASES);

/// Shared by driver and workers.
pub struct Arena {
    /// One a worker: readers first, then writers.
    pub cells: Shared<WorkerCell>,
    /// Shards of readers' histograms, one behind the other.
    pub readers: Shared<SharedHistogram>,
    /// Writers' histograms.
    pub writers: Shared<SharedHistogram>,
    /// Slots of all instances, one behind the other.
    pub slots: Shared<SharedSlot>,
    /// How the measured span is cut into slots; it begins at 0 until the start is known.
    pub grid: SlotGrid,
    baton: Shared<Baton>,
}

/// Enough shards that two CPUs seldom add to the same one; each costs a few hundred KiB and is summed every interval.
fn shards() -> usize {
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (2 * cpus).min(64)
}

impl Arena {
    /// Zeroed memory for the crowd of `scenario`.
    pub fn new(scenario: &Scenario) -> nix::Result<Arena> {
        let grid = SlotGrid::over(scenario.run.duration_ns, scenario.instances.count);
        Ok(Arena {
            cells: Shared::zeroed(scenario.workers_total() as usize)?,
            readers: Shared::zeroed(READER_SHARD * shards())?,
            writers: Shared::zeroed(WRITER_SHARD)?,
            slots: Shared::zeroed(grid.length * scenario.instances.count as usize)?,
            grid,
            baton: Shared::zeroed(1)?,
        })
    }

    /// Bytes that [`Arena::new`] would allocate.
    pub fn bytes_for(scenario: &Scenario) -> u64 {
        let grid = SlotGrid::over(scenario.run.duration_ns, scenario.instances.count);
        let cells = u64::from(scenario.workers_total()) * size_of::<WorkerCell>() as u64;
        let histograms = (READER_SHARD * shards() + WRITER_SHARD) as u64 * size_of::<SharedHistogram>() as u64;
        let slots = grid.length as u64 * u64::from(scenario.instances.count) * size_of::<SharedSlot>() as u64;
        cells + histograms + slots
    }

    /// The baton.
    pub fn baton(&self) -> &Baton {
        &self.baton[0]
    }

    /// The histograms that reader `number` adds to.
    pub fn reader_histograms(&self, number: u32) -> &[SharedHistogram] {
        let shard = number as usize % (self.readers.len() / READER_SHARD);
        &self.readers[shard * READER_SHARD..][..READER_SHARD]
    }

    /// Whether every reader has a shard to itself.
    pub fn readers_are_alone(&self, readers: u32) -> bool {
        readers as usize <= self.readers.len() / READER_SHARD
    }

    /// The slots of an instance.
    pub fn slots_of(&self, instance: usize) -> &[SharedSlot] {
        &self.slots[instance * self.grid.length..][..self.grid.length]
    }
}
