//! The freeze timeline: what the workers, the writers and the system did, one panel under the other over a common time axis.
//! Freezes go through all panels, so that what happened with them can be seen.

mod commits;
mod operations;
mod system;

use std::ops::Range;

use super::{
    captions::{self, closed},
    columns::{MOST, Steps, time_axis, unsampled},
    freezes::Freezes,
};
use crate::{
    present::charts::{Axis, GREY, Key, Mark, Panel, Plot},
    results::TimeSeries,
    scenario::units::format_duration_ns,
};

/// An axis of numbers reaches at least so far: few are to look few.
const LEAST: f64 = 10.0;
/// Free above the largest value.
const HEAD_ROOM: f64 = 1.04;

pub fn plot(time_series: &TimeSeries) -> Plot {
    let (time, scenario) = (time_axis(time_series), &time_series.run.scenario);
    let freezes = Freezes::of(&time_series.run.diagnosis.freezes);
    let mut panels = vec![operations::operations(time_series, &time)];
    if let Some(panel) = panels.first_mut().filter(|panel| !panel.is_absent()) {
        panel.keys.extend(freezes.keys(scenario.instances.count > 1));
    }
    panels.extend(operations::instances(time_series, &time));
    panels.extend([
        operations::stalled(time_series, &time),
        commits::band(time_series, &time),
        system::shootdowns(time_series, &time),
        system::pressure(time_series, &time),
        system::load(time_series, &time),
    ]);
    // Behind the data, so that what happened with a freeze can be seen through all panels.
    for panel in panels.iter_mut().filter(|panel| !panel.is_absent() && !panel.y.is_list) {
        freezes.shade(panel);
    }
    let has_commits = panels.iter().any(|panel| panel.title == commits::TITLE && !panel.is_absent());
    let has_blocked = panels.iter().flat_map(|panel| &panel.keys).any(|(_, text)| text == "blocked");
    let has_pressure = panels.iter().flat_map(|panel| &panel.keys).any(|(_, text)| text == "I/O full");
    let mut plot = captions::plot(time_series, ["timeline", "Freeze timeline", ""], panels);
    plot.say(format!(
        "A freeze is a span of at least {} in which less than {} % of what came due completed: tinted, with a mark above it{}.",
        format_duration_ns(scenario.run.freeze_ns),
        scenario.run.freeze_percent,
        if scenario.instances.count > 1 { "; grey, without a mark: of single instances" } else { "" },
    ));
    plot.say(if closed(&scenario.readers.arrivals) {
        "Readers are a closed loop: nothing comes due while all wait, and their mean rate stands for it."
    } else {
        "Where completed falls below due, operations wait; where it rises above, they are caught up."
    });
    plot.say_if(
        has_commits,
        "Writers' time: what is left free is idle, or not yet awake. The log has a commit in the interval in which it ended; what is \
         longer than that is drawn in the intervals before. Commits that came due before measuring began are not in it.",
    );
    plot.say_if(has_pressure, "Pressure: some of the work waited, or all of it (full).");
    plot.say_if(has_blocked, "Processes: those of the whole machine, not the load average.");
    plot.keys([(Key::Hatched(GREY), "nothing was sampled for over two intervals")]);
    let grouped = time_series.timeline.len().div_ceil(MOST);
    let interval = format_duration_ns(scenario.run.interval_ns);
    plot.say(if grouped > 1 {
        format!(
            "Intervals of {interval} are drawn {grouped} at a time: shares and rates as their mean, numbers of workers and processes \
             as their largest."
        )
    } else {
        format!("All but operations: in intervals of {interval}, or longer where a sample was delayed.")
    });
    plot
}

/// Hatches the time in which a panel has no samples. `samples`: their spans, seconds, and whether their values are known.
fn add_gaps(panel: &mut Panel, time_series: &TimeSeries, samples: impl Iterator<Item = (Range<f64>, bool)>) {
    let run = &time_series.run;
    let gaps = unsampled(samples, run.scenario.run.interval_ns as f64 / 1e9, run.summary.measured_ns as f64 / 1e9);
    if !gaps.is_empty() {
        panel.add("nothing sampled", Mark::Unsampled(gaps));
    }
}

/// Adds a series over time with its name and the text of its key.
fn add(panel: &mut Panel, [name, text]: [&str; 2], values: &Steps, key: Key) {
    draw(panel, &format!("{name}: at most {:.0}", values.most().unwrap_or(0.0)), values, key);
    panel.keys.push((key, text.to_owned()));
}

/// Draws a series as its key looks: an area down to 0, or a line. What is unknown is a gap.
fn draw(panel: &mut Panel, title: &str, values: &Steps, key: Key) {
    for mut stretch in values.stretches() {
        match key {
            Key::Area(color, alpha) => {
                let ends = [stretch.last().copied(), stretch.first().copied()];
                stretch.extend(ends.into_iter().flatten().map(|(x, _)| (x, 0.0)));
                panel.add(title, Mark::Area(stretch, color, alpha));
            }
            Key::Line(stroke) => panel.add(title, Mark::Line(stretch, stroke)),
            _ => {}
        }
    }
}

/// A panel of numbers up to `most`.
fn numbers(title: impl Into<String>, height: f64, time: &Axis, most: f64, ticks: usize) -> Panel {
    Panel::new(title, height, time, Axis::span("", most * HEAD_ROOM, ticks))
}
