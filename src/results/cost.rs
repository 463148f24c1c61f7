//! The cost models of a machine, as `cost.json` keeps it: one row for every update method × open mode × write size × directory, and of
//! commits for every format of the file.
//! Emulated methods are marked; there are no predictions in it. Next to it is `blocks.csv` with every block behind it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Availability, Environment, Provenance, RunDirectory, SyncWalks, TracedWalks, commits::is_commit, run_files::file,
};
use crate::{
    mailboxes::Format,
    os::escape::cell,
    scenario::{MapMode, ReadPattern},
    stats::{CostModel, Estimate},
};

/// All of `cost.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// The machine; `file_system` is that of the first directory.
    pub environment: Environment,
    /// The file of scripts/probe/probe.c's lines that this was made of: it was measured elsewhere. `null`: by mapstorm itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<PathBuf>,
    /// What was asked for.
    pub plan: CostPlan,
    /// From the first fork until every mapper had its files mapped and read, nanoseconds; 0 for threads, which are started
    /// again for every round.
    pub ready_ns: u64,
    /// Time spent on measuring, nanoseconds: within the budget.
    pub measured_ns: u64,
    /// Rounds that were begun; a cell that is precise enough takes no part in later ones.
    pub rounds: u32,
    /// False if it was interrupted, mappers were lost, or anything else went wrong after measuring began.
    pub complete: bool,
    /// What else went wrong.
    #[serde(default)]
    pub incomplete_because: Vec<String>,
    /// Mappers that died, by name and cause: nothing was measured after that.
    pub lost_mappers: Vec<String>,
    /// The cost of asking all mappers to do something and waiting for their answers, nanoseconds: part of `remap` and `replace`, in
    /// which mappers take part. `null`: not measured, because no such method was.
    pub asking: Option<CostModel>,
    /// The rows.
    pub rows: Vec<CostRow>,
}

/// What a cost experiment was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostPlan {
    /// Whose mappings: processes, or threads of one process.
    pub mappers: MapperKind,
    /// The numbers of mappers that were measured, rising from 0.
    pub levels: Vec<u32>,
    /// What mappers did meanwhile.
    pub read_pattern: ReadPattern,
    /// If they read: reads a second of all processes together. Threads read without a pause: one that sleeps is interrupted by
    /// nothing.
    pub reads_per_s: f64,
    /// Whether every mapper had run on every CPU before.
    pub visited_cpus: bool,
    /// The database that the file is a copy of; `null`: it was generated.
    #[serde(default)]
    pub source: Option<PathBuf>,
    /// Format of the file; of several the first.
    pub format: Format,
    /// Bytes of the file; those of other formats are about as large.
    pub file_bytes: u64,
    /// Time for all of it, nanoseconds.
    pub budget_ns: u64,
    /// For `stop-mappers`: the stop time without any mapper, and what each mapper adds, nanoseconds.
    pub stop_time_ns: [f64; 2],
    /// The system whose figures these are.
    pub stop_time_of: String,
    /// Seed of all orders.
    pub seed: u64,
}

/// What a mapper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum MapperKind {
    /// A process, with one mapping of its own.
    Processes,
    /// A thread; all share one mapping, and the writer is one of them.
    Threads,
}

/// One update method under one set of conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostRow {
    /// The update method. `commit` of earlier versions replaced a record, and is read as `commit-replace`.
    #[serde(deserialize_with = "super::commits::method")]
    pub method: String,
    /// Whether it imitates another system: then its time is no property of this one.
    pub emulated: bool,
    /// Format of the file where several were measured. `null`: that of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// How mappers had the file mapped.
    pub mode: MapMode,
    /// Bytes per `write(2)` that the file was made with.
    pub write_size: u64,
    /// Size of the folio that holds the page, as the kernel had it, bytes.
    pub folio_bytes: Availability<u64>,
    /// Where the file was.
    pub directory: PathBuf,
    /// On which file system.
    pub file_system: Availability<String>,
    /// What was measured, or why the method does not exist here.
    pub outcome: CostOutcome,
}

/// A measured cost model, or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostOutcome {
    /// Measured.
    Measured(Box<Measurement>),
    /// The system or the file system has no such method, or it cannot be measured so: why.
    Unsupported(String),
    /// It exists, but the time did not suffice: why there is no cost model.
    Unfinished(String),
}

/// A block of updates, as `blocks.csv` keeps it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostBlock {
    /// Its row in `cost.rows`.
    pub row: usize,
    /// Its round, from 0.
    pub round: u32,
    /// Mappers of the file.
    pub mappers: u32,
    /// Time of its last update, which found the caches full of something else, nanoseconds.
    pub apart_ns: f64,
    /// Typical time of those between the first and the last (of the last, if there are none), nanoseconds.
    pub following_ns: f64,
}

