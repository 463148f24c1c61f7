//! `latency.hlog`: HdrHistogram's interval log, version 2, one line for every interval and tag.
//! Tags are `role.operation.series`; values are nanoseconds; times are seconds after `BaseTime`, when measuring began.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
    str::from_utf8,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, anyhow, bail};
use hdrhistogram::{
    Histogram,
    serialization::{
        V2DeflateSerializer,
        interval_log::{IntervalLogHistogram, IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag as LogTag},
    },
};

use super::{LatencyInterval, MAPSTORM_VERSION, limits::LONGEST_NS, run_files::file, unpacker::Unpacker};
use crate::{
    driver::outcome::{Outcome, Role, Tag},
    shm::{Series, SharedHistogram},
};

/// The log shows each interval's largest value in milliseconds.
const NS_A_MS: f64 = 1e6;

/// The most operations in a log, and the most tags: a histogram is kept for each.
const MOST_VALUES: u64 = 1_000_000_000_000_000;
const MOST_TAGS: usize = 1000;

/// Role, operation and series of a tag; `None`: it is not one of ours.
pub fn names_of(tag: &str) -> Option<(Role, &str, Series)> {
    let mut names = tag.splitn(3, '.');
    Some((Role::named(names.next()?)?, names.next()?, Series::named(names.next()?)?))
}

/// The whole log. A run that was too short for an interval has one line for each tag.
pub fn text(outcome: &Outcome) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    // Whole milliseconds, because that is what the header keeps: base and start are then the same moment.
    let began = outcome.began.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let began = UNIX_EPOCH + Duration::from_millis(began.as_millis() as u64);
    let comment = format!("mapstorm {MAPSTORM_VERSION}: latencies in nanoseconds, by role.operation.series");
    let mut log = header(&comment, began, began).begin_log_with(&mut text, &mut serializer).context("latency.hlog")?;
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
    for_each_line(
        text,
        |_| true,
        |tag, _, counts| {
            let sum = sums.entry(tag.to_owned()).or_insert_with(SharedHistogram::empty);
            // No value is out of its bounds.
            counts.iter().for_each(|(value, count)| sum.saturating_record_n(*value, *count));
        },
    )?;
    Ok(sums)
}

/// Reads a log back line by line, in its order: those whose tag is `wanted`.
pub fn intervals(text: &[u8], wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<LatencyInterval>> {
    let mut intervals = Vec::new();
    for_each_line(text, wanted, |tag, [start_ns, length_ns], counts| {
        intervals.push(LatencyInterval { start_ns, length_ns, tag: tag.to_owned(), counts: counts.to_vec() });
    })?;
    Ok(intervals)
}

/// Shows `see` the histograms of a log whose tag is `wanted`, each with its tag, its begin since measuring began and its length: the values
/// that came, rising, and how often each.
fn for_each_line(
    text: &[u8],
    wanted: impl Fn(&str) -> bool,
    mut see: impl FnMut(&str, [u64; 2], &[(u64, u64)]),
) -> anyhow::Result<()> {
    let mut unpacker = Unpacker::new()?;
    let (mut tags, mut values) = (HashSet::new(), 0);
    for entry in entries(text, wanted)? {
        let LogEntry::Interval(line) = entry? else { continue };
        let tag = tag_of(&line);
        if !tags.contains(tag) {
            tags.insert(tag.to_owned());
        }
        if tags.len() > MOST_TAGS {
            bail!("latency.hlog: more than {MOST_TAGS} tags; so many are not possible");
        }
        let counts = unpacker.counts(line.encoded_histogram())?;
        values += counts.iter().map(|(_, count)| u128::from(*count)).sum::<u128>();
        if values > u128::from(MOST_VALUES) {
            bail!("latency.hlog: {values} values; at most {MOST_VALUES} are possible");
        }
        see(tag, [ns(line.start_timestamp())?, ns(line.duration())?], counts);
    }
    Ok(())
}

/// The header of a log, and the histograms whose tag is `wanted`. Lines of other tags are not looked into: they are most of a log.
fn entries(
    log: &[u8],
    wanted: impl Fn(&str) -> bool,
) -> anyhow::Result<impl Iterator<Item = anyhow::Result<LogEntry<'_>>>> {
    let lines = (1..).zip(from_utf8(log).context("latency.hlog")?.split_inclusive('\n'));
    let lines = lines.filter(move |(_, line)| tag_in(line).is_none_or(&wanted));
    Ok(lines.flat_map(|(number, line)| {
        let at_line = move |error| anyhow!("latency.hlog, line {number}: {error:?}");
        IntervalLogIterator::new(line.as_bytes()).map(move |entry| entry.map_err(at_line))
    }))
}

