//! The baseline and every cure in absolute figures: response times of readers and of commits, the share that completed, freezes.
//! Below each run, dashed and hollow, what was predicted for it.

use plotters::style::{RGBColor, text_anchor::HPos};

use super::words;
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::{LABEL, MARGIN, PANEL_TITLE, Page, Room, SMALL, WIDTH},
        palette::{DASHED, Dash, GREY, Shape, series},
    },
    results::{Judgement, KeyFigure, Tried, WhatIf},
};

const PANELS: [(&str, [KeyFigure; 2]); 2] = [
    ("readers' response time", [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns]),
    ("commits' response time", [KeyFigure::CommitP50Ns, KeyFigure::CommitP99Ns]),
];
const COLUMNS: [&str; 3] = ["of due", "freeze", "verdict"];
const NAME: Words = Words::of_size(12.5).end(HPos::Right);
const COLUMN: f64 = 64.0;
const LINE: f64 = 34.0;
const ABOVE: f64 = 24.0;
const BELOW: f64 = 42.0;
const BETWEEN: f64 = 18.0;
const LOWER: f64 = 8.0;

/// Draws the chart. `None`: no run has a response time.
pub fn chart(tried: &WhatIf) -> anyhow::Result<Option<Chart>> {
    let cures = tried.cures.iter().filter_map(|cure| Some((&*cure.name, cure.run.as_ref()?)));
    let runs: Vec<(&str, &Tried)> = std::iter::once(("baseline", &tried.baseline)).chain(cures).collect();
    let figures = || PANELS.into_iter().flat_map(|(_, figures)| figures);
    let measured = || runs.iter().flat_map(|(_, run)| figures().filter_map(|figure| run.measured.get(figure)));
    if !measured().any(|ns| ns > 0.0) {
        return Ok(None);
    }
    let predicted = || runs.iter().flat_map(|(_, run)| figures().filter_map(|figure| foretold(run, figure)));
    let values: Vec<f64> = measured().chain(predicted()).collect();
    let Some(axis) = Axis::logarithmic_times("response time", values.into_iter(), 6) else { return Ok(None) };
    let page = page(tried, predicted().next().is_some());
    let height = (page.around() + ABOVE + runs.len() as f64 * LINE + BELOW) as u32;
    let svg = paint((WIDTH, height), |canvas| {
        let room = page.draw(canvas, height)?;
        draw(canvas, &runs, &axis, room)
    })?;
    let sentences: Vec<String> = runs.iter().map(|(name, run)| sentence(name, run)).collect();
    let description = format!("{}. {}\n{}", page.subtitle, page.caption, sentences.join("\n"));
    Ok(Some(Chart::new("what-if-times".to_owned(), page.title, description, (WIDTH, height), &svg)))
}

fn foretold(run: &Tried, figure: KeyFigure) -> Option<f64> {
    words::predicted(run.predicted.value()?, figure).map(|it| it.value).filter(|ns| ns.is_finite() && *ns > 0.0)
}

/// How the median and the 99th percentile look.
fn look(place: usize) -> (RGBColor, Shape, &'static str) {
    match place {
        0 => (series(5).0, Shape::Diamond, "median"),
        _ => (series(0).0, Shape::Circle, "p99"),
    }
}

