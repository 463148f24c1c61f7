//! Ratios with their intervals, a line each, around the line at 1: what is right of it takes longer.
//! The band is the least effect that counts; a ratio within it is no difference, however sure.

use plotters::style::{RGBColor, text_anchor::HPos};

use super::percentiles;
use crate::{
    conclude::{MatchedRow, interval_words, letter, short_name, verdict_words},
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::{LABEL, MARGIN, Page, Room, SMALL, WIDTH},
        palette::{FAINT, GREY, INK, Shape, series},
    },
    results::{Comparison, Effect, FigureDifference, Known, Matched, Provenance},
    stats::Estimate,
};

/// Height of a line, pixels; above the lines; below them, for marks and label.
const LINE: f64 = 20.0;
const ABOVE: f64 = 6.0;
const BELOW: f64 = 42.0;
/// The axis reaches at least so far from 1, and at most so far; what goes beyond is cut off.
const LEAST: f64 = 1.5;
const MOST: f64 = 1000.0;
/// Values that may be marked.
const MARKS: [f64; 19] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0,
];
/// Where the axis is short, these too.
const FINE_MARKS: [f64; 4] = [0.7, 0.8, 1.25, 1.5];
const NAME: Words = Words::of_size(12.5);

/// A line.
struct Line {
    name: String,
    /// `None`: there is no ratio.
    ratio: Option<Estimate>,
    effect: Effect,
    /// What stands at the right.
    text: String,
    /// Whether a rule is drawn above it.
    begins: bool,
    emulated: bool,
}

/// Draws every figure of a pair. `None`: there is none with a ratio.
pub fn of_pair(comparison: &Comparison) -> anyhow::Result<Option<Chart>> {
    let mut subject = "";
    let (shown, untold): (Vec<&FigureDifference>, Vec<&FigureDifference>) =
        comparison.differences.iter().partition(|row| row.ratio.value().is_some() || row.figure.quantile().is_none());
    let lines: Vec<Line> = shown
        .into_iter()
        .map(|row| {
            let begins = !subject.is_empty() && subject != row.subject;
            subject = &row.subject;
            Line {
                name: short_name(row),
                ratio: row.ratio.value().copied(),
                effect: row.effect,
                text: of_figure(row),
                begins,
                emulated: false,
            }
        })
        .collect();
    let percent = comparison.least_effect * 100.0;
    let untold: Vec<String> =
        untold.iter().map(|row| format!("{} ({} and {})", short_name(row), row.counts[0], row.counts[1])).collect();
    let untold = if untold.is_empty() { String::new() } else { format!(" Too few values for: {}.", untold.join(", ")) };
    let page = Page {
        title: "B against A: every figure's ratio".to_owned(),
        subtitle: percentiles::subtitle(comparison),
        legend: legend(&lines, percent),
        caption: format!(
            "Points: the figure of B divided by that of A; lines: 95 % intervals, from what varied inside each run (one run each: \
             how a run differs from the next is not in them). Right of 1, response times are longer and more is completed. A \
             difference is an interval that leaves out 1 and a ratio outside the band. {}.{untold}",
            percentiles::names(comparison).join("; ")
        ),
    };
    chart("comparison-ratios", page, &lines, comparison.least_effect, "B / A (logarithmic)")
}

fn of_figure(row: &FigureDifference) -> String {
    let verdict = verdict_words(row);
    match &row.ratio {
        Known::Value(ratio) => format!("{} {verdict}", interval_words(ratio)),
        Known::Unavailable { .. } => verdict.to_owned(),
    }
}

