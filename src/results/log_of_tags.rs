//! `latency.hlog` for other tools: the whole of it as it is, or the lines of some tags as a log of their own.
//! Times and histograms stay what they were; only the compression may come out differently.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, anyhow};
use hdrhistogram::serialization::{
    Deserializer, V2DeflateSerializer,
    interval_log::{IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag},
};

use super::{
    histogram_log::{NS_A_MS, read, unpacked},
    recorded::file,
};

/// The histogram log of a run directory, byte by byte, once all of it has been read, and the tags in it.
pub fn histogram_log(directory: &Path) -> anyhow::Result<(Vec<u8>, BTreeSet<String>)> {
    let log = file(directory, "latency.hlog")?;
    let tags = read(&log)?.into_keys().collect();
    Ok((log, tags))
}

/// The lines of a histogram log whose tag is `wanted`, with its own beginning of time.
pub fn log_of_tags(log: &[u8], wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<u8>> {
    let (mut start, mut base) = (UNIX_EPOCH, UNIX_EPOCH);
    let mut lines = Vec::new();
    for entry in IntervalLogIterator::new(log) {
        match entry.map_err(|error| anyhow!("latency.hlog: {error:?}"))? {
            LogEntry::StartTime(at) => start = since_1970(at)?,
            LogEntry::BaseTime(at) => base = since_1970(at)?,
            LogEntry::Interval(line) if line.tag().is_some_and(|tag| wanted(tag.as_str())) => lines.push(line),
            LogEntry::Interval(_) => {}
        }
    }
    let mut text = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut writer = header(start, base).begin_log_with(&mut text, &mut serializer).context("a histogram log")?;
    let mut deserializer = Deserializer::new();
    for line in lines {
        let histogram = unpacked(&mut deserializer, line.encoded_histogram())?;
        let tag = line.tag().and_then(|tag| Tag::new(tag.as_str()));
        writer
            .write_histogram(&histogram, line.start_timestamp(), line.duration(), tag)
            .map_err(|error| anyhow!("a histogram log: {error:?}"))?;
    }
    Ok(text)
}

fn since_1970(time: Duration) -> anyhow::Result<SystemTime> {
    UNIX_EPOCH.checked_add(time).with_context(|| format!("latency.hlog: begins {} s after 1970", time.as_secs()))
}

fn header(start: SystemTime, base: SystemTime) -> IntervalLogWriterBuilder {
    let mut header = IntervalLogWriterBuilder::new();
    header
        .add_comment(concat!("mapstorm ", env!("CARGO_PKG_VERSION"), ": some tags of a run; latencies in nanoseconds"))
        .with_max_value_divisor(NS_A_MS)
        .with_start_time(start)
        .with_base_time(base);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn some_tags_are_a_log_of_their_own() {
        let outcome = fixtures::outcome();
        let directory = tempfile::tempdir().unwrap();
        fixtures::write(directory.path(), &fixtures::run(&outcome), &outcome);
        let (whole, tags) = histogram_log(directory.path()).unwrap();
        assert_eq!(tags.len(), outcome.measured.len());
        assert_eq!(whole, std::fs::read(directory.path().join("latency.hlog")).unwrap());

        let part = log_of_tags(&whole, |tag| tag == "reader.lookup.response").unwrap();
        let (all, some) = (read(&whole).unwrap(), read(&part).unwrap());
        assert_eq!(some.keys().collect::<Vec<_>>(), ["reader.lookup.response"]);
        assert_eq!(some["reader.lookup.response"], all["reader.lookup.response"]);
        let header = |log: &[u8]| -> Vec<String> {
            let text = String::from_utf8(log.to_vec()).unwrap();
            text.lines().filter(|line| line.starts_with("#[")).map(str::to_owned).collect()
        };
        assert_eq!(header(&part), header(&whole), "the same beginning of time");
        assert!(!header(&whole).is_empty());
    }
}
