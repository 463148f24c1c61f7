//! The legend: samples with their meaning, in rows below the drawing, where they cover nothing.

use plotters::style::RGBColor;

use super::{
    beyond::{self, Edge},
    canvas::{Canvas, Place, Stroke, Words},
    palette::{GREY, Look},
};

const WORDS: Words = Words::of_size(12.5);
const SAMPLE: f64 = 32.0;
const GAP: f64 = 22.0;
const ROW: f64 = 20.0;
const AROUND: f64 = 6.0;
/// Of keys next to a title: smaller all over.
const INLINE: Words = Words::of_size(11.5);
const INLINE_SAMPLE: f64 = 20.0;
const INLINE_GAP: f64 = 14.0;

#[derive(Clone, Copy, Debug)]
pub enum Key {
    Mark(Look),
    Line(Stroke),
    /// A line with a point.
    Curve(Stroke, Look),
    /// An area of this opacity, 0 to 1.
    Area(RGBColor, f64),
    Hatched(RGBColor),
    Whisker,
    /// What goes on beyond the axis.
    Beyond,
    /// No sample: the words are about what follows.
    Heading,
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
    let widths = keys.iter().map(|(key, text)| inline_sample(*key) + INLINE.width(text));
    widths.sum::<f64>() + INLINE_GAP * keys.len().saturating_sub(1) as f64
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
    let stroke = |width| Stroke::new(GREY, width);
    match key {
        Key::Mark(look) => canvas.point((middle, y), look),
        Key::Line(stroke) => canvas.line(&[(left, y), (right, y)], stroke),
        Key::Curve(stroke, look) => {
            canvas.line(&[(left, y), (right, y)], stroke)?;
            canvas.point((middle, y), look)
        }
        Key::Area(color, alpha) => canvas.block((left, y - 5.0), (right, y + 5.0), color, alpha),
        Key::Hatched(color) => {
            canvas.hatch((left, y - 5.0), (right, y + 5.0), 6.0, Stroke { color, ..stroke(1.5) })?;
            canvas.outline((left, y - 5.0), (right, y + 5.0), stroke(0.8))
        }
        Key::Whisker => whisker(canvas, [(left, y), (right, y)], [true; 2], stroke(1.5)),
        Key::Beyond => beyond::wedge(canvas, (middle, y - 3.5), Edge::Top),
        Key::Heading => Ok(()),
    }
}

/// A line between two ends; those that are wanted have a bar across.
pub fn whisker(canvas: &Canvas, ends: [Place; 2], has_bar: [bool; 2], stroke: Stroke) -> anyhow::Result<()> {
    canvas.line(&ends, stroke)?;
    let is_level = (ends[0].1 - ends[1].1).abs() < 1e-9;
    let (dx, dy) = if is_level { (0.0, 3.5) } else { (3.5, 0.0) };
    for ((x, y), _) in ends.into_iter().zip(has_bar).filter(|(_, wanted)| *wanted) {
        canvas.line(&[(x - dx, y - dy), (x + dx, y + dy)], Stroke { dash: None, ..stroke })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_legend_has_rows() {
        let keys: Vec<_> = (0..5).map(|number| (Key::Whisker, format!("meaning number {number}"))).collect();
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