/// The tag of a line that begins as one of a histogram does, empty if it has none; `None`: it is of the header.
fn tag_in(line: &str) -> Option<&str> {
    match line.strip_prefix("Tag=") {
        Some(tagged) => tagged.split(',').next(),
        None => line.starts_with(|first: char| first.is_ascii_digit()).then_some(""),
    }
}

fn tag_of<'a>(line: &IntervalLogHistogram<'a>) -> &'a str {
    line.tag().map_or("", |tag| tag.as_str())
}

fn ns(time: Duration) -> anyhow::Result<u64> {
    match u64::try_from(time.as_nanos()) {
        Ok(ns) if ns <= LONGEST_NS as u64 => Ok(ns),
        _ => bail!("latency.hlog: a time of {} s; at most {LONGEST_NS} ns are possible", time.as_secs()),
    }
}

/// The histogram log of a run directory, byte by byte, once all of it has been read, and the tags in it.
pub fn histogram_log(directory: &Path) -> anyhow::Result<(Vec<u8>, BTreeSet<String>)> {
    let log = file(directory, "latency.hlog")?;
    let tags = read(&log)?.into_keys().collect();
    Ok((log, tags))
}

/// The lines of a histogram log whose tag is `wanted`, as a log with the same beginning of time. Times and histograms stay what they were;
/// only the compression may come out differently.
pub fn log_of_tags(log: &[u8], wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<u8>> {
    let (mut start, mut base) = (UNIX_EPOCH, UNIX_EPOCH);
    let mut lines = Vec::new();
    for entry in entries(log, |tag| !tag.is_empty() && wanted(tag))? {
        match entry? {
            LogEntry::StartTime(at) => start = since_1970(at)?,
            LogEntry::BaseTime(at) => base = since_1970(at)?,
            LogEntry::Interval(line) => lines.push(line),
        }
    }
    let mut text = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let comment = format!("mapstorm {MAPSTORM_VERSION}: some tags of a run; latencies in nanoseconds");
    let mut writer =
        header(&comment, start, base).begin_log_with(&mut text, &mut serializer).context("a histogram log")?;
    let mut unpacker = Unpacker::new()?;
    for line in lines {
        let histogram = unpacker.histogram(line.encoded_histogram())?;
        writer
            .write_histogram(&histogram, line.start_timestamp(), line.duration(), LogTag::new(tag_of(&line)))
            .map_err(|error| anyhow!("a histogram log: {error:?}"))?;
    }
    Ok(text)
}

fn since_1970(time: Duration) -> anyhow::Result<SystemTime> {
    UNIX_EPOCH.checked_add(time).with_context(|| format!("latency.hlog: begins {} s after 1970", time.as_secs()))
}

fn header(comment: &str, start: SystemTime, base: SystemTime) -> IntervalLogWriterBuilder {
    let mut header = IntervalLogWriterBuilder::new();
    header.add_comment(comment).with_max_value_divisor(NS_A_MS).with_start_time(start).with_base_time(base);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn intervals_add_up_to_the_whole() {
        let mut outcome = fixtures::outcome();
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
