//! The legend: samples with their meaning, in rows below the drawing, where they cover nothing.

use plotters::style::RGBColor;

use super::{
    canvas::{Canvas, Place, Stroke, Words},
    palette::{Dash, FAINT, GREY, Shape},
};

const WORDS: Words = Words::of_size(12.5);
const SAMPLE: f64 = 32.0;
const GAP: f64 = 22.0;
const ROW: f64 = 20.0;
const AROUND: f64 = 6.0;
/// Of keys beside a title: smaller all over.
const INLINE: Words = Words::of_size(11.5);
const INLINE_SAMPLE: f64 = 20.0;
const INLINE_GAP: f64 = 14.0;

/// A sample.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// A point.
    Point(RGBColor, Shape),
    /// A line with a point.
    Line {
        /// Its dashes.
        dash: Option<Dash>,
        /// Whether its points are white inside.
        hollow: bool,
    },
    /// A band around a line.
    Band,
    /// Hatching.
    Hatch,
    /// A bar.
    Bar(RGBColor),
    /// A bar that is hatched.
    HatchedBar(RGBColor),
    /// The ends of an interval.
    Whisker,
    /// A line without points.
    Stroke(Stroke),
    /// A line that ends in a point; a hollow one if the line is dashed.
    Curve(Stroke, Shape),
    /// An area of this opacity, 0 to 1.
    Tint(RGBColor, f64),
    /// A small round point.
    Dot(RGBColor),
    /// No sample: the words speak for what follows.
    Heading,
    /// A point without a line.
    Mark {
        /// Its colour.
        color: RGBColor,
        /// Its shape.
        shape: Shape,
        /// Whether it is white inside.
        hollow: bool,
    },
    /// An area, shaded.
    Shade(RGBColor),
}

/// Height of a legend in a room of this width, pixels.
pub fn height(keys: &[(Key, String)], width: f64) -> f64 {
    match places(keys, width).last() {
        None => 0.0,
        Some((_, y)) => y + ROW + 2.0 * AROUND,
    }
}

/// Draws it, its upper left corner at `origin`.
pub fn draw(canvas: &Canvas, keys: &[(Key, String)], origin: Place, width: f64) -> anyhow::Result<()> {
    for ((key, text), (x, y)) in keys.iter().zip(places(keys, width)) {
        let (left, middle) = (origin.0 + x, origin.1 + AROUND + y + ROW / 2.0);
        sample(canvas, *key, (left, middle), SAMPLE - 6.0)?;
        canvas.words(text, (left + SAMPLE, middle), WORDS)?;
    }
    Ok(())
}

/// How wide small keys in one line are, pixels.
pub fn inline_width(keys: &[(Key, String)]) -> f64 {
    let each = keys.iter().map(|(key, text)| inline_sample(*key) + INLINE.width(text));
    each.sum::<f64>() + INLINE_GAP * keys.len().saturating_sub(1) as f64
}

/// Draws small keys in one line that ends at `right`, their middle at `y`.
pub fn draw_inline(canvas: &Canvas, keys: &[(Key, String)], right: f64, y: f64) -> anyhow::Result<()> {
    let mut left = right - inline_width(keys);
    for (key, text) in keys {
        sample(canvas, *key, (left, y), INLINE_SAMPLE - 5.0)?;
        canvas.words(text, (left + inline_sample(*key), y), INLINE)?;
        left += inline_sample(*key) + INLINE.width(text) + INLINE_GAP;
    }
    Ok(())
}

fn inline_sample(key: Key) -> f64 {
    if matches!(key, Key::Heading) { 0.0 } else { INLINE_SAMPLE }
}

/// Where each key goes, row by row.
fn places(keys: &[(Key, String)], width: f64) -> Vec<Place> {
    let (mut x, mut y) = (0.0, 0.0);
    let mut places = Vec::new();
    for (_, text) in keys {
        let wide = SAMPLE + WORDS.width(text);
        if x > 0.0 && x + wide > width {
            (x, y) = (0.0, y + ROW);
        }
        places.push((x, y));
        x += wide + GAP;
    }
    places
}

