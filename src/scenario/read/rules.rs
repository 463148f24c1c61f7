//! Rules between values: what contradicts, and what nothing could come of.
//! Each points at what was given, says what was meant to be true, and what would be.

use super::keys::{self, is_flat};
use super::problem::{Place, Problem};
use super::values::{Value, Values};
use crate::scenario::units::{format_bytes, format_duration_ns};

/// The least bytes a mailbox takes, by record style: only to report what cannot fit, so rather too little.
const LEAST_BYTES_2_3: u64 = 84;
const LEAST_BYTES_3_6: u64 = 280;
/// Skiplist offsets have 32 bits.
const SKIPLIST_LIMIT: u64 = 1 << 32;
const SECOND: u64 = 1_000_000_000;

/// Checks all rules; values known to be wrong are left out.
pub(super) fn check(values: &Values, problems: &mut Vec<Problem>) {
    one_kind_of_contents(values, problems);
    contents_agree(values, problems);
    flat_pages_are_replaced(values, problems);
    arrivals_agree("readers", values, problems);
    arrivals_agree("writer", values, problems);
    somebody_does_something(values, problems);
    ramp_fits(values, problems);
    every_instance_has_its_part(values, problems);
    skiplist_can_address_it(values, problems);
    interval_divides(values, problems);
    emulation_is_possible(values, problems);
}

/// What is emulated needs a writer, and a lock behind which no reader sees a page that is gone for a moment.
fn emulation_is_possible(values: &Values, problems: &mut Vec<Problem>) {
    let emulated = values.choice("writer", "emulate");
    let at = values.given("writer", "emulate");
    if emulated == Some("demap") && values.choice("readers", "lock") == Some("none") {
        problems.push(
            Problem::new("`demap` cannot be emulated without a lock")
                .at(at.clone(), "each page is gone for a moment")
                .at(values.given("readers", "lock"), "a reader without a lock would read zeros then")
                .help("give `readers.lock = \"fcntl\"` or `\"flock\"`"),
        );
    }
    if emulated != Some("stop-mappers") {
        for key in ["stop-time", "stop-time-per-mapper"] {
            if let Some(place) = values.given("writer", key) {
                problems.push(
                    Problem::new(format!("`writer.{key}` is given, but no reader is made to stand still"))
                        .at(place, "only `stop-mappers` uses it")
                        .help(format!("give `writer.emulate = \"stop-mappers\"`, or leave `{key}` out")),
                );
            }
        }
    }
}

const CONTENTS: [&str; 3] = ["size", "mailboxes", "source"];

fn one_kind_of_contents(values: &Values, problems: &mut Vec<Problem>) {
    let given: Vec<_> = CONTENTS.iter().filter_map(|key| Some((key, values.given("file", key)?))).collect();
    match given.as_slice() {
        [_] => {}
        [] => problems.push(
            Problem::new("nothing says what the file holds")
                .at(
                    values.sections.get("file").cloned().or(Some(Place::new(0, 0..0))),
                    "`size`, `mailboxes` or `source` is missing",
                )
                .help(
                    "in `[file]`, give `size = \"150MiB\"`, `mailboxes = 100000`, or `source = \"/path/mailboxes.db\"`",
                ),
        ),
        several => {
            let problem = Problem::new("`size`, `mailboxes` and `source` exclude each other");
            let point = |problem: Problem, (key, place): &(&&str, _)| {
                problem.at(Clone::clone(place), format!("`{key}` is given here"))
            };
            problems.push(several.iter().fold(problem, point).help("keep one of them"));
        }
    }
}

fn contents_agree(values: &Values, problems: &mut Vec<Problem>) {
    let records = values.given("file", "records");
    if let Some(source) = values.given("file", "source") {
        for (key, place) in [("format", values.given("file", "format")), ("records", records)] {
            if let Some(place) = place {
                problems.push(
                    Problem::new(format!("`file.{key}` and `file.source` exclude each other"))
                        .at(place, format!("`{key}` is for generated files"))
                        .at(source.clone(), "this file says itself what it is")
                        .help(format!("leave out `{key}`")),
                );
            }
        }
    } else if values.choice("file", "format") == Some("flat")
        && let Some(place) = records
    {
        problems.push(
            Problem::new("a `flat` file has no records")
                .at(place, "`records` means nothing here")
                .at(values.given("file", "format"), "the file is flat")
                .help("leave out `records`, or choose `format = \"skiplist\"` or `\"twoskip\"`"),
        );
    }
}

fn flat_pages_are_replaced(values: &Values, problems: &mut Vec<Problem>) {
    let (Some(place), Some(Value::Weights(weights))) =
        (values.given("writer", "operations"), values.get("writer", "operations"))
    else {
        return;
    };
    if is_flat(values) && weights.iter().any(|(name, weight)| *name != "replace" && *weight > 0.0) {
        problems.push(
            Problem::new("pages of a `flat` file can only be replaced")
                .at(place, "`store` and `delete` mean nothing here")
                .at(values.given("file", "format"), "the file is flat")
                .help("leave out `operations`, or give `operations = { replace = 1 }`"),
        );
    }
}

fn arrivals_agree(section: &'static str, values: &Values, problems: &mut Vec<Problem>) {
    let Some(arrivals) = values.choice(section, "arrivals") else { return };
    let (stray, why, instead) = if arrivals == "closed" {
        ("rate", "a closed loop has no rate: the system's own speed decides", "think")
    } else {
        ("think", "an open loop has no pauses: operations are due at their rate", "rate")
    };
    if let Some(place) = values.given(section, stray) {
        let other =
            if arrivals == "closed" { "`arrivals = \"poisson\"` or `\"even\"`" } else { "`arrivals = \"closed\"`" };
        let default = "arrivals are `poisson` unless said otherwise";
        let problem =
            Problem::new(format!("`{section}.{stray}` does not go with `{arrivals}` arrivals")).at(place, why);
        let problem = match values.given(section, "arrivals") {
            Some(place) => problem.at(place, "arrivals are chosen here"),
            None => problem.help(default),
        };
        problems.push(problem.help(format!("give `{instead}` instead of `{stray}`, or choose {other}")));
    }
}

