//! What the mean operation's time goes into: a bar for each kind of operation, divided into late start and phases.
//! The parts add up to the mean response time; percentiles of parts would not add up to anything.

use plotters::style::{RGBColor, text_anchor::HPos};

use super::{
    part::Part,
    words::{behind, closed, measured_where},
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::{LABEL, MARGIN, Page, SMALL, WIDTH},
        palette::{FAINT, INK_ON_COLOR, PAPER},
    },
    results::{Course, Row},
    scenario::units::short_ns,
};

/// Height of a bar, of a bar with its numbers, and of what is around a section's bars, pixels.
const BAR: f64 = 22.0;
const LINE: f64 = 48.0;
const ABOVE: f64 = 30.0;
const BELOW: f64 = 48.0;
/// For names at the left, and for the sum at the right.
const LEFT: f64 = 122.0;
const RIGHT: f64 = 84.0;
/// What phases do not explain of a response, as a share of it, is drawn from here on; less is the histograms' rounding.
const REST: f64 = 0.02;
/// Where late starts are more than this share, a second section shows the rest on a scale of its own.
const MOSTLY_LATE: f64 = 0.6;
/// Scales that differ less are one.
const SAME_SCALE: f64 = 4.0;
const NAME: Words = Words::of_size(12.5).bold();

/// A kind of operation.
struct Bar {
    role: String,
    operation: String,
    count: u64,
    /// Mean nanoseconds of each part that there is.
    parts: Vec<(Part, f64)>,
    /// What they leave of the response.
    rest_ns: f64,
}

/// Bars on one axis.
struct Section<'a> {
    title: String,
    bars: Vec<&'a Bar>,
    /// Whether the late start is in it.
    late: bool,
    axis: Axis,
}

/// Draws it. `None`: nothing completed.
///
/// # Errors
/// The drawing library fails.
pub fn chart(course: &Course) -> anyhow::Result<Option<Chart>> {
    let bars: Vec<Bar> =
        course.run.summary.rows.iter().filter(|row| row.series == "response").map(|row| bar(course, row)).collect();
    let sections = sections(&bars);
    if sections.is_empty() {
        return Ok(None);
    }
    let page = page(course, &bars);
    let height = (page.around() + sections.iter().map(Section::height).sum::<f64>()).ceil() as u32;
    let svg = paint((WIDTH, height), |canvas| {
        let mut top = page.draw(canvas, height)?.top;
        for section in &sections {
            section.draw(canvas, top)?;
            top += section.height();
        }
        Ok(())
    })?;
    let told: Vec<String> = bars
        .iter()
        .map(|bar| {
            let Bar { role, operation, count, .. } = bar;
            format!(
                "{role}, {operation} (n = {count}): mean response {}: {}.",
                short_ns(bar.whole(true)),
                bar.numbers(true)
            )
        })
        .collect();
    let description = format!("{}. {}\n{}", page.subtitle, page.caption, told.join("\n"));
    Ok(Some(Chart::new("phases".to_owned(), page.title, description, (WIDTH, height), &svg)))
}

/// The means of one operation, over all of its operations: a part that some did not have is 0 in those.
fn bar(course: &Course, response: &Row) -> Bar {
    let Row { role, operation, count, .. } = response.clone();
    let rows = course.run.summary.rows.iter().filter(|row| row.role == role && row.operation == operation);
    let mut parts: Vec<(Part, f64)> = Vec::new();
    for row in rows {
        let Some(part) = Part::of(&row.series) else { continue };
        let mean = row.mean_ns * row.count as f64 / count.max(1) as f64;
        match parts.iter_mut().find(|known| known.0 == part) {
            Some(known) => known.1 += mean,
            None => parts.push((part, mean)),
        }
    }
    parts.sort_by_key(|part| part.0);
    let known: f64 = parts.iter().map(|part| part.1).sum();
    let rest_ns = response.mean_ns - known;
    Bar { role, operation, count, parts, rest_ns: if rest_ns > REST * response.mean_ns { rest_ns } else { 0.0 } }
}

impl Bar {
    fn late(&self) -> f64 {
        self.parts.iter().filter(|(part, _)| *part == Part::Late).map(|(_, ns)| ns).sum()
    }

    /// Length, with or without the late start.
    fn whole(&self, late: bool) -> f64 {
        let parts: f64 = self.parts.iter().map(|(_, ns)| ns).sum();
        parts + self.rest_ns - if late { 0.0 } else { self.late() }
    }

    /// Name, colour and length of what is drawn.
    fn segments(&self, late: bool) -> Vec<(&'static str, RGBColor, f64)> {
        let parts = self.parts.iter().filter(|(part, _)| late || *part != Part::Late);
        let mut segments: Vec<_> = parts.map(|(part, ns)| (part.name(), part.color(), *ns)).collect();
        if self.rest_ns > 0.0 {
            segments.push(("not divided", FAINT, self.rest_ns));
        }
        segments
    }

    fn numbers(&self, late: bool) -> String {
        let each: Vec<String> =
            self.segments(late).into_iter().map(|(name, _, ns)| format!("{name} {}", short_ns(ns))).collect();
        each.join(" · ")
    }
}