fn sample(canvas: &Canvas, key: Key, (left, y): Place, width: f64) -> anyhow::Result<()> {
    let (right, middle) = (left + width, left + width / 2.0);
    let stroke = |width: f64| Stroke { color: GREY, width, dash: None };
    let box_of = |half: f64| [(left, y - half), (right, y - half), (right, y + half), (left, y + half)];
    match key {
        Key::Point(color, shape) => {
            canvas.line(&[(left, y), (right, y)], Stroke { color, width: 2.0, dash: None })?;
            canvas.point((middle, y), shape, color, false)
        }
        Key::Line { dash, hollow } => {
            canvas.line(&[(left, y), (right, y)], Stroke { dash, ..stroke(2.0) })?;
            canvas.point((middle, y), Shape::Circle, GREY, hollow)
        }
        Key::Band => canvas.area(&box_of(6.0), GREY, 0.25),
        Key::Hatch => {
            canvas.hatch((left, y - 6.0), (right, y + 6.0), 6.0, Stroke { color: FAINT, ..stroke(1.5) })?;
            canvas.outline((left, y - 6.0), (right, y + 6.0), stroke(0.5))
        }
        Key::Bar(color) => canvas.area(&box_of(5.0), color, 1.0),
        Key::HatchedBar(color) => {
            canvas.hatch((left, y - 5.0), (right, y + 5.0), 5.0, Stroke { color, ..stroke(1.2) })?;
            canvas.outline((left, y - 5.0), (right, y + 5.0), Stroke { color, ..stroke(1.2) })
        }
        Key::Whisker => whisker(canvas, (left, right), y, stroke(1.5)),
        Key::Stroke(stroke) => canvas.line(&[(left, y), (right, y)], stroke),
        Key::Curve(stroke, shape) => {
            canvas.line(&[(left, y), (right, y)], stroke)?;
            canvas.point((right - 4.0, y), shape, stroke.color, stroke.dash.is_some())
        }
        Key::Tint(color, alpha) => canvas.area(&box_of(5.0), color, alpha),
        Key::Dot(color) => canvas.dot((middle, y), 2.5, color),
        Key::Heading => Ok(()),
        Key::Mark { color, shape, hollow } => canvas.point((middle, y), shape, color, hollow),
        Key::Shade(color) => {
            canvas.area(&box_of(6.0), color, 0.2)?;
            canvas.line(&[(middle, y - 6.0), (middle, y + 6.0)], Stroke { color, ..stroke(2.0) })
        }
    }
}

/// A line between two ends, each with a bar across.
pub fn whisker(canvas: &Canvas, (left, right): (f64, f64), y: f64, stroke: Stroke) -> anyhow::Result<()> {
    canvas.line(&[(left, y), (right, y)], stroke)?;
    for x in [left, right] {
        canvas.line(&[(x, y - 3.5), (x, y + 3.5)], Stroke { dash: None, ..stroke })?;
    }
    Ok(())
}

/// The same upright: from `bottom` to `top` at `x`.
pub fn upright_whisker(canvas: &Canvas, x: f64, (bottom, top): (f64, f64), stroke: Stroke) -> anyhow::Result<()> {
    canvas.line(&[(x, bottom), (x, top)], stroke)?;
    for y in [bottom, top] {
        canvas.line(&[(x - 3.5, y), (x + 3.5, y)], Stroke { dash: None, ..stroke })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_legend_has_rows() {
        let keys: Vec<_> = (0..5).map(|number| (Key::Band, format!("meaning number {number}"))).collect();
        let width = 450.0;
        let places = places(&keys, width);
        for ((_, text), (x, _)) in keys.iter().zip(&places) {
            assert!(x + SAMPLE + WORDS.width(text) <= width);
        }
        assert_eq!(places.iter().filter(|(x, _)| *x == 0.0).count(), 3, "{places:?}");
        assert!(height(&keys, width) > height(&keys[..1], width));
        assert_eq!(height(&[], width), 0.0);
    }
}
