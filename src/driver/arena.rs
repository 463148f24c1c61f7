//! The memory that driver and workers share, all of it allocated before the first fork.

use nix::unistd::Pid;

use super::noise_probe;
use super::outcome::Role;
use super::worker_main::touch;
use crate::os::affinity;
use crate::os::shared::{Region, Shared};
use crate::scenario::{ReaderOperation, Scenario, WriterOperation};
use crate::shm::{
    PAUSES, PauseLog, ProbeCounters, READER_PHASES, RunControl, STALLS_OF_READER, Series, SharedHistogram, SharedPause,
    SharedSlot, SharedStall, SlotGrid, StallCounts, WRITER_PHASES, WorkerCell,
};

/// Histograms of one shard of readers.
pub const READER_SHARD: usize = ReaderOperation::ALL.len() * Series::count(&READER_PHASES);
/// Operations of both roles.
const OPERATIONS: usize = ReaderOperation::ALL.len() + WriterOperation::ALL.len();
pub const WRITER_SHARD: usize = WriterOperation::ALL.len() * Series::count(&WRITER_PHASES);

pub struct Arena {
    /// One a worker: readers first, then writers.
    pub cells: Shared<WorkerCell>,
    /// Shards of readers' histograms, one after the other.
    pub readers: Shared<SharedHistogram>,
    pub writers: Shared<SharedHistogram>,
    /// Slots of all instances, one after the other.
    pub slots: Shared<SharedSlot>,
    /// How the measured span is cut into slots; it begins at 0 until the start is known.
    pub grid: SlotGrid,
    /// Response times of the control span, a histogram for each shard of readers.
    pub control: Shared<SharedHistogram>,
    /// Ages of operations that never completed: one for every reader operation, then one for every writer operation.
    unfinished: Shared<SharedHistogram>,
    run_control: Shared<RunControl>,
    /// One a worker, in the order of the cells.
    stall_counts: Shared<StallCounts>,
    stalls: Shared<SharedStall>,
    /// Records of each reader, and of each writer.
    room: [usize; 2],
    readers_count: usize,
    probes: Shared<ProbeCounters>,
    pauses: Shared<SharedPause>,
}

/// Memory for the records of all readers' slow operations, and of all writers' commits, unless the least of each needs more.
const RECORD_BYTES: [usize; 2] = [2 << 20, 64 << 20];
/// Records of one reader, and of one writer: at least.
const LEAST_RECORDS: [usize; 2] = [STALLS_OF_READER, 64];
/// And at most.
const MOST_RECORDS: usize = 4096;

fn room(scenario: &Scenario) -> [usize; 2] {
    if !scenario.run.evidence {
        return [0, 0];
    }
    let workers = [scenario.readers.count, scenario.writers_total()];
    std::array::from_fn(|role| {
        let records = RECORD_BYTES[role] / size_of::<SharedStall>() / workers[role].max(1) as usize;
        records.clamp(LEAST_RECORDS[role], MOST_RECORDS)
    })
}

/// Records of slow operations and commits of all workers, at most.
pub fn stall_records(scenario: &Scenario) -> usize {
    let [reader, writer] = room(scenario);
    scenario.readers.count as usize * reader + scenario.writers_total() as usize * writer
}

/// Enough shards that two CPUs seldom add to the same one; each costs a few hundred KiB and is summed every interval.
fn shards() -> usize {
    let cpus = affinity::cpus_allowed().map_or(1, |cpus| cpus as usize);
    (2 * cpus).clamp(2, 64)
}

impl Arena {
    pub fn new(scenario: &Scenario) -> nix::Result<Arena> {
        Region::filled_by(|region| Arena::within(region, scenario))
    }

    /// Bytes that [`Arena::new`] would allocate.
    pub fn bytes_for(scenario: &Scenario) -> u64 {
        Region::bytes_of(|region| Arena::within(region, scenario)).map_or(u64::MAX, |bytes| bytes as u64)
    }

