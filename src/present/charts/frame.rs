//! A rectangle with two axes: grid, marks, and where values go in it.
//! What lies beyond an axis is cut off, not moved to its end.

use plotters::style::{RGBColor, text_anchor::HPos};

use super::{
    axis::Axis,
    canvas::{Canvas, Place, Stroke},
    page::SMALL,
    palette::{Dash, FAINT, GREY},
};

/// The rectangle and its axes.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// Left edge, pixels.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
    /// The axis below.
    pub x: &'a Axis,
    /// The axis at the left.
    pub y: &'a Axis,
}

/// A band or line is drawn through so many places.
const STEPS: u32 = 80;

impl Frame<'_> {
    /// Where a pair of values goes.
    pub fn place(&self, x: f64, y: f64) -> Place {
        let across = self.left + self.x.share(x) * (self.right - self.left);
        (across, self.bottom - self.y.share(y) * (self.bottom - self.top))
    }

    /// Grid and axes; the words of the marks at the left only if asked for.
    pub fn draw(&self, canvas: &Canvas, words_at_left: bool) -> anyhow::Result<()> {
        let faint = Stroke { color: FAINT, width: 0.8, dash: None };
        for (value, text) in &self.x.ticks {
            let (x, _) = self.place(*value, 0.0);
            canvas.line(&[(x, self.top), (x, self.bottom)], faint)?;
            canvas.words(text, (x, self.bottom + 10.0), SMALL.end(HPos::Center))?;
        }
        for (value, text) in &self.y.ticks {
            let (_, y) = self.place(0.0, *value);
            canvas.line(&[(self.left, y), (self.right, y)], faint)?;
            if words_at_left {
                canvas.words(text, (self.left - 6.0, y), SMALL.end(HPos::Right))?;
            }
        }
        let axis = Stroke { color: GREY, width: 1.0, dash: None };
        canvas.line(&[(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)], axis)
    }

    /// Hatches what is behind the data: they are emulated.
    pub fn hatch(&self, canvas: &Canvas) -> anyhow::Result<()> {
        let stroke = Stroke { color: FAINT, width: 1.5, dash: None };
        canvas.hatch((self.left, self.top), (self.right, self.bottom), 9.0, stroke)
    }

    /// The curve of `y` from x = 0 to `most`, without what is beyond the axis.
    pub fn curve(&self, canvas: &Canvas, most: f64, y: impl Fn(f64) -> f64, stroke: Stroke) -> anyhow::Result<()> {
        let holds = |x: f64| self.y.holds(y(x));
        let mut visible: Vec<Place> = Vec::new();
        let mut last = 0.0;
        for x in xs(most) {
            if holds(x) != holds(last) {
                let edge = crossing(last, x, holds);
                visible.push(self.place(edge, y(edge)));
            }
            if holds(x) {
                visible.push(self.place(x, y(x)));
            } else {
                canvas.line(&visible, stroke)?;
                visible.clear();
            }
            last = x;
        }
        canvas.line(&visible, stroke)
    }

    /// The area between two curves.
    pub fn band(
        &self,
        canvas: &Canvas,
        most: f64,
        ends: impl Fn(f64) -> (f64, f64),
        look: (RGBColor, f64),
    ) -> anyhow::Result<()> {
        let lower = xs(most).map(|x| self.place(x, ends(x).0));
        let upper = xs(most).map(|x| self.place(x, ends(x).1));
        let outline: Vec<_> = lower.chain(upper.collect::<Vec<_>>().into_iter().rev()).collect();
        canvas.area(&outline, look.0, look.1)
    }

    /// An interval at a height, pixels; an end beyond the axis is cut off and has no bar.
    pub fn interval(&self, canvas: &Canvas, (low, high): (f64, f64), y: f64, stroke: Stroke) -> anyhow::Result<()> {
        let at = |value: f64| self.place(value, 0.0).0;
        canvas.line(&[(at(low), y), (at(high), y)], stroke)?;
        for x in [low, high].into_iter().filter(|end| self.x.holds(*end)).map(at) {
            canvas.line(&[(x, y - 3.5), (x, y + 3.5)], Stroke { dash: None, ..stroke })?;
        }
        Ok(())
    }

    /// A stroke for data.
    pub fn stroke(color: RGBColor, dash: Option<Dash>) -> Stroke {
        Stroke { color, width: 2.0, dash }
    }
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

/// Close together near 0, where a law is steep on a logarithmic axis.
fn xs(most: f64) -> impl Iterator<Item = f64> {
    (0..=STEPS).map(move |step| most * (f64::from(step) / f64::from(STEPS)).powi(2))
}
