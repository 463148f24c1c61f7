//! Rules between values: contradictions, and scenarios in which nothing would happen.

use super::keys::{self, is_flat};
use super::problem::{Place, Problem};
use super::values::{Value, Values};
use crate::scenario::units::{format_bytes, format_duration_ns};

/// The least bytes a mailbox takes, by record style: only to report what cannot fit, so rather too little.
const LEAST_BYTES_2_3: u64 = 84;
const LEAST_BYTES_3_6: u64 = 280;
const LEAST_BYTES_3_13: u64 = 460;
/// Skiplist offsets have 32 bits.
const SKIPLIST_LIMIT: u64 = 1 << 32;
const SECOND: u64 = 1_000_000_000;
const CONTENTS: [&str; 3] = ["size", "mailboxes", "source"];

/// All rules, each with the problem that it finds. A value that is known to be wrong breaks none of them.
const RULES: [fn(&Values) -> Option<Problem>; 26] = [
    one_kind_of_contents,
    |values| nothing_but_a_source(values, "format"),
    |values| nothing_but_a_source(values, "records"),
    flat_files_have_no_records,
    flat_pages_are_replaced,
    |values| arrivals_agree(values, "readers"),
    |values| arrivals_agree(values, "writer"),
    a_rate_needs_a_writer,
    there_are_workers,
    the_ramp_begins_with_fewer_readers,
    the_ramp_ends_within_the_run,
    |values| instances_share(values, "readers", ("readers", "count"), |total| total.max(1), |n| format!("{n} readers")),
    |values| instances_share(values, "mailboxes", ("file", "mailboxes"), |total| total, |n| format!("{n} mailboxes")),
    |values| instances_share(values, "4 KiB pages in the file", ("file", "size"), |total| total / 4096, format_bytes),
    a_skiplist_can_address_it,
    the_interval_divides_a_second,
    the_interval_fits_the_run,
    demap_needs_a_lock,
    |values| only_stopped_readers_have_a_stop_time(values, "stop-time"),
    |values| only_stopped_readers_have_a_stop_time(values, "stop-time-per-mapper"),
    threads_need_a_lock_of_their_own,
    twom_locks_ranges,
    only_threads_have_siblings,
    a_thread_writes_among_threads,
    only_a_thread_unmaps,
    threads_emulate_nothing,
];

pub(super) fn check(values: &Values, problems: &mut Vec<Problem>) {
    problems.extend(RULES.iter().filter_map(|rule| rule(values)));
}

fn one_kind_of_contents(values: &Values) -> Option<Problem> {
    let given: Vec<_> = CONTENTS.iter().filter_map(|key| Some((key, values.given("file", key)?))).collect();
    match given.as_slice() {
        [_] => None,
        [] => {
            let file = values.sections.get("file").cloned().unwrap_or(Place::new(0, 0..0));
            let problem = Problem::new("nothing says what the file holds");
            let help =
                "in `[file]`, give `size = \"150MiB\"`, `mailboxes = 100000`, or `source = \"/path/mailboxes.db\"`";
            Some(problem.at(file, "`size`, `mailboxes` or `source` is missing").help(help))
        }
        several => {
            let problem = Problem::new("`size`, `mailboxes` and `source` exclude each other");
            let point = |problem: Problem, (key, place): &(&&str, Place)| {
                problem.at(place.clone(), format!("`{key}` is given here"))
            };
            Some(several.iter().fold(problem, point).help("keep one of them"))
        }
    }
}

fn nothing_but_a_source(values: &Values, key: &'static str) -> Option<Problem> {
    let (source, place) = (values.given("file", "source")?, values.given("file", key)?);
    let problem = Problem::new(format!("`file.{key}` and `file.source` exclude each other"))
        .at(place, format!("`{key}` is for generated files"))
        .at(source, "this file says itself what it is");
    Some(problem.help(format!("leave out `{key}`")))
}

fn flat_files_have_no_records(values: &Values) -> Option<Problem> {
    let place = values.given("file", "records").filter(|_| is_flat(values))?;
    let problem = Problem::new("a `flat` file has no records")
        .at(place, "`records` means nothing here")
        .at(values.given("file", "format"), "the file is flat");
    Some(problem.help("leave out `records`, or choose `format = \"skiplist\"`, `\"twoskip\"` or `\"twom\"`"))
}

fn flat_pages_are_replaced(values: &Values) -> Option<Problem> {
    let place = values.given("writer", "operations").filter(|_| is_flat(values))?;
    let Value::Weights(weights) = values.get("writer", "operations")? else { return None };
    weights.iter().find(|(name, weight)| *name != "replace" && *weight > 0.0)?;
    let problem = Problem::new("pages of a `flat` file can only be replaced")
        .at(place, "`store` and `delete` mean nothing here")
        .at(values.given("file", "format"), "the file is flat");
    Some(problem.help("leave out `operations`, or give `operations = { replace = 1 }`"))
}

