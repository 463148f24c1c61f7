//! The freeze timeline: what the workers, the writers and the system did, one panel under the other over a common time axis.
//! Freezes go through all panels, so that what happened with them can be seen.

mod commits;
mod system;

use std::ops::Range;

use super::{
    closed,
    columns::{MOST, Rates, Steps, interval, time_axis, unsampled},
    freezes::{Freezes, spans},
};
use crate::{
    present::charts::{Axis, BAR, Extent, GREY, INK, Key, Mark, Panel, Plot, Stroke},
    results::{Freeze, TimeSeries, TimelineRow},
    scenario::units::format_duration_ns,
};

/// An axis of numbers reaches at least so far: few are to look few.
const LEAST: f64 = 10.0;
/// Free above the largest value.
const HEAD_ROOM: f64 = 1.04;
/// What was completed, and in front of that what came due.
const COMPLETED: Key = Key::Area(BAR, 0.75);
const DUE: Key = Key::Line(Stroke::new(INK, 1.0));
/// Completions are drawn up to so many times the largest rate that came due.
const CATCH_UP: f64 = 2.0;
/// Height of an instance's row, and of all of them at most, pixels.
const ROW: f64 = 14.0;
const ROWS: f64 = 260.0;

pub fn plot(time_series: &TimeSeries) -> Plot {
    let (time, scenario) = (time_axis(time_series), &time_series.run.scenario);
    let freezes = Freezes::of(&time_series.run.diagnosis.freezes);
    let mut first = operations(time_series, &time);
    if !first.is_absent() {
        first.keys.extend(freezes.keys(scenario.instances.count > 1));
    }
    let mut panels = vec![first];
    panels.extend(instances(time_series, &time));
    panels.extend([
        stalled(time_series, &time),
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
    let [has_blocked, has_pressure] =
        ["blocked", "I/O full"].map(|key| panels.iter().flat_map(|panel| &panel.keys).any(|(_, text)| text == key));
    let mut plot = super::plot(time_series, ["timeline", "Freeze timeline", ""], panels);
    plot.say(format!(
        "A freeze is a span of at least {} in which less than {} % of what came due completed: tinted, with a mark above it{}.",
        format_duration_ns(scenario.run.freeze_ns),
        scenario.run.freeze_percent,
        if scenario.instances.count > 1 { "; grey, with a lower mark: of single instances" } else { "" },
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

fn operations(time_series: &TimeSeries, time: &Axis) -> Panel {
    if time_series.left_out.lacks("slots.csv") {
        return Panel::absent("operations per second", time, "unavailable: slots.csv is not in this result");
    }
    let Rates { due, completed, width_ns, .. } = Rates::of(time_series);
    // What is caught up after a wait comes in spikes, which would press all else together: they go on beyond the axis.
    let most = match (due.most().filter(|due| *due > 0.0), completed.most().unwrap_or(0.0)) {
        (Some(due), completed) => due.max(completed.min(CATCH_UP * due)),
        (None, completed) => completed,
    };
    let title = format!("operations per second, in columns of {}", format_duration_ns(width_ns));
    let mut panel = numbers(title, 150.0, time, most, 5);
    add(&mut panel, ["completed per second", "completed"], &completed, COMPLETED);
    // In a closed loop an operation is due when it begins: that is a picture of what completed just before.
    if !closed(&time_series.run.scenario.readers.arrivals) {
        add(&mut panel, ["due per second", "due"], &due, DUE);
    }
    panel.keys.reverse();
    panel
}

fn stalled(time_series: &TimeSeries, time: &Axis) -> Panel {
    let most_of = |group: &[TimelineRow], _: f64| Some(group.iter().map(|row| row.stalled).max()? as f64);
    let steps = Steps::grouped(&time_series.timeline, MOST, interval, most_of);
    let threshold = format_duration_ns(time_series.run.scenario.run.stall_ns);
    let title = format!("stalled workers: over {threshold} behind, at the end of an interval");
    let Some(most) = steps.most() else {
        let is_lacking = time_series.left_out.lacks("timeline.csv");
        let why =
            if is_lacking { "timeline.csv is not in this result" } else { "the run was too short for an interval" };
        return Panel::absent(title, time, format!("unavailable: {why}"));
    };
    let mut panel = numbers(title, 62.0, time, most.max(LEAST), 3);
    if most == 0.0 {
        panel.keys.push((Key::Heading, "none".to_owned()));
    }
    draw(&mut panel, &format!("stalled workers: at most {most:.0}"), &steps, Key::Area(INK, 0.6));
    add_gaps(&mut panel, time_series, time_series.timeline.iter().map(|row| (interval(row), true)));
    panel
}

/// Which instance froze when. `None`: there is one only.
fn instances(time_series: &TimeSeries, time: &Axis) -> Option<Panel> {
    let count = time_series.run.scenario.instances.count;
    let scopes: Vec<Option<u32>> = std::iter::once(None).chain((0..count).map(Some)).collect();
    let name = |scope: &Option<u32>| scope.map_or_else(|| "all".to_owned(), |instance| instance.to_string());
    let names: Vec<String> = scopes.iter().map(name).collect();
    let row = ROW.min(ROWS / names.len() as f64);
    let title = "freezes of all instances at once, and of each instance";
    let mut panel = Panel::rows(title, row, time, &names);
    for (number, (scope, name)) in scopes.into_iter().zip(&names).enumerate() {
        let extent = Extent::Values(panel.row(number, 0.43), panel.row(number, -0.43));
        let of_scope = |freeze: &&Freeze| freeze.instance == scope && freeze.role.is_none();
        let spans = spans(time_series.run.diagnosis.freezes.iter().filter(of_scope));
        let color = if number == 0 { INK } else { GREY };
        panel.add(format!("froze, {name}"), Mark::Spans(spans, extent, color, 1.0));
    }
    (count > 1).then_some(panel)
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
