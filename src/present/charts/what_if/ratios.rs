//! What each cure changed: its figures as multiples of the baseline's, with intervals, one panel for every figure.
//! At 1 nothing changed. Panels share their axis, so that figures can be compared.

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
        palette::{DASHED, GREY, INK, Shape, series},
    },
    results::{Change, CureResult, Difference, KeyFigure, WhatIf},
    stats::Estimate,
};

/// The figures, panel by panel; the longest freeze is no place for a ratio, as a run has only one.
const PANELS: [[KeyFigure; 3]; 2] = [
    [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns, KeyFigure::StalledNsPerS],
    [KeyFigure::CommitP50Ns, KeyFigure::CommitP99Ns, KeyFigure::CompletedShare],
];
const NAME: Words = Words::of_size(12.5).end(HPos::Right);
/// Height of a cure's line; above a panel, for its title; below it, for the marks; below all, for the label, pixels.
const LINE: f64 = 30.0;
const ABOVE: f64 = 24.0;
const BELOW: f64 = 26.0;
const LABELLED: f64 = 22.0;
const BETWEEN: f64 = 18.0;
/// Of a prediction below the measurement it stands beside.
const LOWER: f64 = 7.0;
/// Decades that predictions may add to the axis at either end.
const FAR: f64 = 10.0;

/// Draws the chart. `None`: no cure was compared.
pub fn chart(tried: &WhatIf) -> anyhow::Result<Option<Chart>> {
    let cures: Vec<&CureResult> = tried.cures.iter().filter(|cure| !cure.differences.is_empty()).collect();
    if cures.is_empty() {
        return Ok(None);
    }
    let measured: Vec<f64> =
        cures.iter().flat_map(|cure| &cure.differences).filter_map(measured).flat_map(|it| it.extent()).collect();
    let least = measured.iter().copied().fold(1.0, f64::min);
    let most = measured.iter().copied().fold(1.0, f64::max);
    let foretold = PANELS.iter().flatten().flat_map(|figure| cures.iter().map(|cure| predicted(tried, cure, *figure)));
    let near = foretold.flatten().map(|ratio| ratio.value.max(least / FAR).min(most * FAR));
    let axis = Axis::ratios("with the cure, as a multiple of the baseline", measured.iter().copied().chain(near), 4);
    let page = page(tried, &cures, &axis);
    let panel = ABOVE + cures.len() as f64 * LINE + BELOW;
    let height = (page.around() + panel * PANELS.len() as f64 + LABELLED) as u32;
    let svg = paint((WIDTH, height), |canvas| {
        let room = page.draw(canvas, height)?;
        draw(canvas, tried, &cures, &axis, room)
    })?;
    let description = format!("{}. {}\n{}", page.subtitle, page.caption, words::sentences(tried));
    Ok(Some(Chart::new("what-if-ratios".to_owned(), page.title, description, (WIDTH, height), &svg)))
}

/// A ratio that was measured.
#[derive(Clone, Copy)]
enum Measured {
    /// With its interval.
    Sure(Estimate),
    /// Of two figures that have none.
    Alone(f64),
}

impl Measured {
    fn extent(self) -> Vec<f64> {
        match self {
            // The lower end of a wide interval may lie beyond the axis.
            Measured::Sure(Estimate { value, low, high }) => vec![value, low.max(value / 10.0), high.min(value * 10.0)],
            Measured::Alone(value) => vec![value],
        }
    }
}

/// The ratio of a difference; `None`: a figure is missing, or there was none of it before.
fn measured(difference: &Difference) -> Option<Measured> {
    if let Some(ratio) = difference.ratio.value() {
        return Some(Measured::Sure(*ratio)).filter(|_| ratio.value.is_finite() && ratio.value > 0.0);
    }
    let ratio = difference.after? / difference.before.filter(|before| *before > 0.0)?;
    (ratio.is_finite() && ratio > 0.0).then_some(Measured::Alone(ratio))
}

/// The predicted figure as a multiple of the baseline's predicted one; the interval has the ends of both, so it is rather too wide.
fn predicted(tried: &WhatIf, cure: &CureResult, figure: KeyFigure) -> Option<Estimate> {
    let before = words::predicted(tried.baseline.predicted.value()?, figure)?;
    let after = words::predicted(cure.run.as_ref()?.predicted.value()?, figure)?;
    let ratio = Estimate {
        value: after.value / before.value,
        low: after.low / before.high,
        high: after.high / before.low.max(f64::MIN_POSITIVE),
    };
    (ratio.value.is_finite() && ratio.value > 0.0).then_some(ratio)
}

fn look(change: Change) -> (RGBColor, Shape, &'static str) {
    match change {
        Change::Better => (series(2).0, Shape::Circle, "better"),
        Change::Worse => (series(1).0, Shape::Wedge, "worse"),
        Change::Same => (GREY, Shape::Square, "no real difference"),
        Change::Unknown => (INK, Shape::Triangle, "no interval: not known whether it differs"),
    }
}

fn foretold_look() -> (RGBColor, Shape) {
    (series(3).0, Shape::Diamond)
}

