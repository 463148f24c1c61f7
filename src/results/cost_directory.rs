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

impl Cost {
    /// Reads `cost.json`, given itself or its directory.
    ///
    /// # Errors
    /// There is no such file, it is no cost result, or it is of a version that this one cannot read.
    pub fn load(path: &Path) -> anyhow::Result<Cost> {
        let file = if path.is_dir() { path.join("cost.json") } else { path.to_owned() };
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{}: `mapstorm cost` makes such a file", file.display()))?;
        let json: serde_json::Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let version = json.get("cost_format_version").and_then(serde_json::Value::as_u64);
        match version {
            Some(version) if version == u64::from(super::COST_FORMAT_VERSION) => {}
            Some(version) => anyhow::bail!(
                "{}: format version {version}, and this mapstorm reads {}; measure again",
                file.display(),
                super::COST_FORMAT_VERSION
            ),
            None => anyhow::bail!("{}: not the result of `mapstorm cost`", file.display()),
        }
        serde_json::from_value(json).with_context(|| file.display().to_string())
    }
}
