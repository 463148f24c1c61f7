//! What all charts of a sweep draw alike: runs with their medians and ranges, limits, the knee as measured and as predicted.
//! Measured is solid; predicted is dashed and hollow.

use std::collections::BTreeSet;

use plotters::style::{RGBColor, text_anchor::HPos};

use super::{
    captions,
    view::{Group, Stop, Verdict, View, spread},
};
use crate::{
    present::charts::{
        At, Axis, DASHED, Dash, GREY, INK, Key, Limit, Look, Mark, Note, Panel, SMALL, Shape, Stroke, Text, Words,
        color, unique,
    },
    results::{Answer, Knee, PredictedPoint, SweptRun},
    scenario::Clause,
    stats::Estimate,
};

/// Runs of one point stand so far from each other, pixels, and no farther apart in all than this.
const GAP: f64 = 6.0;
const SPREAD: f64 = 30.0;
/// Values that are closer, as a share of their axis, cannot be distinguished.
const DISTINCT: f64 = 0.015;
/// Half the length of a median among names, as a share of the room that each has.
const HALF: f64 = 0.15;
/// From a stop to a text that stands beside its figures, pixels.
const BESIDE: f64 = 20.0;

/// A figure of a run; `None`: it has none.
type Figure<'a> = dyn Fn(&SweptRun) -> Option<f64> + 'a;

/// A figure of runs, and how it is drawn.
pub struct Series<'a> {
    pub name: String,
    /// How its medians are joined.
    pub stroke: Stroke,
    /// Whether there is more than medians: every run, and the ranges of repeats.
    pub has_runs: bool,
    /// The figure; `None`: the run has none.
    pub figure: Box<Figure<'a>>,
    pub show: fn(f64) -> String,
}

impl<'a> Series<'a> {
    /// A figure in the colour of this number.
    pub fn new(
        name: &str,
        (number, width, dash): (usize, f64, Option<Dash>),
        show: fn(f64) -> String,
        figure: impl Fn(&SweptRun) -> Option<f64> + 'a,
    ) -> Series<'a> {
        let stroke = Stroke::new(color(number), width).dashed(dash);
        Series { name: name.to_owned(), stroke, has_runs: true, figure: Box::new(figure), show }
    }

    pub fn values(&self, view: &View) -> Vec<f64> {
        view.runs().filter_map(|run| (self.figure)(run)).collect()
    }

    /// Whether no run has a figure that can be distinguished from that of another series on this axis.
    pub fn is_hidden_by(&self, other: &Series, view: &View, axis: &Axis) -> bool {
        view.runs().all(|run| match ((self.figure)(run), (other.figure)(run)) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(one), Some(other)) => (axis.share(one) - axis.share(other)).abs() < DISTINCT,
        })
    }

    /// Joins medians, but not over a gap; among names each has a short line of its own.
    fn add_medians(&self, panel: &mut Panel, group: &Group, x: fn(&Stop) -> f64) {
        let median = |stop: &Stop| Some((x(stop), spread(&stop.runs, &self.figure)?.median));
        let on_axis = |stop: &Stop| median(stop).filter(|(_, y)| panel.y.has_place_for(*y));
        let medians: Vec<Option<(At, String)>> = group
            .stops
            .iter()
            .map(|stop| on_axis(stop).map(|at| (at, format!("{} at {}", (self.show)(at.1), stop.name))))
            .collect();
        for together in medians.split(Option::is_none).filter(|medians| !medians.is_empty()) {
            let (places, texts): (Vec<At>, Vec<String>) = together.iter().flatten().cloned().unzip();
            if group.is_numeric {
                panel.add(format!("{}, medians: {}", self.name, texts.join(", ")), Mark::Line(places, self.stroke));
                continue;
            }
            for ((x, y), text) in places.into_iter().zip(texts) {
                let title = format!("{}, median: {text}", self.name);
                panel.add(title, Mark::Line(vec![(x - HALF, y), (x + HALF, y)], self.stroke));
            }
        }
    }

    /// Ranges of repeats, medians, and every run; `x` says where a stop goes. A value of 0 goes to the lower end of an axis
    /// that says what that means.
    pub fn add_to(&self, panel: &mut Panel, group: &Group, x: fn(&Stop) -> f64) {
        if !self.has_runs {
            return self.add_medians(panel, group, x);
        }
        let title = |stop: &Stop, text: &str| format!("{} at {}: {text}", self.name, stop.name);
        for stop in &group.stops {
            let spread = spread(&stop.runs, &self.figure).filter(|spread| spread.least < spread.most);
            let Some(ends) = spread.map(|spread| [spread.least, spread.most]) else { continue };
            let title = title(stop, &ends.map(self.show).join(" to "));
            let ends = ends.map(|value| (x(stop), value));
            panel.add(title, Mark::Whisker(ends[0], ends[1], Stroke::new(self.stroke.color, 1.2)));
        }
        self.add_medians(panel, group, x);
        for stop in &group.stops {
            let apart = GAP.min(SPREAD / stop.runs.len() as f64);
            for (place, run) in stop.runs.iter().enumerate() {
                let Some(value) = (self.figure)(run) else { continue };
                let shift = (place as f64 - (stop.runs.len() as f64 - 1.0) / 2.0) * apart;
                let (shape, [_, verdict]) = Verdict::of(run).look();
                let title = title(stop, &format!("{}{verdict}", (self.show)(value)));
                let look = Look::new((self.stroke.color, shape));
                panel.add(title, Mark::Point((x(stop), value), shift, look));
            }
        }
    }

    /// Says so where no run of a stop has the figure: beside the figure of another series, if one has a figure there.
    pub fn add_gaps(&self, panel: &mut Panel, group: &Group, text: &str, others: &[Series], x: fn(&Stop) -> f64) {
        let words = Words { upward: true, ..SMALL.color(GREY).end(HPos::Left) };
        let lacks = |series: &Series, stop: &Stop| stop.runs.iter().all(|run| (series.figure)(run).is_none());
        for stop in group.stops.iter().filter(|stop| lacks(self, stop)) {
            let (text, right) = if others.iter().all(|series| lacks(series, stop)) {
                (text.to_owned(), 0.0)
            } else {
                (format!("too few for {}", self.name), BESIDE)
            };
            let title = format!("{} at {}: {text}", self.name, stop.name);
            let text = Text::new(&text, (x(stop), panel.y.low), (right, -6.0), words);
            panel.add(title, Mark::Text(text.fitted()));
        }
    }
}

