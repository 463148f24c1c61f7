//! Latency by percentile, as HdrHistogram draws it: the nines evenly apart, so that the slowest few are as wide as the rest.
//! No curve goes further than its count: of 100 values, the slowest one is all that is known beyond p99.

use plotters::style::{RGBColor, text_anchor::HPos};

use crate::conclude::compare::side::{Operation, ROLES, Side};
use crate::{
    conclude::machine_in_short,
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Place, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::{HEIGHT, LABEL, MARGIN, PANEL_TITLE, Page, Room, SMALL, WIDTH},
        palette::{DASHED, Dash, Shape, series},
    },
    results::Comparison,
    scenario::units::format_duration_ns,
};

/// Percentiles that are marked and told.
const TOLD: [(f64, &str); 4] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9")];
/// Above a panel, for its title; between two of them.
const ABOVE: f64 = 24.0;
const BETWEEN: f64 = 22.0;

/// How a curve looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colour.
    pub color: RGBColor,
    /// Of its marks.
    pub shape: Shape,
    /// Dashes, unless it is solid.
    pub dash: Option<Dash>,
}

/// How the results of a pair look on all its charts.
pub fn looks() -> [Look; 2] {
    let [(blue, circle), (orange, square)] = [series(0), series(1)];
    [Look { color: blue, shape: circle, dash: None }, Look { color: orange, shape: square, dash: Some(DASHED) }]
}

/// The axis of percentiles, for at most so many values. A narrow panel has room for so many `marks`: then every other nine is told.
pub fn axis(most: u64, marks: usize) -> Axis {
    let axis = Axis::percentiles("percentile", most.max(10));
    let mut told: Vec<(f64, String)> = axis.ticks.iter().filter(|(at, _)| *at == 2.0 || *at >= 10.0).cloned().collect();
    if told.len() > marks {
        told.retain(|(at, _)| at.log10().round() as i64 % 2 == 1);
    }
    axis.marked(told)
}

/// The axis of response times of all these operations. `None`: there are none.
pub fn times<'o>(operations: impl Iterator<Item = &'o Operation> + Clone, marks: usize) -> Option<Axis> {
    let ends = operations.flat_map(|operation| operation.all.ends().map(|value| value as f64));
    Axis::logarithmic_times("response time", ends, marks)
}

/// Draws a curve, thinned to what can be seen of it.
pub fn curve(canvas: &Canvas, frame: &Frame, operation: &Operation, stroke: Stroke) -> anyhow::Result<()> {
    canvas.line(&places(frame, operation), stroke)
}

fn places(frame: &Frame, operation: &Operation) -> Vec<Place> {
    let total = operation.all.count();
    let mut below = 0;
    let mut places: Vec<Place> = Vec::new();
    for (value, count) in operation.all.values() {
        // A value holds from the share below it to the share up to it: a step.
        let from = total as f64 / (total - below) as f64;
        below += count;
        let to = if below < total { total as f64 / (total - below) as f64 } else { total as f64 };
        for at in [from, to] {
            let place = frame.place(at, *value as f64);
            let is_new = places.last().is_none_or(|last| (place.0 - last.0).abs() + (place.1 - last.1).abs() >= 0.7);
            if is_new || below == total {
                places.push(place);
            }
        }
    }
    places
}

/// Marks the percentiles that enough values support.
fn marks(canvas: &Canvas, frame: &Frame, operation: &Operation, look: Look) -> anyhow::Result<()> {
    for (q, value) in told(operation) {
        canvas.point(frame.place(1.0 / (1.0 - q), value as f64), look.shape, look.color, false)?;
    }
    Ok(())
}

fn told(operation: &Operation) -> impl Iterator<Item = (f64, u64)> {
    let supported = |q: &f64| operation.all.count() >= crate::conclude::compare::sample::needed(*q);
    TOLD.into_iter().map(|(q, _)| q).filter(supported).filter_map(|q| Some((q, operation.all.quantile(q)?)))
}

/// Draws a pair's readers and commits. `None`: neither run has a value.
pub fn of_pair(comparison: &Comparison, a: &Side, b: &Side) -> anyhow::Result<Option<Chart>> {
    let panels: Vec<(usize, [Option<&Operation>; 2])> = [0, 1]
        .map(|role| (role, [a.of_role(role), b.of_role(role)]))
        .into_iter()
        .filter(|(_, both)| both.iter().any(Option::is_some))
        .collect();
    let all = panels.iter().flat_map(|(_, both)| both.iter().copied().flatten());
    let Some(up) = times(all.clone(), 9) else { return Ok(None) };
    let across = axis(all.map(|operation| operation.all.count()).max().unwrap_or(0), 6);
    let page = page(comparison, &panels);
    let svg = paint((WIDTH, HEIGHT), |canvas| {
        let room = page.draw(canvas, HEIGHT)?;
        draw(canvas, &panels, room, (&across, &up))
    })?;
    let description = format!("{}. {} {}", page.subtitle, page.caption, describe(&panels));
    let name = "comparison-latency-by-percentile".to_owned();
    Ok(Some(Chart::new(name, page.title, description, (WIDTH, HEIGHT), &svg)))
}

