//! A finished run cut into blocks of time, which is what its differences to another run are resampled from.
//! Blocks are long, of several intervals in a long run, because a freeze makes what follows closely on another alike.

use std::path::Path;

use crate::{
    law::{Block, Part},
    record::{Slots, Stall},
    results::{MeasuredFigures, Recorded, Run, latency_blocks},
};

/// About so many blocks, where the timeline has so many intervals.
const BLOCKS: u64 = 40;
/// Where more of the stalled time than this has no record, its course over time is not known.
const WITHOUT_RECORD: f64 = 0.05;

/// A run in blocks of time, all of the same length.
pub struct Blocks {
    /// Readers' response times, nanoseconds.
    pub readers: Latencies,
    /// Commits' response times, nanoseconds.
    pub commits: Latencies,
    /// Operations completed, of those due.
    pub completed: Vec<Part>,
    /// Stalled nanoseconds, of the seconds of the block; or why they are not known.
    pub stalled: Result<Vec<Part>, String>,
}

/// Response times, nanoseconds.
pub struct Latencies {
    /// In blocks of time.
    pub blocks: Vec<Block>,
    /// All of them: values, ascending, and how often they came.
    all: Vec<(u64, u64)>,
}

impl Blocks {
    /// Cuts a run directory.
    ///
    /// # Errors
    /// It is none, or not a whole one.
    pub fn load(directory: &Path) -> anyhow::Result<Blocks> {
        let recorded = Recorded::load(directory)?;
        let (length_ns, count) = grid(recorded.run.summary.measured_ns, recorded.run.scenario.run.interval_ns);
        Ok(Blocks {
            readers: Latencies::new(latency_blocks(directory, "reader", length_ns, count)?),
            commits: Latencies::new(latency_blocks(directory, "writer", length_ns, count)?),
            completed: completed(&recorded.slots, length_ns, count),
            stalled: stalled(&recorded, length_ns, count),
        })
    }

    /// The key figures of the run that these blocks are of.
    pub fn measured(&self, run: &Run) -> MeasuredFigures {
        let summary = &run.summary;
        let (due, completed) =
            (summary.readers.due + summary.writers.due, summary.readers.completed + summary.writers.completed);
        let seconds = summary.measured_ns as f64 / 1e9;
        let stalled = run.recording.is_some() && seconds > 0.0;
        let freezes = run.diagnosis.freezes.iter().map(|freeze| freeze.end_ns - freeze.start_ns);
        MeasuredFigures {
            reader_p50_ns: self.readers.quantile(0.5),
            reader_p99_ns: self.readers.quantile(0.99),
            commit_p50_ns: self.commits.quantile(0.5),
            commit_p99_ns: self.commits.quantile(0.99),
            completed_share: (due > 0).then(|| completed as f64 / due as f64),
            stalled_ns_per_s: stalled.then(|| run.diagnosis.stalled_ns as f64 / seconds),
            longest_freeze_ns: freezes.max().unwrap_or(0),
        }
    }
}

/// Length of a block, nanoseconds, in whole intervals of the timeline; and how many there are. At least 1.
fn grid(measured_ns: u64, interval_ns: u64) -> (u64, usize) {
    let interval_ns = interval_ns.max(1);
    let length_ns = (measured_ns / BLOCKS / interval_ns).max(1) * interval_ns;
    // A remainder belongs to the last block, unless it is most of one.
    let count = (measured_ns + length_ns / 2) / length_ns;
    (length_ns, count.max(1) as usize)
}

fn completed(slots: &Slots, length_ns: u64, count: usize) -> Vec<Part> {
    let mut parts = vec![Part::default(); count];
    for instance in &slots.instances {
        for (place, slot) in instance.iter().enumerate() {
            let part = &mut parts[block_of(place as u64 * slots.width_ns, length_ns, count)];
            part.amount += f64::from(slot.completed);
            part.of += f64::from(slot.due);
        }
    }
    parts
}

