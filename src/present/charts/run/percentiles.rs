//! Latency by percentile, on HdrHistogram's axis: the rarer an operation, the further to the right.
//! Every value of the log is in the curves; a curve ends at its largest value, where its count ends too.

use hdrhistogram::Histogram;
use plotters::style::{RGBColor, text_anchor::HPos};

use super::words::{behind, closed, measured_where};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Place, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::{HEIGHT, LABEL, MARGIN, Page, Room, SMALL, WIDTH},
        palette::{DASHED, DOTTED, INK, PAPER, Shape, series},
    },
    results::Course,
    scenario::{Clause, Metric, Subject, units::short_ns},
};

/// Percentiles that the description tells.
const TOLD: [(f64, &str); 5] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (1.0, "max")];
/// Below the frame, for marks and label.
const BELOW: f64 = 44.0;
const HEIGHT_OF_TEXT: f64 = 14.0;

/// One curve.
struct Curve {
    /// Whose, and what.
    name: String,
    stroke: Stroke,
    shape: Shape,
    values: Histogram<u64>,
}

/// An objective that limits a latency.
struct Objective {
    clause: Clause,
    /// Where its percentile is on the axis; `None`: at the end.
    at: Option<f64>,
    color: RGBColor,
}

/// Draws it. `None`: nothing completed.
///
/// # Errors
/// The drawing library fails.
pub fn chart(course: &Course) -> anyhow::Result<Option<Chart>> {
    let curves = curves(course);
    let objectives = objectives(course, &curves);
    let most = curves.iter().map(|curve| curve.values.len()).max().unwrap_or(0);
    let across = Axis::percentiles("percentile: the share of operations that were as fast or faster", most);
    let extent = curves.iter().flat_map(|curve| [curve.values.min(), curve.values.max()]).map(|ns| ns.max(1) as f64);
    let limits = objectives.iter().map(|objective| objective.clause.limit.value());
    let Some(up) = Axis::logarithmic_times("latency", extent.chain(limits), 9).filter(|_| most > 0) else {
        return Ok(None);
    };
    let page = page(course, &curves, &objectives);
    let svg = paint((WIDTH, HEIGHT), |canvas| {
        let room = page.draw(canvas, HEIGHT)?;
        draw(canvas, &curves, &objectives, room, (&across, &up))
    })?;
    let told: Vec<String> = curves.iter().map(Curve::in_words).collect();
    let description = format!("{}. {}\n{}", page.subtitle, page.caption, told.join("\n"));
    let name = "latency-by-percentile".to_owned();
    Ok(Some(Chart::new(name, page.title, description, (WIDTH, HEIGHT), &svg)))
}