pub const fn predicted_stroke(width: f64) -> Stroke {
    Stroke::new(color(3), width).dashed(Some(DASHED))
}

const KNEE: RGBColor = color(4);

/// The largest load that met the objectives, where both sides of it were found.
pub fn found<'a>(group: &Group<'a>) -> Option<(&'a Knee, f64)> {
    let knee = group.knee.filter(|knee| knee.answer == Answer::Found)?;
    Some((knee, knee.load.filter(|load| load.is_finite())?))
}

/// The predicted knee, where it lies in the range that was examined.
fn predicted_value(group: &Group) -> Option<Estimate> {
    group.predicted?.knee?.load.filter(|load| load.value.is_finite())
}

/// Loads that the axis across should have on it.
pub fn knee_loads<'a>(view: &'a View) -> impl Iterator<Item = f64> + 'a {
    view.groups
        .iter()
        .flat_map(|group| [found(group).map(|(_, load)| load), predicted_value(group).map(|load| load.value)])
        .flatten()
}

/// Shades the knee behind the data: where it was measured, and dashed where it is predicted.
pub fn add_knee(panel: &mut Panel, group: &Group) {
    add_measured_knee(panel, group, "knee, measured", (Stroke::new(KNEE, 2.0), 0.16));
    if let Some(Estimate { value, low, high }) = predicted_value(group) {
        panel.behind(Mark::Bar((low, panel.y.low), (high, panel.y.high), predicted_stroke(1.0).color, 0.07));
        for end in [low, high] {
            if panel.x.holds(end) {
                panel.behind(Mark::Upright(end, predicted_stroke(0.8)));
            }
        }
        if panel.x.holds(value) {
            let title = format!("knee, predicted: {}", captions::load(value));
            panel.add(title, Mark::Upright(value, predicted_stroke(1.8)));
        }
    }
}