    /// What every worker maps comes first, so that it lies in few pages of page tables.
    fn within(region: &Region, scenario: &Scenario) -> nix::Result<Arena> {
        let grid = SlotGrid::over(scenario.run.duration_ns, scenario.instances.count);
        Ok(Arena {
            run_control: region.zeroed(1)?,
            cells: region.zeroed(scenario.workers_total() as usize)?,
            readers: region.zeroed(READER_SHARD * shards())?,
            slots: region.zeroed(grid.length * scenario.instances.count as usize)?,
            stall_counts: region.zeroed(scenario.workers_total() as usize)?,
            control: region.zeroed(shards())?,
            unfinished: region.zeroed(OPERATIONS)?,
            writers: region.zeroed(WRITER_SHARD)?,
            probes: region.zeroed(noise_probe::NAMES.len())?,
            pauses: region.zeroed(noise_probe::NAMES.len() * PAUSES)?,
            stalls: region.zeroed(stall_records(scenario))?,
            grid,
            room: room(scenario),
            readers_count: scenario.readers.count as usize,
        })
    }

    pub fn run_control(&self) -> &RunControl {
        &self.run_control[0]
    }

    /// Workers that are further than `stall_ns` behind the intended start of their operation, by row, with their process or thread.
    pub fn stalled(&self, now_ns: u64, stall_ns: u64) -> impl Iterator<Item = (usize, Pid)> {
        let stalled = self.cells.iter().enumerate().filter(move |(_, cell)| cell.late_ns(now_ns) > stall_ns);
        stalled.filter_map(|(row, cell)| Some((row, cell.task()?)))
    }

    pub fn reader_histograms(&self, number: u32) -> &[SharedHistogram] {
        let shard = number as usize % (self.readers.len() / READER_SHARD);
        &self.readers[shard * READER_SHARD..][..READER_SHARD]
    }

    pub fn control_histogram(&self, number: u32) -> &SharedHistogram {
        &self.control[number as usize % self.control.len()]
    }

    /// Ages of a role's operations that never completed, one histogram for every operation.
    pub fn unfinished(&self, role: Role) -> &[SharedHistogram] {
        let (readers, writers) = self.unfinished.split_at(ReaderOperation::ALL.len());
        if role == Role::Reader { readers } else { writers }
    }

    pub fn stalls_of(&self, row: usize) -> (&[SharedStall], &StallCounts) {
        let [reader, writer] = self.room;
        let records = match row.checked_sub(self.readers_count) {
            None => &self.stalls[row * reader..][..reader],
            Some(number) => &self.stalls[self.readers_count * reader + number * writer..][..writer],
        };
        (records, &self.stall_counts[row])
    }

    /// Gets the memory of all records, so that whoever is slow later does not wait for any.
    pub fn touch_records(&self) {
        touch(&self.stalls, SharedStall::touch);
    }

    pub fn pause_log(&self, probe: usize) -> PauseLog<'_> {
        PauseLog::new(&self.probes[probe], &self.pauses[probe * PAUSES..][..PAUSES])
    }

    pub fn readers_are_alone(&self, readers: u32) -> bool {
        readers as usize <= self.readers.len() / READER_SHARD
    }

    pub fn slots_of(&self, instance: usize) -> &[SharedSlot] {
        &self.slots[instance * self.grid.length..][..self.grid.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::small_scenario;

    #[test]
    fn every_worker_has_records_of_its_own() {
        let arena = Arena::new(&small_scenario("[instances]\ncount = 2\n[readers]\ncount = 3\n")).unwrap();
        let rooms: Vec<_> = (0..arena.cells.len()).map(|row| arena.stalls_of(row).0.as_ptr_range()).collect();
        assert!(rooms.iter().take(3).all(|room| room.end > room.start), "readers have room");
        assert!(rooms.windows(2).all(|pair| pair[0].end == pair[1].start), "one after the other");
        assert_eq!(rooms.last().unwrap().end, arena.stalls.as_ptr_range().end, "and all of it");
        let few = |count: u32| room(&small_scenario(&format!("[readers]\ncount = {count}\n")))[0];
        assert_eq!((few(1), few(6000)), (MOST_RECORDS, STALLS_OF_READER));
        assert!(few(200) > STALLS_OF_READER && few(200) < few(100));
    }
}