/// Response and service time of each operation of the readers, and of all commits.
fn curves(course: &Course) -> Vec<Curve> {
    let totals = course.totals(|tag| tag.ends_with(".response") || tag.ends_with(".service"));
    let mut curves: Vec<Curve> = Vec::new();
    let mut subjects: Vec<String> = Vec::new();
    // Readers first; within a role in the order of the tags.
    for (tag, values) in totals {
        let mut parts = tag.splitn(3, '.');
        let (Some(role), Some(operation), Some(what)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let subject = if role == "reader" { operation } else { "commit" };
        let name = format!("{subject}, {what}");
        if let Some(known) = curves.iter_mut().find(|curve| curve.name == name) {
            // Both are of the same bounds.
            for value in values.iter_recorded() {
                known.values.saturating_record_n(value.value_iterated_to(), value.count_at_value());
            }
            continue;
        }
        if !subjects.iter().any(|known| known == subject) {
            subjects.push(subject.to_owned());
        }
        let place = subjects.iter().position(|known| known == subject).unwrap_or(0);
        let (color, shape) = series(place);
        let dash = (what == "service").then_some(DASHED);
        curves.push(Curve { name, stroke: Stroke { color, width: 2.0, dash }, shape, values });
    }
    curves
}

impl Curve {
    /// Its places in a frame, each at least half a pixel from the one before; it rises in steps, as the values do.
    fn places(&self, frame: &Frame) -> Vec<Place> {
        let count = self.values.len();
        // 1 / (1 - q) after so many values; the last one is its own quantile's end.
        let x = |before: u64| count as f64 / (count - before.min(count - 1)) as f64;
        let mut before = 0;
        let mut places: Vec<Place> = Vec::new();
        for value in self.values.iter_recorded() {
            let ns = value.value_iterated_to() as f64;
            let (from, to) = (frame.place(x(before), ns), frame.place(x(before + value.count_at_value()), ns));
            before += value.count_at_value();
            for place in [from, to] {
                let is_near = |last: &&Place| (place.0 - last.0).abs() < 0.5 && (place.1 - last.1).abs() < 0.5;
                if places.last().filter(is_near).is_none() || before == count {
                    places.push(place);
                }
            }
        }
        places
    }

    fn in_words(&self) -> String {
        let count = self.values.len();
        let at = TOLD.iter().filter(|(quantile, _)| *quantile == 1.0 || (1.0 - quantile) * count as f64 >= 1.0);
        let each: Vec<String> = at
            .map(|(quantile, name)| format!("{name} {}", short_ns(self.values.value_at_quantile(*quantile) as f64)))
            .collect();
        format!("{} (n = {count}): {}.", self.name, each.join(", "))
    }
}

fn objectives(course: &Course, curves: &[Curve]) -> Vec<Objective> {
    let rows = &course.run.summary.rows;
    let kinds = |role: &str| rows.iter().filter(|row| row.role == role && row.series == "response").count();
    let clauses = course.run.scenario.slo.clauses.iter().filter_map(|clause| {
        let Metric::Latency { of, at } = clause.metric else { return None };
        let of_readers = |curve: &&Curve| !curve.name.starts_with("commit");
        // Of several operations of the readers together there is no curve, nor of one kind of commit among several.
        let curve = match of {
            Subject::Reader(operation) => curves.iter().find(|curve| curve.name.starts_with(operation.name())),
            Subject::AllReaders => curves.iter().find(of_readers).filter(|_| kinds("reader") == 1),
            Subject::Writer(_) => curves.iter().find(|curve| !of_readers(curve)).filter(|_| kinds("writer") == 1),
            Subject::AllCommits => curves.iter().find(|curve| !of_readers(curve)),
        };
        let color = curve.map_or(INK, |curve| curve.stroke.color);
        let quantile = at.quantile();
        Some(Objective { clause: *clause, at: (quantile < 1.0).then(|| 1.0 / (1.0 - quantile)), color })
    });
    clauses.collect()
}

fn draw(
    canvas: &Canvas,
    curves: &[Curve],
    objectives: &[Objective],
    room: Room,
    (across, up): (&Axis, &Axis),
) -> anyhow::Result<()> {
    let marks = up.ticks.iter().map(|(_, text)| SMALL.width(text)).fold(0.0, f64::max);
    let (left, right) = (MARGIN + 26.0 + marks, f64::from(WIDTH) - MARGIN - 10.0);
    // The words of a limit stand above it, and the highest may be at the top.
    let top = room.top + if objectives.is_empty() { 4.0 } else { 14.0 };
    let frame = Frame { left, right, top, bottom: room.bottom - BELOW, x: across, y: up };
    frame.draw(canvas, true)?;
    canvas.words(&across.label, ((left + right) / 2.0, frame.bottom + 29.0), LABEL)?;
    let upward = Words { upward: true, ..LABEL };
    canvas.words(&up.label, (MARGIN + 4.0, (frame.top + frame.bottom) / 2.0), upward)?;
    for curve in curves {
        let places = curve.places(&frame);
        canvas.line(&places, curve.stroke)?;
        if let Some(last) = places.last() {
            canvas.point(*last, curve.shape, curve.stroke.color, curve.stroke.dash.is_some())?;
        }
    }
    let mut taken: Vec<f64> = Vec::new();
    for objective in objectives {
        let limit = objective.clause.limit.value();
        let place = objective.at.map_or((right, frame.place(1.0, limit).1), |at| frame.place(at, limit));
        let stroke = Stroke { color: objective.color, width: 1.4, dash: Some(DOTTED) };
        canvas.line(&[(left, place.1), place], stroke)?;
        canvas.line(&[(place.0, place.1 - 7.0), (place.0, place.1 + 7.0)], Stroke { dash: None, ..stroke })?;
        // Above its line, and above others that are as low.
        let mut y = place.1 - 8.0;
        while taken.iter().any(|other| (other - y).abs() < HEIGHT_OF_TEXT) {
            y -= 1.0;
        }
        taken.push(y);
        let (text, words) = (objective.clause.to_string(), SMALL.color(objective.color).bold());
        canvas.block((left + 5.0, y - 6.5), (left + 9.0 + words.width(&text), y + 6.5), PAPER, 0.85)?;
        canvas.words(&text, (left + 7.0, y), words.end(HPos::Left))?;
    }
    Ok(())
}

fn page(course: &Course, curves: &[Curve], objectives: &[Objective]) -> Page {
    let mut legend: Vec<(Key, String)> = curves
        .iter()
        .map(|curve| (Key::Curve(curve.stroke, curve.shape), format!("{} (n = {})", curve.name, curve.values.len())))
        .collect();
    let mut caption = "Response time counts from when an operation was due, service time from when it began. Each step to \
                       the right is ten times rarer: at 99.9 %, one of 1000 operations took longer. A curve ends with a \
                       point: its slowest operation."
        .to_owned();
    if !objectives.is_empty() {
        let stroke = Stroke { color: INK, width: 1.4, dash: Some(DOTTED) };
        legend.push((Key::Stroke(stroke), "limit of an objective".to_owned()));
        caption.push_str(" An objective is met if the response curve passes below the end of its dotted line.");
        if objectives.iter().any(|objective| objective.color == INK) {
            caption.push_str(" One in the colour of words is of operations that have no curve of their own.");
        }
    }
    if closed(&course.run.scenario.readers.arrivals) && course.run.scenario.readers.count > 0 {
        caption.push_str(
            " Readers are a closed loop: their operations are due when they begin, so both times are the same.",
        );
    }
    if !curves.iter().any(|curve| curve.name.starts_with("commit")) {
        caption.push_str(" No commit completed.");
    }
    if !curves.iter().any(|curve| !curve.name.starts_with("commit")) {
        caption.push_str(" No operation of a reader completed.");
    }
    caption.push(' ');
    caption.push_str(&behind(course));
    Page { title: "Latency by percentile".to_owned(), subtitle: measured_where(course), legend, caption }
}
