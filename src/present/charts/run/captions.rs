//! Words that all charts of a run share: where and when it was measured, what is behind it, why something is not there.

use crate::{
    results::{Availability, TimeSeries, Totals, cpus_in_short},
    scenario::{
        Arrivals,
        units::{format_bytes, format_duration_ns},
    },
};

/// Machine, scenario and crowd, in one line.
pub fn measured_where(time_series: &TimeSeries) -> String {
    let (machine, scenario) = (&time_series.run.environment, &time_series.run.scenario);
    let cpus = format!(", {}", cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota));
    let file_system = machine.file_system.value().map_or("an unknown file system", |found| &found.kind);
    let size = time_series.run.files.first().and_then(|file| file.bytes_at_start.value());
    let size = size.map_or_else(String::new, |bytes| format!(" of {}", format_bytes(*bytes)));
    let format = time_series.run.files.first().map_or("unknown", |file| file.format.name());
    let instances = match scenario.instances.count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let emulation = scenario.writer.emulate;
    let emulated = if emulation.is_nothing() { String::new() } else { format!("EMULATED {}: ", emulation.name()) };
    format!(
        "{emulated}{}: {}, {} {}{cpus}; {} and {} on {instances} ({format}{size}) on {file_system}",
        scenario.name,
        machine.host,
        machine.system,
        machine.kernel,
        plural(u64::from(scenario.readers.count), "reader"),
        plural(u64::from(scenario.writers_total()), "writer"),
    )
}

/// Such as `1 reader`, `6000 readers`.
pub fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A time in seconds as people say it.
pub fn seconds(seconds: f64) -> String {
    format_duration_ns((seconds * 1e9).round().max(0.0) as u64)
}

/// What was due and done, how long it was measured, and whether the run was cut short.
pub fn behind(time_series: &TimeSeries) -> String {
    let (summary, scenario) = (&time_series.run.summary, &time_series.run.scenario);
    let done = |what: &str, workers: u32, totals: &Totals| match workers {
        0 => format!("there were no {what}"),
        _ => format!("of {} operations that came due for {what}, {} completed", totals.due, totals.completed),
    };
    let mut text = format!(
        "Measured for {}: {}; {}.",
        format_duration_ns(summary.measured_ns),
        done("readers", scenario.readers.count, &summary.readers),
        done("writers", scenario.writers_total(), &summary.writers),
    );
    if !summary.complete {
        match summary.incomplete_because.as_slice() {
            [] => text.push_str(" INCOMPLETE: the run was interrupted, or workers were lost."),
            reasons => text.push_str(&format!(" INCOMPLETE: {}.", reasons.join("; "))),
        }
    }
    if summary.errors > 0 {
        text.push_str(&format!(" {} failed.", plural(summary.errors, "operation")));
    }
    text
}

/// Whether the next operation comes after the one before: then none starts late.
pub fn closed(arrivals: &Arrivals) -> bool {
    matches!(arrivals, Arrivals::Closed { .. })
}

/// Why the counters have nothing of these columns; older results say it of their source only, of which the name has one of these words.
pub fn unavailable(time_series: &TimeSeries, columns: &[&str], words: &[&str]) -> String {
    let Some(_) = time_series.run.recording else {
        return "unavailable: the scenario wanted no evidence (run.evidence = false)".to_owned();
    };
    let why: Vec<&str> = columns.iter().filter_map(|column| time_series.run.environment.why_not(column)).collect();
    if let Some(why) = why.first() {
        return format!("unavailable: {why}");
    }
    let sources = &time_series.run.environment.evidence;
    let told = |words: &[&str]| {
        sources.iter().filter(|source| words.iter().any(|word| source.source.contains(word))).find_map(|source| {
            match &source.available {
                Availability::Unavailable { unavailable } => Some(format!("unavailable: {unavailable}")),
                Availability::Value(_) => None,
            }
        })
    };
    // A system that is not asked at all has one source with the reason for everything.
    let told = told(words).or_else(|| told(&["counters"]));
    told.unwrap_or_else(|| "unavailable: counters.csv has no such column, or no value in it".to_owned())
}

pub fn origin(time_series: &TimeSeries) -> String {
    crate::present::charts::page::origin_of(&time_series.run)
}