/// One measured cost model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measurement {
    /// Time of one update, nanoseconds, of updates that follow each other: base + per mapper · mappers, or by points where that line fails.
    /// The intervals are 95 % prediction intervals.
    pub cost_model: CostModel,
    /// The same of updates that find the processor's caches full of something else, as on a machine with other work in between. From
    /// single updates, so with wider intervals.
    pub apart: CostModel,
    /// Times of those single updates as multiples of the median with as many mappers: 33 evenly spaced quantiles (1.5 %, 4.5 % and so on
    /// up to 98.5 %), rising. Empty: the result is of before this was kept.
    #[serde(default)]
    pub spread: Vec<f64>,
    /// Whether mappers add next to nothing: with the most of them, even the far end of the slope's interval is less than a
    /// twentieth of the base.
    pub flat: bool,
    /// Whether the experiment itself knows the slope to ± 5 % (or the model is flat); the stated interval is wider, see docs/cost.md.
    pub precise: bool,
    /// What was seen at each number of mappers.
    pub levels: Vec<CostLevel>,
    /// Pages that one update makes the kernel look at in each mapper: those of the folios that it changed, synced or freed. Of commits
    /// counted, of others worked out from the size of the folio; unavailable where that is.
    pub pages_per_mapper: Availability<f64>,
    /// Of commits: what their syncs clean, counted. `null`: not counted, because the method is no commit, mappers are threads or write as
    /// well, or the version did not count.
    #[serde(default)]
    pub sync_walks: Option<SyncWalks>,
    /// Walks that were traced, in the first round.
    #[serde(default = "Availability::<TracedWalks>::not_recorded")]
    pub traced_walks: Availability<TracedWalks>,
    /// Page faults that each mapper took when it next read the page, per update.
    pub mapper_faults_per_update: Availability<f64>,
}

/// What was seen at one number of mappers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostLevel {
    /// Mappers.
    pub mappers: u32,
    /// Updates that were timed.
    pub updates: u64,
    /// Median of the blocks' medians, of updates that follow each other, nanoseconds.
    pub median_ns: f64,
    /// Median of those that found the caches full of something else, nanoseconds.
    pub apart_ns: f64,
    /// The fastest update, nanoseconds.
    pub least_ns: u64,
    /// The slowest, nanoseconds.
    pub most_ns: u64,
    /// Page faults of the writer, per update; `null`: the system does not count them.
    pub writer_faults_per_update: Option<f64>,
    /// TLB shootdown interrupts that all CPUs received (illumos: cross calls that all CPUs sent), per update; `null`: unavailable on this machine.
    pub tlb_interrupts_per_update: Option<f64>,
}

impl Cost {
    /// Formats of the files, the plan's first.
    pub fn formats(&self) -> Vec<Format> {
        let mut formats = vec![self.plan.format];
        for format in self.rows.iter().filter_map(|row| row.format) {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        formats
    }

    /// Where the figures of one of its rows come from. Those of an emulated machine are no property of a real one.
    pub fn provenance_of(&self, row: &CostRow) -> Provenance {
        match self.imported_from {
            Some(_) => Provenance::Elsewhere,
            None => Provenance::of_run(row.emulated || self.environment.is_emulated()),
        }
    }

    /// Format of the file of one of its rows.
    pub fn format_of(&self, row: &CostRow) -> Format {
        row.format.unwrap_or(self.plan.format)
    }
}

impl CostRow {
    /// The format that distinguishes it from rows like it: that of a commit, where several formats were measured. All other methods were
    /// measured with one of them, on which they do not depend.
    pub fn engine(&self) -> Option<Format> {
        self.format.filter(|_| is_commit(&self.method))
    }

    /// The update, as it is called: `commit-store`, or of several formats `skiplist commit-store`.
    pub fn update(&self) -> String {
        update_of(self.engine(), &self.method)
    }

    pub fn measured(&self) -> Option<&Measurement> {
        match &self.outcome {
            CostOutcome::Measured(measurement) => Some(measurement),
            _ => None,
        }
    }
}

/// An update of this format, if that distinguishes it, as it is called.
pub fn update_of(engine: Option<Format>, method: &str) -> String {
    engine.map_or_else(|| method.to_owned(), |format| format!("{} {method}", format.name()))
}

impl Measurement {
    pub fn slope(&self) -> Estimate {
        self.cost_model.per_mapper_ns
    }
}

/// Writes both, and names the directory; where it is. What went wrong with that is added to the reasons why it is incomplete.
pub fn write_cost(directory: RunDirectory, cost: &mut Cost, blocks: &[CostBlock]) -> PathBuf {
    let table = table(cost, blocks);
    directory.keep(cost, Vec::new(), [("blocks.csv", table)])
}

fn table(cost: &Cost, blocks: &[CostBlock]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let header =
        ["row", "method", "directory", "mode", "write_size", "round", "mappers", "apart_ns", "following_ns", "format"];
    table.write_record(header)?;
    for block in blocks {
        let Some(facts) = cost.rows.get(block.row) else { continue };
        let mode = serde_json::to_value(facts.mode)?;
        table.write_record([
            block.row.to_string(),
            facts.method.clone(),
            cell(&facts.directory.display().to_string()).into_owned(),
            mode.as_str().unwrap_or_default().to_owned(),
            facts.write_size.to_string(),
            block.round.to_string(),
            block.mappers.to_string(),
            block.apart_ns.to_string(),
            block.following_ns.to_string(),
            cost.format_of(facts).name().to_owned(),
        ])?;
    }
    table.into_inner().context("blocks.csv")
}

/// How many blocks of `blocks.csv` are behind each of the `rows` rows of `cost.json`.
pub fn blocks_of_rows(directory: &Path, rows: usize) -> Availability<Vec<u64>> {
    let count = || -> anyhow::Result<Vec<u64>> {
        let mut counts = vec![0; rows];
        for record in csv::Reader::from_reader(file(directory, "blocks.csv")?.as_slice()).records() {
            let record = record?;
            let row: usize = record.get(0).context("an empty line")?.parse()?;
            *counts.get_mut(row).with_context(|| format!("there is no row {row} in cost.json"))? += 1;
        }
        Ok(counts)
    };
    count().map_err(|error| format!("blocks.csv: {error:#}")).into()
}
