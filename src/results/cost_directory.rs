//! What a cost experiment leaves: `cost.json`, and `blocks.csv` with every block behind it.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Availability, Cost, CostBlock, Named, ResultKind, RunDirectory, json, put, run_files::file};
use crate::os::escape::cell;

const FILE: &str = ResultKind::Cost.file();

/// Writes both, and names the directory; where it is. What went wrong with that is added to the reasons why it is incomplete.
pub fn write_cost(directory: RunDirectory, cost: &mut Cost, blocks: &[CostBlock]) -> PathBuf {
    directory.release();
    let figures = json(cost).and_then(|json| put(directory.path(), FILE, &json));
    let table = table(cost, blocks).and_then(|table| put(directory.path(), "blocks.csv", &table));
    let Named { path, problem } = directory.finish();
    let problems = [figures, table].into_iter().filter_map(Result::err).map(|error| format!("{error:#}"));
    let problems: Vec<String> = problems.chain(problem).collect();
    if !problems.is_empty() {
        cost.complete = false;
        cost.incomplete_because.extend(problems);
        // If this fails too, the screen says why all the same.
        let _ = json(cost).and_then(|json| put(&path, FILE, &json));
    }
    path
}

/// What `blocks.csv` holds.
fn table(cost: &Cost, blocks: &[CostBlock]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = ["row", "method", "directory", "mode", "write_size", "round", "mappers", "apart_ns", "following_ns"];
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
