//! A run of a what-if, cut into blocks of time: what it is compared by.
//! How long blocks are is in `stats/blocks.rs`.

use std::path::Path;

use crate::{
    conclude::compare::{
        figures::share,
        loaded_run::{LoadedRun, Operation},
    },
    results::{MeasuredFigures, Recorded, Stall, Totals},
    stats::{BlockGrid, Part},
};

/// Where more of the stalled time than this has no record, its distribution over time is not known.
const WITHOUT_RECORD: f64 = 0.05;

pub struct BlockedRun {
    /// All operations of readers, and all commits; `None`: there were none, or no log of them.
    pub readers: Option<Operation>,
    pub commits: Option<Operation>,
    /// Operations of each role that completed, of those due, which are taken to have come due evenly. Empty: none was due.
    pub completed: [Vec<Part>; 2],
    /// How many of each role were due, and how many of those completed.
    pub totals: [Totals; 2],
    /// Nanoseconds in freezes, of those of the block.
    pub frozen: Vec<Part>,
    /// Stalled nanoseconds, of the seconds of the block; or why they are not known.
    pub stalled: Result<Vec<Part>, String>,
    pub measured: MeasuredFigures,
}

impl BlockedRun {
    pub fn load(directory: &Path) -> anyhow::Result<BlockedRun> {
        let recorded = Recorded::load(directory)?;
        let grid = BlockGrid::of(recorded.run.summary.measured_ns, recorded.run.scenario.run.interval_ns);
        let loaded = LoadedRun::load(directory)?;
        let [readers, commits] = [0, 1].map(|role| loaded.of_role(role).cloned());
        let totals = [loaded.run.summary.readers, loaded.run.summary.writers];
        Ok(BlockedRun {
            completed: [0, 1].map(|role| completed(&loaded.completed[role], totals[role])),
            totals,
            stalled: stalled(&recorded, grid),
            measured: measured(&loaded, &readers, &commits),
            frozen: loaded.frozen,
            readers,
            commits,
        })
    }
}

fn measured(loaded: &LoadedRun, readers: &Option<Operation>, commits: &Option<Operation>) -> MeasuredFigures {
    let (run, summary) = (&loaded.run, &loaded.run.summary);
    let seconds = summary.measured_ns as f64 / 1e9;
    let stalled = run.recording.is_some() && seconds > 0.0;
    let quantile =
        |operation: &Option<Operation>, q: f64| operation.as_ref().and_then(|found| found.supported_quantile(q));
    MeasuredFigures {
        reader_p50_ns: quantile(readers, 0.5),
        reader_p99_ns: quantile(readers, 0.99),
        commit_p50_ns: quantile(commits, 0.5),
        commit_p99_ns: quantile(commits, 0.99),
        readers_completed_share: summary.readers.completed_share(),
        commits_completed_share: summary.writers.completed_share(),
        stalled_ns_per_s: stalled.then(|| run.diagnosis.stalled_ns as f64 / seconds),
        // Of no time at all there is no share.
        frozen_share: Some(share(&loaded.frozen)).filter(|share| share.is_finite()),
        longest_freeze_ns: loaded.longest_freeze_ns(),
    }
}

fn completed(parts: &[Part], totals: Totals) -> Vec<Part> {
    let seconds: f64 = parts.iter().map(|part| part.of).sum();
    let share = |part: &Part| Part { of: part.of / seconds * totals.due as f64, ..*part };
    if totals.due == 0 { Vec::new() } else { parts.iter().map(share).collect() }
}

/// The time of slow operations, each in the block in which it ended: those that the diagnosis books.
fn stalled(recorded: &Recorded, grid: BlockGrid) -> Result<Vec<Part>, String> {
    let run = &recorded.run;
    let recording = run.recording.as_ref().ok_or("slow operations were not recorded (run.evidence = false)")?;
    let (without, with) = (recording.without_record_ns as f64, run.diagnosis.stalled_ns as f64);
    if without > WITHOUT_RECORD * (with + without) {
        let share = 100.0 * without / (with + without);
        return Err(format!("{share:.0} % of the stalled time has no record of its own: the workers had no room"));
    }
    let seconds = run.summary.measured_ns as f64 / 1e9 / grid.count as f64;
    let mut parts = vec![Part { amount: 0.0, of: seconds }; grid.count];
    let is_slow =
        |stall: &&Stall| stall.end_ns >= 0 && (stall.end_ns - stall.due_ns) as u64 > run.scenario.run.stall_ns;
    for stall in recorded.stalls.iter().filter(is_slow) {
        parts[grid.block_of(stall.end_ns as u64)].amount += (stall.end_ns - stall.free_ns) as f64;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Row, Series, fixtures};

    #[test]
    fn a_run_that_was_written_is_read_back_with_the_figures_of_its_summary() {
        let sample = fixtures::sample("fastmail-150m-6000-read-only-2cpu-linux-6.18");
        let recorded = Recorded::load(&sample).unwrap();
        let blocked = BlockedRun::load(&sample).unwrap();
        let measured = blocked.measured;
        let is_it = |row: &&Row| row.operation == "lookup" && row.series == Series::Response;
        let row = recorded.run.summary.rows.iter().find(is_it).unwrap();
        assert_eq!((measured.reader_p50_ns, measured.reader_p99_ns), (Some(row.p50_ns), Some(row.p99_ns)));
        assert_eq!(blocked.readers.unwrap().count(), row.count);
        for (parts, totals) in blocked.completed.iter().zip(blocked.totals) {
            let sum = |figure: fn(&Part) -> f64| parts.iter().map(figure).sum::<f64>();
            assert!((sum(|part| part.amount) - totals.completed as f64).abs() < 1e-6);
            assert!((sum(|part| part.of) - totals.due as f64).abs() < 1e-6);
        }
        let parts = blocked.stalled.unwrap();
        let sum: f64 = parts.iter().map(|part| part.amount).sum();
        let booked = recorded.run.diagnosis.stalled_ns as f64;
        assert!((sum / booked - 1.0).abs() < 0.01, "{sum} of {booked}: the diagnosis books whole microseconds");
    }
}
