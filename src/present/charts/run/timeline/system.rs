//! What the system did meanwhile, from its own counters: shootdowns received, pressure, load.
//! What it does not tell has the reason in its panel, and is never a zero.

use std::ops::Range;

use super::panel::{self, Figure, Look, absent};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::Stroke,
        legend::Key,
        palette::{DASHED, PARTS, series},
        plot::Panel,
        run::{
            captions::unavailable,
            columns::{MOST, Steps, interval},
        },
    },
    results::{CounterRow, TimeSeries},
};

pub fn shootdowns(time_series: &TimeSeries, time: &Axis) -> Figure {
    let told = |place: &usize| time_series.counters.rows.iter().any(|row| value(row, *place).is_some());
    let has_values = |mut places: Vec<usize>| {
        places.retain(told);
        places
    };
    let cpus = has_values(places(time_series, |name| name.starts_with("tlb_interrupts.")));
    let (columns, seen) = if cpus.is_empty() {
        (has_values(places(time_series, |name| name == "tlb_flush.remote_received")), "flushes (tlb_flush, remote)")
    } else {
        (cpus, "interrupts")
    };
    let seen = if columns.is_empty() { "requests" } else { seen };
    let sum = |row: &CounterRow| {
        (!columns.is_empty())
            .then(|| columns.iter().try_fold(0.0, |sum, place| Some(sum + value(row, *place)?)))
            .flatten()
    };
    let steps = grouped(time_series, |group, seconds| {
        group.iter().try_fold(0.0, |whole, row| Some(whole + sum(row)?)).map(|whole| whole / seconds)
    });
    let title = format!("TLB shootdowns: {seen} received per second, all CPUs");
    let whole: f64 = steps
        .spans
        .iter()
        .zip(&steps.values)
        .filter_map(|(span, value)| Some(value.as_ref()? * (span.end - span.start)))
        .sum();
    let told =
        steps.most().map(|most| format!("TLB shootdowns received: {whole:.0} in all, at most {most:.0} per second."));
    let fill = Look::Fill(series(2).0, 0.9);
    figure(
        time,
        (title, 52.0),
        told,
        steps.most().map(|most| most.max(LEAST)),
        vec![("received per second", fill, steps)],
        Vec::new(),
        || unavailable(time_series, &["tlb_interrupts", "tlb_flush.remote_received"], &["TLB", "tlb"]),
    )
}

pub fn pressure(time_series: &TimeSeries, time: &Axis) -> Figure {
    let lines = [
        ("CPU some", "pressure_cpu_some_us", Look::Fill(PARTS[2], 0.6)),
        ("I/O full", "pressure_io_full_us", Look::Line(Stroke { color: series(0).0, width: 1.4, dash: None })),
        (
            "memory full",
            "pressure_memory_full_us",
            Look::Line(Stroke { color: series(1).0, width: 1.4, dash: Some(DASHED) }),
        ),
    ];
    let mut layers = Vec::new();
    let mut keys = Vec::new();
    let (mut told, mut missing) = (Vec::new(), Vec::new());
    for (name, id, look) in lines {
        let column = time_series.counters.column(id);
        let steps = grouped(time_series, |group, seconds| {
            let whole = group.iter().try_fold(0.0, |whole, row| Some(whole + value(row, column?)?))?;
            // Its clock and ours are not the same: a little over 100 % is 100 %.
            Some((whole / (seconds * 1e4)).min(100.0))
        });
        match steps.most() {
            Some(most) => {
                keys.push((look.key(), name.to_owned()));
                told.push(format!("{name} at most {most:.0} %"));
                layers.push((name, look, steps));
            }
            None => {
                keys.push((Key::Heading, format!("{name}: unavailable")));
                missing.push(format!(" {name}: {}.", unavailable(time_series, &[id], &["pressure"])));
            }
        }
    }
    let sentence = (!told.is_empty()).then(|| format!("Pressure: {}.{}", told.join(", "), missing.concat()));
    if layers.is_empty() {
        keys.clear();
    }
    let title = ("pressure (PSI): % of time in which work waited".to_owned(), 56.0);
    let most = (!layers.is_empty()).then_some(100.0 / HEAD_ROOM);
    figure(time, title, sentence, most, layers, keys, || {
        unavailable(time_series, &["pressure_cpu_some_us"], &["pressure"])
    })
}

