//! What charts are drawn with: lines, areas, points and words, in pixels of the finished chart.
//! plotters' SVG backend knows whole units only; so that lines are smooth, one pixel is ten of its units.

use anyhow::ensure;
use plotters::{
    coord::Shift,
    element::{Circle, DashedPathElement, PathElement, Polygon, Text},
    prelude::{DrawingArea, IntoDrawingArea, SVGBackend},
    style::{
        Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::palette::{Dash, INK, Look, PAPER, Shape};
use crate::os::escape::replaced;

/// Units of the backend in a pixel.
const FINE: f64 = 10.0;
/// plotters writes sizes of fonts divided by this.
const FONT_FACTOR: f64 = 1.24;
/// The tallest chart, pixels; and the farthest place that is drawn to, units.
const TALLEST: u32 = 20_000;
const FARTHEST: f64 = 1e7;
/// Mean width of a character as a share of the font's size: that of a wide font, as the font of the reader's machine is unknown.
const CHARACTER: f64 = 0.55;

/// A place, pixels from the upper left corner.
pub type Place = (f64, f64);

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub color: RGBColor,
    pub width: f64,
    pub dash: Option<Dash>,
}

#[derive(Clone, Copy)]
pub struct Words {
    pub size: f64,
    pub bold: bool,
    pub color: RGBColor,
    /// Which end of them is at the place.
    pub end: HPos,
    /// Whether they read from bottom to top.
    pub upward: bool,
}

impl Stroke {
    pub const fn new(color: RGBColor, width: f64) -> Stroke {
        Stroke { color, width, dash: None }
    }

    pub const fn dashed(self, dash: Option<Dash>) -> Stroke {
        Stroke { dash, ..self }
    }
}

impl Words {
    pub const fn of_size(size: f64) -> Words {
        Words { size, bold: false, color: INK, end: HPos::Left, upward: false }
    }

    pub const fn end(self, end: HPos) -> Words {
        Words { end, ..self }
    }

    pub const fn bold(self) -> Words {
        Words { bold: true, ..self }
    }

    pub const fn color(self, color: RGBColor) -> Words {
        Words { color, ..self }
    }

    /// The same, smaller if `text` would be wider than this.
    pub fn fitted(self, text: &str, width: f64) -> Words {
        Words { size: self.size * (width / self.width(text)).min(1.0), ..self }
    }

    /// How wide `text` will be, pixels: rather too wide than too narrow.
    pub fn width(&self, text: &str) -> f64 {
        let bold = if self.bold { 1.12 } else { 1.0 };
        text.chars().count() as f64 * self.size * CHARACTER * bold
    }
}

pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws on a white page of `size` pixels: the SVG document, in the backend's units.
pub fn paint(size: (u32, u32), draw: impl FnOnce(&Canvas) -> anyhow::Result<()>) -> anyhow::Result<String> {
    let mut text = String::new();
    ensure!(size.1 <= TALLEST, "a chart of {} pixels would be too tall: the result has too many parts", size.1);
    let units = (size.0 * FINE as u32, size.1 * FINE as u32);
    let canvas = Canvas { area: SVGBackend::with_string(&mut text, units).into_drawing_area() };
    canvas.area.fill(&PAPER)?;
    draw(&canvas)?;
    canvas.area.present()?;
    drop(canvas);
    Ok(with_titles(&text))
}

/// What stands for the begin of a mark with a title, and for its end, until the drawing is finished: plotters knows no groups.
const BEGINS: char = '\u{E000}';
const ENDS: char = '\u{E001}';

/// Makes groups with a title of what stands between the two.
fn with_titles(drawing: &str) -> String {
    let mut out = String::with_capacity(drawing.len());
    let mut rest = drawing;
    while let Some(at) = rest.find([BEGINS, ENDS]) {
        let from = rest[..at].rfind("<text").unwrap_or(at);
        let until = rest[at..].find("</text>").map_or(rest.len(), |length| at + length);
        out.push_str(&rest[..from]);
        match rest[at..until].strip_prefix(BEGINS) {
            Some(title) => out.push_str(&format!("<g><title>{}</title>", title.trim_end())),
            None => out.push_str("</g>"),
        }
        rest = rest[until..].strip_prefix("</text>").unwrap_or("");
    }
    out.push_str(rest);
    out
}

impl Canvas<'_> {
    /// Draws something that says what it is to who points at it; without a title it says nothing.
    pub fn titled(&self, title: &str, draw: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        if title.is_empty() {
            return draw();
        }
        let tag = |text: String| self.area.draw(&Text::new(text, (0, 0), ("sans-serif", FINE).into_font()));
        tag(format!("{BEGINS}{}", plain(title)))?;
        draw()?;
        Ok(tag(ENDS.to_string())?)
    }

    pub fn line(&self, places: &[Place], stroke: Stroke) -> anyhow::Result<()> {
        if places.len() < 2 {
            return Ok(());
        }
        let style = ShapeStyle::from(&stroke.color).stroke_width((stroke.width * FINE).round() as u32);
        let units: Vec<_> = places.iter().map(units).collect();
        match stroke.dash {
            None => self.area.draw(&PathElement::new(units, style))?,
            Some((dash, gap)) => {
                self.area.draw(&DashedPathElement::new(units, (dash * FINE) as i32, (gap * FINE) as i32, style))?
            }
        }
        Ok(())
    }

    /// An area; `alpha` 1 hides what is under it.
    pub fn area(&self, places: &[Place], color: RGBColor, alpha: f64) -> anyhow::Result<()> {
        let units: Vec<_> = places.iter().map(units).collect();
        Ok(self.area.draw(&Polygon::new(units, color.mix(alpha).filled()))?)
    }

    pub fn outline(&self, (left, top): Place, (right, bottom): Place, stroke: Stroke) -> anyhow::Result<()> {
        self.line(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], stroke)
    }

    /// Diagonal lines in a rectangle between two corners, this far apart: the mark of what is emulated.
    pub fn hatch(&self, upper_left: Place, lower_right: Place, apart: f64, stroke: Stroke) -> anyhow::Result<()> {
        let ((left, top), (right, bottom)) = (upper_left, lower_right);
        let (width, height) = (right - left, bottom - top);
        // Along each diagonal, x - left + y - top is the same.
        let mut sum = apart / 2.0;
        while sum < width + height {
            let from = (left + sum.min(width), top + (sum - width).max(0.0));
            let to = (left + (sum - height).max(0.0), top + sum.min(height));
            self.line(&[from, to], stroke)?;
            sum += apart;
        }
        Ok(())
    }

    /// A point; a hollow one is white inside.
    pub fn point(&self, (x, y): Place, Look { color, shape, is_hollow }: Look) -> anyhow::Result<()> {
        const R: f64 = 4.0;
        let inside = if is_hollow { PAPER } else { color };
        let corners: &[Place] = match shape {
            Shape::Circle => {
                let circle =
                    |radius: f64, color: RGBColor| Circle::new(units(&(x, y)), (radius * FINE) as i32, color.filled());
                self.area.draw(&circle(R, color))?;
                return Ok(self.area.draw(&circle(R - 1.3, inside))?);
            }
            Shape::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Shape::Triangle => &[(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
            Shape::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
            Shape::Wedge => &[(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
        };
        let at =
            |scale: f64| -> Vec<Place> { corners.iter().map(|(dx, dy)| (x + dx * scale, y + dy * scale)).collect() };
        self.area(&at(R), color, 1.0)?;
        self.area(&at(R * 0.6), inside, 1.0)
    }

    /// A filled rectangle between two corners; `alpha` as of an area.
    pub fn block(&self, upper_left: Place, lower_right: Place, color: RGBColor, alpha: f64) -> anyhow::Result<()> {
        let ((left, top), (right, bottom)) = (upper_left, lower_right);
        self.area(&[(left, top), (right, top), (right, bottom), (left, bottom)], color, alpha)
    }

    /// A small round point of this radius, pixels, that lets others shine through.
    pub fn dot(&self, place: Place, radius: f64, color: RGBColor) -> anyhow::Result<()> {
        Ok(self.area.draw(&Circle::new(units(&place), (radius * FINE) as i32, color.mix(0.7).filled()))?)
    }

    /// Words in one line, their middle at the height of the place.
    pub fn words(&self, text: &str, place: Place, words: Words) -> anyhow::Result<()> {
        let style = if words.bold { FontStyle::Bold } else { FontStyle::Normal };
        let mut font = ("sans-serif", words.size * FINE * FONT_FACTOR, style).into_font();
        if words.upward {
            font = font.transform(FontTransform::Rotate270);
        }
        let style = TextStyle::from(font).color(&words.color).pos(Pos::new(words.end, VPos::Center));
        let text = plain(text);
        Ok(self.area.draw(&Text::new(text, units(&place), style))?)
    }
}

fn plain(text: &str) -> String {
    replaced(text).replace([BEGINS, ENDS], "\u{FFFD}")
}

fn units((x, y): &Place) -> (i32, i32) {
    // What is far beyond the page stays there; the backend calculates with whole numbers.
    let unit = |pixels: &f64| (pixels * FINE).round().clamp(-FARTHEST, FARTHEST) as i32;
    (unit(x), unit(y))
}

/// Breaks a text into lines of at most `width` pixels.
pub fn wrapped(text: &str, words: Words, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if words.width(line) + words.width(word) + words.width(" ") <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_wrapped_and_lose_nothing() {
        let text = "a text of several words that does not fit one line";
        let lines = wrapped(text, Words::of_size(10.0), 90.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= 16), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrapped("unbreakable", Words::of_size(10.0), 1.0), ["unbreakable"]);
    }

    #[test]
    fn hatching_stays_within_its_rectangle() {
        let svg =
            paint((100, 50), |canvas| canvas.hatch((10.0, 10.0), (40.0, 20.0), 6.0, Stroke::new(INK, 1.0))).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let lines: Vec<_> = document.descendants().filter_map(|node| node.attribute("points")).collect();
        assert!(lines.len() >= 6, "{svg}");
        for place in lines.iter().flat_map(|line| line.split_whitespace()) {
            let (x, y) = place.split_once(',').unwrap();
            assert!((100..=400).contains(&x.parse().unwrap()) && (100..=200).contains(&y.parse().unwrap()), "{place}");
        }
    }
}
