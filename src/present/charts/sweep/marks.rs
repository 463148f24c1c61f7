//! What all charts of a sweep draw alike: runs with their medians and ranges, limits, the knee as measured and as predicted.
//! Measured is solid; predicted is dashed and hollow.

use plotters::style::{RGBColor, text_anchor::HPos};

use super::{
    grid::{Note, predicted_stroke},
    view::{Group, Mark, Spread, Stop, View},
    words,
};
use crate::{
    present::charts::{
        axis::NONE,
        canvas::{Canvas, Place, Stroke, Words},
        frame::Frame,
        legend::{Key, upright_whisker},
        page::SMALL,
        palette::{self, Dash, GREY, INK, PAPER, Shape},
    },
    results::{Answer, Knee, Predicted, PredictedPoint, SweptRun},
    scenario::Clause,
    stats::Estimate,
};

/// Runs of one point stand so far from each other, pixels, and no farther apart in all than this.
const BESIDE: f64 = 6.0;
const SPREAD: f64 = 30.0;
/// Half the length of a median among names, pixels.
const HALF: f64 = 20.0;

/// A figure of a run; `None`: it has none.
type Figure<'a> = dyn Fn(&SweptRun) -> Option<f64> + 'a;

/// A figure of runs, and how it is drawn.
pub struct Series<'a> {
    /// What it is.
    pub name: String,
    /// How its medians are joined.
    pub stroke: Stroke,
    /// The figure; `None`: the run has none.
    pub figure: Box<Figure<'a>>,
}

impl<'a> Series<'a> {
    /// A figure in the colour of this number.
    pub fn new(
        name: &str,
        (color, width, dash): (usize, f64, Option<Dash>),
        figure: impl Fn(&SweptRun) -> Option<f64> + 'a,
    ) -> Series<'a> {
        let stroke = Stroke { color: palette::series(color).0, width, dash };
        Series { name: name.to_owned(), stroke, figure: Box::new(figure) }
    }

    /// All its values in a view.
    pub fn values(&self, view: &View) -> Vec<f64> {
        view.runs().filter_map(|run| (self.figure)(run)).collect()
    }

    /// Draws its medians only: a reference.
    pub fn draw_medians(&self, canvas: &Canvas, (view, group): (&View, &Group), frame: &Frame) -> anyhow::Result<()> {
        self.join(canvas, view, &self.medians(group, frame, |stop| stop.x))
    }

    /// Where the medians go; `None`: no run that says something has the figure, or it is off the axis.
    fn medians(&self, group: &Group, frame: &Frame, x: impl Fn(&Stop) -> f64) -> Vec<Option<Place>> {
        let of = |stop: &Stop| {
            let median = Spread::of(&stop.runs, &self.figure)?.median;
            is_on(frame, median).then(|| frame.place(x(stop), median))
        };
        group.stops.iter().map(of).collect()
    }

    /// Joins medians, but not over a gap; among names each has a short line of its own.
    fn join(&self, canvas: &Canvas, view: &View, medians: &[Option<Place>]) -> anyhow::Result<()> {
        for side_by_side in medians.split(Option::is_none) {
            let places: Vec<Place> = side_by_side.iter().flatten().copied().collect();
            if view.is_numeric() {
                canvas.line(&places, self.stroke)?;
                continue;
            }
            for (x, y) in places {
                canvas.line(&[(x - HALF, y), (x + HALF, y)], self.stroke)?;
            }
        }
        Ok(())
    }

    /// Draws it: ranges of repeats, medians, and every run; `x` says where a stop goes. A value of 0 goes to the lower end of an axis
    /// that says what that means.
    pub fn draw(
        &self,
        canvas: &Canvas,
        (view, group): (&View, &Group),
        frame: &Frame,
        x: impl Fn(&Stop) -> f64,
    ) -> anyhow::Result<()> {
        let at = |value: f64| frame.place(frame.x.low(), value).1;
        let across = |stop: &Stop| frame.place(x(stop), frame.y.low()).0;
        for stop in &group.stops {
            let spread = Spread::of(&stop.runs, &self.figure);
            let Some(spread) = spread.filter(|spread| spread.least < spread.most) else { continue };
            let stroke = Stroke { width: 1.2, dash: None, ..self.stroke };
            upright_whisker(canvas, across(stop), (at(spread.least), at(spread.most)), stroke)?;
        }
        self.join(canvas, view, &self.medians(group, frame, &x))?;
        for stop in &group.stops {
            let apart = BESIDE.min(SPREAD / stop.runs.len() as f64);
            for (place, run) in stop.runs.iter().enumerate() {
                let Some(value) = (self.figure)(run).filter(|value| is_on(frame, *value)) else { continue };
                let beside = (place as f64 - (stop.runs.len() as f64 - 1.0) / 2.0) * apart;
                let x = (across(stop) + beside).max(frame.left).min(frame.right);
                canvas.point((x, at(value)), Mark::of(run).shape(), self.stroke.color, false)?;
            }
        }
        Ok(())
    }

    /// Says so where no run of a stop has the figure.
    pub fn draw_gaps(
        &self,
        canvas: &Canvas,
        group: &Group,
        frame: &Frame,
        (text, x): (&str, impl Fn(&Stop) -> f64),
    ) -> anyhow::Result<()> {
        let words = Words { upward: true, ..SMALL.color(GREY).end(HPos::Left).fitted(text, frame.bottom - frame.top) };
        for stop in group.stops.iter().filter(|stop| stop.runs.iter().all(|run| (self.figure)(run).is_none())) {
            let across = frame.place(x(stop), frame.y.low()).0;
            canvas.words(text, (across, frame.bottom - 6.0), words)?;
        }
        Ok(())
    }
}

