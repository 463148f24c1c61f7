//! What a cost experiment leaves: `cost.json`, and `blocks.csv` with every block behind it.

use std::path::Path;

use anyhow::Context;

use super::{Cost, CostBlock, directory::put};

/// Writes both into a run directory.
pub fn write_cost(directory: &Path, cost: &Cost, blocks: &[CostBlock]) -> anyhow::Result<()> {
    put(directory, "cost.json", (serde_json::to_string_pretty(cost)? + "\n").as_bytes())?;
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = ["row", "method", "directory", "mode", "write_size", "round", "mappers", "apart_ns", "following_ns"];
    table.write_record(header)?;
    for block in blocks {
        let Some(facts) = cost.rows.get(block.row) else { continue };
        let mode = serde_json::to_value(facts.mode)?;
        table.write_record([
            block.row.to_string(),
            facts.method.clone(),
            facts.directory.display().to_string(),
            mode.as_str().unwrap_or_default().to_owned(),
            facts.write_size.to_string(),
            block.round.to_string(),
            block.mappers.to_string(),
            block.apart_ns.to_string(),
            block.following_ns.to_string(),
        ])?;
    }
    put(directory, "blocks.csv", &table.into_inner().context("blocks.csv")?)
}
