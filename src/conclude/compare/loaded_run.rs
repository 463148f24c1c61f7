//! One run as it is compared: `run.json` and the response times, cut into blocks of time.
//! How long blocks are is in `stats/blocks.rs`.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};

use hdrhistogram::Histogram;

use crate::{
    conclude::{claim::supports, in_order::grouped},
    results::{ComparedRun, LatencyInterval, Machine, Role, Row, Run, Series, Totals, responses, total},
    scenario::Scenario,
    stats::{Block, BlockGrid, Counts, Part},
};

/// Readers and writers, by the names they have in the log, and what all their operations together are called, as in objectives.
pub const ROLES: [(Role, &str); 2] = [(Role::Reader, "reader"), (Role::Writer, "commit")];

#[derive(Clone, Debug)]
pub struct LoadedRun {
    pub directory: PathBuf,
    pub run: Run,
    /// Response times, operation by operation: those of the readers, then those of the writers.
    pub operations: Vec<Operation>,
    /// The ages of operations that never completed, by `role.operation.unfinished`.
    pub unfinished: BTreeMap<String, Histogram<u64>>,
    /// Operations of each role that ended, of the seconds of each block.
    pub completed: [Vec<Part>; 2],
    /// Nanoseconds in freezes, of those of each block: of several instances the sum of both.
    pub frozen: Vec<Part>,
    /// That the log of latencies was left out: then the figures are those of `run.json`, of the whole run and without intervals.
    pub left_out: Option<String>,
    /// Begin and length of each interval, nanoseconds, and how many operations of each role ended in it.
    pub time_series: Vec<(u64, u64, [u64; 2])>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    pub role: usize,
    pub name: String,
    pub blocks: Vec<Block>,
    /// All of them, nanoseconds.
    pub all: Counts,
    /// All that is known of them, if the log was left out.
    pub row: Option<Row>,
}

impl LoadedRun {
    /// Reads a run directory: `run.json` and `latency.hlog`, nothing else of it.
    pub fn load(directory: &Path) -> anyhow::Result<LoadedRun> {
        LoadedRun::read(directory, true)
    }

    /// The same without response times in blocks, which only resampling needs: a thousand such runs fit into memory, and are read sooner.
    pub fn load_without_blocks(directory: &Path) -> anyhow::Result<LoadedRun> {
        LoadedRun::read(directory, false)
    }

    fn read(directory: &Path, in_blocks: bool) -> anyhow::Result<LoadedRun> {
        let run = Run::load(directory)?;
        Ok(match responses(directory, &run)? {
            Ok(intervals) => LoadedRun::of(directory, run, &intervals, in_blocks),
            Err(left_out) => LoadedRun::without_log(directory, run, left_out),
        })
    }

    fn without_log(directory: &Path, run: Run, left_out: String) -> LoadedRun {
        let side = LoadedRun::new(directory, run, &[]);
        let summary = &side.run.summary;
        let seconds = (summary.measured_ns as f64 / 1e9).max(1e-9);
        let completed = [summary.readers, summary.writers];
        let mut operations = Vec::new();
        for (role, (name, _)) in ROLES.into_iter().enumerate() {
            let responses = summary.rows.iter().filter(|row| row.role == name && row.series == Series::Response);
            operations.extend(responses.map(|row| {
                let without_values = Operation::of_blocks(role, &row.operation, Vec::new());
                Operation { row: Some(row.clone()), ..without_values }
            }));
        }
        LoadedRun {
            completed: completed.map(|totals| vec![Part { amount: totals.completed as f64, of: seconds }]),
            operations,
            left_out: Some(left_out),
            ..side
        }
    }

    /// The same of what was read already; of the intervals only those of response times count.
    pub fn new(directory: &Path, run: Run, intervals: &[LatencyInterval]) -> LoadedRun {
        LoadedRun::of(directory, run, intervals, true)
    }

