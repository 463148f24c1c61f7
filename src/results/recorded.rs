//! A run directory, read back whole: all that a diagnosis needs, on any machine and at any later time.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use hdrhistogram::Histogram;

use super::{Counters, Line, Run, counters, histogram_log, slots, stalls};
use crate::record::{Pause, Slots, Stall, StopEvent};

/// All of a run directory.
#[derive(Clone)]
pub struct Recorded {
    /// `run.json`.
    pub run: Run,
    /// `latency.hlog`, by `role.operation.series`, nanoseconds.
    pub latencies: BTreeMap<String, Histogram<u64>>,
    /// `slots.csv`.
    pub slots: Slots,
    /// Slow operations of readers, and commits, by end.
    pub stalls: Vec<Stall>,
    /// Bystanders' pauses.
    pub pauses: Vec<Pause>,
    /// Workers that were stopped.
    pub stops: Vec<StopEvent>,
    /// `counters.csv`.
    pub counters: Counters,
}

/// A file of a run directory.
pub(super) fn file(directory: &Path, name: &str) -> anyhow::Result<Vec<u8>> {
    let path = directory.join(name);
    fs::read(&path).with_context(|| format!("{}: not a run directory, or not a whole one", path.display()))
}

/// The latencies of a run directory, by `role.operation.series`, without all the rest of it.
///
/// # Errors
/// There is no `latency.hlog`, or it is none.
pub fn latencies(directory: &Path) -> anyhow::Result<BTreeMap<String, Histogram<u64>>> {
    let path = directory.join("latency.hlog");
    histogram_log::read(&fs::read(&path).with_context(|| path.display().to_string())?)
}

impl Recorded {
    /// Reads a run directory. A run without evidence has no stalls, pauses and counters.
    pub fn load(directory: &Path) -> anyhow::Result<Recorded> {
        let text = |name: &str| file(directory, name);
        let run = Run::load(directory)?;
        let slots = slots::read(
            text("slots.csv")?.as_slice(),
            run.scenario.instances.count,
            run.summary.slots,
            run.summary.slot_width_ns,
        )?;
        let mut recorded = Recorded {
            latencies: histogram_log::read(&text("latency.hlog")?)?,
            slots,
            stalls: Vec::new(),
            pauses: Vec::new(),
            stops: Vec::new(),
            counters: Counters::default(),
            run,
        };
        if recorded.run.recording.is_some() {
            recorded.counters = counters::read(text("counters.csv")?.as_slice())?;
            for line in stalls::read(std::str::from_utf8(&text("stalls.jsonl")?).context("stalls.jsonl")?)? {
                match line {
                    Line::Stall(stall) => recorded.stalls.push(stall),
                    Line::Pause(pause) => recorded.pauses.push(pause),
                    Line::Stop(stop) => recorded.stops.push(stop),
                    // What was made of it before is made anew.
                    Line::Freeze(_) | Line::Finding(_) | Line::Verdict(_) => {}
                }
            }
        }
        Ok(recorded)
    }
}

/// The response times of all operations of a role (`reader`, `writer`) in a run directory, in `count` blocks of time, each
/// `length_ns` long: values (nanoseconds) and how often they came, ascending. What lies behind the last block belongs to that.
///
/// # Errors
/// There is no `latency.hlog`, or it is none.
pub fn latency_blocks(
    directory: &Path,
    role: &str,
    length_ns: u64,
    count: usize,
) -> anyhow::Result<Vec<Vec<(u64, u64)>>> {
    let path = directory.join("latency.hlog");
    let text = fs::read(&path).with_context(|| path.display().to_string())?;
    let wanted = |tag: &str| tag.split('.').next() == Some(role) && tag.ends_with(".response");
    histogram_log::blocks(&text, wanted, length_ns, count)
}