fn arrivals_agree(values: &Values, section: &'static str) -> Option<Problem> {
    let arrivals = values.choice(section, "arrivals")?;
    let (stray, why, instead, others) = if arrivals == "closed" {
        let why = "a closed loop has no rate: the system's own speed decides";
        ("rate", why, "think", "`arrivals = \"poisson\"` or `\"even\"`")
    } else {
        let why = "an open loop has no pauses: operations are due at their rate";
        ("think", why, "rate", "`arrivals = \"closed\"`")
    };
    let place = values.given(section, stray)?;
    let problem = Problem::new(format!("`{section}.{stray}` does not go with `{arrivals}` arrivals")).at(place, why);
    let problem = match values.given(section, "arrivals") {
        Some(place) => problem.at(place, "arrivals are chosen here"),
        None => problem.help("arrivals are `poisson` unless said otherwise"),
    };
    Some(problem.help(format!("give `{instead}` instead of `{stray}`, or choose {others}")))
}

fn a_rate_needs_a_writer(values: &Values) -> Option<Problem> {
    let rate = values.given("writer", "rate").filter(|_| values.number("writer", "count") == Some(0))?;
    let problem = Problem::new("a rate is given, but there is no writer")
        .at(rate, "no process commits at this rate")
        .at(values.given("writer", "count"), "there are 0 writers");
    Some(problem.help("leave out `writer.rate`, or give `writer.count = 1`"))
}

fn there_are_workers(values: &Values) -> Option<Problem> {
    let counts = [values.number("writer", "count")?, values.number("readers", "count")?];
    (counts == [0, 0]).then(|| {
        Problem::new("there are neither readers nor writers")
            .at(values.given("readers", "count"), "no readers")
            .at(values.given("writer", "count"), "no writers")
            .help("give `readers.count` or `writer.count`")
    })
}

fn ramp(values: &Values) -> Option<&Values> {
    if let Value::Ramp(ramp) = values.get("readers", "ramp")? { Some(ramp) } else { None }
}

fn the_ramp_begins_with_fewer_readers(values: &Values) -> Option<Problem> {
    let (from, count) = (ramp(values)?.number("ramp", "from")?, values.number("readers", "count")?);
    (from > count).then(|| {
        Problem::new("the ramp begins above the number of readers")
            .at(ramp(values).and_then(|ramp| ramp.given("ramp", "from")), format!("{from} mappers at the beginning"))
            .at(values.given("readers", "count"), format!("{count} readers in all"))
            .help(format!("allowed: `from` up to {count}"))
    })
}

fn the_ramp_ends_within_the_run(values: &Values) -> Option<Problem> {
    let (over, duration) = (ramp(values)?.number("ramp", "over")?, values.number("run", "duration")?);
    let [end, run] = [over, duration].map(format_duration_ns);
    (over > duration).then(|| {
        Problem::new("the ramp is longer than the run")
            .at(ramp(values).and_then(|ramp| ramp.given("ramp", "over")), format!("it would end after {end}"))
            .at(values.given("run", "duration"), format!("the run measures {run}"))
            .help(format!("allowed: `over` up to `run.duration`, {run}"))
    })
}

/// Every instance has a part of what all share: `most` instances can, of a total that `show` puts into words.
fn instances_share(
    values: &Values,
    what: &str,
    (section, key): (&'static str, &'static str),
    most: fn(u64) -> u64,
    show: fn(u64) -> String,
) -> Option<Problem> {
    let (instances, total) = (values.number("instances", "count")?, values.number(section, key)?);
    let place = values.given("instances", "count").or(values.given(section, key));
    (instances > most(total)).then(|| {
        Problem::new(format!("there are more instances than {what}"))
            .at(place, format!("{instances} instances share {}", show(total)))
            .help(format!("allowed here: `instances.count` up to {}", most(total).max(1)))
    })
}

fn a_skiplist_can_address_it(values: &Values) -> Option<Problem> {
    let instances = values.number("instances", "count")?;
    if !values.is("file", "format", "skiplist") || values.given("file", "source").is_some() {
        return None;
    }
    let least = match values.choice("file", "records") {
        Some("cyrus-3.6") => LEAST_BYTES_3_6,
        Some("cyrus-3.13") => LEAST_BYTES_3_13,
        // The census's are longer on average.
        _ => LEAST_BYTES_2_3,
    };
    let (key, bytes) = match (values.number("file", "size"), values.number("file", "mailboxes")) {
        (Some(bytes), None) => ("size", bytes),
        (None, Some(mailboxes)) => ("mailboxes", mailboxes.saturating_mul(least)),
        _ => return None,
    };
    let bytes_each = bytes.div_ceil(instances);
    (bytes_each >= SKIPLIST_LIMIT).then(|| {
        Problem::new("a skiplist holds less than 4 GiB, as its offsets have 32 bits")
            .at(values.given("file", key), format!("at least {} in each instance", format_bytes(bytes_each)))
            .at(values.given("file", "format"), "the format is chosen here")
            .help("take less, more instances, or `format = \"twoskip\"`")
    })
}

fn the_interval_divides_a_second(values: &Values) -> Option<Problem> {
    let interval = values.number("run", "interval")?;
    (!SECOND.is_multiple_of(interval) && !interval.is_multiple_of(SECOND)).then(|| {
        Problem::new("`run.interval` must divide one second, or be whole seconds")
            .at(values.given("run", "interval"), "the timeline would not meet the full seconds")
            .help("take 10ms, 20ms, 50ms, 100ms, 200ms, 250ms, 500ms, 1s, 2s, …")
    })
}