    fn of(directory: &Path, run: Run, intervals: &[LatencyInterval], in_blocks: bool) -> LoadedRun {
        let responses = intervals.iter().filter_map(|interval| match interval.names() {
            Some((role, operation, Series::Response)) => Some((role, operation, interval)),
            _ => None,
        });
        let responses: Vec<(Role, &str, &LatencyInterval)> = responses.collect();
        let grid = BlockGrid::of(run.summary.measured_ns, run.scenario.run.interval_ns);
        let in_blocks = in_blocks.then_some(grid);
        let mut operations: Vec<Operation> = Vec::new();
        for (role, (name, all)) in ROLES.into_iter().enumerate() {
            let of_role = || responses.iter().filter(|(role, ..)| *role == name);
            let mut by_name = grouped(of_role().map(|(_, operation, interval)| (*operation, *interval)));
            by_name.sort_unstable_by_key(|(name, _)| *name);
            operations.extend(by_name.iter().map(|(name, intervals)| Operation::new(role, name, intervals, in_blocks)));
            if by_name.len() > 1 {
                let all_of_role: Vec<_> = of_role().map(|(.., interval)| *interval).collect();
                operations.push(Operation::new(role, all, &all_of_role, in_blocks));
            }
        }
        let time_series = time_series(&responses);
        let seconds = |block| (grid.end_of(block, run.summary.measured_ns) - grid.start_of(block)) as f64 / 1e9;
        let completed = [0, 1].map(|role| {
            let mut parts: Vec<Part> = (0..grid.count).map(|block| Part { amount: 0.0, of: seconds(block) }).collect();
            for (start_ns, _, completed) in &time_series {
                parts[grid.block_of(*start_ns)].amount += completed[role] as f64;
            }
            parts
        });
        let (directory, frozen) = (directory.to_owned(), frozen(&run, grid));
        let ages = intervals.iter().filter(|line| matches!(line.names(), Some((.., Series::Unfinished))));
        let unfinished = total(ages).into_iter().map(|(tag, ages)| (tag.to_owned(), ages)).collect();
        LoadedRun { directory, operations, unfinished, completed, frozen, left_out: None, time_series, run }
    }

    /// All operations of a role together; `None`: it has none, or of several kinds no figure together is known.
    pub fn of_role(&self, role: usize) -> Option<&Operation> {
        let mut of_role = self.operations.iter().filter(|operation| operation.role == role);
        let is_alone = of_role.clone().count() == 1;
        of_role.rfind(|operation| is_alone || operation.row.is_none())
    }

    /// What was scheduled of a role and what completed; `None`: it ran in a closed loop, or nothing was due.
    pub fn scheduled(&self, role: usize) -> Option<Totals> {
        let (scenario, summary) = (&self.run.scenario, &self.run.summary);
        let roles = [(&scenario.readers.arrivals, summary.readers), (&scenario.writer.arrivals, summary.writers)];
        let (arrivals, totals) = roles[role];
        (arrivals.rate_per_s().is_some() && totals.due > 0).then_some(totals)
    }

    pub fn is_same_as(&self, other: &LoadedRun) -> bool {
        self.run == other.run && self.operations == other.operations
    }

    /// Whether blocks of the two are pairs: of one result, or of an open loop with the same operations due at the same moments, which follow
    /// from the seed, over as many blocks.
    pub fn is_paired_with(&self, other: &LoadedRun) -> bool {
        let due = |side: &LoadedRun| {
            let Scenario { run, instances, readers, writer, .. } = &side.run.scenario;
            let arrivals = [readers.arrivals, writer.arrivals];
            (*run, instances.count, [readers.count, writer.count], readers.ramp, arrivals, side.frozen.len())
        };
        let has_schedule = [0, 1].iter().any(|role| self.scheduled(*role).is_some());
        self.is_same_as(other) || has_schedule && self.left_out.is_none() && due(self) == due(other)
    }

    /// Length of the longest freeze, nanoseconds; 0: there was none.
    pub fn longest_freeze_ns(&self) -> u64 {
        self.run.diagnosis.longest_freeze_ns().unwrap_or(0)
    }

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
    fn new(role: usize, name: &str, intervals: &[&LatencyInterval], in_blocks: Option<BlockGrid>) -> Operation {
        let Some(grid) = in_blocks else {
            let all = total(intervals.iter().copied());
            let values = all.values().flat_map(|tag| tag.iter_recorded());
            let all = Counts::of(values.map(|value| (value.value_iterated_to(), value.count_at_value())));
            return Operation { role, name: name.to_owned(), blocks: Vec::new(), all, row: None };
        };
        let mut blocks: Vec<Vec<(u64, u64)>> = vec![Vec::new(); grid.count];
        for interval in intervals {
            blocks[grid.block_of(interval.start_ns)].extend(&interval.counts);
        }
        Operation::of_blocks(role, name, blocks)
    }

