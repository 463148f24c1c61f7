//! What the system did meanwhile, from its own counters: shootdowns received, pressure, load.
//! The panel of what is unavailable has the reason, and never a zero.

use std::ops::Range;

use super::{HEAD_ROOM, LEAST, add, add_gaps, draw, numbers};
use crate::{
    conclude::wording::at_least,
    present::charts::{
        Axis, DASHED, DOTTED, Key, Panel, Stroke, color,
        run::{
            columns::{MOST, Steps, interval},
            unavailable,
        },
    },
    results::{CounterRow, TimeSeries},
};

/// A series with its name, the text of its key, and the key. Without a value it is unavailable.
type Series<'a> = ([&'a str; 2], Key, Steps);

pub fn shootdowns(time_series: &TimeSeries, time: &Axis) -> Panel {
    let has_value = |place: &usize| time_series.counters.rows.iter().any(|row| value(row, *place).is_some());
    let places = |is_wanted: fn(&str) -> bool| -> Vec<usize> {
        let named = time_series.counters.columns.iter().enumerate().filter(|(_, name)| is_wanted(name));
        named.map(|(place, _)| place).filter(has_value).collect()
    };
    let found = [
        (places(|name| name.starts_with("tlb_interrupts.")), "interrupts"),
        (places(|name| name == "tlb_flush.remote_received"), "flushes (tlb_flush, remote)"),
    ];
    let found = found.into_iter().find(|(places, _)| !places.is_empty());
    let (places, seen) = found.unwrap_or((Vec::new(), "requests"));
    let steps = grouped(time_series, |group, seconds| Some(sum(group, &places)? / seconds));
    let title = format!("TLB shootdowns: {seen} received per second, all CPUs");
    let Some(most) = steps.most() else {
        let columns = ["tlb_interrupts", "tlb_flush.remote_received"];
        return Panel::absent(title, time, unavailable(time_series, &columns, &["TLB", "tlb"]));
    };
    let mut panel = numbers(title, 52.0, time, most.max(LEAST), 3);
    // What was received where it is unknown is not in the sum.
    let sum = at_least(steps.values.contains(&None), format!("{:.0}", steps.sum()));
    let title = format!("received per second: at most {most:.0}; {sum} in all");
    draw(&mut panel, &title, &steps, Key::Area(color(2), 0.9));
    add_counter_gaps(&mut panel, time_series, &places);
    panel
}

pub fn pressure(time_series: &TimeSeries, time: &Axis) -> Panel {
    // "Some" of each: work waited. "Full", all work waited, is less and would hide that a disk stalls beside busy CPUs.
    let lines = [
        ("CPU some", "pressure_cpu_some_us", Key::Area(color(5), 0.6)),
        ("I/O some", "pressure_io_some_us", Key::Line(Stroke::new(color(0), 1.8))),
        ("I/O full", "pressure_io_full_us", Key::Line(Stroke::new(color(0), 1.4).dashed(Some(DOTTED)))),
        ("memory some", "pressure_memory_some_us", Key::Line(Stroke::new(color(1), 1.4).dashed(Some(DASHED)))),
    ];
    let share = |column: &str| {
        let places = places(time_series, &[column]);
        // Its clock and ours are not the same: a little over 100 % is 100 %.
        grouped(time_series, |group, seconds| Some((sum(group, &places)? / (seconds * 1e4)).min(100.0)))
    };
    let title = "pressure (PSI): % of time in which work waited";
    let series = lines.map(|(name, column, key)| ([name; 2], key, share(column)));
    let why = |name: &str| {
        let column = lines.iter().find(|line| line.0 == name).map_or(lines[0].1, |line| line.1);
        unavailable(time_series, &[column], &["pressure"])
    };
    let mut panel = figure(title, time, Some(100.0 / HEAD_ROOM), series.to_vec(), why);
    add_counter_gaps(&mut panel, time_series, &places(time_series, &lines.map(|(_, column, _)| column)));
    panel
}

