//! A cost result as tidy rows: the two laws of every row of it, and what was seen at each number of mappers.
//! A method that has no law here has its rows too, with empty values and the reason.

use super::{
    super::{identity::Identity, source::Source},
    sheet::{Figure, ONE, SECONDS, Sheet, interval, seconds, word},
};
use crate::export::identity::Column;
use crate::results::{Cost, CostLevel, CostOutcome, CostRow, Provenance};

/// The columns.
pub const COLUMNS: [Column; 15] = [
    ("method", "the update method"),
    (
        "mode",
        "how mappers had the file mapped: `read-only`, `read-write`, or `dirty` (read-write, and written to before each update)",
    ),
    ("write_size_bytes", "bytes per `write(2)` that the file was made with"),
    ("folio_bytes", "size of the folio that holds the page; empty: unavailable"),
    ("directory", "where the file was"),
    ("file_system", "on which file system; empty: unavailable"),
    ("outcome", "`measured`, `unsupported` or `unfinished`"),
    ("reason", "why it was not measured; empty: it was"),
    (
        "updates",
        "`following`: updates that follow each other; `apart`: updates that find the caches full of something else",
    ),
    ("statistic", "`base` (one update without any mapper) or `per_mapper` (what each mapper adds)"),
    ("unit", "`seconds`"),
    ("value", "the value in that unit; by noise it can be negative; empty: not measured"),
    ("low", "lower end of the interval that holds a repeat 19 times of 20"),
    ("high", "upper end"),
    ("rounds", "rounds behind it"),
];

/// The columns of the table of levels.
pub const LEVELS: [Column; 10] = [
    COLUMNS[0],
    COLUMNS[1],
    COLUMNS[2],
    COLUMNS[3],
    COLUMNS[4],
    COLUMNS[5],
    ("mappers", "mappers of the file"),
    (
        "statistic",
        "`updates` (that were timed), `median`, `apart_median`, `least`, `most`, `writer_faults` and `tlb_interrupts` (per update)",
    ),
    ("unit", "`operations`, `seconds` or `1`"),
    ("value", "the value in that unit; empty: unavailable"),
];

/// Adds the rows of the laws.
pub fn laws(sheet: &mut Sheet, source: &Source, cost: &Cost) -> anyhow::Result<()> {
    let identity = Identity::of_cost(source, cost);
    for row in &cost.rows {
        let (outcome, reason) = match &row.outcome {
            CostOutcome::Measured(_) => ("measured", ""),
            CostOutcome::Unsupported(why) => ("unsupported", &**why),
            CostOutcome::Unfinished(why) => ("unfinished", &**why),
        };
        let found = row.measured();
        let laws = [("following", found.map(|found| found.law)), ("apart", found.map(|found| found.apart))];
        for (updates, law) in laws {
            let parts = [("base", law.map(|law| law.base_ns)), ("per_mapper", law.map(|law| law.per_mapper_ns))];
            for (statistic, part) in parts {
                let [value, low, high] = interval(part.map(|ns| ns.scaled(seconds(1.0))));
                let [method, mode, write_size, folio, directory, file_system] = conditions(row);
                let [outcome, reason, updates, statistic, unit] =
                    [outcome, reason, updates, statistic, SECONDS].map(str::to_owned);
                let rounds = law.map_or_else(String::new, |law| law.rounds.to_string());
                let cells = [
                    method,
                    mode,
                    write_size,
                    folio,
                    directory,
                    file_system,
                    outcome,
                    reason,
                    updates,
                    statistic,
                    unit,
                    value,
                    low,
                    high,
                    rounds,
                ];
                sheet.row((&identity, Provenance::of_run(row.emulated)), &[], cells)?;
            }
        }
    }
    Ok(())
}

/// Adds the rows of what was seen at each number of mappers.
pub fn levels(sheet: &mut Sheet, source: &Source, cost: &Cost) -> anyhow::Result<()> {
    let identity = Identity::of_cost(source, cost);
    for row in &cost.rows {
        for level in row.measured().iter().flat_map(|found| &found.levels) {
            for figure in of_level(level) {
                let [method, mode, write_size, folio, directory, file_system] = conditions(row);
                let [statistic, unit, value] = figure.cells();
                let mappers = level.mappers.to_string();
                let cells = [method, mode, write_size, folio, directory, file_system, mappers, statistic, unit, value];
                sheet.row((&identity, Provenance::of_run(row.emulated)), &[], cells)?;
            }
        }
    }
    Ok(())
}

fn of_level(level: &CostLevel) -> [Figure; 7] {
    [
        Figure::operations("updates", level.updates),
        Figure::time("median", Some(level.median_ns)),
        Figure::time("apart_median", Some(level.apart_ns)),
        Figure::time("least", Some(level.least_ns as f64)),
        Figure::time("most", Some(level.most_ns as f64)),
        Figure::new("writer_faults", ONE, level.writer_faults_per_update),
        Figure::new("tlb_interrupts", ONE, level.tlb_interrupts_per_update),
    ]
}

/// Under which conditions a row was measured: the first six columns.
fn conditions(row: &CostRow) -> [String; 6] {
    [
        row.method.clone(),
        word(row.mode),
        row.write_size.to_string(),
        row.folio_bytes.value().map_or_else(String::new, u64::to_string),
        row.directory.display().to_string(),
        row.file_system.value().cloned().unwrap_or_default(),
    ]
}
