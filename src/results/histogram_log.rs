//! `latency.hlog`: HdrHistogram's interval log, version 2, one line for every interval and tag.
//! Tags are `role.operation.series`; values are nanoseconds; times are seconds after `BaseTime`, when measuring began.

use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use anyhow::{Context, anyhow};
use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{
        Deserializer, V2DeflateSerializer,
        interval_log::{IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag as LogTag},
    },
};
use rayon::prelude::*;

use super::LatencyInterval;
use crate::record::{Outcome, SharedHistogram, Tag};

/// The log shows each interval's largest value in milliseconds.
pub(super) const NS_A_MS: f64 = 1e6;

/// The whole log. A run that was too short for an interval has one line for each tag.
pub fn text(outcome: &Outcome) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    // Whole milliseconds, because that is what the header keeps: base and start are then the same moment.
    let began = outcome.began.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let began = UNIX_EPOCH + Duration::from_millis(began.as_millis() as u64);
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment(concat!(
            "mapstorm ",
            env!("CARGO_PKG_VERSION"),
            ": latencies in nanoseconds, by role.operation.series"
        ))
        .with_max_value_divisor(NS_A_MS)
        .with_start_time(began)
        .with_base_time(began)
        .begin_log_with(&mut text, &mut serializer)
        .context("latency.hlog")?;
    let mut line = |start_ns: u64, length_ns: u64, tag: &Tag, histogram: &Histogram<u64>| {
        let tag = format!("{}.{}.{}", tag.role, tag.operation, tag.series);
        let tag = LogTag::new(&tag).context("a histogram's tag has no comma, space or line break")?;
        let (start, length) = (Duration::from_nanos(start_ns), Duration::from_nanos(length_ns));
        log.write_histogram(histogram, start, length, Some(tag)).map_err(|error| anyhow!("latency.hlog: {error:?}"))
    };
    if outcome.intervals.is_empty() {
        for measured in &outcome.measured {
            line(0, outcome.measured_ns, &measured.tag, &measured.histogram)?;
        }
    }
    for interval in &outcome.intervals {
        for (tag, counts) in &interval.counts {
            line(interval.start_ns, interval.length_ns, tag, &counts.histogram())?;
        }
    }
    Ok(text)
}

/// Reads a log back: the sums of its histograms by tag.
pub fn read(text: &[u8]) -> anyhow::Result<BTreeMap<String, Histogram<u64>>> {
    let mut sums = BTreeMap::new();
    each(text, |tag, _, histogram| {
        let sum = sums.entry(tag.to_owned()).or_insert_with(SharedHistogram::empty);
        sum.add(histogram).map_err(|error| anyhow!("latency.hlog: {error:?}"))
    })?;
    Ok(sums)
}

/// Reads a log back in `count` blocks of time, each `length_ns` long: the sum of the histograms of all tags that are `wanted`,
/// as values (nanoseconds) and how often they came. An interval belongs to the block that it begins in; what lies behind the
/// last block belongs to that. `count` is at least 1.
pub fn blocks(
    text: &[u8],
    wanted: impl Fn(&str) -> bool,
    length_ns: u64,
    count: usize,
) -> anyhow::Result<Vec<Vec<(u64, u64)>>> {
    let mut blocks = vec![SharedHistogram::empty(); count.max(1)];
    each(text, |tag, start, histogram| {
        if !wanted(tag) {
            return Ok(());
        }
        let block = (start.as_nanos() / u128::from(length_ns.max(1))).min(blocks.len() as u128 - 1) as usize;
        blocks[block].add(histogram).map_err(|error| anyhow!("latency.hlog: {error:?}"))
    })?;
    Ok(blocks.iter().map(sparse).collect())
}

/// Reads a log back line by line, in its order: those whose tag is `wanted`.
pub fn intervals(text: &[u8], wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<LatencyInterval>> {
    let mut lines = Vec::new();
    for entry in IntervalLogIterator::new(text) {
        if let LogEntry::Interval(line) = entry.map_err(|error| anyhow!("latency.hlog: {error:?}"))?
            && wanted(line.tag().as_ref().map_or("", |tag| tag.as_str()))
        {
            lines.push(line);
        }
    }
    // Unpacking is nearly all of the work, and each line is its own.
    lines
        .into_par_iter()
        .map_init(Deserializer::new, |deserializer, line| {
            let histogram = unpacked(deserializer, line.encoded_histogram())?;
            Ok(LatencyInterval {
                start_ns: line.start_timestamp().as_nanos() as u64,
                length_ns: line.duration().as_nanos() as u64,
                tag: line.tag().map_or_else(String::new, |tag| tag.as_str().to_owned()),
                counts: sparse(&histogram),
            })
        })
        .collect()
}

/// Shows `see` every histogram of a log, with its tag and its begin since measuring began.
fn each(text: &[u8], mut see: impl FnMut(&str, Duration, &Histogram<u64>) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut deserializer = Deserializer::new();
    for entry in IntervalLogIterator::new(text) {
        let LogEntry::Interval(interval) = entry.map_err(|error| anyhow!("latency.hlog: {error:?}"))? else { continue };
        let histogram = unpacked(&mut deserializer, interval.encoded_histogram())?;
        let tag = interval.tag();
        see(tag.as_ref().map_or("", |tag| tag.as_str()), interval.start_timestamp(), &histogram)?;
    }
    Ok(())
}

pub(super) fn unpacked(deserializer: &mut Deserializer, text: &str) -> anyhow::Result<Histogram<u64>> {
    let bytes = STANDARD.decode(text).context("latency.hlog")?;
    deserializer.deserialize(&mut bytes.as_slice()).map_err(|error| anyhow!("latency.hlog: {error:?}"))
}

/// The values that occur, and how often.
fn sparse(histogram: &Histogram<u64>) -> Vec<(u64, u64)> {
    histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample::outcome;

    #[test]
    fn blocks_hold_what_began_in_them() {
        let text = text(&outcome()).unwrap();
        let of_reader = |tag: &str| tag == "reader.lookup.response";
        let counts = |blocks: &[Vec<(u64, u64)>]| -> Vec<u64> {
            blocks.iter().map(|block| block.iter().map(|(_, count)| count).sum()).collect()
        };
        assert_eq!(counts(&blocks(&text, of_reader, 100_000_000, 3).unwrap()), [2, 1, 0]);
        let two = blocks(&text, of_reader, 90_000_000, 2).unwrap();
        assert_eq!(counts(&two), [2, 1], "what lies behind the last block belongs to it");
        let value = two[1][0].0;
        assert!((5_000_000..5_100_000).contains(&value), "{value}");
        assert_eq!(counts(&blocks(&text, |_| false, 1, 0).unwrap()), [0]);
    }

    #[test]
    fn intervals_add_up_to_the_whole() {
        let mut outcome = outcome();
        for intervals in [6, 4] {
            let text = text(&outcome).unwrap();
            let lines = String::from_utf8_lossy(&text).lines().filter(|line| line.starts_with("Tag=")).count();
            assert_eq!(lines, intervals);
            let sums = read(&text).unwrap();
            assert_eq!(sums.len(), outcome.measured.len());
            for measured in &outcome.measured {
                let tag = format!("{}.{}.{}", measured.tag.role, measured.tag.operation, measured.tag.series);
                assert_eq!(sums[&tag], measured.histogram, "{tag}");
            }
            outcome.intervals.clear();
        }
    }
}