fn draw(canvas: &Canvas, runs: &[(&str, &Tried)], axis: &Axis, room: Room) -> anyhow::Result<()> {
    let left = MARGIN + runs.iter().map(|(name, _)| NAME.width(name)).fold(0.0, f64::max).min(200.0) + 8.0;
    let table = f64::from(WIDTH) - MARGIN - COLUMN * COLUMNS.len() as f64;
    let width = (table - 14.0 - left - BETWEEN) / 2.0;
    let (top, bottom) = (room.top + ABOVE, room.top + ABOVE + runs.len() as f64 * LINE);
    let no_marks = Axis::without_marks();
    let middle = |number: usize| top + (number as f64 + 0.5) * LINE;
    for (number, (name, run)) in runs.iter().enumerate() {
        if number > 0 {
            let (y, right) = (top + number as f64 * LINE, f64::from(WIDTH) - MARGIN);
            canvas.line(&[(left, y), (right, y)], Stroke { color: GREY, width: 0.3, dash: None })?;
        }
        canvas.words(name, (left - 8.0, middle(number)), NAME.fitted(name, left - 8.0 - MARGIN))?;
        for (column, text) in cells(run).into_iter().enumerate() {
            let x = table + (column as f64 + 0.5) * COLUMN;
            let words = SMALL.end(HPos::Center).fitted(&text, COLUMN - 4.0);
            canvas.words(&text, (x, middle(number) - LOWER), words)?;
        }
    }
    for (column, title) in COLUMNS.into_iter().enumerate() {
        let place = (table + (column as f64 + 0.5) * COLUMN, room.top + ABOVE / 2.0);
        canvas.words(title, place, PANEL_TITLE.end(HPos::Center))?;
    }
    for (column, (title, figures)) in PANELS.into_iter().enumerate() {
        let x = left + column as f64 * (width + BETWEEN);
        let frame = Frame { left: x, top, right: x + width, bottom, x: axis, y: &no_marks };
        canvas.words(title, (x, room.top + ABOVE / 2.0), PANEL_TITLE.fitted(title, width))?;
        frame.draw(canvas, false)?;
        for (number, (_, run)) in runs.iter().enumerate() {
            let measured = figures.map(|figure| run.measured.get(figure).filter(|ns| *ns > 0.0));
            pair(canvas, &frame, middle(number) - LOWER, measured, None)?;
            if measured.iter().all(Option::is_none) {
                canvas.words("none completed", (x + 6.0, middle(number) - LOWER), SMALL)?;
            }
            let foretold = figures.map(|figure| foretold(run, figure));
            pair(canvas, &frame, middle(number) + LOWER, foretold, Some(DASHED))?;
        }
    }
    canvas.words(&axis.label, ((left + table - 14.0) / 2.0, bottom + 30.0), LABEL)
}

/// Median and 99th percentile with a line between them; dashed and hollow if they are predicted.
fn pair(canvas: &Canvas, frame: &Frame, y: f64, values: [Option<f64>; 2], dash: Option<Dash>) -> anyhow::Result<()> {
    let across = |ns: f64| frame.place(ns, 0.0).0;
    let color = if dash.is_some() { series(3).0 } else { series(0).0 };
    if let [Some(from), Some(to)] = values {
        canvas.line(&[(across(from), y), (across(to), y)], Stroke { color, width: 1.8, dash })?;
    }
    for (place, ns) in values.into_iter().enumerate() {
        let Some(ns) = ns else { continue };
        let (solid, shape, _) = look(place);
        canvas.point((across(ns), y), shape, if dash.is_some() { color } else { solid }, dash.is_some())?;
    }
    Ok(())
}

/// What stands at the right of a run.
fn cells(run: &Tried) -> [String; 3] {
    let verdict = match run.verdict.as_ref().map(|verdict| verdict.outcome) {
        _ if !run.complete => "incomplete",
        None => "–",
        Some(Judgement::Met) => "met",
        Some(Judgement::NotMet) => "not met",
        Some(Judgement::Invalid) => "invalid",
    };
    let of = |figure| run.measured.get(figure).map_or_else(|| "–".to_owned(), |value| words::value(figure, value));
    [of(KeyFigure::CompletedShare), of(KeyFigure::LongestFreezeNs), verdict.to_owned()]
}

fn page(tried: &WhatIf, is_foretold: bool) -> Page {
    let mut legend = Vec::new();
    for (color, shape, name) in [look(0), look(1)] {
        legend.push((Key::Mark { color, shape, hollow: false }, format!("{name}, measured")));
    }
    if is_foretold {
        for (_, shape, name) in [look(0), look(1)] {
            legend.push((Key::Mark { color: series(3).0, shape, hollow: true }, format!("{name}, predicted")));
        }
    }
    let caption = format!(
        "Each run once, with seed {} and the same total load. At the right, measured: the share of what was due that completed, the \
         longest freeze, whether the objectives were met (–: there is none).{}{}{}",
        tried.seed,
        words::prediction_source(tried),
        words::not_predicted(tried),
        words::not_run(tried)
    );
    Page { title: "Response times with each cure".to_owned(), subtitle: words::measured_where(tried), legend, caption }
}

fn sentence(name: &str, run: &Tried) -> String {
    let mut told: Vec<String> = Vec::new();
    for figure in PANELS.into_iter().flat_map(|(_, figures)| figures) {
        let of = |ns: Option<f64>| ns.map_or_else(|| "unavailable".to_owned(), |ns| words::value(figure, ns));
        let foretold = foretold(run, figure).map_or_else(String::new, |ns| format!(", predicted {}", of(Some(ns))));
        told.push(format!("{} {}{foretold}", words::name(figure), of(run.measured.get(figure))));
    }
    let [reached, freeze, verdict] = cells(run);
    format!("{name}: {}; completed of due {reached}; longest freeze {freeze}; objectives {verdict}.", told.join("; "))
}
