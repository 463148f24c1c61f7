//! What all charts of a run share: where and when it was measured, what is behind it, why something is not there.

use crate::{
    conclude::wording::count,
    present::charts::{Origin, Panel, Plot, page},
    results::{Availability, TimeSeries, Totals},
    scenario::{
        Arrivals,
        units::{format_bytes, format_duration_ns},
    },
};

/// A plot of a run with this caption and what is behind the data.
pub fn plot(time_series: &TimeSeries, [name, title, caption]: [&str; 3], panels: Vec<Panel>) -> Plot {
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
pub fn closed(arrivals: &Arrivals) -> bool {
    matches!(arrivals, Arrivals::Closed { .. })
}

/// Why the counters have nothing of these columns; older results say it of their source only, of which the name has one of these words.
pub fn unavailable(time_series: &TimeSeries, columns: &[&str], words: &[&str]) -> String {
    if time_series.run.recording.is_none() {
        return "unavailable: the scenario wanted no evidence (run.evidence = false)".to_owned();
    }
    let machine = &time_series.run.environment;
    let of_source = |words: &[&str]| {
        let sources = machine.evidence.iter().filter(|source| words.iter().any(|word| source.source.contains(word)));
        sources
            .filter_map(|source| match &source.available {
                Availability::Unavailable { unavailable } => Some(unavailable.clone()),
                Availability::Value(_) => None,
            })
            .next()
    };
    let of_column = columns.iter().find_map(|column| machine.why_not(column)).map(ToOwned::to_owned);
    // A system that has no counters at all has one source with the reason for everything.
    let why = of_column.or_else(|| of_source(words)).or_else(|| of_source(&["counters"]));
    format!("unavailable: {}", why.as_deref().unwrap_or("counters.csv has no such column, or no value in it"))
}
