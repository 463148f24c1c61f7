//! A chart as data: panels with axes and layers of marks, in the units of what was measured. Every chart is a function that returns one;
//! `render` is the only place that knows pixels of a whole page.

use plotters::style::RGBColor;

use super::{
    axis::Axis,
    canvas::{Stroke, Words},
    legend::Key,
    page::Page,
};

pub use super::palette::Look;

/// A pair of values on the axes of a panel.
pub type At = (f64, f64);

pub struct Plot {
    pub name: String,
    pub page: Page,
    /// Where the data come from: scenario, host, date, seed, version, as far as the result has them.
    pub origin: String,
    /// The rest of the alternative text: every figure in words.
    pub sentences: Vec<String>,
    pub columns: usize,
    /// Line by line; those of one line have the same height.
    pub panels: Vec<Panel>,
}

#[derive(Clone, Default)]
pub struct Panel {
    pub title: String,
    pub notes: Vec<Note>,
    pub keys: Vec<(Key, String)>,
    /// Of the frame, pixels.
    pub height: f64,
    pub x: Axis,
    pub y: Axis,
    /// What stands at the right of a row of names, in this colour.
    pub texts: Vec<(String, RGBColor)>,
    pub is_hatched: bool,
    pub layers: Vec<Layer>,
}

/// A line above a panel, with a sample of what it speaks of, if that is drawn.
#[derive(Clone)]
pub struct Note {
    pub text: String,
    pub sample: Option<Stroke>,
}

/// A mark, and what a reader sees who points at it: what it is, and its value. Without a title it is background.
#[derive(Clone)]
pub struct Layer {
    pub title: String,
    pub mark: Mark,
}

#[derive(Clone)]
pub enum Mark {
    /// Through all points; where they are too close to be told apart on the page, some are left out.
    Line(Vec<At>, Stroke),
    Area(Vec<At>, RGBColor, f64),
    /// So many pixels to the right; not drawn off the axes.
    Point(At, f64, Look),
    Dot(At, RGBColor),
    /// From corner to corner, this opaque.
    Bar(At, At, RGBColor, f64),
    /// The same, hatched: emulated.
    HatchedBar(At, At, RGBColor),
    /// A bar with edges on whole pixels: else the page would shine through between neighbours.
    Cell(At, At, RGBColor),
    /// Between two ends, each with a bar across unless it is off the axis.
    Whisker(At, At, Stroke),
    /// Spans along the axis across, by begin: each at least a pixel wide, those that touch are one.
    Spans(Vec<(f64, f64)>, Extent, RGBColor, f64),
    /// From bottom to top.
    Upright(f64, Stroke),
    Limit(Limit),
    Text(Text),
    /// Why there is nothing, across the whole frame.
    Absent(String),
}

/// How high spans reach.
#[derive(Clone, Copy)]
pub enum Extent {
    Frame,
    /// From so many pixels above it to so many.
    Above(f64, f64),
    Values(f64, f64),
}

/// A level line with words over one of its ends.
#[derive(Clone)]
pub struct Limit {
    pub level: f64,
    /// Where it ends, with a bar; `None`: at the edge, without one.
    pub until: Option<f64>,
    pub text: String,
    pub is_at_right: bool,
    pub stroke: Stroke,
}

#[derive(Clone)]
pub struct Text {
    pub text: String,
    pub at: At,
    /// Pixels to the right and down.
    pub shift: At,
    pub words: Words,
    /// Made smaller to fit the panel.
    pub is_fitted: bool,
}

impl Panel {
    pub fn new(title: impl Into<String>, height: f64, x: Axis, y: Axis) -> Panel {
        Panel { title: title.into(), height, x, y, ..Panel::default() }
    }

    /// Without axes: only why there is nothing to draw.
    pub fn absent(title: impl Into<String>, x: Axis, why: impl Into<String>) -> Panel {
        let mut panel = Panel::new(title, 40.0, x, Axis::default());
        panel.behind(Mark::Absent(why.into()));
        panel
    }

    pub fn add(&mut self, title: impl Into<String>, mark: Mark) {
        self.layers.push(Layer { title: title.into(), mark });
    }

    pub fn behind(&mut self, mark: Mark) {
        self.add("", mark);
    }

    /// Where a row of names is: the first is uppermost. `lower`: a share of its height further down.
    pub fn row(&self, number: usize, lower: f64) -> f64 {
        self.y.high() - number as f64 - 0.5 - lower
    }

    pub fn text(&mut self, text: impl Into<String>, at: At, shift: At, words: Words) {
        self.behind(Mark::Text(Text { text: text.into(), at, shift, words, is_fitted: false }));
    }
}

/// A line of steps through columns of time: a value holds from the begin of its span to that of the next, and breaks where it is unknown.
pub fn steps(spans: &[std::ops::Range<f64>], values: &[Option<f64>]) -> Vec<Vec<At>> {
    let mut stretches: Vec<Vec<At>> = vec![Vec::new()];
    for (place, (span, value)) in spans.iter().zip(values).enumerate() {
        let goes_on = values.get(place + 1).is_some_and(Option::is_some);
        match (value, stretches.last_mut()) {
            (Some(value), Some(stretch)) => {
                let end = if goes_on { spans[place + 1].start } else { span.end };
                stretch.extend([(span.start, *value), (end, *value)]);
            }
            _ => stretches.push(Vec::new()),
        }
    }
    stretches.retain(|stretch| !stretch.is_empty());
    stretches
}

/// A function at these places, in stretches that are on the axis up; cut where it leaves it.
pub fn curve(y: &Axis, places: impl Iterator<Item = f64>, value: impl Fn(f64) -> f64) -> Vec<Vec<At>> {
    let holds = |x: f64| y.holds(value(x));
    let mut stretches: Vec<Vec<At>> = Vec::new();
    let mut last: Option<f64> = None;
    for x in places {
        let edge = last.filter(|last| holds(*last) != holds(x)).map(|last| crossing(last, x, holds));
        let edge = edge.map(|edge| (edge, value(edge)));
        if last.is_none_or(|last| !holds(last)) && holds(x) {
            stretches.push(Vec::new());
        }
        if let Some(stretch) = stretches.last_mut() {
            stretch.extend(edge);
            if holds(x) {
                stretch.push((x, value(x)));
            }
        }
        last = Some(x);
    }
    stretches
}

/// Where between two values an answer changes.
fn crossing(mut from: f64, mut to: f64, answer: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..40 {
        let middle = (from + to) / 2.0;
        if answer(middle) == answer(from) {
            from = middle;
        } else {
            to = middle;
        }
    }
    (from + to) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_cut_at_the_edge_of_its_axis() {
        let y = Axis::span("y", 10.0, 5);
        let parts = curve(&y, (0..=4).map(f64::from), |x| 8.0 * x - 4.0);
        assert_eq!(parts.len(), 1);
        let (first, last) = (parts[0][0], *parts[0].last().unwrap());
        assert!((first.1 - 0.0).abs() < 1e-6 && (last.1 - 10.0).abs() < 1e-6, "{parts:?}");
    }

    #[test]
    fn steps_break_where_a_value_is_unknown() {
        let spans = [0.0..1.0, 1.5..2.0, 2.0..3.0, 3.0..4.0];
        let parts = steps(&spans, &[Some(1.0), Some(2.0), None, Some(4.0)]);
        assert_eq!(parts, [vec![(0.0, 1.0), (1.5, 1.0), (1.5, 2.0), (2.0, 2.0)], vec![(3.0, 4.0), (4.0, 4.0)]]);
    }
}