/// Whether an axis has a place for a value.
fn is_on(frame: &Frame, value: f64) -> bool {
    let has_none = frame.y.ticks.first().is_some_and(|(_, text)| text == NONE);
    frame.y.holds(value) || (value == 0.0 && has_none)
}

/// The colour of the measured knee.
fn knee_color() -> RGBColor {
    palette::series(4).0
}

/// The largest load that met the objectives, where both sides of it were found.
fn found<'a>(group: &Group<'a>) -> Option<(&'a Knee, f64)> {
    let knee = group.knee.filter(|knee| knee.answer == Answer::Found)?;
    Some((knee, knee.load.filter(|load| load.is_finite())?))
}

/// The predicted knee, where it lies in the range that was looked at.
fn foretold(group: &Group) -> Option<Estimate> {
    group.predicted?.knee?.load.filter(|load| load.value.is_finite())
}

/// Loads that the axis across should have on it.
pub fn knee_loads<'a>(view: &'a View) -> impl Iterator<Item = f64> + 'a {
    view.groups
        .iter()
        .flat_map(|group| [found(group).map(|(_, load)| load), foretold(group).map(|it| it.value)])
        .flatten()
}

/// Shades the knee behind the data: where it was measured, and dashed where it is predicted.
pub fn draw_knee(canvas: &Canvas, group: &Group, frame: &Frame) -> anyhow::Result<()> {
    let at = |load: f64| frame.place(load, frame.y.low()).0;
    let upright = |x: f64, stroke: Stroke| canvas.line(&[(x, frame.bottom), (x, frame.top)], stroke);
    let area = |from: f64, to: f64| [(from, frame.top), (to, frame.top), (to, frame.bottom), (from, frame.bottom)];
    if let Some((knee, load)) = found(group) {
        let (from, to) = (knee.low.map_or(frame.left, at), knee.high.map_or(frame.right, at));
        canvas.area(&area(from, to), knee_color(), 0.16)?;
        upright(at(load), Stroke { color: knee_color(), width: 2.0, dash: None })?;
    }
    if let Some(Estimate { value, low, high }) = foretold(group) {
        canvas.area(&area(at(low), at(high)), predicted_stroke(1.0).color, 0.07)?;
        for end in [low, high].into_iter().filter(|end| frame.x.holds(*end)) {
            upright(at(end), predicted_stroke(0.8))?;
        }
        if frame.x.holds(value) {
            upright(at(value), predicted_stroke(1.8))?;
        }
    }
    Ok(())
}

/// What is said of the knee above a panel.
pub fn knee_notes(group: &Group) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(knee) = group.knee {
        let sample = found(group).map(|_| Stroke { color: knee_color(), width: 3.0, dash: None });
        notes.push(Note { text: format!("knee, measured: {}", words::knee(knee)), sample });
    }
    if let Some(predicted) = group.predicted {
        let sample = foretold(group).map(|_| predicted_stroke(1.8));
        notes.extend(
            words::predicted_knee(predicted).map(|text| Note { text: format!("knee, predicted: {text}"), sample }),
        );
    }
    notes
}

