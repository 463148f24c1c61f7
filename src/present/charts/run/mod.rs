//! Charts of one run: what came due and was done as time went by, and how long it took.
//! All of it is read back from the run directory, so an old run is drawn as well as a new one.

pub(crate) mod columns;
pub(crate) mod freezes;

mod grid;
mod over_time;
mod part;
mod percentiles;
mod phases;
mod stacks;
#[cfg(test)]
mod tests;
mod timeline;

use super::{Chart, Origin, Panel, Plot, page, rendered};
use crate::{
    conclude::wording::count,
    results::{TimeSeries, Totals},
    scenario::{
        Arrivals,
        units::{format_bytes, format_duration_ns},
    },
};

/// Draws a run: the freeze timeline, latency by percentile, latency over time, the phases of readers and writers, kernel stacks. A run in
/// which nothing completed has the timeline only.
pub fn run_charts(time_series: &TimeSeries) -> anyhow::Result<Vec<Chart>> {
    rendered([
        Some(timeline::plot(time_series)),
        percentiles::plot(time_series),
        over_time::plot(time_series),
        phases::plot(time_series),
        stacks::plot(time_series),
    ])
}

/// A plot of a run with this caption and what is behind the data.
fn plot(time_series: &TimeSeries, [name, title, caption]: [&str; 3], panels: Vec<Panel>) -> Plot {
    let origin = Origin { measured: measured(time_series), source: page::source_of(&time_series.run) };
    let mut plot = Plot::new(name, title, origin, panels);
    plot.say(caption);
    plot.say(behind(time_series));
    plot
}

/// Machine, scenario and workers, in one line.
fn measured(time_series: &TimeSeries) -> String {
    let (machine, scenario) = (&time_series.run.environment, &time_series.run.scenario);
    let cpus = page::machine_of(machine);
    let file_system = machine.file_system.value().map_or("an unknown file system", |found| &found.kind);
    let size = time_series.run.files.first().and_then(|file| file.bytes_at_start.value());
    let size = size.map_or_else(String::new, |bytes| format!(" of {}", format_bytes(*bytes)));
    let format = time_series.run.files.first().map_or("unknown", |file| file.format.name());
    let instances = count(scenario.instances.count, "file");
    let emulation = scenario.writer.emulate;
    let emulated = if emulation.is_nothing() { String::new() } else { format!("EMULATED {}: ", emulation.name()) };
    let readers = count(scenario.readers.count, "reader");
    let writers = count(scenario.writers_total(), "writer");
    let name = &scenario.name;
    format!("{emulated}{name}: {cpus}; {readers} and {writers} on {instances} ({format}{size}) on {file_system}")
}

/// What was due and done, how long it was measured, and whether the run was cut short.
fn behind(time_series: &TimeSeries) -> String {
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
        text.push_str(&format!(" {} failed.", count(summary.errors, "operation")));
    }
    text
}

/// Whether the next operation comes after the one before: then none has a start delay.
fn closed(arrivals: &Arrivals) -> bool {
    matches!(arrivals, Arrivals::Closed { .. })
}

/// Why the counters have nothing of these columns; older results say it of their source only, of which the name has one of these words.
fn unavailable(time_series: &TimeSeries, columns: &[&str], words: &[&str]) -> String {
    if time_series.run.recording.is_none() {
        return "unavailable: the scenario wanted no evidence (run.evidence = false)".to_owned();
    }
    let machine = &time_series.run.environment;
    let of_source = |words: &[&str]| {
        let sources = machine.evidence.iter().filter(|source| words.iter().any(|word| source.source.contains(word)));
        sources.filter_map(|source| source.available.known().err().cloned()).next()
    };
    let of_column = columns.iter().find_map(|column| machine.why_not(column)).map(ToOwned::to_owned);
    // A system that has no counters at all has one source with the reason for everything.
    let why = of_column.or_else(|| of_source(words)).or_else(|| of_source(&["counters"]));
    format!("unavailable: {}", why.as_deref().unwrap_or("counters.csv has no such column, or no value in it"))
}
