//! The run directory: made under a temporary name, renamed when all of it is there.
//! An existing directory is never written into.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::{Run, counters, histogram_log, slots, stalls, timeline};
use crate::record::Outcome;

/// A run directory under its temporary name. Removed when dropped before it is finished.
pub struct RunDirectory {
    temporary: PathBuf,
    wanted: PathBuf,
}

impl RunDirectory {
    /// Makes `wanted` under a temporary name beside it.
    pub fn new(wanted: &Path) -> anyhow::Result<RunDirectory> {
        if wanted.exists() {
            bail!("{}: exists already; name another directory with --out", wanted.display());
        }
        let name = wanted.file_name().context("--out must name a directory")?.to_string_lossy();
        let temporary = wanted.with_file_name(format!(".{name}.{}", std::process::id()));
        fs::create_dir_all(&temporary).with_context(|| temporary.display().to_string())?;
        Ok(RunDirectory { temporary, wanted: wanted.to_owned() })
    }

    /// Where to put files until the run is over.
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Gives the directory its name.
    pub fn finish(self) -> anyhow::Result<PathBuf> {
        fs::rename(&self.temporary, &self.wanted)
            .with_context(|| format!("rename {} to {}", self.temporary.display(), self.wanted.display()))?;
        Ok(self.wanted.clone())
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        // Renamed away after a finished run: then there is nothing to remove.
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

/// Writes what was measured and recorded into a run directory.
pub fn write(directory: &Path, run: &Run, outcome: &Outcome) -> anyhow::Result<()> {
    put(directory, "run.json", &json(run)?)?;
    put(directory, "latency.hlog", &histogram_log::text(outcome)?)?;
    let mut table = Vec::new();
    timeline::write(outcome, &mut table)?;
    put(directory, "timeline.csv", &table)?;
    let mut table = Vec::new();
    slots::write(&outcome.slots, &mut table)?;
    put(directory, "slots.csv", &table)?;
    let Some(evidence) = &outcome.evidence else { return Ok(()) };
    put(directory, "stalls.jsonl", &stalls::text(evidence, None)?)?;
    let mut table = Vec::new();
    counters::write(evidence, &mut table)?;
    put(directory, "counters.csv", &table)
}

/// Adds the diagnosis of a run to a run directory that has all the rest.
pub fn write_diagnosis(directory: &Path, run: &Run, outcome: &Outcome) -> anyhow::Result<()> {
    put(directory, "run.json", &json(run)?)?;
    match &outcome.evidence {
        Some(evidence) => put(directory, "stalls.jsonl", &stalls::text(evidence, Some(&run.diagnosis))?),
        None => Ok(()),
    }
}

pub(super) fn put(directory: &Path, name: &str, content: &[u8]) -> anyhow::Result<()> {
    fs::write(directory.join(name), content).context(name.to_owned())
}

fn json(run: &Run) -> anyhow::Result<Vec<u8>> {
    Ok((serde_json::to_string_pretty(run)? + "\n").into_bytes())
}
