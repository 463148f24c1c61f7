//! What the writers did: which share of their time went into which part of a commit.
//! The log books a commit to the interval in which it ended; what does not fit there began before, and is moved back.

use super::draw;
use crate::{
    present::charts::{
        Axis, Key, Panel,
        run::{
            columns::{MOST, Steps, intervals, place_of},
            part::{PARTS, Part, START_DELAY, part_of},
        },
    },
    results::{Role, TimeSeries},
};

pub const TITLE: &str = "writers' time by part of a commit, %";

/// Time of the writers in each part, nanoseconds.
type Times = [f64; PARTS.len()];

pub fn band(time_series: &TimeSeries, time: &Axis) -> Panel {
    let writers = f64::from(time_series.run.scenario.writers_total());
    let why = match time_series.run.summary.writers.completed {
        _ if writers == 0.0 => Some("no data: the scenario has no writers"),
        0 => Some("no data: none of the commits that came due completed"),
        _ if time_series.left_out.lacks("latency.hlog") => Some("unavailable: latency.hlog is not in this result"),
        _ => None,
    };
    if let Some(why) = why {
        return Panel::absent(TITLE, time, why);
    }
    let intervals = intervals(time_series);
    let lengths: Vec<f64> = intervals.iter().map(|interval| (interval.end - interval.start) * 1e9 * writers).collect();
    let times = fitted(booked(time_series, &intervals), &lengths);
    let rows: Vec<_> = intervals.into_iter().zip(times.iter().zip(&lengths)).collect();
    let whole: f64 = lengths.iter().sum();
    let share = |part: usize| 100.0 * times.iter().map(|times| times[part]).sum::<f64>() / whole;
    let parts: Vec<usize> = (0..PARTS.len()).filter(|part| share(*part) > 0.0).collect();
    // Stacked, so each layer reaches from 0 to the sum of its own and all parts before it; the largest is behind.
    let mut panel = Panel::new(TITLE, 84.0, time, Axis::span("", 100.0, 3));
    for (number, part) in parts.iter().enumerate().rev() {
        let stacked = |group: &[(_, (&Times, &f64))], _: f64| {
            let sum = |times: &Times| parts[..=number].iter().map(|part| times[*part]).sum::<f64>();
            let length: f64 = group.iter().map(|(_, (_, length))| **length).sum();
            (length > 0.0).then(|| 100.0 * group.iter().map(|(_, (times, _))| sum(times)).sum::<f64>() / length)
        };
        let steps = Steps::grouped(&rows, MOST, |row| row.0.clone(), stacked);
        let Part { name, color, .. } = PARTS[*part];
        let title = format!("{name}: {:.1} % of the writers' time in the whole run", share(*part));
        draw(&mut panel, &title, &steps, Key::Area(color, 1.0));
    }
    let key = |part: &usize| (Key::Area(PARTS[*part].color, 1.0), PARTS[*part].name.to_owned());
    panel.keys = parts.iter().map(key).collect();
    panel
}

/// What the log says of each interval. A start delay is no work of a writer, and it may overlap another commit.
fn booked(time_series: &TimeSeries, intervals: &[std::ops::Range<f64>]) -> Vec<Times> {
    let mut times = vec![Times::default(); intervals.len()];
    for line in &time_series.latencies {
        let Some((Role::Writer, _, series)) = line.names() else { continue };
        let Some(part) = part_of(series).filter(|part| *part != START_DELAY) else { continue };
        let middle = (line.start_ns + line.length_ns / 2) as f64 / 1e9;
        let sum: f64 = line.counts.iter().map(|(value, count)| *value as f64 * *count as f64).sum();
        times[place_of(intervals, middle)][part] += sum;
    }
    times
}

/// Moves what is longer than its interval to the one before: the parts that come first in a commit, as those began first.
/// What does not fit the first interval either began before measuring.
fn fitted(mut times: Vec<Times>, lengths: &[f64]) -> Vec<Times> {
    for place in (0..times.len()).rev() {
        let (earlier, from_here) = times.split_at_mut(place);
        let mut over = from_here[0].iter().sum::<f64>() - lengths[place];
        for (part, time) in from_here[0].iter_mut().enumerate() {
            let moved = time.min(over.max(0.0));
            *time -= moved;
            over -= moved;
            if let Some(before) = earlier.last_mut() {
                before[part] += moved;
            }
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mailboxes::Phase, results::Series};

    #[test]
    fn a_commit_longer_than_its_interval_began_before_it() {
        let mut commit = Times::default();
        let [lock, sync] = [Phase::Lock, Phase::Sync1].map(|phase| part_of(Series::Phase(phase)).unwrap());
        (commit[lock], commit[sync]) = (150.0, 80.0);
        let fits = fitted(vec![Times::default(), Times::default(), commit], &[100.0; 3]);
        let column = |part: usize| fits.iter().map(|times| times[part]).collect::<Vec<_>>();
        assert_eq!(column(lock), [30.0, 100.0, 20.0]);
        assert_eq!(column(sync), [0.0, 0.0, 80.0]);
        let cut = fitted(vec![commit], &[100.0]);
        assert_eq!(cut[0].iter().sum::<f64>(), 100.0, "the rest began before measuring");
        assert_eq!(cut[0][sync], 80.0);
    }
}
