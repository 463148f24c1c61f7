//! What the workers did: operations due and completed, workers that were stalled, instances that froze.

use super::{LEAST, add, add_gaps, draw, numbers};
use crate::{
    present::charts::{
        Axis, BAR, Extent, GREY, INK, Key, Mark, Panel, Stroke,
        run::{
            captions::closed,
            columns::{MOST, Rates, Steps, interval},
            freezes::spans,
        },
    },
    results::{Freeze, TimeSeries, TimelineRow},
    scenario::units::format_duration_ns,
};

/// What was completed, and in front of that what came due.
const COMPLETED: Key = Key::Area(BAR, 0.75);
const DUE: Key = Key::Line(Stroke::new(INK, 1.0));
/// Completions are drawn up to so many times the largest rate that came due.
const CATCH_UP: f64 = 2.0;
/// Height of an instance's row, and of all of them at most, pixels.
const ROW: f64 = 14.0;
const ROWS: f64 = 260.0;

pub fn operations(time_series: &TimeSeries, time: &Axis) -> Panel {
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

pub fn stalled(time_series: &TimeSeries, time: &Axis) -> Panel {
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
pub fn instances(time_series: &TimeSeries, time: &Axis) -> Option<Panel> {
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
