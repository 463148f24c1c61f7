//! The course of a run: all that is drawn of it, interval by interval, read back from its run directory.
//! The records of single slow operations are not among it; they are many, and [`Recorded`](super::Recorded) reads them.

use std::{collections::BTreeMap, path::Path};

use hdrhistogram::Histogram;

use super::{Counters, LeftOut, Run, TimelineRow, counters, histogram_log, slots, timeline};
use crate::shm::{SharedHistogram, Slots};

/// All of a run directory that has a place in time.
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
    /// Files that were left out of it, and why: what is drawn from them is not drawn.
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

impl LatencyInterval {
    /// The parts of the tag: role, operation, series.
    pub fn names(&self) -> (&str, &str, &str) {
        let mut parts = self.tag.splitn(3, '.');
        let mut next = || parts.next().unwrap_or_default();
        (next(), next(), next())
    }
}

impl TimeSeries {
    pub fn load(directory: &Path) -> anyhow::Result<TimeSeries> {
        let run = Run::load(directory)?;
        let mut left_out = LeftOut::of_run(directory, &run)?;
        let mut bytes = |name: &str| left_out.file(directory, name);
        let slots = bytes("slots.csv")?.map(|text| slots::of_run(&text, &run)).transpose()?;
        let timeline = bytes("timeline.csv")?.map(|text| timeline::read(&*text)).transpose()?;
        let counters = match run.recording {
            Some(_) => bytes("counters.csv")?.map(|text| counters::read(&*text)).transpose()?,
            None => None,
        };
        let latencies = bytes("latency.hlog")?.map(|text| histogram_log::intervals(&text, |_| true)).transpose()?;
        Ok(TimeSeries {
            slots: slots.unwrap_or_else(|| slots::none(&run)),
            timeline: timeline.unwrap_or_default(),
            counters: counters.unwrap_or_default(),
            latencies: latencies.unwrap_or_default(),
            left_out,
            run,
        })
    }

    /// The latencies of the whole run by tag, of those tags that are wanted.
    pub fn totals(&self, wanted: impl Fn(&str) -> bool) -> BTreeMap<&str, Histogram<u64>> {
        let mut totals = BTreeMap::new();
        for interval in self.latencies.iter().filter(|interval| wanted(&interval.tag)) {
            let total = totals.entry(interval.tag.as_str()).or_insert_with(SharedHistogram::empty);
            for (value, count) in &interval.counts {
                // Values come from a histogram of the same bounds.
                total.saturating_record_n(*value, *count);
            }
        }
        totals
    }
}

/// The response times of a run in its directory, line by line, without all the rest of its latencies; or the sentence that they were left out.
pub fn responses(directory: &Path, run: &Run) -> anyhow::Result<Result<Vec<LatencyInterval>, String>> {
    let mut left_out = LeftOut::of_run(directory, run)?;
    match left_out.file(directory, "latency.hlog")? {
        Some(log) => histogram_log::intervals(&log, |tag| tag.ends_with(".response")).map(Ok),
        None => Ok(Err(left_out.sentence().unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn the_course_comes_back_whole() {
        let outcome = fixtures::outcome();
        let directory = tempfile::tempdir().unwrap();
        fixtures::write(directory.path(), &fixtures::run(&outcome), &outcome);
        let time_series = TimeSeries::load(directory.path()).unwrap();
        assert_eq!(time_series.run.summary, fixtures::run(&outcome).summary);
        assert_eq!(time_series.slots.instances, outcome.slots.instances);
        assert_eq!(time_series.timeline.len(), outcome.intervals.len());
        assert!(time_series.timeline.iter().all(|row| row.instance == "all"));
        assert_eq!(
            time_series.latencies.len(),
            outcome.intervals.iter().map(|interval| interval.counts.len()).sum::<usize>()
        );
        let totals = time_series.totals(|tag| tag.starts_with("reader."));
        assert_eq!(totals.len(), 3);
        for measured in outcome.measured.iter().filter(|measured| measured.tag.role == "reader") {
            let tag = format!("reader.{}.{}", measured.tag.operation, measured.tag.series);
            assert_eq!(totals[tag.as_str()], measured.histogram, "{tag}");
        }
        assert_eq!(time_series.latencies[0].names(), ("reader", "lookup", "response"));
        let of_responses = time_series.latencies.iter().filter(|interval| interval.names().2 == "response");
        assert!(responses(directory.path(), &time_series.run).unwrap().unwrap().iter().eq(of_responses));
    }

    #[test]
    fn what_is_missing_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let Err(error) = TimeSeries::load(directory.path()) else { panic!("nothing is there") };
        assert!(format!("{error:#}").contains("run.json"), "{error:#}");
    }
}