/// Processes that could run, and those blocked.
pub fn load(time_series: &TimeSeries, time: &Axis) -> Figure {
    let level = |column: &str| {
        let column = time_series.counters.column(column);
        grouped(time_series, |group, _| {
            let values = group.iter().map(|row| value(row, column?));
            values.reduce(|a, b| Some(a?.max(b?))).flatten()
        })
    };
    let (mut running, blocked) = (level("runnable"), level("blocked"));
    let both = running.plus(&blocked);
    let is_known = both.most().is_some();
    if running.most().is_none() {
        // Without evidence the timeline still has it.
        running = Steps::grouped(&time_series.timeline, MOST, interval, |group, _| {
            group.iter().map(|row| row.runnable).reduce(|a, b| Some(a?.max(b?))).flatten().map(|count| count as f64)
        });
    }
    let most = if is_known { both.most() } else { running.most() };
    let colors = [series(3).0, series(6).0];
    let mut keys = vec![(Key::Area(colors[0], 0.9), "could run".to_owned())];
    let mut layers = Vec::new();
    if is_known {
        keys.insert(0, (Key::Area(colors[1], 0.9), "blocked".to_owned()));
        layers.push(("could run or blocked", Look::Fill(colors[1], 0.9), both));
    } else {
        keys.insert(0, (Key::Heading, "blocked: unavailable".to_owned()));
    }
    layers.push(("could run", Look::Fill(colors[0], 0.9), running));
    let what = if is_known { "could run or were blocked" } else { "could run" };
    let blocked_too = if is_known {
        String::new()
    } else {
        format!(" Blocked: {}.", unavailable(time_series, &["blocked"], &["run queue"]))
    };
    let told =
        most.map(|most| format!("Load: at most {most:.0} processes {what} at the end of an interval.{blocked_too}"));
    let title = ("load: processes at the end of an interval".to_owned(), 56.0);
    figure(
        time,
        title,
        told,
        most.map(|most| most.max(LEAST)),
        layers,
        if most.is_some() { keys } else { vec![] },
        || unavailable(time_series, &["runnable"], &["run queue"]),
    )
}

/// An axis of numbers reaches at least so far: few are to look few.
pub const LEAST: f64 = 10.0;
/// Free above the largest value.
pub const HEAD_ROOM: f64 = 1.04;

/// A panel of series up to `most`, or the reason why there are none.
fn figure(
    time: &Axis,
    (title, height): (String, f64),
    sentence: Option<String>,
    most: Option<f64>,
    layers: Vec<(&str, Look, Steps)>,
    keys: Vec<(Key, String)>,
    why: impl Fn() -> String,
) -> Figure {
    let (Some(sentence), Some(most)) = (sentence, most) else {
        let why = why();
        let sentence = format!("{title}: {why}.");
        return absent(title, time, &why, sentence);
    };
    let mut panel = Panel::new(title, height, time.clone(), Axis::span("", most * HEAD_ROOM, 3));
    panel.keys = keys;
    layers.iter().for_each(|(name, look, steps)| panel::add(&mut panel, name, steps, *look));
    (panel, sentence)
}

/// Where the columns with such names are.
fn places(time_series: &TimeSeries, wanted: impl Fn(&str) -> bool) -> Vec<usize> {
    time_series.counters.columns.iter().enumerate().filter(|(_, name)| wanted(name)).map(|(place, _)| place).collect()
}

fn value(row: &CounterRow, place: usize) -> Option<f64> {
    row.values.get(place).copied().flatten()
}

/// The rows of the measured span in columns.
fn grouped(time_series: &TimeSeries, of: impl Fn(&[CounterRow], f64) -> Option<f64>) -> Steps {
    let rows = &time_series.counters.rows;
    let began = rows.partition_point(|row| row.start_ns + (row.length_ns / 2) as i64 <= 0);
    let time = |row: &CounterRow| -> Range<f64> {
        let start = row.start_ns as f64 / 1e9;
        start..start + row.length_ns as f64 / 1e9
    };
    Steps::grouped(&rows[began..], MOST, time, of)
}
