//! One run as it is compared: `run.json` and the response times, cut into blocks of time.
//! How long blocks are is in `law/blocks.rs`.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use crate::{
    law::{Block, BlockGrid, Counts, Part},
    results::{ComparedRun, LatencyInterval, Machine, Run, responses},
};

/// Readers and writers, by the names they have in the log, and what all their operations together are called, as in objectives.
pub const ROLES: [(&str, &str); 2] = [("reader", "reader"), ("writer", "commit")];

/// A run.
#[derive(Clone, Debug)]
pub struct Side {
    /// Its directory, as it was given.
    pub directory: PathBuf,
    /// `run.json`.
    pub run: Run,
    /// Response times, operation by operation: those of the readers, then those of the writers.
    pub operations: Vec<Operation>,
    /// Operations of each role that ended, of the seconds of each block.
    pub completed: [Vec<Part>; 2],
    /// Nanoseconds in freezes, of those of each block: of several instances the sum of both.
    pub frozen: Vec<Part>,
    /// Begin and length of each interval, nanoseconds, and how many operations of each role ended in it.
    pub course: Vec<(u64, u64, [u64; 2])>,
}

/// The response times of one operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Place of the role in [`ROLES`].
    pub role: usize,
    /// The operation, or the role's name for all of them.
    pub name: String,
    /// In blocks of time, all equally long.
    pub blocks: Vec<Block>,
    /// All of them, nanoseconds.
    pub all: Counts,
}

impl Side {
    /// Reads a run directory: `run.json` and `latency.hlog`, nothing else of it.
    ///
    /// # Errors
    /// One of them is missing or is not what it is to be.
    pub fn load(directory: &Path) -> anyhow::Result<Side> {
        Ok(Side::new(directory, Run::load(directory)?, &responses(directory)?))
    }

    /// The same of what was read already; of the intervals only those of response times count.
    pub fn new(directory: &Path, run: Run, intervals: &[LatencyInterval]) -> Side {
        let intervals: Vec<_> = intervals.iter().filter(|interval| interval.names().2 == "response").collect();
        let grid = BlockGrid::of(run.summary.measured_ns, run.scenario.run.interval_ns);
        let mut operations: Vec<Operation> = Vec::new();
        for (role, (name, all)) in ROLES.into_iter().enumerate() {
            let of_role: Vec<_> = intervals.iter().copied().filter(|interval| interval.names().0 == name).collect();
            let mut names: Vec<&str> = of_role.iter().map(|interval| interval.names().1).collect();
            names.sort_unstable();
            names.dedup();
            for name in &names {
                let of_operation = of_role.iter().copied().filter(|interval| interval.names().1 == *name);
                operations.push(Operation::new(role, name, of_operation, grid));
            }
            if names.len() > 1 {
                operations.push(Operation::new(role, all, of_role.iter().copied(), grid));
            }
        }
        let mut side = Side {
            directory: directory.to_owned(),
            operations,
            completed: [vec![Part::default(); grid.count], vec![Part::default(); grid.count]],
            frozen: frozen(&run, grid),
            course: course(&intervals),
            run,
        };
        side.count_completed(grid);
        side
    }

    fn count_completed(&mut self, grid: BlockGrid) {
        let measured_ns = self.run.summary.measured_ns;
        for (role, parts) in self.completed.iter_mut().enumerate() {
            for (place, part) in parts.iter_mut().enumerate() {
                part.of = (grid.end_of(place, measured_ns) - grid.start_of(place)) as f64 / 1e9;
            }
            for (start_ns, _, completed) in &self.course {
                parts[grid.block_of(*start_ns)].amount += completed[role] as f64;
            }
        }
    }

    /// All operations of a role together; `None`: it has none.
    pub fn of_role(&self, role: usize) -> Option<&Operation> {
        self.operations.iter().rfind(|operation| operation.role == role)
    }

    /// Length of the longest freeze, nanoseconds; 0: there was none.
    pub fn longest_freeze_ns(&self) -> u64 {
        self.run.diagnosis.freezes.iter().map(|freeze| freeze.end_ns - freeze.start_ns).max().unwrap_or(0)
    }

    /// What is kept of it in a comparison.
    pub fn in_short(&self) -> ComparedRun {
        let run = &self.run;
        ComparedRun {
            directory: self.directory.display().to_string(),
            provenance: run.provenance(),
            machine: Machine::of(run),
            scenario: run.scenario.name.clone(),
            scenario_hash: run.scenario_hash.clone(),
            seed: run.scenario.run.seed,
            started: run.started.clone(),
            measured_ns: run.summary.measured_ns,
            complete: run.summary.complete,
            errors: run.summary.errors,
            verdict: run.diagnosis.verdict.as_ref().map(|verdict| verdict.outcome),
        }
    }
}