/// Keys for what is drawn of the knee.
pub fn knee_keys(view: &View) -> Vec<(Key, String)> {
    let mut keys = Vec::new();
    if view.groups.iter().any(|group| found(group).is_some()) {
        let words = "knee, measured: between all runs meeting the objectives and none";
        keys.push((Key::Shade(knee_color()), words.to_owned()));
    }
    if view.groups.iter().any(|group| foretold(group).is_some()) {
        let words = "knee, predicted, with the ends of its interval";
        keys.push((Key::Stroke(predicted_stroke(1.8)), words.to_owned()));
    }
    keys
}

/// Keys for the series and for what their points and whiskers mean.
pub fn run_keys(view: &View, series: &[&Series]) -> Vec<(Key, String)> {
    let mut keys: Vec<(Key, String)> =
        series.iter().map(|series| (Key::Stroke(series.stroke), series.name.clone())).collect();
    let mut marks: Vec<Mark> = view.runs().map(Mark::of).collect();
    marks.sort_unstable();
    marks.dedup();
    let mark = |mark: Mark| Key::Mark { color: GREY, shape: mark.shape(), hollow: false };
    keys.extend(marks.into_iter().map(|it| (mark(it), it.words().to_owned())));
    if view.stops().any(|stop| stop.runs.len() > 1) {
        keys.push((Key::Whisker, "least and most of repeats".to_owned()));
    }
    keys
}

/// Draws the limits of objectives: a line with its words each.
pub fn draw_limits(canvas: &Canvas, clauses: &[&Clause], frame: &Frame) -> anyhow::Result<()> {
    // Words at either end in turn, so that those of two limits that are close stay apart.
    clauses.iter().enumerate().try_for_each(|(number, clause)| {
        let end = if number % 2 == 0 { HPos::Left } else { HPos::Right };
        draw_line(canvas, clause.limit.value(), (&clause.to_string(), end), frame)
    })
}

/// Draws a line across, with words over one of its ends; none beyond the axis.
pub fn draw_line(canvas: &Canvas, value: f64, (text, end): (&str, HPos), frame: &Frame) -> anyhow::Result<()> {
    if !frame.y.holds(value) {
        return Ok(());
    }
    let (_, y) = frame.place(frame.x.low(), value);
    canvas.line(&[(frame.left, y), (frame.right, y)], Stroke { color: INK, width: 1.2, dash: None })?;
    let words = SMALL.fitted(text, frame.right - frame.left - 8.0);
    let middle = if y - 14.0 < frame.top { y + 9.0 } else { y - 8.0 };
    // A light ground keeps the words readable where data lie behind them.
    let wide = words.width(text);
    let from = if matches!(end, HPos::Left) { frame.left + 2.0 } else { frame.right - wide - 6.0 };
    let to = from + wide + 4.0;
    canvas.area(&[(from, middle - 7.0), (to, middle - 7.0), (to, middle + 7.0), (from, middle + 7.0)], PAPER, 0.75)?;
    canvas.words(text, (from + 2.0, middle), words)
}

/// Draws what is predicted: dashed through hollow points, which are at these loads.
pub fn draw_predicted(
    canvas: &Canvas,
    predicted: &Predicted,
    frame: &Frame,
    figure: impl Fn(&PredictedPoint) -> Option<f64>,
) -> anyhow::Result<()> {
    let values = predicted.points.iter().filter_map(|point| Some((point.load, figure(point)?)));
    let places: Vec<Place> = values
        .filter(|(load, value)| frame.x.holds(*load) && frame.y.holds(*value))
        .map(|(load, value)| frame.place(load, value))
        .collect();
    canvas.line(&places, predicted_stroke(1.6))?;
    places.iter().try_for_each(|place| canvas.point(*place, Shape::Square, predicted_stroke(1.0).color, true))
}

/// The key of what is drawn so.
pub fn predicted_key(what: &str) -> (Key, String) {
    (Key::Mark { color: predicted_stroke(1.0).color, shape: Shape::Square, hollow: true }, what.to_owned())
}
