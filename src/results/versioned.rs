//! Reading the JSON files that carry the version of their format: only the version that this mapstorm writes is read.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;

use super::{
    COST_FORMAT_VERSION, Cost, FORMAT_VERSION, ResultKind, Run, SWEEP_FORMAT_VERSION, SweepReport,
    WHAT_IF_FORMAT_VERSION, WhatIf,
};

/// Reads the file of this kind in a directory; `field` holds its version, which must be `wanted`.
fn load<T: DeserializeOwned>(directory: &Path, kind: ResultKind, field: &str, wanted: u32) -> anyhow::Result<T> {
    let path = directory.join(kind.file());
    let at = || path.display().to_string();
    let text =
        fs::read(&path).with_context(|| format!("{}: not a {} directory, or not a whole one", at(), kind.name()))?;
    let json: serde_json::Value = serde_json::from_slice(&text).with_context(at)?;
    match json.get(field).and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(wanted) => {}
        Some(version) => {
            bail!("{}: format version {version}, and this mapstorm reads {wanted}; measure again", at())
        }
        None => bail!("{}: no {field}: not a result of mapstorm", at()),
    }
    serde_json::from_value(json).with_context(at)
}

impl Run {
    /// Reads `run.json` of a run directory.
    ///
    /// # Errors
    /// There is no such file, it is no run, or it is of a version that this one cannot read.
    pub fn load(directory: &Path) -> anyhow::Result<Run> {
        load(directory, ResultKind::Run, "format_version", FORMAT_VERSION)
    }
}

impl Cost {
    /// Reads `cost.json`, given itself or its directory.
    ///
    /// # Errors
    /// There is no such file, it is no cost result, or it is of a version that this one cannot read.
    pub fn load(path: &Path) -> anyhow::Result<Cost> {
        match ResultKind::of(path)? {
            (ResultKind::Cost, directory) => {
                load(&directory, ResultKind::Cost, "cost_format_version", COST_FORMAT_VERSION)
            }
            (other, _) => bail!("{}: the result of a {}, not of `mapstorm cost`", path.display(), other.name()),
        }
    }
}

impl SweepReport {
    /// Reads `sweep.json` of a directory.
    ///
    /// # Errors
    /// There is no such file, it is no sweep, or it is of a version that this one cannot read.
    pub fn load(directory: &Path) -> anyhow::Result<SweepReport> {
        load(directory, ResultKind::Sweep, "sweep_format_version", SWEEP_FORMAT_VERSION)
    }
}

impl WhatIf {
    /// Reads `what-if.json` of a directory.
    ///
    /// # Errors
    /// There is no such file, it is no what-if, or it is of a version that this one cannot read.
    pub fn load(directory: &Path) -> anyhow::Result<WhatIf> {
        load(directory, ResultKind::WhatIf, "format_version", WHAT_IF_FORMAT_VERSION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_version_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let load = |text: &str| {
            fs::write(directory.path().join("sweep.json"), text).unwrap();
            format!("{:#}", SweepReport::load(directory.path()).unwrap_err())
        };
        assert!(load("{\"sweep_format_version\": 77}").contains("version 77"));
        assert!(load("{\"format_version\": 1}").contains("no sweep_format_version"));
        assert!(load("{\"sweep_format_version\": 1}").contains("missing field"));
        assert!(load("nonsense").contains("sweep.json"));
        let error = format!("{:#}", Run::load(directory.path()).unwrap_err());
        assert!(error.contains("run.json: not a run directory"), "{error}");
    }
}