/// A line at the knee, and a tint of its colour so opaque from the largest load that all runs met to the smallest that none met.
pub fn add_measured_knee(panel: &mut Panel, group: &Group, name: &str, (stroke, alpha): (Stroke, f64)) {
    let Some((knee, load)) = found(group) else { return };
    let (from, to) = (knee.low.unwrap_or(panel.x.low), knee.high.unwrap_or(panel.x.high));
    panel.behind(Mark::Bar((from, panel.y.low), (to, panel.y.high), stroke.color, alpha));
    panel.add(format!("{name}: {}", captions::knee(knee)), Mark::Upright(load, stroke));
}

/// The measured knee in words; `None`: there were no objectives.
pub fn knee_note(group: &Group, name: &str, stroke: Stroke) -> Option<Note> {
    let text = format!("{name}: {}", captions::knee(group.knee?));
    Some(Note { text, sample: found(group).map(|_| stroke) })
}

pub fn knee_notes(group: &Group) -> Vec<Note> {
    let measured = knee_note(group, "knee, measured", Stroke::new(KNEE, 3.0));
    let predicted = group.predicted.and_then(captions::predicted_knee).map(|knee| Note {
        text: format!("knee, predicted: {knee}"),
        sample: predicted_value(group).map(|_| predicted_stroke(1.8)),
    });
    measured.into_iter().chain(predicted).collect()
}

pub fn knee_keys() -> [(Key, &'static str); 2] {
    [
        (Key::Area(KNEE, 0.3), "knee, measured: between all runs meeting the objectives and none"),
        (Key::Line(predicted_stroke(1.8)), "knee, predicted, with the ends of its interval"),
    ]
}

/// Keys for the series and for what their points and whiskers mean.
pub fn run_keys<'s>(view: &View, series: impl IntoIterator<Item = &'s Series<'s>>) -> Vec<(Key, String)> {
    let lines = unique(series.into_iter().map(|series| (series.name.clone(), series.stroke)));
    let mut keys: Vec<(Key, String)> = lines.into_iter().map(|(name, stroke)| (Key::Line(stroke), name)).collect();
    let verdicts: BTreeSet<Verdict> = view.runs().map(Verdict::of).collect();
    let verdicts = verdicts.into_iter().map(Verdict::look);
    keys.extend(verdicts.map(|(shape, [text, _])| (Key::Mark(Look::new((GREY, shape))), text.to_owned())));
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
    let stroke = Stroke::new(INK, 1.2);
    panel.add(text.clone(), Mark::Limit(Limit { level, until: None, text, is_at_right, stroke }));
}

/// What is predicted: dashed through hollow points, which are at these loads; `show` puts a point's figure into words.
pub fn add_predicted(
    panel: &mut Panel,
    group: &Group,
    figure: impl Fn(&PredictedPoint) -> Option<f64>,
    show: impl Fn(&PredictedPoint, f64) -> String,
) {
    let points = group.predicted.iter().flat_map(|predicted| &predicted.points);
    let values = points.filter_map(|point| Some((point, (point.load, figure(point)?))));
    let points: Vec<(&PredictedPoint, At)> =
        values.filter(|(_, (load, value))| panel.x.holds(*load) && !value.is_nan()).collect();
    // A point beyond the axis has a wedge at its edge; no line leads there.
    let y = panel.y.clone();
    for together in points.chunk_by(|a, b| y.holds(a.1.1) == y.holds(b.1.1)) {
        if together.iter().all(|(_, at)| y.holds(at.1)) {
            panel.behind(Mark::Line(together.iter().map(|(_, at)| *at).collect(), predicted_stroke(1.6)));
        }
    }
    for (point, at) in points {
        let value = if at.1.is_finite() { show(point, at.1) } else { "without end".to_owned() };
        let title = format!("predicted at {}: {value}", captions::load(at.0));
        panel.add(title, Mark::Point(at, 0.0, PREDICTED));
    }
}

const PREDICTED: Look = Look::new((color(3), Shape::Square)).hollow();

pub fn predicted_key(text: &str) -> (Key, &str) {
    (Key::Mark(PREDICTED), text)
}