    /// From values and how often they came, block by block.
    pub fn of_blocks(role: usize, name: &str, blocks: Vec<Vec<(u64, u64)>>) -> Operation {
        let blocks: Vec<Block> = blocks.into_iter().map(Block::of).collect();
        let all = Counts::of(blocks.iter().flat_map(|block| block.values().iter().copied()));
        Operation { role, name: name.to_owned(), blocks, all, row: None }
    }

    pub fn count(&self) -> u64 {
        self.row.as_ref().map_or_else(|| self.all.count(), |row| row.count)
    }

    /// The quantile, where enough values support it.
    pub fn supported_quantile(&self, q: f64) -> Option<u64> {
        self.quantile(q).filter(|_| supports(self.count(), q))
    }

    /// The value that the share `q` of them does not exceed; `None`: not known.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        self.row.as_ref().map_or_else(|| self.all.quantile(q), |row| row.quantile(q))
    }
}

fn frozen(run: &Run, grid: BlockGrid) -> Vec<Part> {
    let instances = run.scenario.instances.count;
    // With several instances, each has its own freezes; those of all instances together are the same time again.
    let counts = |instance: Option<u32>| instance.is_some() == (instances > 1);
    let freezes = run.diagnosis.freezes.iter().filter(|freeze| freeze.role.is_none() && counts(freeze.instance));
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

fn time_series(responses: &[(Role, &str, &LatencyInterval)]) -> Vec<(u64, u64, [u64; 2])> {
    let mut time_series = BTreeMap::new();
    for (role, _, interval) in responses {
        let completed = time_series.entry((interval.start_ns, interval.length_ns)).or_insert([0; 2]);
        if let Some(role) = ROLES.iter().position(|(known, _)| known == role) {
            completed[role] += interval.counts.iter().map(|(_, count)| count).sum::<u64>();
        }
    }
    time_series.into_iter().map(|((start, length), completed)| (start, length, completed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{
        Freeze,
        fixtures::{self, freeze},
    };

    fn sample(name: &str) -> LoadedRun {
        LoadedRun::load(&fixtures::sample(name)).unwrap()
    }

    #[test]
    fn a_run_is_read_back_with_the_figures_of_its_summary() {
        let side = sample("fastmail-150m-6000-2cpu-linux-6.18");
        let names: Vec<_> = side.operations.iter().map(|operation| operation.name.as_str()).collect();
        // One operation of readers is all of them.
        assert_eq!(names, ["lookup", "delete", "replace", "store", "commit"]);
        for row in side.run.summary.rows.iter().filter(|row| row.series == Series::Response) {
            let operation = side.operations.iter().find(|operation| operation.name == row.operation).unwrap();
            assert_eq!(operation.all.count(), row.count, "{}", row.operation);
            assert_eq!(operation.all.quantile(0.99), Some(row.p99_ns));
            assert_eq!(operation.all.quantile(1.0), Some(row.max_ns));
            assert_eq!(operation.blocks.iter().map(Block::count).sum::<u64>(), row.count);
        }
        for (role, totals) in [side.run.summary.readers, side.run.summary.writers].into_iter().enumerate() {
            let sum = |figure: fn(&Part) -> f64| side.completed[role].iter().map(figure).sum::<f64>();
            assert_eq!(sum(|part| part.amount), totals.completed as f64);
            assert!((sum(|part| part.of) - 10.0).abs() < 1e-6);
        }
        assert_eq!(side.of_role(0).unwrap().name, "lookup");
        assert_eq!(side.of_role(1).unwrap().name, "commit");
    }

    #[test]
    fn freezes_fall_into_the_blocks_that_they_last_through() {
        let mut side = sample("fastmail-150m-6000-2cpu-linux-6.18");
        let of_instance = Freeze { instance: Some(0), ..freeze(100, 1100) };
        side.run.diagnosis.freezes = vec![freeze(150, 450), of_instance];
        let parts = frozen(&side.run, BlockGrid { length_ns: 200_000_000, count: 50 });
        let amounts: Vec<f64> = parts.iter().map(|part| part.amount / 1e6).take(4).collect();
        // With one instance the freezes of all instances are all there is.
        assert_eq!(amounts, [50.0, 200.0, 50.0, 0.0]);
        side.run.scenario.instances.count = 2;
        let parts = frozen(&side.run, BlockGrid { length_ns: 200_000_000, count: 50 });
        let share = parts.iter().map(|p| p.amount).sum::<f64>() / parts.iter().map(|p| p.of).sum::<f64>();
        assert!((share - 0.05).abs() < 1e-9, "one of two for 1 of 10 s: {share}");
    }
}