fn draw(canvas: &Canvas, tried: &WhatIf, cures: &[&CureResult], axis: &Axis, room: Room) -> anyhow::Result<()> {
    let left = MARGIN + cures.iter().map(|cure| NAME.width(&cure.name)).fold(0.0, f64::max).min(200.0) + 8.0;
    let right = f64::from(WIDTH) - MARGIN - 10.0;
    let columns = PANELS[0].len() as f64;
    let width = (right - left - BETWEEN * (columns - 1.0)) / columns;
    let no_marks = Axis::without_marks();
    let mut top = room.top;
    for figures in PANELS {
        let bottom = top + ABOVE + cures.len() as f64 * LINE;
        for (number, cure) in cures.iter().enumerate() {
            let middle = top + ABOVE + (number as f64 + 0.5) * LINE;
            canvas.words(&cure.name, (left - 8.0, middle), NAME.fitted(&cure.name, left - 8.0 - MARGIN))?;
        }
        for (column, figure) in figures.into_iter().enumerate() {
            let x = left + column as f64 * (width + BETWEEN);
            let frame = Frame { left: x, top: top + ABOVE, right: x + width, bottom, x: axis, y: &no_marks };
            canvas.words(words::name(figure), (x, top + ABOVE / 2.0), PANEL_TITLE)?;
            panel(canvas, tried, cures, figure, &frame)?;
        }
        top = bottom + BELOW;
    }
    canvas.words(&axis.label, ((left + right) / 2.0, top + LABELLED / 2.0 - 3.0), LABEL)
}

fn panel(
    canvas: &Canvas,
    tried: &WhatIf,
    cures: &[&CureResult],
    figure: KeyFigure,
    frame: &Frame,
) -> anyhow::Result<()> {
    frame.draw(canvas, false)?;
    let one = frame.place(1.0, 0.0).0;
    canvas.line(&[(one, frame.top), (one, frame.bottom)], Stroke { color: INK, width: 1.2, dash: None })?;
    for (number, cure) in cures.iter().enumerate() {
        let middle = frame.top + (number as f64 + 0.5) * LINE;
        if number > 0 {
            let y = frame.top + number as f64 * LINE;
            canvas.line(&[(frame.left, y), (frame.right, y)], Stroke { color: GREY, width: 0.3, dash: None })?;
        }
        if let Some(difference) = cure.difference(figure) {
            let (color, shape, _) = look(difference.change);
            match measured(difference) {
                Some(Measured::Sure(Estimate { value, low, high })) => {
                    let stroke = Stroke { color, width: 1.8, dash: None };
                    frame.interval(canvas, (low, high), middle - LOWER, stroke)?;
                    canvas.point((frame.place(value, 0.0).0, middle - LOWER), shape, color, false)?;
                }
                Some(Measured::Alone(value)) => {
                    let place = (frame.place(value, 0.0).0, middle - LOWER);
                    canvas.point(place, look(Change::Unknown).1, look(Change::Unknown).0, false)?;
                }
                None => {
                    let text = without_ratio(difference);
                    canvas.words(
                        text,
                        (frame.left + 6.0, middle - LOWER),
                        SMALL.fitted(text, one - frame.left - 8.0),
                    )?;
                }
            }
        }
        if let Some(ratio) = predicted(tried, cure, figure) {
            let (color, shape) = foretold_look();
            let y = middle + LOWER;
            let stroke = Stroke { color, width: 1.2, dash: Some(DASHED) };
            frame.interval(canvas, (ratio.low, ratio.high), y, stroke)?;
            if frame.x.holds(ratio.value) {
                canvas.point((frame.place(ratio.value, 0.0).0, y), shape, color, true)?;
            }
        }
    }
    Ok(())
}

/// What a difference without a ratio says.
fn without_ratio(difference: &Difference) -> &'static str {
    match (difference.before, difference.after) {
        (None, _) | (_, None) => "unavailable",
        (Some(before), Some(after)) if before <= 0.0 && after <= 0.0 => "none in both",
        (Some(before), _) if before <= 0.0 => "none before",
        (_, Some(after)) if after <= 0.0 => "none any more",
        _ => "no ratio",
    }
}

fn page(tried: &WhatIf, cures: &[&CureResult], axis: &Axis) -> Page {
    let differences =
        || PANELS.iter().flatten().flat_map(|figure| cures.iter().filter_map(|cure| cure.difference(*figure)));
    let mut legend: Vec<(Key, String)> = Vec::new();
    let is_alone = |it: &Difference| matches!(measured(it), Some(Measured::Alone(_)));
    for change in [Change::Better, Change::Worse, Change::Same, Change::Unknown] {
        let is_drawn = |it: &Difference| match change {
            Change::Unknown => is_alone(it),
            _ => it.change == change && matches!(measured(it), Some(Measured::Sure(_))),
        };
        if differences().any(is_drawn) {
            let (color, shape, meaning) = look(change);
            legend.push((Key::Mark { color, shape, hollow: false }, format!("measured: {meaning}")));
        }
    }
    legend.push((Key::Whisker, "interval, 95 %".to_owned()));
    let foretold =
        || PANELS.iter().flatten().flat_map(|figure| cures.iter().filter_map(|cure| predicted(tried, cure, *figure)));
    if foretold().next().is_some() {
        let (color, shape) = foretold_look();
        legend.push((Key::Mark { color, shape, hollow: true }, "predicted, to the predicted baseline".to_owned()));
    }
    let mut caption = format!(
        "Each run once, with seed {} and the same total load. Intervals are from what varied inside the runs: another run may \
         differ by more. No real difference: the interval has 1 in it, or the effect is at most 5 %.",
        tried.seed
    );
    if foretold().next().is_some() {
        caption.push_str(" Predicted intervals have the ends of both predictions, so they are rather too wide.");
    }
    let beyond = |value: f64| value > 0.0 && !axis.holds(value);
    if foretold().any(|ratio| beyond(ratio.value) || beyond(ratio.low) || beyond(ratio.high)) {
        caption.push_str(" What is predicted beyond the axis is cut off.");
    }
    caption.push_str(&words::prediction_source(tried));
    caption.push_str(&words::not_predicted(tried));
    caption.push_str(&words::not_run(tried));
    Page { title: "What each cure changed".to_owned(), subtitle: words::measured_where(tried), legend, caption }
}