type Panels<'o> = [(usize, [Option<&'o Operation>; 2])];

fn draw(canvas: &Canvas, panels: &Panels, room: Room, (across, up): (&Axis, &Axis)) -> anyhow::Result<()> {
    let marked = up.ticks.iter().map(|(_, text)| SMALL.width(text)).fold(0.0, f64::max);
    let (left, right) = (MARGIN + 26.0 + marked, f64::from(WIDTH) - MARGIN - 6.0);
    let bottom = room.bottom - 42.0;
    let width = (right - left - BETWEEN * (panels.len() as f64 - 1.0)) / panels.len() as f64;
    for (place, (role, both)) in panels.iter().enumerate() {
        let x = left + place as f64 * (width + BETWEEN);
        let frame = Frame { left: x, top: room.top + ABOVE, right: x + width, bottom, x: across, y: up };
        canvas.words(heading(*role, both), (x, room.top + ABOVE / 2.0), PANEL_TITLE)?;
        frame.draw(canvas, place == 0)?;
        for (operation, look) in both.iter().zip(looks()) {
            let Some(operation) = operation else { continue };
            curve(canvas, &frame, operation, Frame::stroke(look.color, look.dash))?;
        }
        for (operation, look) in both.iter().zip(looks()) {
            let Some(operation) = operation else { continue };
            marks(canvas, &frame, operation, look)?;
        }
    }
    canvas.words(&across.label, ((left + right) / 2.0, bottom + 28.0), LABEL)?;
    let middle = (room.top + ABOVE + bottom) / 2.0;
    canvas.words(&up.label, (MARGIN + 4.0, middle), Words { upward: true, ..LABEL.end(HPos::Center) })
}

fn heading(role: usize, both: &[Option<&Operation>; 2]) -> &'static str {
    let several = both.iter().flatten().any(|operation| operation.name == ROLES[role].1);
    match (role, several) {
        (0, false) => "readers",
        (0, true) => "readers, all operations",
        (_, false) => "commits",
        (_, true) => "commits, all kinds",
    }
}

/// What stands below the title of every chart of a pair.
pub fn subtitle(comparison: &Comparison) -> String {
    let [a, b] = [&comparison.a, &comparison.b].map(|run| machine_in_short(&run.machine));
    if a == b { format!("A and B: {a}; measured") } else { format!("A: {a}; B: {b}; measured") }
}

/// A and B as the legend tells them: with what was compared across, and else their directories' names.
pub fn names(comparison: &Comparison) -> [String; 2] {
    let name = |letter: &str, place: usize, directory: &str| {
        let values = comparison.scenario.iter().filter(|key| key.standing != crate::results::Standing::Free);
        let values: Vec<String> = values.map(|key| format!("{}={}", key.key, key.values[place])).collect();
        if values.is_empty() {
            let name =
                std::path::Path::new(directory).file_name().map_or(directory.into(), |name| name.to_string_lossy());
            return format!("{letter}: {name}");
        }
        format!("{letter}: {}", values.join(", "))
    };
    [name("A", 0, &comparison.a.directory), name("B", 1, &comparison.b.directory)]
}

fn page(comparison: &Comparison, panels: &Panels) -> Page {
    let names = names(comparison);
    let legend = names.into_iter().zip(looks()).map(|(name, look)| (Key::Point(look.color, look.shape), name));
    let counts = panels.iter().map(|(role, both)| {
        let [a, b] = both.map(|operation| operation.map_or(0, |operation| operation.all.count()));
        format!("{} {a} in A, {b} in B", if *role == 0 { "reads" } else { "commits" })
    });
    Page {
        title: "Response time by percentile".to_owned(),
        subtitle: subtitle(comparison),
        legend: legend.collect(),
        caption: format!(
            "Each point of a curve: that share of the operations took at most so long, from when they were due. A solid, B dashed; marks \
             at 50, 90, 99 and 99.9 %, where enough values support them. The last value of a curve is its slowest. Behind the curves: {}.",
            counts.collect::<Vec<_>>().join("; ")
        ),
    }
}

fn describe(panels: &Panels) -> String {
    let mut words = Vec::new();
    for (role, both) in panels {
        for (letter, operation) in ["A", "B"].into_iter().zip(both) {
            let Some(operation) = operation else {
                words.push(format!("{letter} has no {}.", if *role == 0 { "reads" } else { "commits" }));
                continue;
            };
            let told = told(operation).map(|(q, value)| {
                let name = TOLD.iter().find(|(other, _)| *other == q).map_or("", |(_, name)| name);
                format!("{name} {}", format_duration_ns(value))
            });
            let longest = operation.all.values().last().map_or(0, |(value, _)| *value);
            words.push(format!(
                "{} of {letter}: {}, slowest {}.",
                heading(*role, both),
                told.collect::<Vec<_>>().join(", "),
                format_duration_ns(longest)
            ));
        }
    }
    words.join(" ")
}
