//! What all charts of a sweep draw alike: runs with their medians and ranges, limits, the knee as measured and as predicted.
//! Measured is solid; predicted is dashed and hollow.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use super::{
    captions,
    grid::predicted_stroke,
    view::{Group, Mark as Verdict, Stop, View, spread},
};
use crate::{
    present::charts::{
        canvas::{Stroke, Words},
        legend::Key,
        page::SMALL,
        palette::{self, Dash, GREY, INK, Shape},
        plot::{At, Limit, Look, Mark, Note, Panel, Text},
    },
    results::{Answer, Knee, Predicted, PredictedPoint, SweptRun},
    scenario::Clause,
    stats::Estimate,
};

/// Runs of one point stand so far from each other, pixels, and no farther apart in all than this.
const GAP: f64 = 6.0;
const SPREAD: f64 = 30.0;
/// Half the length of a median among names, as a share of the room that each has.
const HALF: f64 = 0.15;

/// A figure of a run; `None`: it has none.
type Figure<'a> = dyn Fn(&SweptRun) -> Option<f64> + 'a;

/// A figure of runs, and how it is drawn.
pub struct Series<'a> {
    pub name: String,
    /// How its medians are joined.
    pub stroke: Stroke,
    /// The figure; `None`: the run has none.
    pub figure: Box<Figure<'a>>,
    pub show: fn(f64) -> String,
}

impl<'a> Series<'a> {
    /// A figure in the colour of this number.
    pub fn new(
        name: &str,
        (color, width, dash): (usize, f64, Option<Dash>),
        show: fn(f64) -> String,
        figure: impl Fn(&SweptRun) -> Option<f64> + 'a,
    ) -> Series<'a> {
        let stroke = Stroke { color: palette::series(color).0, width, dash };
        Series { name: name.to_owned(), stroke, figure: Box::new(figure), show }
    }

    pub fn values(&self, view: &View) -> Vec<f64> {
        view.runs().filter_map(|run| (self.figure)(run)).collect()
    }

    /// Joins medians, but not over a gap; among names each has a short line of its own.
    pub fn add_medians(&self, panel: &mut Panel, (view, group): (&View, &Group), x: impl Fn(&Stop) -> f64) {
        let medians: Vec<Option<At>> = group
            .stops
            .iter()
            .map(|stop| Some((x(stop), spread(&stop.runs, &self.figure)?.median)))
            .map(|median| median.filter(|(_, y)| panel.y.has_place_for(*y)))
            .collect();
        for together in medians.split(Option::is_none) {
            let places: Vec<At> = together.iter().flatten().copied().collect();
            if view.is_numeric() {
                panel.add(format!("{}, medians", self.name), Mark::Line(places, self.stroke));
                continue;
            }
            for (x, y) in places {
                let title = format!("{}, median: {}", self.name, (self.show)(y));
                panel.add(title, Mark::Line(vec![(x - HALF, y), (x + HALF, y)], self.stroke));
            }
        }
    }

    /// Ranges of repeats, medians, and every run; `x` says where a stop goes. A value of 0 goes to the lower end of an axis
    /// that says what that means.
    pub fn add_to(&self, panel: &mut Panel, (view, group): (&View, &Group), x: impl Fn(&Stop) -> f64) {
        for stop in &group.stops {
            let spread = spread(&stop.runs, &self.figure).filter(|spread| spread.least < spread.most);
            let Some(ends) = spread.map(|spread| [spread.least, spread.most]) else { continue };
            let [least, most] = ends.map(self.show);
            let title = format!("{} at {}: {least} to {most}", self.name, stop.name);
            let ends = ends.map(|value| (x(stop), value));
            panel.add(title, Mark::Whisker(ends[0], ends[1], Stroke { width: 1.2, dash: None, ..self.stroke }));
        }
        self.add_medians(panel, (view, group), &x);
        for stop in &group.stops {
            let apart = GAP.min(SPREAD / stop.runs.len() as f64);
            for (place, run) in stop.runs.iter().enumerate() {
                let Some(value) = (self.figure)(run) else { continue };
                let beside = (place as f64 - (stop.runs.len() as f64 - 1.0) / 2.0) * apart;
                let look = Look::new((self.stroke.color, Verdict::of(run).shape()));
                let title = format!("{} at {}: {}", self.name, stop.name, (self.show)(value));
                panel.add(title, Mark::Point((x(stop), value), beside, look));
            }
        }
    }

    /// Says so where no run of a stop has the figure.
    pub fn add_gaps(&self, panel: &mut Panel, group: &Group, text: &str, x: impl Fn(&Stop) -> f64) {
        let words = Words { upward: true, ..SMALL.color(GREY).end(HPos::Left) };
        for stop in group.stops.iter().filter(|stop| stop.runs.iter().all(|run| (self.figure)(run).is_none())) {
            let at = (x(stop), panel.y.low());
            let text = Text { text: text.to_owned(), at, shift: (0.0, -6.0), words, is_fitted: true };
            panel.behind(Mark::Text(text));
        }
    }
}

fn knee_color() -> RGBColor {
    palette::series(4).0
}

/// The largest load that met the objectives, where both sides of it were found.
fn found<'a>(group: &Group<'a>) -> Option<(&'a Knee, f64)> {
    let knee = group.knee.filter(|knee| knee.answer == Answer::Found)?;
    Some((knee, knee.load.filter(|load| load.is_finite())?))
}