/// The time of slow operations, each in the block in which it ended: those that the diagnosis books.
fn stalled(recorded: &Recorded, length_ns: u64, count: usize) -> Result<Vec<Part>, String> {
    let run = &recorded.run;
    let recording = run.recording.as_ref().ok_or("slow operations were not recorded (run.evidence = false)")?;
    let (without, with) = (recording.without_record_ns as f64, run.diagnosis.stalled_ns as f64);
    if without > WITHOUT_RECORD * (with + without) {
        let share = 100.0 * without / (with + without);
        return Err(format!("{share:.0} % of the stalled time has no record of its own: the workers had no room"));
    }
    let seconds = run.summary.measured_ns as f64 / 1e9 / count as f64;
    let mut parts = vec![Part { amount: 0.0, of: seconds }; count];
    let is_slow =
        |stall: &&Stall| stall.end_ns >= 0 && (stall.end_ns - stall.due_ns) as u64 > run.scenario.run.stall_ns;
    for stall in recorded.stalls.iter().filter(is_slow) {
        parts[block_of(stall.end_ns as u64, length_ns, count)].amount += (stall.end_ns - stall.free_ns) as f64;
    }
    Ok(parts)
}

fn block_of(at_ns: u64, length_ns: u64, count: usize) -> usize {
    ((at_ns / length_ns) as usize).min(count - 1)
}

impl Latencies {
    /// From values and how often they came, block by block.
    pub fn new(blocks: Vec<Vec<(u64, u64)>>) -> Latencies {
        let mut all: Vec<(u64, u64)> = blocks.iter().flatten().copied().collect();
        all.sort_unstable();
        Latencies { blocks: blocks.into_iter().map(Block::new).collect(), all }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.all.iter().map(|(_, count)| count).sum()
    }

    /// The value that the share `q` of them does not exceed, nanoseconds; `None`: there are none.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        // Rounded up, as HdrHistogram does; never the zeroth.
        let mut left = ((q * self.count() as f64).ceil() as u64).max(1);
        self.all.iter().find_map(|(value, count)| {
            let found = *count >= left;
            left = left.saturating_sub(*count);
            found.then_some(*value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Slot;

    const MS: u64 = 1_000_000;

    #[test]
    fn blocks_are_whole_intervals_and_cover_the_run() {
        assert_eq!(grid(10_000 * MS, 100 * MS), (200 * MS, 50));
        assert_eq!(grid(1_000 * MS, 100 * MS), (100 * MS, 10));
        assert_eq!(grid(300 * MS, 1000 * MS), (1000 * MS, 1), "interrupted early");
        assert_eq!(grid(10_090 * MS, 100 * MS), (200 * MS, 50), "ended a little late");
        assert_eq!(grid(0, 0).1, 1);
    }

    #[test]
    fn slots_of_all_instances_fall_into_their_blocks() {
        let slot = Slot { due: 2, completed: 1 };
        let slots = Slots { width_ns: MS, instances: vec![vec![slot; 25], vec![slot; 25]] };
        let parts = completed(&slots, 10 * MS, 2);
        assert_eq!(parts[0], Part { amount: 20.0, of: 40.0 });
        assert_eq!(parts[1], Part { amount: 30.0, of: 60.0 });
    }

    #[test]
    fn quantiles_are_those_of_all_blocks_together() {
        let latencies = Latencies::new(vec![vec![(1, 50), (9, 1)], vec![], vec![(3, 48), (2, 1)]]);
        assert_eq!(latencies.count(), 100);
        let at = |q| latencies.quantile(q).unwrap();
        assert_eq!((at(0.0), at(0.5), at(0.51), at(0.99), at(1.0)), (1, 1, 2, 3, 9));
        assert_eq!(Latencies::new(vec![vec![]]).quantile(0.5), None);
    }

    #[test]
    fn a_run_that_was_written_is_read_back_with_the_figures_of_its_summary() {
        let sample =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples/fastmail-150m-6000-read-only-2cpu-linux-6.18");
        let recorded = Recorded::load(&sample).unwrap();
        let blocks = Blocks::load(&sample).unwrap();
        let measured = blocks.measured(&recorded.run);
        let row = recorded.run.summary.rows.iter().find(|row| row.operation == "lookup" && row.series == "response");
        let row = row.unwrap();
        assert_eq!((measured.reader_p50_ns, measured.reader_p99_ns), (Some(row.p50_ns), Some(row.p99_ns)));
        assert_eq!(blocks.readers.count(), row.count);
        let parts = blocks.stalled.unwrap();
        let sum: f64 = parts.iter().map(|part| part.amount).sum();
        let booked = recorded.run.diagnosis.stalled_ns as f64;
        assert!((sum / booked - 1.0).abs() < 0.01, "{sum} of {booked}: the diagnosis books whole microseconds");
    }
}