/// Readers, then writers; each again without late starts where those hide the rest.
fn sections(bars: &[Bar]) -> Vec<Section<'_>> {
    let mut found: Vec<(String, Vec<&Bar>, bool)> = Vec::new();
    for (role, what) in [("reader", "readers: mean operation"), ("writer", "writers: mean commit")] {
        let of_role: Vec<&Bar> = bars.iter().filter(|bar| bar.role == role).collect();
        if of_role.is_empty() {
            continue;
        }
        found.push((format!("{what}, response time"), of_role.clone(), true));
        let sum = |of: fn(&Bar) -> f64| of_role.iter().map(|bar| of(bar)).sum::<f64>();
        if sum(Bar::late) > MOSTLY_LATE * sum(|bar| bar.whole(true)) {
            found.push((format!("{what}, without the late start"), of_role, false));
        }
    }
    let longest =
        |(_, bars, late): &(String, Vec<&Bar>, bool)| bars.iter().map(|bar| bar.whole(*late)).fold(0.0, f64::max);
    let most: Vec<f64> = found.iter().map(longest).collect();
    let (least, all) = (most.iter().copied().fold(f64::INFINITY, f64::min), most.iter().copied().fold(0.0, f64::max));
    let is_one = all < SAME_SCALE * least;
    let sections = found.into_iter().zip(most).filter_map(|((title, bars, late), own)| {
        let high = if is_one { all } else { own };
        let axis = Axis::times("mean time", std::iter::once(high), 8)?;
        Some(Section { title, bars, late, axis })
    });
    sections.collect()
}

impl Section<'_> {
    fn height(&self) -> f64 {
        ABOVE + self.bars.len() as f64 * LINE + BELOW
    }

    fn draw(&self, canvas: &Canvas, top: f64) -> anyhow::Result<()> {
        let none = Axis::without_marks();
        let (left, right) = (MARGIN + LEFT, f64::from(WIDTH) - MARGIN - RIGHT);
        let bottom = top + self.height() - BELOW;
        let frame = Frame { left, right, top: top + ABOVE, bottom, x: &self.axis, y: &none };
        canvas.words(&self.title, (MARGIN, top + 14.0), NAME)?;
        frame.draw(canvas, false)?;
        canvas.words(&self.axis.label, ((left + right) / 2.0, bottom + 27.0), LABEL)?;
        for (number, bar) in self.bars.iter().enumerate() {
            self.draw_bar(canvas, &frame, bar, frame.top + number as f64 * LINE + 4.0)?;
        }
        Ok(())
    }

    fn draw_bar(&self, canvas: &Canvas, frame: &Frame, bar: &Bar, top: f64) -> anyhow::Result<()> {
        let middle = top + BAR / 2.0;
        let name = SMALL.end(HPos::Right).bold().fitted(&bar.operation, LEFT - 12.0);
        canvas.words(&bar.operation, (frame.left - 8.0, middle), name)?;
        let count = format!("n = {}", bar.count);
        canvas.words(&count, (frame.left - 8.0, middle + 18.0), SMALL.end(HPos::Right).fitted(&count, LEFT - 12.0))?;
        let mut before = 0.0;
        for (_, color, ns) in bar.segments(self.late) {
            let (from, to) = (frame.place(before, 0.0).0, frame.place(before + ns, 0.0).0);
            before += ns;
            canvas.block((from, top), (to, top + BAR), color, 1.0)?;
            let edge = Stroke { color: PAPER, width: 0.7, dash: None };
            canvas.line(&[(to, top), (to, top + BAR)], edge)?;
            let words = SMALL.color(on(color)).end(HPos::Center);
            let text = short_ns(ns);
            if words.width(&text) + 6.0 < to - from {
                canvas.words(&text, ((from + to) / 2.0, middle), words)?;
            }
        }
        let whole = short_ns(bar.whole(self.late));
        canvas.words(&whole, (frame.place(before, 0.0).0 + 7.0, middle), SMALL.bold())?;
        let numbers = bar.numbers(self.late);
        let room = f64::from(WIDTH) - MARGIN - frame.left - 4.0;
        canvas.words(&numbers, (frame.left + 4.0, middle + 19.0), Words::of_size(11.5).fitted(&numbers, room))
    }
}

/// A colour of words that can be read on this one, by its relative luminance (ITU-R BT.601).
fn on(color: RGBColor) -> RGBColor {
    let luminance = 0.299 * f64::from(color.0) + 0.587 * f64::from(color.1) + 0.114 * f64::from(color.2);
    if luminance > 140.0 { INK_ON_COLOR } else { PAPER }
}

fn page(course: &Course, bars: &[Bar]) -> Page {
    let there = |part: &Part| bars.iter().any(|bar| bar.parts.iter().any(|(known, _)| known == part));
    let mut legend: Vec<(Key, String)> =
        Part::ALL.into_iter().filter(there).map(|part| (Key::Bar(part.color()), part.name().to_owned())).collect();
    if bars.iter().any(|bar| bar.rest_ns > 0.0) {
        legend.push((Key::Bar(FAINT), "not divided".to_owned()));
    }
    let mut caption = "Each bar is the mean over all operations of its kind, n of them; from left to right in the order of an \
                       operation, and of the legend. Late start and phases make up the response time. The log has no phases of \
                       single operations, so nothing is said of the slowest."
        .to_owned();
    let of_role = |role: &str| bars.iter().any(|bar| bar.role == role);
    let scenario = &course.run.scenario;
    if of_role("reader") && closed(&scenario.readers.arrivals) {
        caption.push_str(" Readers are a closed loop: they cannot start late.");
    }
    if of_role("writer") && closed(&scenario.writer.arrivals) {
        caption.push_str(" Writers are a closed loop: they cannot start late.");
    }
    if bars.iter().any(|bar| bar.late() > 0.0) {
        caption.push_str(" Late start: the worker was still busy with the operation before, or was not woken in time.");
    }
    for (role, sentence) in [("reader", " No operation of a reader completed."), ("writer", " No commit completed.")] {
        if !of_role(role) {
            caption.push_str(sentence);
        }
    }
    caption.push(' ');
    caption.push_str(&behind(course));
    Page { title: "Where the time goes".to_owned(), subtitle: measured_where(course), legend, caption }
}
