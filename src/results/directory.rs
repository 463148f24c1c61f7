//! The run directory: made under a temporary name, renamed when all of it is there.
//! An existing directory is never written into.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail};
use hdrhistogram::serialization::{
    V2DeflateSerializer,
    interval_log::{IntervalLogWriterBuilder, Tag},
};

use super::Run;
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

/// Writes `run.json` and `latency.hlog` into a run directory.
pub fn write(directory: &Path, run: &Run, outcome: &Outcome) -> anyhow::Result<()> {
    let json = serde_json::to_string_pretty(run)?;
    fs::write(directory.join("run.json"), json + "\n").context("run.json")?;

    let mut text = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let length = Duration::from_nanos(outcome.measured_ns);
    let mut log = IntervalLogWriterBuilder::new()
        .with_max_value_divisor(1e6)
        .with_start_time(UNIX_EPOCH + ended.saturating_sub(length))
        .with_base_time(UNIX_EPOCH)
        .begin_log_with(&mut text, &mut serializer)
        .context("latency.hlog")?;
    for measured in &outcome.measured {
        let tag = format!("{}.{}.{}", measured.tag.role, measured.tag.operation, measured.tag.series);
        let tag = Tag::new(&tag).context("a histogram's tag has no comma, space or line break")?;
        log.write_histogram(&measured.histogram, ended.saturating_sub(length), length, Some(tag))
            .map_err(|error| anyhow::anyhow!("latency.hlog: {error:?}"))?;
    }
    fs::write(directory.join("latency.hlog"), text).context("latency.hlog")
}
