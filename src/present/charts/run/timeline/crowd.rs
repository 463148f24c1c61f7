//! What the crowd did: operations due and completed, workers that were stalled, instances that froze.

use super::{
    panel::{Content, Layer, Look, Panel, freeze_keys},
    system::{HEAD_ROOM, LEAST},
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::Stroke,
        legend::Key,
        palette::{BAR, INK},
        run::{
            columns::{MOST, Rates, Steps, interval},
            freezes::spans,
            words::{closed, seconds},
        },
    },
    results::{Course, TimelineRow},
    scenario::units::format_duration_ns,
};

/// What came due, in front of what was completed.
const DUE: Stroke = Stroke { color: INK, width: 1.0, dash: None };
/// Opacity of what was completed.
const FILLED: f64 = 0.75;
/// Height of an instance's row; with many of them less.
const ROW: f64 = 14.0;

/// Operations due and completed.
pub fn operations(course: &Course) -> Panel {
    if course.left_out.lacks("slots.csv") {
        return Panel {
            title: "operations per second".to_owned(),
            keys: Vec::new(),
            height: 40.0,
            content: Content::Absent("unavailable: slots.csv is not in this result".to_owned()),
            sentence: "Operations: unavailable, as slots.csv is not in this result.".to_owned(),
        };
    }
    let Rates { due, completed, width_ns, sums } = Rates::of(course);
    let most = due.most().unwrap_or(0.0).max(completed.most().unwrap_or(0.0));
    let width = format_duration_ns(width_ns);
    let several = course.run.scenario.instances.count > 1;
    // In a closed loop an operation is due when it begins: that is a picture of what completed just before.
    let is_open = !closed(&course.run.scenario.readers.arrivals);
    let mut keys = vec![(Key::Tint(BAR, FILLED), "completed".to_owned())];
    if is_open {
        keys.insert(0, (Key::Stroke(DUE), "due".to_owned()));
    }
    let froze = |single: bool| course.run.diagnosis.freezes.iter().any(|freeze| freeze.instance.is_some() == single);
    keys.extend(freeze_keys(several, froze));
    let sentence = format!(
        "Operations of readers and writers: {} came due and {} completed in the measured span; at most {:.0} per second \
         completed in {width}, at least {:.0}.",
        sums.0,
        sums.1,
        completed.most().unwrap_or(0.0),
        completed.values.iter().flatten().copied().reduce(f64::min).unwrap_or(0.0),
    );
    let mut layers = vec![Layer { look: Look::Fill(BAR, FILLED), steps: completed }];
    if is_open {
        layers.push(Layer { look: Look::Line(DUE), steps: due });
    }
    Panel {
        title: format!("operations per second, in columns of {width}"),
        keys,
        height: 150.0,
        content: Content::Layers(Axis::span("", most * HEAD_ROOM, 5), layers),
        sentence,
    }
}

/// Workers that were stalled.
pub fn stalled(course: &Course) -> Panel {
    let most_of =
        |group: &[TimelineRow], _: f64| group.iter().map(|row| row.stalled).max().map(|stalled| stalled as f64);
    let steps = Steps::grouped(&course.timeline, MOST, interval, most_of);
    let threshold = format_duration_ns(course.run.scenario.run.stall_ns);
    let most = steps.most();
    let content = match most {
        None if course.left_out.lacks("timeline.csv") => {
            Content::Absent("unavailable: timeline.csv is not in this result".to_owned())
        }
        None => Content::Absent("unavailable: the run was too short for an interval".to_owned()),
        Some(most) => Content::Layers(
            Axis::span("", most.max(LEAST) * HEAD_ROOM, 3),
            vec![Layer { look: Look::Fill(INK, 0.6), steps }],
        ),
    };
    Panel {
        title: format!("stalled workers: over {threshold} behind, at the end of an interval"),
        keys: if most == Some(0.0) { vec![(Key::Heading, "none".to_owned())] } else { Vec::new() },
        height: 62.0,
        content,
        sentence: most.map_or_else(
            || "Stalled workers: unavailable.".to_owned(),
            |most| format!("Stalled workers (over {threshold} behind): at most {most}."),
        ),
    }
}

/// Which instance froze when. `None`: there is one only.
pub fn instances(course: &Course) -> Option<Panel> {
    let count = course.run.scenario.instances.count;
    if count < 2 {
        return None;
    }
    let freezes = &course.run.diagnosis.freezes;
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
    Some(Panel {
        title: "freezes of the whole crowd, and of each instance".to_owned(),
        keys: Vec::new(),
        height: rows.len() as f64 * ROW.min(260.0 / rows.len() as f64),
        content: Content::Strip(rows),
        sentence: format!("Freezes by instance: {told}."),
    })
}
