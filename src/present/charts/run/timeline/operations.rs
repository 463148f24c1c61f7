//! What the crowd did: operations due and completed, workers that were stalled, instances that froze.

use super::{
    panel::{self, Figure, Look, absent, freeze_keys},
    system::{HEAD_ROOM, LEAST},
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::Stroke,
        legend::Key,
        palette::{BAR, GREY, INK},
        plot::{Extent, Mark, Panel},
        run::{
            captions::{closed, seconds},
            columns::{MOST, Rates, Steps, interval},
            freezes::spans,
        },
    },
    results::{TimeSeries, TimelineRow},
    scenario::units::format_duration_ns,
};

/// What came due, in front of what was completed.
const DUE: Stroke = Stroke { color: INK, width: 1.0, dash: None };
/// Opacity of what was completed.
const FILLED: f64 = 0.75;
/// Height of an instance's row; with many of them less.
const ROW: f64 = 14.0;

pub fn operations(time_series: &TimeSeries, time: &Axis) -> Figure {
    if time_series.left_out.lacks("slots.csv") {
        let why = "unavailable: slots.csv is not in this result";
        let sentence = "Operations: unavailable, as slots.csv is not in this result.".to_owned();
        return absent("operations per second", time, why, sentence);
    }
    let Rates { due, completed, width_ns, sums } = Rates::of(time_series);
    let most = due.most().unwrap_or(0.0).max(completed.most().unwrap_or(0.0));
    let width = format_duration_ns(width_ns);
    let several = time_series.run.scenario.instances.count > 1;
    // In a closed loop an operation is due when it begins: that is a picture of what completed just before.
    let is_open = !closed(&time_series.run.scenario.readers.arrivals);
    let mut keys = vec![(Key::Area(BAR, FILLED), "completed".to_owned())];
    if is_open {
        keys.insert(0, (Key::Line(DUE), "due".to_owned()));
    }
    let froze =
        |single: bool| time_series.run.diagnosis.freezes.iter().any(|freeze| freeze.instance.is_some() == single);
    keys.extend(freeze_keys(several, froze));
    let sentence = format!(
        "Operations of readers and writers: {} came due and {} completed in the measured span; at most {:.0} per second \
         completed in {width}, at least {:.0}.",
        sums.0,
        sums.1,
        completed.most().unwrap_or(0.0),
        completed.values.iter().flatten().copied().reduce(f64::min).unwrap_or(0.0),
    );
    let title = format!("operations per second, in columns of {width}");
    let mut panel = Panel::new(title, 150.0, time.clone(), Axis::span("", most * HEAD_ROOM, 5));
    panel.keys = keys;
    panel::add(&mut panel, "completed per second", &completed, Look::Fill(BAR, FILLED));
    if is_open {
        panel::add(&mut panel, "due per second", &due, Look::Line(DUE));
    }
    (panel, sentence)
}

pub fn stalled(time_series: &TimeSeries, time: &Axis) -> Figure {
    let most_of =
        |group: &[TimelineRow], _: f64| group.iter().map(|row| row.stalled).max().map(|stalled| stalled as f64);
    let steps = Steps::grouped(&time_series.timeline, MOST, interval, most_of);
    let threshold = format_duration_ns(time_series.run.scenario.run.stall_ns);
    let title = format!("stalled workers: over {threshold} behind, at the end of an interval");
    let Some(most) = steps.most() else {
        let why = match time_series.left_out.lacks("timeline.csv") {
            true => "unavailable: timeline.csv is not in this result",
            false => "unavailable: the run was too short for an interval",
        };
        return absent(title, time, why, "Stalled workers: unavailable.".to_owned());
    };
    let mut panel = Panel::new(title, 62.0, time.clone(), Axis::span("", most.max(LEAST) * HEAD_ROOM, 3));
    if most == 0.0 {
        panel.keys.push((Key::Heading, "none".to_owned()));
    }
    panel::add(&mut panel, "stalled workers", &steps, Look::Fill(INK, 0.6));
    (panel, format!("Stalled workers (over {threshold} behind): at most {most}."))
}

/// Which instance froze when. `None`: there is one only.
pub fn instances(time_series: &TimeSeries, time: &Axis) -> Option<Figure> {
    let count = time_series.run.scenario.instances.count;
    if count < 2 {
        return None;
    }
    let freezes = &time_series.run.diagnosis.freezes;
    let of = |scope: Option<u32>| spans(freezes.iter().filter(|freeze| freeze.instance == scope));
    let mut rows = vec![("all".to_owned(), of(None))];
    rows.extend((0..count).map(|instance| (instance.to_string(), of(Some(instance)))));
    let frozen = rows[1..].iter().filter(|(_, spans)| !spans.is_empty());
    let told: Vec<String> = frozen
        .map(|(name, spans)| {
            let whole = spans.iter().map(|(start, end)| end - start).sum::<f64>();
            format!("instance {name} {} times, {} together", spans.len(), seconds(whole))
        })
        .collect();
    let told = if told.is_empty() { "none did".to_owned() } else { told.join("; ") };
    let y = Axis::rows(rows.iter().map(|(name, _)| name.as_str()));
    let height = y.high() * ROW.min(260.0 / y.high());
    let mut panel = Panel::new("freezes of all instances at once, and of each instance", height, time.clone(), y);
    for (number, (name, spans)) in rows.into_iter().enumerate() {
        let (low, high) = (panel.row(number, 0.43), panel.row(number, -0.43));
        let color = if number == 0 { INK } else { GREY };
        panel.add(format!("froze, {name}"), Mark::Spans(spans, Extent::Values(low, high), color, 1.0));
    }
    Some((panel, format!("Freezes by instance: {told}.")))
}