impl Operation {
    fn new<'i>(
        role: usize,
        name: &str,
        intervals: impl Iterator<Item = &'i LatencyInterval>,
        grid: BlockGrid,
    ) -> Operation {
        let mut blocks: Vec<Vec<(u64, u64)>> = vec![Vec::new(); grid.count];
        for interval in intervals {
            blocks[grid.block_of(interval.start_ns)].extend(&interval.counts);
        }
        let all = Counts::of(blocks.iter().flatten().copied());
        Operation { role, name: name.to_owned(), blocks: blocks.into_iter().map(Block::new).collect(), all }
    }
}

fn frozen(run: &Run, grid: BlockGrid) -> Vec<Part> {
    let instances = run.scenario.instances.count;
    // With several instances, each has its own freezes; those of the whole crowd are the same time again.
    let counts = |instance: Option<u32>| instance.is_some() == (instances > 1);
    let freezes = run.diagnosis.freezes.iter().filter(|freeze| counts(freeze.instance));
    let span = |place: usize| grid.start_of(place)..grid.end_of(place, run.summary.measured_ns);
    let whole = |place| Part { amount: 0.0, of: (span(place).end - span(place).start) as f64 * f64::from(instances) };
    let mut parts: Vec<Part> = (0..grid.count).map(whole).collect();
    for freeze in freezes {
        for (place, part) in parts.iter_mut().enumerate() {
            let Range { start, end } = span(place);
            part.amount += freeze.end_ns.min(end).saturating_sub(freeze.start_ns.max(start)) as f64;
        }
    }
    parts
}

fn course(intervals: &[&LatencyInterval]) -> Vec<(u64, u64, [u64; 2])> {
    let mut course = std::collections::BTreeMap::new();
    for interval in intervals {
        let completed = course.entry((interval.start_ns, interval.length_ns)).or_insert([0; 2]);
        let count: u64 = interval.counts.iter().map(|(_, count)| count).sum();
        if let Some(role) = ROLES.iter().position(|(role, _)| *role == interval.names().0) {
            completed[role] += count;
        }
    }
    course.into_iter().map(|((start, length), completed)| (start, length, completed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str) -> Side {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples").join(name);
        Side::load(&directory).unwrap()
    }

    #[test]
    fn a_run_is_read_back_with_the_figures_of_its_summary() {
        let side = sample("fastmail-150m-6000-2cpu-linux-6.18");
        let names: Vec<_> = side.operations.iter().map(|operation| operation.name.as_str()).collect();
        assert_eq!(
            names,
            ["lookup", "delete", "replace", "store", "commit"],
            "one operation of readers is all of them"
        );
        for row in side.run.summary.rows.iter().filter(|row| row.series == "response") {
            let operation = side.operations.iter().find(|operation| operation.name == row.operation).unwrap();
            assert_eq!(operation.all.count(), row.count, "{}", row.operation);
            assert_eq!(operation.all.quantile(0.99), Some(row.p99_ns));
            assert_eq!(operation.all.quantile(1.0), Some(row.max_ns));
            assert_eq!(operation.blocks.iter().map(Block::count).sum::<u64>(), row.count);
        }
        for (role, totals) in [side.run.summary.readers, side.run.summary.writers].into_iter().enumerate() {
            let sum = |of: fn(&Part) -> f64| side.completed[role].iter().map(of).sum::<f64>();
            assert_eq!(sum(|part| part.amount), totals.completed as f64);
            assert!((sum(|part| part.of) - 10.0).abs() < 1e-6);
        }
        assert_eq!(side.of_role(0).unwrap().name, "lookup");
        assert_eq!(side.of_role(1).unwrap().name, "commit");
    }

    #[test]
    fn freezes_fall_into_the_blocks_that_they_last_through() {
        let mut side = sample("fastmail-150m-6000-2cpu-linux-6.18");
        let freeze = |instance, start_ms: u64, end_ms: u64| crate::results::Freeze {
            instance,
            start_ns: start_ms * 1_000_000,
            end_ns: end_ms * 1_000_000,
            due: 9,
            completed: 0,
            waiting: 9,
            workers: 9,
            bystanders: vec![],
            writer: vec![],
        };
        side.run.diagnosis.freezes = vec![freeze(None, 150, 450), freeze(Some(0), 100, 1100)];
        let parts = frozen(&side.run, BlockGrid { length_ns: 200_000_000, count: 50 });
        let amounts: Vec<f64> = parts.iter().map(|part| part.amount / 1e6).take(4).collect();
        assert_eq!(amounts, [50.0, 200.0, 50.0, 0.0], "with one instance the crowd's freezes are all there is");
        side.run.scenario.instances.count = 2;
        let parts = frozen(&side.run, BlockGrid { length_ns: 200_000_000, count: 50 });
        let share = parts.iter().map(|p| p.amount).sum::<f64>() / parts.iter().map(|p| p.of).sum::<f64>();
        assert!((share - 0.05).abs() < 1e-9, "one of two for 1 of 10 s: {share}");
    }
}