/// Draws every part of matched results. `None`: none has a ratio.
pub fn of_matched<D: MatchedRow>(comparison: &Matched<D>) -> anyhow::Result<Option<Chart>> {
    let charted = comparison.differences.iter().filter_map(|row| Some((row.charted()?, row)));
    let (shown, others): (Vec<(String, &D)>, Vec<_>) =
        charted.partition(|(_, row)| row.ratio().is_some() || row.effect().is_real());
    let others = match others.len() {
        0 => String::new(),
        count => format!(" Not drawn, for want of a ratio: {count}."),
    };
    let lines: Vec<Line> = shown
        .into_iter()
        .map(|(name, row)| Line {
            name: format!("{}{name}", comparison.lead(row)),
            // Without an interval a point alone is drawn.
            ratio: row.ratio().map(|(value, it)| it.unwrap_or(Estimate { value, low: value, high: value })),
            effect: row.effect(),
            text: match row.ratio() {
                None => format!("no ratio: {}", row.verdict()),
                Some((_, None)) => row.verdict().to_owned(),
                Some((_, Some(bounds))) => format!("{} {}", interval_words(&bounds), row.verdict()),
            },
            begins: false,
            emulated: row.provenance() == Provenance::Emulated,
        })
        .collect();
    let machines = comparison.machine_names().enumerate();
    let machines: Vec<String> = machines.map(|(place, machine)| format!("{}: {machine}", letter(place))).collect();
    let label = if comparison.directories.len() > 2 { "other / A (logarithmic)" } else { "B / A (logarithmic)" };
    let [name, title, point] = D::CHART;
    let page = Page {
        title: title.to_owned(),
        subtitle: machines.join("; "),
        legend: legend(&lines, comparison.least_effect * 100.0),
        caption: format!("Points: {point}; lines: intervals. These {}{others}", comparison.notes().join(" Those ")),
    };
    chart(name, page, &lines, comparison.least_effect, label)
}

/// Colour and shape of what is said; whether it is hollow.
fn look(effect: Effect) -> (RGBColor, Shape, bool) {
    match effect {
        Effect::Better => (series(0).0, Shape::Wedge, false),
        Effect::Worse => (series(1).0, Shape::Triangle, false),
        Effect::Same => (INK, Shape::Square, false),
        Effect::Undecided => (GREY, Shape::Circle, true),
        Effect::Unknown => (GREY, Shape::Circle, false),
    }
}

fn legend(lines: &[Line], percent: f64) -> Vec<(Key, String)> {
    let meaning = [
        (Effect::Worse, "worse".to_owned()),
        (Effect::Better, "better".to_owned()),
        (Effect::Same, format!("the same within {percent:.3} %").replace(".000", "")),
        (Effect::Undecided, "undecided".to_owned()),
        (Effect::Unknown, "no interval".to_owned()),
    ];
    let shown = |effect: &Effect| lines.iter().any(|line| line.ratio.is_some() && line.effect == *effect);
    let mut legend: Vec<(Key, String)> = meaning
        .into_iter()
        .filter(|(effect, _)| shown(effect))
        .map(|(effect, text)| match look(effect) {
            (_, _, true) => (Key::Line { dash: None, hollow: true }, text),
            (color, shape, false) => (Key::Point(color, shape), text),
        })
        .collect();
    legend.push((Key::Band, format!("too small to count: up to {percent} %")));
    legend
}

fn chart(name: &str, page: Page, lines: &[Line], least: f64, label: &str) -> anyhow::Result<Option<Chart>> {
    if lines.iter().all(|line| line.ratio.is_none()) {
        return Ok(None);
    }
    let across = axis(lines, label);
    let height = (page.around() + ABOVE + BELOW + LINE * lines.len() as f64).ceil() as u32;
    let svg = paint((WIDTH, height), |canvas| {
        let room = page.draw(canvas, height)?;
        draw(canvas, lines, room, &across, least)
    })?;
    let told: Vec<String> = lines.iter().map(|line| format!("{}: {}", line.name, described(line))).collect();
    let description = format!("{}. {}\n{}", page.subtitle, page.caption, told.join("\n"));
    Ok(Some(Chart::new(name.to_owned(), page.title, description, (WIDTH, height), &svg)))
}

fn described(line: &Line) -> String {
    line.ratio.map_or_else(|| line.text.clone(), |ratio| format!("{:.3}, {}", ratio.value, line.text))
}

