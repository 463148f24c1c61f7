//! A run directory, read back whole: all that a diagnosis needs, on any machine and at any later time.

use std::{collections::BTreeMap, io, path::Path};

use anyhow::Context;
use hdrhistogram::Histogram;

use super::{Counters, LeftOut, Line, Run, counters, directory::tables, histogram_log, limits, slots, stalls};
use crate::{
    driver::outcome::{Outcome, Pause, Stall, StopEvent},
    shm::Slots,
};

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
    pub pauses: Vec<Pause>,
    pub stops: Vec<StopEvent>,
    /// `counters.csv`.
    pub counters: Counters,
    /// Files that were left out: without them it cannot be diagnosed anew.
    pub left_out: LeftOut,
}

pub(super) fn file(directory: &Path, name: &str) -> anyhow::Result<Vec<u8>> {
    let path = directory.join(name);
    limits::read(&path, limits::LARGEST_TABLE).with_context(|| match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match LeftOut::of(directory) {
            Ok(left_out) if left_out.has(name) => {
                format!("{}: left out of this sample{}", path.display(), left_out.because())
            }
            _ => format!("{}: not a run directory, or not a whole one", path.display()),
        },
        _ => path.display().to_string(),
    })
}

/// The latencies of a run directory, by `role.operation.series`, without all the rest of it.
pub fn latencies(directory: &Path) -> anyhow::Result<BTreeMap<String, Histogram<u64>>> {
    histogram_log::read(&file(directory, "latency.hlog")?)
}

impl Recorded {
    /// Reads a run directory. A run without evidence has no stalls, pauses and counters.
    pub fn load(directory: &Path) -> anyhow::Result<Recorded> {
        let run = Run::load(directory)?;
        let mut left_out = LeftOut::of_run(directory, &run)?;
        let recorded = Recorded::read(run, |name| left_out.file(directory, name))?;
        Ok(Recorded { left_out, ..recorded })
    }

    /// A run as its directory will hold it.
    pub fn of(run: &Run, outcome: &Outcome) -> anyhow::Result<Recorded> {
        let mut files: BTreeMap<_, _> = tables(outcome, None).collect();
        Recorded::read(run.clone(), |name| files.remove(name).transpose())
    }

    /// A run and its files; `None`: left out.
    fn read(run: Run, mut text: impl FnMut(&str) -> anyhow::Result<Option<Vec<u8>>>) -> anyhow::Result<Recorded> {
        let slots = text("slots.csv")?.map(|text| slots::of_run(&text, &run)).transpose()?;
        let latencies = text("latency.hlog")?.map(|text| histogram_log::read(&text)).transpose()?;
        let mut recorded = Recorded {
            latencies: latencies.unwrap_or_default(),
            slots: slots.unwrap_or_else(|| slots::none(&run)),
            stalls: Vec::new(),
            pauses: Vec::new(),
            stops: Vec::new(),
            counters: Counters::default(),
            left_out: LeftOut::default(),
            run,
        };
        if recorded.run.recording.is_some() {
            recorded.counters =
                text("counters.csv")?.map_or_else(|| Ok(Counters::default()), |text| counters::read(&*text))?;
            let stalls = text("stalls.jsonl")?.unwrap_or_default();
            for line in stalls::read(std::str::from_utf8(&stalls).context("stalls.jsonl")?)? {
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
