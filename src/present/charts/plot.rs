//! A chart as data: panels with axes and layers of marks, in the units of what was measured. Every chart is a function that returns one;
//! `render` is the only place that knows pixels of a whole page.

use plotters::style::RGBColor;

pub(crate) use super::{
    axis::Axis,
    canvas::{Stroke, Words},
    legend::Key,
    page::{Origin, SMALL, WIDTH},
    palette::{
        BAR, DASHED, DOTTED, Dash, EMULATED, FAINT, FREEZE, GREY, INK, INK_ON_COLOR, Look, PAPER, RAMP, Shape, color,
        series,
    },
};

use crate::stats::Estimate;

/// A pair of values on the axes of a panel.
pub type At = (f64, f64);

/// Its alternative text is made from what is in it; the caption has only what the data do not show.
#[derive(Clone)]
pub struct Plot {
    pub name: String,
    pub title: String,
    pub origin: Origin,
    pub legend: Vec<(Key, String)>,
    /// How it was measured and how it is to be read, in sentences.
    pub caption: String,
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
    /// What is not drawn and why, for the alternative text.
    pub missing: Vec<String>,
    pub layers: Vec<Layer>,
}

/// A line above a panel, with a sample of what it speaks of, if that is drawn.
#[derive(Clone)]
pub struct Note {
    pub text: String,
    pub sample: Option<Stroke>,
}

/// A mark, and what a reader sees who points at it: what it is, and its value. Without a title it is background.
/// The titles are the alternative text too.
#[derive(Clone)]
pub struct Layer {
    pub title: String,
    pub mark: Mark,
    /// A fitted model. Its form can be judged only on axes that are both linear or both logarithmic.
    pub is_model: bool,
}

#[derive(Clone)]
pub enum Mark {
    /// Through all points; where they are too close to be seen apart on the page, some are left out.
    Line(Vec<At>, Stroke),
    Area(Vec<At>, RGBColor, f64),
    /// So many pixels to the right; not drawn off the axes.
    Point(At, f64, Look),
    Dot(At, RGBColor),
    /// From corner to corner, this opaque.
    Bar(At, At, RGBColor, f64),
    /// A bar with edges on whole pixels: else the page would shine through between neighbours.
    Cell(At, At, RGBColor),
    /// Between two ends, each with a bar across unless it is off the axis.
    Whisker(At, At, Stroke),
    /// Spans along the axis across, by begin: each at least a pixel wide, those that touch are one.
    Spans(Vec<(f64, f64)>, Extent, RGBColor, f64),
    /// Spans along the axis across in which nothing was sampled, by begin: hatched over whatever is drawn there.
    Unsampled(Vec<(f64, f64)>),
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

impl Plot {
    pub fn new(name: impl Into<String>, title: impl Into<String>, origin: Origin, panels: Vec<Panel>) -> Plot {
        let (name, title, legend, caption) = (name.into(), title.into(), Vec::new(), String::new());
        Plot { name, title, origin, legend, caption, columns: 1, panels }
    }

    /// The same with so many panels side by side.
    pub fn in_columns(self, columns: usize) -> Plot {
        Plot { columns, ..self }
    }

    /// Adds those keys that something on the plot looks like.
    pub fn keys<T: Into<String>>(&mut self, candidates: impl IntoIterator<Item = (Key, T)>) {
        let is_drawn = |key: &Key| self.panels.iter().any(|panel| panel.shows(key));
        let drawn: Vec<_> = candidates.into_iter().filter(|(key, _)| is_drawn(key)).collect();
        self.legend.extend(drawn.into_iter().map(|(key, text)| (key, text.into())));
    }

    /// Adds a sentence to the caption; an empty one is none.
    pub fn say(&mut self, sentence: impl AsRef<str>) {
        let sentence = sentence.as_ref();
        let gap = if self.caption.is_empty() || sentence.is_empty() { "" } else { " " };
        self.caption.push_str(&format!("{gap}{sentence}"));
    }

    pub fn say_if(&mut self, is_so: bool, sentence: impl AsRef<str>) {
        if is_so {
            self.say(sentence);
        }
    }
}

impl Text {
    pub fn new(text: impl Into<String>, at: At, shift: At, words: Words) -> Text {
        Text { text: text.into(), at, shift, words, is_fitted: false }
    }

    /// The same, made smaller if need be.
    pub fn fitted(self) -> Text {
        Text { is_fitted: true, ..self }
    }
}

impl Panel {
    pub fn new(title: impl Into<String>, height: f64, x: &Axis, y: Axis) -> Panel {
        Panel { title: title.into(), height, x: x.clone(), y, ..Panel::default() }
    }

