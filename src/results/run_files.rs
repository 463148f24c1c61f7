//! A run directory, read back on any machine and at any later time. Each file is read at most once, when it is asked for, and a file that was left out
//! is a value. All of it happens in one thread: a what-if reads a finished run and forks the next one, and threads of a pool never end.

use std::{collections::BTreeMap, io, path::Path};

use anyhow::Context;
use hdrhistogram::Histogram;

use super::{
    Counters, LeftOut, Line, Role, Run, STACKS_FILE, Series, TimelineRow, counters, directory::tables, histogram_log,
    limits, names_of, slots, stalls, timeline,
};
use crate::{
    driver::outcome::{Outcome, Pause, Stall, StopEvent},
    shm::{SharedHistogram, Slots},
};

/// All that a diagnosis needs.
#[derive(Clone)]
pub struct Recorded {
    /// `run.json`.
    pub run: Run,
    /// `latency.hlog`, by `role.operation.series`, nanoseconds.
    pub latencies: BTreeMap<String, Histogram<u64>>,
    /// Its response times, and the ages of what never completed, line by line.
    pub responses: Vec<LatencyInterval>,
    /// `slots.csv`.
    pub slots: Slots,
    /// Slow operations of readers, and commits, by end.
    pub stalls: Vec<Stall>,
    pub pauses: Vec<Pause>,
    pub stops: Vec<StopEvent>,
    /// `counters.csv`; without columns if the run was without evidence.
    pub counters: Counters,
    /// Files that were left out: without them the run cannot be diagnosed again.
    pub left_out: LeftOut,
}

/// All that has a place in time, interval by interval. The records of single slow operations are many; [`Recorded`] has them.
#[derive(Clone)]
pub struct TimeSeries {
    /// `run.json`.
    pub run: Run,
    /// `slots.csv`.
    pub slots: Slots,
    /// `timeline.csv`, the rows of all workers together: one for each interval.
    pub timeline: Vec<TimelineRow>,
    /// `counters.csv`; without columns if the run was without evidence.
    pub counters: Counters,
    /// `latency.hlog`, line by line.
    pub latencies: Vec<LatencyInterval>,
    /// `stacks.folded`; empty: nobody was stalled, or stacks are unavailable.
    pub stacks: String,
    /// Files that were left out, and why: what is drawn from them is not drawn.
    pub left_out: LeftOut,
}

/// The latencies of one tag in one interval.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyInterval {
    /// Begin, nanoseconds since measuring began.
    pub start_ns: u64,
    /// Length, nanoseconds.
    pub length_ns: u64,
    /// `role.operation.series`.
    pub tag: String,
    /// Values, nanoseconds, and how often they came; rising.
    pub counts: Vec<(u64, u64)>,
}

/// Where the files of a run are: on the disk, or still in memory.
enum Source<'a> {
    Directory(&'a Path),
    Memory(BTreeMap<&'static str, anyhow::Result<Vec<u8>>>),
}

struct RunFiles<'a> {
    run: Run,
    source: Source<'a>,
    left_out: LeftOut,
}

impl<'a> RunFiles<'a> {
    fn open(directory: &'a Path) -> anyhow::Result<RunFiles<'a>> {
        let run = Run::load(directory)?;
        Ok(RunFiles { left_out: LeftOut::of_run(directory, &run)?, run, source: Source::Directory(directory) })
    }

    /// What `read` makes of a file; the default of a file that was left out.
    fn file<T: Default>(
        &mut self,
        name: &str,
        read: impl FnOnce(&[u8], &Run) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        // A run without evidence has neither of the two.
        let is_evidence = matches!(name, "counters.csv" | "stalls.jsonl");
        let text = match &mut self.source {
            _ if is_evidence && self.run.recording.is_none() => None,
            Source::Directory(directory) => self.left_out.file(directory, name)?,
            Source::Memory(files) => files.remove(name).transpose()?,
        };
        text.map_or_else(|| Ok(T::default()), |text| read(&text, &self.run))
    }

    fn slots(&mut self) -> anyhow::Result<Slots> {
        let slots = self.file("slots.csv", |text, run| slots::read(text, run).map(Some))?;
        Ok(slots.unwrap_or_else(|| Slots { width_ns: self.run.summary.slot_width_ns, instances: Vec::new() }))
    }

    fn recorded(mut self) -> anyhow::Result<Recorded> {
        let slots = self.slots()?;
        let read = |text: &[u8]| Ok((histogram_log::read(text)?, histogram_log::intervals(text, is_response)?));
        let (latencies, responses) = self.file("latency.hlog", |text, _| read(text))?;
        let counters = self.file("counters.csv", |text, _| counters::read(text))?;
        let lines = self.file("stalls.jsonl", |text, _| stalls::read(str::from_utf8(text).context("stalls.jsonl")?))?;
        let RunFiles { run, left_out, .. } = self;
        let (mut stalls, mut pauses, mut stops) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            match line {
                Line::Stall(stall) => stalls.push(stall),
                Line::Pause(pause) => pauses.push(pause),
                Line::Stop(stop) => stops.push(stop),
                // A diagnosis is made again, not read.
                Line::Freeze(_) | Line::Finding(_) | Line::Verdict(_) => {}
            }
        }
        Ok(Recorded { run, latencies, responses, slots, stalls, pauses, stops, counters, left_out })
    }
}