/// The predicted knee, where it lies in the range that was looked at.
fn predicted_value(group: &Group) -> Option<Estimate> {
    group.predicted?.knee?.load.filter(|load| load.value.is_finite())
}

/// Loads that the axis across should have on it.
pub fn knee_loads<'a>(view: &'a View) -> impl Iterator<Item = f64> + 'a {
    view.groups
        .iter()
        .flat_map(|group| [found(group).map(|(_, load)| load), predicted_value(group).map(|it| it.value)])
        .flatten()
}

/// Shades the knee behind the data: where it was measured, and dashed where it is predicted.
pub fn add_knee(panel: &mut Panel, group: &Group) {
    let (low, high) = (panel.y.low(), panel.y.high());
    let x = panel.x.clone();
    if let Some((knee, load)) = found(group) {
        let (from, to) = (knee.low.unwrap_or(x.low()), knee.high.unwrap_or(x.high()));
        panel.behind(Mark::Bar((from, low), (to, high), knee_color(), 0.16));
        let title = format!("knee, measured: {}", captions::knee(knee));
        panel.add(title, Mark::Upright(load, Stroke { color: knee_color(), width: 2.0, dash: None }));
    }
    if let Some(Estimate { value, low: least, high: most }) = predicted_value(group) {
        panel.behind(Mark::Bar((least, low), (most, high), predicted_stroke(1.0).color, 0.07));
        for end in [least, most].into_iter().filter(|end| x.holds(*end)) {
            panel.behind(Mark::Upright(end, predicted_stroke(0.8)));
        }
        if x.holds(value) {
            panel.add(
                format!("knee, predicted: {}", captions::load(value)),
                Mark::Upright(value, predicted_stroke(1.8)),
            );
        }
    }
}

pub fn knee_notes(group: &Group) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(knee) = group.knee {
        let sample = found(group).map(|_| Stroke { color: knee_color(), width: 3.0, dash: None });
        notes.push(Note { text: format!("knee, measured: {}", captions::knee(knee)), sample });
    }
    if let Some(predicted) = group.predicted {
        let sample = predicted_value(group).map(|_| predicted_stroke(1.8));
        notes.extend(
            captions::predicted_knee(predicted).map(|text| Note { text: format!("knee, predicted: {text}"), sample }),
        );
    }
    notes
}

pub fn knee_keys(view: &View) -> Vec<(Key, String)> {
    let mut keys = Vec::new();
    if view.groups.iter().any(|group| found(group).is_some()) {
        let words = "knee, measured: between all runs meeting the objectives and none";
        keys.push((Key::Area(knee_color(), 0.3), words.to_owned()));
    }
    if view.groups.iter().any(|group| predicted_value(group).is_some()) {
        let words = "knee, predicted, with the ends of its interval";
        keys.push((Key::Line(predicted_stroke(1.8)), words.to_owned()));
    }
    keys
}

/// Keys for the series and for what their points and whiskers mean.
pub fn run_keys(view: &View, series: &[&Series]) -> Vec<(Key, String)> {
    let mut keys: Vec<(Key, String)> =
        series.iter().map(|series| (Key::Line(series.stroke), series.name.clone())).collect();
    let mut marks: Vec<Verdict> = view.runs().map(Verdict::of).collect();
    marks.sort_unstable();
    marks.dedup();
    let mark = |verdict: Verdict| Key::Mark(Look::new((GREY, verdict.shape())));
    keys.extend(marks.into_iter().map(|it| (mark(it), it.words().to_owned())));
    if view.stops().any(|stop| stop.runs.len() > 1) {
        keys.push((Key::Whisker, "least and most of repeats".to_owned()));
    }
    keys
}

/// The limits of objectives, with their words at either end in turn, so that those of two limits that are close stay apart.
pub fn add_limits(panel: &mut Panel, clauses: &[&Clause]) {
    for (number, clause) in clauses.iter().enumerate() {
        add_limit(panel, clause.limit.value(), clause.to_string(), number % 2 == 1);
    }
}

pub fn add_limit(panel: &mut Panel, level: f64, text: String, is_at_right: bool) {
    let stroke = Stroke { color: INK, width: 1.2, dash: None };
    panel.add(text.clone(), Mark::Limit(Limit { level, until: None, text, is_at_right, stroke }));
}

/// What is predicted: dashed through hollow points, which are at these loads.
pub fn add_predicted(
    panel: &mut Panel,
    predicted: &Predicted,
    show: impl Fn(f64) -> String,
    figure: impl Fn(&PredictedPoint) -> Option<f64>,
) {
    let values = predicted.points.iter().filter_map(|point| Some((point.load, figure(point)?)));
    let places: Vec<At> = values.filter(|(load, value)| panel.x.holds(*load) && panel.y.holds(*value)).collect();
    panel.behind(Mark::Line(places.clone(), predicted_stroke(1.6)));
    for at in places {
        panel.add(
            format!("predicted at {}: {}", captions::load(at.0), show(at.1)),
            Mark::Point(at, 0.0, predicted_look()),
        );
    }
}

fn predicted_look() -> Look {
    Look::new((predicted_stroke(1.0).color, Shape::Square)).hollow()
}

pub fn predicted_key(what: &str) -> (Key, String) {
    (Key::Mark(predicted_look()), what.to_owned())
}