fn axis(lines: &[Line], label: &str) -> Axis {
    let ratios = lines.iter().filter_map(|line| line.ratio);
    let ends = ratios.flat_map(|ratio| [ratio.low, ratio.value, ratio.high]).filter(|it| it.is_finite() && *it > 0.0);
    let logarithms: Vec<f64> = ends.map(f64::ln).collect();
    let reach = |side: f64| {
        let far = logarithms.iter().map(|it| it * side).fold(LEAST.ln(), f64::max);
        side * (far.min(MOST.ln()) + 0.08)
    };
    let (low, high) = (reach(-1.0).exp(), reach(1.0).exp());
    let reaches = |value: &f64| (low..=high).contains(value);
    let mut marks: Vec<f64> = MARKS.into_iter().filter(reaches).collect();
    if marks.len() < 5 {
        marks.extend(FINE_MARKS.into_iter().filter(reaches));
        marks.sort_by(f64::total_cmp);
    } else if marks.len() > 11 {
        marks.retain(|mark| (mark.log10() - mark.log10().round()).abs() < 1e-9);
    }
    let ticks = marks.into_iter().map(|mark| (mark, mark.to_string())).collect();
    Axis::of_marks(label, (low, high), true, ticks)
}

fn draw(canvas: &Canvas, lines: &[Line], room: Room, across: &Axis, least: f64) -> anyhow::Result<()> {
    let widest = |width: fn(&Line) -> f64| lines.iter().map(width).fold(0.0, f64::max);
    let left = MARGIN + (widest(|line| NAME.width(&line.name)) * 1.08).min(400.0) + 8.0;
    let right = f64::from(WIDTH) - MARGIN - widest(|line| SMALL.width(&line.text)).min(280.0) - 10.0;
    let (top, bottom) = (room.top + ABOVE, room.bottom - BELOW);
    let no_marks = Axis::without_marks();
    let frame = Frame { left, top, right, bottom, x: across, y: &no_marks };
    let at = |value: f64| frame.place(value, 0.0).0;
    let (from, to) = (at(1.0 / (1.0 + least)), at(1.0 + least));
    canvas.area(&[(from, top), (to, top), (to, bottom), (from, bottom)], GREY, 0.18)?;
    frame.draw(canvas, false)?;
    canvas.line(&[(at(1.0), top), (at(1.0), bottom)], Stroke { color: INK, width: 1.2, dash: None })?;
    canvas.words(&across.label, ((left + right) / 2.0, bottom + 28.0), LABEL)?;
    for (number, line) in lines.iter().enumerate() {
        let y = top + (number as f64 + 0.5) * LINE;
        if line.begins {
            let rule = [(MARGIN, y - LINE / 2.0), (f64::from(WIDTH) - MARGIN, y - LINE / 2.0)];
            canvas.line(&rule, Stroke { color: FAINT, width: 1.0, dash: None })?;
        }
        let name = NAME.end(HPos::Right).fitted(&line.name, left - 8.0 - MARGIN);
        canvas.words(&line.name, (left - 8.0, y), name)?;
        let ink = if line.effect.is_real() { INK } else { GREY };
        canvas.words(&line.text, (right + 10.0, y), SMALL.color(ink).fitted(&line.text, 280.0))?;
        draw_ratio(canvas, line, y, &frame)?;
    }
    Ok(())
}

fn draw_ratio(canvas: &Canvas, line: &Line, y: f64, frame: &Frame) -> anyhow::Result<()> {
    let Some(ratio) = line.ratio else { return Ok(()) };
    let (color, shape, hollow) = look(line.effect);
    let stroke = Stroke { color, width: 1.8, dash: line.emulated.then_some((3.0, 2.0)) };
    let at = |value: f64| frame.place(value, 0.0).0;
    canvas.line(&[(at(ratio.low), y), (at(ratio.high), y)], stroke)?;
    // An end beyond the axis has no bar across: the interval goes on.
    for end in [ratio.low, ratio.high].into_iter().filter(|end| frame.x.holds(*end)) {
        canvas.line(&[(at(end), y - 4.0), (at(end), y + 4.0)], Stroke { dash: None, ..stroke })?;
    }
    if frame.x.holds(ratio.value) {
        canvas.point((at(ratio.value), y), shape, color, hollow)?;
    }
    Ok(())
}