fn the_interval_fits_the_run(values: &Values) -> Option<Problem> {
    let (interval, duration) = (values.number("run", "interval")?, values.number("run", "duration")?);
    let place = values.given("run", "interval").or(values.given("run", "duration"));
    let range = keys::find("run", "interval").map(|key| key.kind.allowed()).unwrap_or_default();
    (interval > duration).then(|| {
        Problem::new("the timeline's interval is longer than the run")
            .at(place, format!("the interval is {}", format_duration_ns(interval)))
            .help(format!("allowed: `run.interval` up to `run.duration`, and {range}"))
    })
}

/// A page is gone for a moment while it is unmapped: only a lock keeps readers from seeing that.
fn demap_needs_a_lock(values: &Values) -> Option<Problem> {
    (values.is("writer", "emulate", "demap") && values.is("readers", "lock", "none")).then(|| {
        Problem::new("`demap` cannot be emulated without a lock")
            .at(values.given("writer", "emulate"), "each page is gone for a moment")
            .at(values.given("readers", "lock"), "a reader without a lock would read zeros then")
            .help("give `readers.lock = \"fcntl\"` or `\"flock\"`")
    })
}

fn are_threads(values: &Values) -> bool {
    values.is("readers", "as", "threads")
}

/// A record lock of `fcntl(2)` is the process's: a thread gets what its sibling holds.
fn threads_need_a_lock_of_their_own(values: &Values) -> Option<Problem> {
    (are_threads(values) && values.is("readers", "lock", "fcntl")).then(|| {
        Problem::new("threads cannot exclude each other by `fcntl`")
            .at(values.given("readers", "as"), "readers are threads of a process")
            .at(values.given("readers", "lock"), "this lock is the whole process's")
            .help("give `readers.lock = \"ofd\"`, `\"flock\"` or `\"none\"`")
    })
}

/// Twom locks some bytes of the file and releases others.
fn twom_locks_ranges(values: &Values) -> Option<Problem> {
    let is_generated = values.given("file", "source").is_none();
    (is_generated && values.is("file", "format", "twom") && values.is("readers", "lock", "flock")).then(|| {
        Problem::new("a `twom` file cannot be locked by `flock`")
            .at(values.given("readers", "lock"), "this lock is on the whole file")
            .at(values.given("file", "format"), "the format locks ranges of bytes")
            .help("give `readers.lock = \"fcntl\"`, `\"ofd\"` or `\"none\"`")
    })
}

fn only_threads_have_siblings(values: &Values) -> Option<Problem> {
    let place = values.given("readers", "threads-per-process").filter(|_| values.is("readers", "as", "processes"))?;
    let problem = Problem::new("`readers.threads-per-process` is given, but readers are processes");
    Some(problem.at(place, "only `threads` have siblings").help("give `readers.as = \"threads\"`, or leave it out"))
}

fn a_thread_writes_among_threads(values: &Values) -> Option<Problem> {
    let no_threads = values.is("readers", "as", "processes") || values.number("readers", "count") == Some(0);
    (values.is("writer", "as", "thread") && no_threads).then(|| {
        Problem::new("a writer can be a thread only among readers that are threads")
            .at(values.given("writer", "as"), "a thread of which process?")
            .help("give `readers.as = \"threads\"` and at least one reader, or `writer.as = \"process\"`")
    })
}

fn only_a_thread_unmaps(values: &Values) -> Option<Problem> {
    let unmaps = values.number("writer", "unmaps").is_some_and(|pages| pages > 0);
    (unmaps && values.is("writer", "as", "process")).then(|| {
        Problem::new("`writer.unmaps` is given, but the writer is a process")
            .at(values.given("writer", "unmaps"), "only a `thread` has siblings whose CPUs are interrupted")
            .help("give `writer.as = \"thread\"`, or leave it out")
    })
}

/// What other systems are imitated by acts on whole processes.
fn threads_emulate_nothing(values: &Values) -> Option<Problem> {
    let emulates = values.choice("writer", "emulate").is_some_and(|what| what != "nothing");
    (are_threads(values) && emulates).then(|| {
        Problem::new("nothing can be emulated with threads")
            .at(values.given("writer", "emulate"), "it acts on one process for each reader")
            .at(values.given("readers", "as"), "readers are threads of a process")
            .help("give `readers.as = \"processes\"`, or leave `writer.emulate` out")
    })
}

fn only_stopped_readers_have_a_stop_time(values: &Values, key: &'static str) -> Option<Problem> {
    let stops_none = values.choice("writer", "emulate").is_some_and(|what| what != "stop-mappers");
    let place = values.given("writer", key).filter(|_| stops_none)?;
    let problem = Problem::new(format!("`writer.{key}` is given, but no reader is stopped"));
    let help = format!("give `writer.emulate = \"stop-mappers\"`, or leave `{key}` out");
    Some(problem.at(place, "only `stop-mappers` uses it").help(help))
}
