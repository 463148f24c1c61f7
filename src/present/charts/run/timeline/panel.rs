//! A panel of the freeze timeline: a title with keys, a drawing over the common time axis; or the reason why there is none.

use std::ops::Range;

use plotters::style::{RGBColor, text_anchor::HPos};

use crate::present::charts::{
    axis::Axis,
    canvas::{Canvas, Place, Stroke, Words, wrapped},
    frame::Frame,
    legend::{self, Key},
    page::SMALL,
    palette::{FAINT, FREEZE, GREY, INK},
    run::{
        columns::Steps,
        freezes::{Freezes, on_page},
    },
};

/// Height of a panel's title, pixels.
pub const TITLE: f64 = 25.0;
/// Below a panel.
const BELOW: f64 = 7.0;
const NAME: Words = Words::of_size(12.5).bold();

/// A panel.
pub struct Panel {
    /// What it shows, with its unit.
    pub title: String,
    /// What is what, beside the title.
    pub keys: Vec<(Key, String)>,
    /// Height of the drawing, pixels.
    pub height: f64,
    /// The drawing.
    pub content: Content,
    /// The same in a sentence.
    pub sentence: String,
}

/// What is drawn in a panel.
pub enum Content {
    /// Values over time, the hindmost first.
    Layers(Axis, Vec<Layer>),
    /// When each of these froze: its name, and spans in seconds.
    Strip(Vec<(String, Vec<(f64, f64)>)>),
    /// Nothing, for this reason.
    Absent(String),
}

/// One series.
pub struct Layer {
    /// How it looks.
    pub look: Look,
    /// Its values.
    pub steps: Steps,
}

/// How a series looks.
pub enum Look {
    /// Filled down to 0, this opaque.
    Fill(RGBColor, f64),
    /// A line.
    Line(Stroke),
}

impl Panel {
    /// Height with title and gap.
    pub fn whole_height(&self) -> f64 {
        TITLE + self.height + BELOW
    }

    /// Draws it from `top` on, between two edges; the marks of the time axis in words only below the last.
    pub fn draw(
        &self,
        canvas: &Canvas,
        (top, left, right): (f64, f64, f64),
        time: &Axis,
        freezes: &Freezes,
    ) -> anyhow::Result<()> {
        let mut silent = time.clone();
        silent.ticks.iter_mut().for_each(|(_, text)| text.clear());
        let none = Axis::without_marks();
        let y = if let Content::Layers(axis, _) = &self.content { axis } else { &none };
        let frame = Frame { left, right, top: top + TITLE, bottom: top + TITLE + self.height, x: &silent, y };
        let room = right - left - legend::inline_width(&self.keys) - 12.0;
        canvas.words(&self.title, (left, top + 10.0), NAME.fitted(&self.title, room))?;
        legend::draw_inline(canvas, &self.keys, right, top + 10.0)?;
        match &self.content {
            Content::Layers(_, layers) => {
                freezes.shade(canvas, &frame)?;
                frame.draw(canvas, true)?;
                layers.iter().try_for_each(|layer| layer.draw(canvas, &frame))
            }
            Content::Strip(rows) => strip(canvas, &frame, rows),
            Content::Absent(why) => absent(canvas, &frame, why),
        }
    }
}

impl Layer {
    fn draw(&self, canvas: &Canvas, frame: &Frame) -> anyhow::Result<()> {
        for stretch in known(&self.steps) {
            let mut places = outline(frame, &self.steps, stretch.clone());
            match self.look {
                Look::Line(stroke) => canvas.line(&places, stroke)?,
                Look::Fill(color, alpha) => {
                    let ends = [places.last().copied(), places.first().copied()];
                    places.extend(ends.into_iter().flatten().map(|(x, _)| (x, frame.bottom)));
                    canvas.area(&places, color, alpha)?;
                }
            }
        }
        Ok(())
    }
}

/// Stretches of columns that follow each other and are known.
fn known(steps: &Steps) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for place in (0..steps.values.len()).filter(|place| steps.values[*place].is_some()) {
        match stretches.last_mut() {
            Some(last) if last.end == place => last.end += 1,
            _ => stretches.push(place..place + 1),
        }
    }
    stretches
}

/// A line of steps through columns; each goes on until the next begins, and steps of no height are left out.
fn outline(frame: &Frame, steps: &Steps, columns: Range<usize>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let last = columns.end - 1;
    for place in columns {
        let end = if place == last { steps.spans[place].end } else { steps.spans[place + 1].start };
        let value = steps.values[place].unwrap_or(0.0);
        let (from, to) = (frame.place(steps.spans[place].start, value), frame.place(end, value));
        match places.last_mut() {
            Some(before) if (before.1 - from.1).abs() < 0.05 => *before = (to.0, before.1),
            _ => places.extend([from, to]),
        }
    }
    places
}

fn strip(canvas: &Canvas, frame: &Frame, rows: &[(String, Vec<(f64, f64)>)]) -> anyhow::Result<()> {
    let each = (frame.bottom - frame.top) / rows.len().max(1) as f64;
    let line = Stroke { color: FAINT, width: 0.8, dash: None };
    for (number, (name, spans)) in rows.iter().enumerate() {
        let top = frame.top + number as f64 * each;
        let words = Words { size: SMALL.size.min(each), ..SMALL };
        canvas.words(name, (frame.left - 6.0, top + each / 2.0), words.end(HPos::Right))?;
        canvas.line(&[(frame.left, top + each), (frame.right, top + each)], line)?;
        let (inset, color) = if number == 0 { (0.5, INK) } else { (1.0, GREY) };
        for (left, right) in on_page(spans, frame) {
            canvas.block((left, top + inset), (right, top + each - inset), color, 1.0)?;
        }
    }
    let axis = Stroke { color: GREY, width: 1.0, dash: None };
    canvas.line(&[(frame.left, frame.top), (frame.left, frame.bottom)], axis)
}

fn absent(canvas: &Canvas, frame: &Frame, why: &str) -> anyhow::Result<()> {
    let stroke = Stroke { color: FAINT, width: 1.0, dash: None };
    canvas.outline((frame.left, frame.top), (frame.right, frame.bottom), stroke)?;
    let words = SMALL.color(GREY).end(HPos::Center);
    let lines = wrapped(why, words, frame.right - frame.left - 20.0);
    let middle = (frame.top + frame.bottom) / 2.0 - (lines.len() as f64 - 1.0) * 7.5;
    for (number, line) in lines.iter().enumerate() {
        let text = words.fitted(line, frame.right - frame.left - 8.0);
        canvas.words(line, ((frame.left + frame.right) / 2.0, middle + number as f64 * 15.0), text)?;
    }
    Ok(())
}

/// The keys of the freezes that there are: `froze` says whether the whole crowd (`false`) or an instance (`true`) did.
pub fn freeze_keys(several: bool, froze: impl Fn(bool) -> bool) -> Vec<(Key, String)> {
    let whole = if several { "whole crowd froze" } else { "freeze" };
    let keys = [(false, Key::Tint(FREEZE, 0.75), whole), (true, Key::Tint(GREY, 0.14), "an instance froze")];
    keys.into_iter().filter(|(single, ..)| froze(*single)).map(|(_, key, text)| (key, text.to_owned())).collect()
}