/// A file of a result directory. The error says whether it was left out or the directory is not a whole result.
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

/// Whether a tag is of response times, or of the ages of what never completed.
fn is_response(tag: &str) -> bool {
    matches!(names_of(tag), Some((_, _, Series::Response | Series::Unfinished)))
}

/// The response times of a run in its directory, and the ages of what never completed, line by line; or the sentence that they were left out.
pub fn responses(directory: &Path, run: &Run) -> anyhow::Result<Result<Vec<LatencyInterval>, String>> {
    let mut left_out = LeftOut::of_run(directory, run)?;
    match left_out.file(directory, "latency.hlog")? {
        Some(log) => histogram_log::intervals(&log, is_response).map(Ok),
        None => Ok(Err(left_out.sentence().unwrap_or_default())),
    }
}

impl Recorded {
    /// Reads a run directory. A run without evidence has no stalls, pauses and counters.
    pub fn load(directory: &Path) -> anyhow::Result<Recorded> {
        RunFiles::open(directory)?.recorded()
    }

    /// A run as its directory will hold it.
    pub fn of(run: &Run, outcome: &Outcome) -> anyhow::Result<Recorded> {
        let source = Source::Memory(tables(outcome, None).collect());
        RunFiles { run: run.clone(), source, left_out: LeftOut::default() }.recorded()
    }
}

impl TimeSeries {
    pub fn load(directory: &Path) -> anyhow::Result<TimeSeries> {
        let mut files = RunFiles::open(directory)?;
        let slots = files.slots()?;
        let timeline = files.file("timeline.csv", |text, _| timeline::read(text))?;
        let counters = files.file("counters.csv", |text, _| counters::read(text))?;
        let latencies = files.file("latency.hlog", |text, _| histogram_log::intervals(text, |_| true))?;
        // Only runs in which somebody was stalled have it.
        let has_stacks = directory.join(STACKS_FILE).exists();
        let read = |text: &[u8], _: &Run| Ok(String::from_utf8_lossy(text).into_owned());
        let stacks = if has_stacks { files.file(STACKS_FILE, read)? } else { String::new() };
        let RunFiles { run, left_out, .. } = files;
        Ok(TimeSeries { run, slots, timeline, counters, latencies, stacks, left_out })
    }

    /// The latencies of the whole run by tag, of those tags that are wanted.
    pub fn totals(&self, wanted: impl Fn(&str) -> bool) -> BTreeMap<&str, Histogram<u64>> {
        total(self.latencies.iter().filter(|interval| wanted(&interval.tag)))
    }
}

/// The sums of intervals by tag.
pub fn total<'a>(intervals: impl Iterator<Item = &'a LatencyInterval>) -> BTreeMap<&'a str, Histogram<u64>> {
    let mut totals = BTreeMap::new();
    for interval in intervals {
        let total = totals.entry(interval.tag.as_str()).or_insert_with(SharedHistogram::empty);
        for (value, count) in &interval.counts {
            // Values come from a histogram of the same bounds.
            total.saturating_record_n(*value, *count);
        }
    }
    totals
}

impl LatencyInterval {
    /// Role, operation and series; `None`: the tag is not one of ours.
    pub fn names(&self) -> Option<(Role, &str, Series)> {
        names_of(&self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Role, fixtures};

    #[test]
    fn a_time_series_is_read_back_whole() {
        let outcome = fixtures::outcome();
        let directory = tempfile::tempdir().unwrap();
        fixtures::write(directory.path(), &fixtures::run(&outcome), &outcome);
        let time_series = TimeSeries::load(directory.path()).unwrap();
        assert_eq!(time_series.run.summary, fixtures::run(&outcome).summary);
        assert_eq!(time_series.slots.instances, outcome.slots.instances);
        assert_eq!(time_series.timeline.len(), outcome.intervals.len());
        assert!(time_series.timeline.iter().all(|row| row.instance == "all"));
        let lines: usize = outcome.intervals.iter().map(|interval| interval.counts.len()).sum();
        assert_eq!(time_series.latencies.len(), lines);
        let totals = time_series.totals(|tag| tag.starts_with("reader."));
        assert_eq!(totals.len(), 3);
        for measured in outcome.measured.iter().filter(|measured| measured.tag.role == Role::Reader) {
            let tag = format!("reader.{}.{}", measured.tag.operation, measured.tag.series);
            assert_eq!(totals[tag.as_str()], measured.histogram, "{tag}");
        }
        assert_eq!(time_series.latencies[0].names(), Some((Role::Reader, "lookup", Series::Response)));
        let expected = time_series
            .latencies
            .iter()
            .filter(|interval| interval.names().is_some_and(|names| names.2 == Series::Response));
        assert!(responses(directory.path(), &time_series.run).unwrap().unwrap().iter().eq(expected));
    }

    #[test]
    fn a_missing_file_is_named_in_the_error() {
        let directory = tempfile::tempdir().unwrap();
        let Err(error) = TimeSeries::load(directory.path()) else { panic!("the directory is empty") };
        assert!(format!("{error:#}").contains("run.json"), "{error:#}");
    }
}