/// Processes that could run, and those blocked.
pub fn load(time_series: &TimeSeries, time: &Axis) -> Panel {
    let level = |column: &str| {
        let column = time_series.counters.column(column);
        grouped(time_series, |group, _| largest(group.iter().map(|row| value(row, column?))))
    };
    let mut running = level("runnable");
    let both = running.plus(&level("blocked"));
    if running.most().is_none() {
        // Without evidence the timeline still has it.
        let rows = &time_series.timeline;
        running = Steps::grouped(rows, MOST, interval, |group, _| {
            largest(group.iter().map(|row| row.runnable.map(|count| count as f64)))
        });
    }
    let most = both.most().or(running.most()).map(|most| most.max(LEAST));
    let [could_run, blocked] = [3, 6].map(|number| Key::Area(color(number), 0.9));
    let series = vec![(["could run or blocked", "blocked"], blocked, both), (["could run"; 2], could_run, running)];
    let mut panel = figure("processes at the end of an interval", time, most, series, |name| {
        let column = if name == "blocked" { "blocked" } else { "runnable" };
        unavailable(time_series, &[column], &["run queue"])
    });
    add_counter_gaps(&mut panel, time_series, &places(time_series, &["runnable", "blocked"]));
    panel
}

/// Hatches the time in which none of these columns has a value.
fn add_counter_gaps(panel: &mut Panel, time_series: &TimeSeries, places: &[usize]) {
    let rows = &time_series.counters.rows;
    let is_known = |row: &CounterRow| places.iter().any(|place| value(row, *place).is_some());
    // A panel without these columns says why, or has its values from elsewhere.
    if !panel.is_absent() && rows.iter().any(is_known) {
        add_gaps(panel, time_series, rows.iter().map(|row| (time_of(row), is_known(row))));
    }
}

/// The places of these columns, if they are there.
fn places(time_series: &TimeSeries, columns: &[&str]) -> Vec<usize> {
    columns.iter().filter_map(|column| time_series.counters.column(column)).collect()
}

fn time_of(row: &CounterRow) -> Range<f64> {
    let start = row.start_ns as f64 / 1e9;
    start..start + row.length_ns as f64 / 1e9
}

/// A panel of series up to `most`; `why` some of them, or all, are unavailable.
fn figure(title: &str, time: &Axis, most: Option<f64>, series: Vec<Series>, why: impl Fn(&str) -> String) -> Panel {
    let Some(most) = most.filter(|_| series.iter().any(|(.., steps)| steps.most().is_some())) else {
        return Panel::absent(title, time, why(""));
    };
    let mut panel = numbers(title, 56.0, time, most, 3);
    for (names, key, steps) in series {
        if steps.most().is_some() {
            add(&mut panel, names, &steps, key);
        } else {
            panel.keys.push((Key::Heading, format!("{}: unavailable", names[1])));
            panel.missing.push(format!("{}: {}", names[1], why(names[1])));
        }
    }
    panel
}

fn value(row: &CounterRow, place: usize) -> Option<f64> {
    row.values.get(place).copied().flatten()
}

/// The sum of these columns over rows. `None`: there is no column, or a value is unknown.
fn sum(rows: &[CounterRow], places: &[usize]) -> Option<f64> {
    let values = || rows.iter().flat_map(|row| places.iter().map(|place| value(row, *place)));
    if places.is_empty() { None } else { values().sum() }
}

/// `None`: a value is unknown.
fn largest(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.reduce(|a, b| Some(a?.max(b?))).flatten()
}

/// The rows of the measured span in columns.
fn grouped(time_series: &TimeSeries, value: impl Fn(&[CounterRow], f64) -> Option<f64>) -> Steps {
    let rows = &time_series.counters.rows;
    let began = rows.partition_point(|row| row.start_ns + (row.length_ns / 2) as i64 <= 0);
    Steps::grouped(&rows[began..], MOST, time_of, value)
}
