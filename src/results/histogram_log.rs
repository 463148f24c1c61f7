//! `latency.hlog`: HdrHistogram's interval log, version 2, one line for every interval and tag.
//! Tags are `role.operation.series`; values are nanoseconds; times are seconds after `BaseTime`, when measuring began.

use std::{
    collections::{BTreeMap, HashSet},
    io::Read,
    time::{Duration, UNIX_EPOCH},
};

use anyhow::{Context, anyhow, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::ZlibDecoder;
use hdrhistogram::{
    Histogram,
    serialization::{
        Deserializer, V2DeflateSerializer,
        interval_log::{IntervalLogHistogram, IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag as LogTag},
    },
};

use super::{LatencyInterval, limits::LONGEST_NS};
use crate::{
    driver::outcome::{Outcome, Tag},
    shm::{HIGHEST_NS, SharedHistogram},
};

/// The log shows each interval's largest value in milliseconds.
pub(super) const NS_A_MS: f64 = 1e6;

/// Before a packed histogram: its cookie and its length. Before its counters, once unpacked: cookie, length, offset, digits, lowest,
/// highest, ratio; the places of the length, of the digits and of the highest.
const PACKED_HEADER: usize = 8;
const HEADER: usize = 40;
const LENGTH_AT: usize = 4;
const DIGITS_AT: usize = 12;
const HIGHEST_AT: usize = 24;
/// The most digits that are told apart, and so the most counters: each takes at most nine bytes.
const MOST_DIGITS: u32 = 3;
const MOST_COUNTERS: usize = 36 << 10;
/// The most operations in a log, and the most tags: a histogram is kept for each.
const MOST_VALUES: u64 = 1_000_000_000_000_000;
const MOST_TAGS: usize = 1000;

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
        if sums.len() == MOST_TAGS && !sums.contains_key(tag) {
            bail!("latency.hlog: more than {MOST_TAGS} tags; so many are not possible");
        }
        let sum = sums.entry(tag.to_owned()).or_insert_with(SharedHistogram::empty);
        sum.add(histogram).map_err(|error| anyhow!("latency.hlog: {error:?}"))
    })?;
    Ok(sums)
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
    let tag = |line: &IntervalLogHistogram| line.tag().map(|tag| tag.as_str().to_owned());
    if lines.iter().map(tag).collect::<HashSet<_>>().len() > MOST_TAGS {
        bail!("latency.hlog: more than {MOST_TAGS} tags; so many are not possible");
    }
    // In one thread: what-ifs read a finished run and fork the next one, and threads of a pool never end.
    let mut deserializer = Deserializer::new();
    let intervals: Vec<LatencyInterval> = lines
        .into_iter()
        .map(|line| {
            let histogram = unpacked(&mut deserializer, line.encoded_histogram())?;
            Ok(LatencyInterval {
                start_ns: ns(line.start_timestamp())?,
                length_ns: ns(line.duration())?,
                tag: line.tag().map_or_else(String::new, |tag| tag.as_str().to_owned()),
                counts: sparse(&histogram),
            })
        })
        .collect::<anyhow::Result<_>>()?;
    enough(intervals.iter().flat_map(|interval| &interval.counts).map(|(_, count)| u128::from(*count)).sum())?;
    Ok(intervals)
}

/// A time of a log, nanoseconds.
fn ns(time: Duration) -> anyhow::Result<u64> {
    match u64::try_from(time.as_nanos()) {
        Ok(ns) if ns <= LONGEST_NS as u64 => Ok(ns),
        _ => bail!("latency.hlog: a time of {} s; at most {LONGEST_NS} ns are possible", time.as_secs()),
    }
}

/// Counts are added up.
fn enough(values: u128) -> anyhow::Result<()> {
    match values <= u128::from(MOST_VALUES) {
        true => Ok(()),
        false => bail!("latency.hlog: {values} values; at most {MOST_VALUES} are possible"),
    }
}

/// Shows `see` every histogram of a log, with its tag and its begin since measuring began.
fn each(text: &[u8], mut see: impl FnMut(&str, Duration, &Histogram<u64>) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut deserializer = Deserializer::new();
    let mut values = 0;
    for entry in IntervalLogIterator::new(text) {
        let LogEntry::Interval(interval) = entry.map_err(|error| anyhow!("latency.hlog: {error:?}"))? else { continue };
        let histogram = unpacked(&mut deserializer, interval.encoded_histogram())?;
        values += u128::from(histogram.len());
        enough(values)?;
        ns(interval.start_timestamp())?;
        let tag = interval.tag();
        see(tag.as_ref().map_or("", |tag| tag.as_str()), interval.start_timestamp(), &histogram)?;
    }
    Ok(())
}

/// Unpacks a histogram. The library allocates what the header asks for, so that is looked at before.
pub(super) fn unpacked(deserializer: &mut Deserializer, text: &str) -> anyhow::Result<Histogram<u64>> {
    let bytes = STANDARD.decode(text).context("latency.hlog")?;
    let packed = bytes.get(PACKED_HEADER..).context("latency.hlog: a histogram without a header")?;
    let mut plain = Vec::new();
    let most = HEADER + 9 * MOST_COUNTERS;
    ZlibDecoder::new(packed).take(most as u64 + 1).read_to_end(&mut plain).context("latency.hlog")?;
    let number = |at: usize| plain.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    let highest = plain.get(HIGHEST_AT..HIGHEST_AT + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    let is_whole = plain.len() <= most && number(LENGTH_AT).map(|length| length as usize + HEADER) == Some(plain.len());
    if !is_whole || number(DIGITS_AT) > Some(MOST_DIGITS) || highest > Some(HIGHEST_NS) {
        bail!(
            "latency.hlog: a histogram with other bounds than a run's: {MOST_DIGITS} digits and {HIGHEST_NS} ns at most"
        );
    }
    deserializer.deserialize(&mut plain.as_slice()).map_err(|error| anyhow!("latency.hlog: {error:?}"))
}

/// The values that occur, and how often.
fn sparse(histogram: &Histogram<u64>) -> Vec<(u64, u64)> {
    histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures::outcome;

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