    /// A row of this height, pixels, for every name.
    pub fn rows(title: &str, row: f64, x: &Axis, names: impl IntoIterator<Item: Into<String>>) -> Panel {
        let y = Axis::rows(names);
        Panel::new(title, y.high * row, x, y)
    }

    /// Without axes: only why there is nothing to draw.
    pub fn absent(title: impl Into<String>, x: &Axis, why: impl Into<String>) -> Panel {
        let mut panel = Panel::new(title, 40.0, x, Axis::default());
        panel.behind(Mark::Absent(why.into()));
        panel
    }

    pub fn is_absent(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer.mark, Mark::Absent(_)))
    }

    pub fn add(&mut self, title: impl Into<String>, mark: Mark) {
        self.layers.push(Layer { title: title.into(), mark, is_model: false });
    }

    pub fn behind(&mut self, mark: Mark) {
        self.add("", mark);
    }

    /// A line in as many stretches as it has.
    pub fn line(&mut self, title: &str, stretches: Vec<Vec<At>>, stroke: Stroke) {
        stretches.into_iter().for_each(|stretch| self.add(title, Mark::Line(stretch, stroke)));
    }

    /// A fitted model through these places, cut where it leaves the axis up.
    pub fn model(
        &mut self,
        title: &str,
        places: impl Iterator<Item = f64>,
        value: impl Fn(f64) -> f64,
        stroke: Stroke,
    ) {
        let stretches = curve(&self.y, places, value).into_iter();
        let layer = |stretch| Layer { title: title.to_owned(), mark: Mark::Line(stretch, stroke), is_model: true };
        self.layers.extend(stretches.map(layer));
    }

    /// The area between the lower and the upper ends of intervals.
    pub fn band(&mut self, intervals: impl Iterator<Item = (f64, Estimate)>, color: RGBColor, alpha: f64) {
        let (mut outline, mut upper): (Vec<At>, Vec<At>) =
            intervals.map(|(x, Estimate { low, high, .. })| ((x, low), (x, high))).unzip();
        upper.reverse();
        outline.append(&mut upper);
        self.behind(Mark::Area(outline, color, alpha));
    }

    /// A point with its interval.
    pub fn interval(&mut self, title: &str, at: At, ends: (At, At), look: Look, stroke: Stroke) {
        self.add(title, Mark::Whisker(ends.0, ends.1, stroke));
        self.add(title, Mark::Point(at, 0.0, look));
    }

    /// Words at the left of a row, in place of what it does not have.
    pub fn text_in_row(&mut self, title: impl Into<String>, text: &str, at: f64) {
        let text = Text::new(text, (self.x.low, at), (6.0, 0.0), SMALL);
        self.add(title, Mark::Text(text.fitted()));
    }

    /// Where a row of names is: the first is uppermost. `lower`: a share of its height further down.
    pub fn row(&self, number: usize, lower: f64) -> f64 {
        self.y.high - number as f64 - 0.5 - lower
    }

    fn shows(&self, key: &Key) -> bool {
        matches!(key, Key::Hatched(FAINT)) && self.is_hatched
            || self.layers.iter().any(|layer| layer.mark.looks_like(key))
    }
}

impl Mark {
    /// Whether it is what a key of the legend is a sample of. A grey key stands for marks of all colours.
    fn looks_like(&self, key: &Key) -> bool {
        let is = |own: &RGBColor, color: &RGBColor| own == color || *color == GREY;
        match (key, self) {
            (Key::Heading, _) => true,
            (Key::Mark(key), Mark::Point(_, _, look)) => {
                (look.shape, look.is_hollow) == (key.shape, key.is_hollow) && is(&look.color, &key.color)
            }
            (Key::Line(key), Mark::Line(_, stroke) | Mark::Upright(_, stroke)) => key == stroke,
            (Key::Line(key), Mark::Limit(Limit { stroke, .. })) => (key.width, key.dash) == (stroke.width, stroke.dash),
            (Key::Curve(key, _), Mark::Line(_, stroke)) => key.dash == stroke.dash && is(&stroke.color, &key.color),
            (Key::Area(color, _), Mark::Spans(spans, _, own, _)) => !spans.is_empty() && own == color,
            (Key::Hatched(color), Mark::Unsampled(spans)) => !spans.is_empty() && *color == GREY,
            (Key::Area(color, _), Mark::Area(_, own, _) | Mark::Bar(_, _, own, _) | Mark::Cell(_, _, own)) => {
                own == color
            }
            (Key::Whisker, Mark::Whisker(_, _, stroke)) => stroke.dash != Some(DOTTED),
            _ => false,
        }
    }
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
}