fn somebody_does_something(values: &Values, problems: &mut Vec<Problem>) {
    if values.number("writer", "count") != Some(0) {
        return;
    }
    let count = values.given("writer", "count");
    if let Some(rate) = values.given("writer", "rate") {
        problems.push(
            Problem::new("a rate is given, but there is no writer")
                .at(rate, "nobody commits at this rate")
                .at(count.clone(), "there are 0 writers")
                .help("leave out `writer.rate`, or give `writer.count = 1`"),
        );
    }
    if values.number("readers", "count") == Some(0) {
        problems.push(
            Problem::new("there are neither readers nor writers")
                .at(values.given("readers", "count"), "no readers")
                .at(count, "no writers")
                .help("give `readers.count` or `writer.count`"),
        );
    }
}

fn ramp_fits(values: &Values, problems: &mut Vec<Problem>) {
    let Some(Value::Ramp(ramp)) = values.get("readers", "ramp") else { return };
    if let (Some(from), Some(count)) = (ramp.number("ramp", "from"), values.number("readers", "count"))
        && from > count
    {
        problems.push(
            Problem::new("the ramp begins above the number of readers")
                .at(ramp.given("ramp", "from"), format!("{from} mappers at the beginning"))
                .at(values.given("readers", "count"), format!("{count} readers in all"))
                .help(format!("allowed: `from` up to {count}")),
        );
    }
    if let (Some(over), Some(duration)) = (ramp.number("ramp", "over"), values.number("run", "duration"))
        && over > duration
    {
        let duration = format_duration_ns(duration);
        problems.push(
            Problem::new("the ramp is longer than the run")
                .at(ramp.given("ramp", "over"), format!("it would end after {}", format_duration_ns(over)))
                .at(values.given("run", "duration"), format!("the run measures {duration}"))
                .help(format!("allowed: `over` up to `run.duration`, {duration}")),
        );
    }
}

fn every_instance_has_its_part(values: &Values, problems: &mut Vec<Problem>) {
    let Some(instances) = values.number("instances", "count") else { return };
    let mut too_many = |what: &str, total: String, place, most: u64| {
        problems.push(
            Problem::new(format!("there are more instances than {what}"))
                .at(values.given("instances", "count").or(place), format!("{instances} instances share {total}"))
                .help(format!("allowed here: `instances.count` up to {most}")),
        );
    };
    if let Some(readers) = values.number("readers", "count")
        && instances > readers.max(1)
    {
        too_many("readers", format!("{readers} readers"), values.given("readers", "count"), readers.max(1));
    }
    if let Some(mailboxes) = values.number("file", "mailboxes")
        && instances > mailboxes
    {
        too_many("mailboxes", format!("{mailboxes} mailboxes"), values.given("file", "mailboxes"), mailboxes);
    }
    if let Some(bytes) = values.number("file", "size")
        && bytes / instances < 4096
    {
        let most = (bytes / 4096).max(1);
        too_many("4 KiB pages in the file", format_bytes(bytes), values.given("file", "size"), most);
    }
}

fn skiplist_can_address_it(values: &Values, problems: &mut Vec<Problem>) {
    let Some(instances) = values.number("instances", "count") else { return };
    if values.choice("file", "format") != Some("skiplist") || values.given("file", "source").is_some() {
        return;
    }
    let least = if values.choice("file", "records") == Some("cyrus-3.6") { LEAST_BYTES_3_6 } else { LEAST_BYTES_2_3 };
    let (key, bytes) = match (values.number("file", "size"), values.number("file", "mailboxes")) {
        (Some(bytes), None) => ("size", bytes),
        (None, Some(mailboxes)) => ("mailboxes", mailboxes.saturating_mul(least)),
        _ => return,
    };
    let each = bytes.div_ceil(instances);
    if each >= SKIPLIST_LIMIT {
        problems.push(
            Problem::new("a skiplist holds less than 4 GiB, as its offsets have 32 bits")
                .at(values.given("file", key), format!("at least {} in each instance", format_bytes(each)))
                .at(values.given("file", "format"), "the format is chosen here")
                .help("take less, more instances, or `format = \"twoskip\"`"),
        );
    }
}

fn interval_divides(values: &Values, problems: &mut Vec<Problem>) {
    let Some(interval) = values.number("run", "interval") else { return };
    let place = values.given("run", "interval");
    if !SECOND.is_multiple_of(interval) && !interval.is_multiple_of(SECOND) {
        problems.push(
            Problem::new("`run.interval` must divide one second, or be whole seconds")
                .at(place.clone(), "the timeline would not meet the full seconds")
                .help("take 10ms, 20ms, 50ms, 100ms, 200ms, 250ms, 500ms, 1s, 2s, …"),
        );
    }
    if let Some(duration) = values.number("run", "duration")
        && interval > duration
    {
        let longest = keys::find("run", "interval").map(|key| key.kind.allowed()).unwrap_or_default();
        let interval = format_duration_ns(interval);
        problems.push(
            Problem::new("the timeline's interval is longer than the run")
                .at(place.or(values.given("run", "duration")), format!("the interval is {interval}"))
                .help(format!("allowed: `run.interval` up to `run.duration`, and {longest}")),
        );
    }
}
