//! What is compared of a run, or of repeats of it one behind the other: quantiles are resampled once, and compared with many.
//! Repeats laid end to end are one long run; how they differ among each other is only seen as far as blocks differ.

use super::loaded_run::{LoadedRun, Operation};
use crate::{
    conclude::{claim::supports, in_order::unique},
    results::{ComparedFigure, Summary, Totals},
    stats::{Counts, Part, Resampled, effective_at},
};

#[derive(Clone, Debug)]
pub struct ResampledRun {
    /// Of what it is drawn by; that of another run only if both are paired.
    pub seed: u64,
    /// Of each operation, and of each role that has several.
    pub operations: Vec<ResampledOperation>,
    /// Operations of each role that ended, of the seconds of each block.
    pub completed: [Vec<Part>; 2],
    /// Due and completed of each role, in all of its runs; `None`: one of them had no schedule.
    pub scheduled: [Option<[u64; 2]>; 2],
    pub frozen: Vec<Part>,
    /// How many freezes there were, and the longest, nanoseconds.
    pub freezes: (u64, u64),
    /// The shortest span that counts as one, nanoseconds.
    pub least_freeze_ns: u64,
    pub failures: u64,
    pub measured_ns: u64,
    pub left_out: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ResampledOperation {
    pub role: usize,
    /// The operation, or `reader` or `commit` for all of the role.
    pub name: String,
    pub count: u64,
    /// Their percentiles, nanoseconds, as [`ComparedFigure::PERCENTILES`]; those that too few values support are left out.
    pub percentiles: Vec<u64>,
    /// The effective sample size of each percentile.
    pub effective: Vec<Option<f64>>,
    /// `None`: the run is too short.
    pub resampled: Option<Resampled>,
}

impl ResampledRun {
    /// Resamples; paired runs that are compared with each other need the same seed, all others different ones. Repeats must have the same
    /// operations.
    pub fn of(sides: &[&LoadedRun], seed: u64) -> ResampledRun {
        let operations = sides.iter().flat_map(|side| &side.operations);
        let names = unique(operations.map(|operation| (operation.role, operation.name.as_str())));
        let resampled = |(role, name): &(usize, &str)| {
            let wanted = |operation: &&Operation| operation.role == *role && operation.name == *name;
            let parts: Vec<&Operation> = sides.iter().filter_map(|side| side.operations.iter().find(wanted)).collect();
            ResampledOperation::of(&parts, seed)
        };
        let freezes: u64 = sides.iter().map(|side| side.run.diagnosis.freezes.len() as u64).sum();
        let sum = |figure: fn(&Summary) -> u64| sides.iter().map(|side| figure(&side.run.summary)).sum();
        ResampledRun {
            seed,
            operations: names.iter().map(resampled).collect(),
            completed: [0, 1].map(|role| sides.iter().flat_map(|side| side.completed[role].iter().copied()).collect()),
            scheduled: [0, 1].map(|role| {
                let totals = sides.iter().map(|side| side.scheduled(role)).collect::<Option<Vec<_>>>()?;
                let sum = |figure: fn(&Totals) -> u64| totals.iter().map(figure).sum();
                Some([sum(|totals| totals.due), sum(|totals| totals.completed)])
            }),
            frozen: sides.iter().flat_map(|side| side.frozen.iter().copied()).collect(),
            freezes: (freezes, sides.iter().map(|side| side.longest_freeze_ns()).max().unwrap_or(0)),
            least_freeze_ns: sides.iter().map(|side| side.run.scenario.run.freeze_ns).min().unwrap_or(0),
            failures: sum(|summary| summary.errors),
            measured_ns: sum(|summary| summary.measured_ns),
            left_out: sides.iter().find_map(|side| side.left_out.clone()),
        }
    }

    pub fn is_paired_with(&self, other: &ResampledRun) -> bool {
        self.seed == other.seed
    }

    pub fn operation(&self, role: usize, name: &str) -> Option<&ResampledOperation> {
        self.operations.iter().find(|operation| operation.role == role && operation.name == name)
    }
}

impl ResampledOperation {
    fn of(parts: &[&Operation], seed: u64) -> ResampledOperation {
        let blocks: Vec<_> = parts.iter().flat_map(|part| part.blocks.iter().cloned()).collect();
        let all = Counts::of(parts.iter().flat_map(|part| part.all.values().iter().copied()));
        // Percentiles of several runs cannot be made from those of each.
        let row = if let [part] = parts { part.row.clone() } else { None };
        let whole = Operation { role: parts[0].role, name: parts[0].name.clone(), blocks, all, row };
        let count = whole.count();
        let quantiles = ComparedFigure::PERCENTILES.iter().filter_map(|figure| figure.quantile());
        let quantiles: Vec<f64> = quantiles.filter(|q| supports(count, *q)).collect();
        let percentiles: Vec<u64> = quantiles.iter().filter_map(|q| whole.quantile(*q)).collect();
        ResampledOperation {
            effective: percentiles.iter().map(|value| effective_at(&whole.blocks, *value)).collect(),
            resampled: Resampled::new(&whole.blocks, &quantiles, seed),
            role: whole.role,
            name: whole.name,
            count,
            percentiles,
        }
    }
}
