//! A panel's frame on the page: its head, its axes, and every kind of mark.

use anyhow::Result;
use plotters::style::text_anchor::HPos;

use super::{
    beyond,
    canvas::{Canvas, Place, Stroke, Words, wrapped},
    legend::{self, whisker},
    page::{PANEL_TITLE, SMALL},
    palette::{FAINT, GREY, PAPER},
    plot::{At, Extent, Limit, Mark, Note, Panel, Text},
};

/// Heights of words above a panel, pixels.
const TITLE_LINE: f64 = 17.0;
const TITLE_LINES: usize = 3;
const NOTE: f64 = 15.0;
const ABOVE: f64 = 7.0;
const NAME: Words = Words::of_size(12.5);
/// Names at the left and texts at the right of rows are no wider, pixels.
const WIDEST_NAME: f64 = 330.0;
pub const WIDEST_TEXT: f64 = 290.0;
/// Points of a line that are closer are one, pixels.
const CLOSE: f64 = 0.5;

/// Where a panel is on the page.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub panel: &'a Panel,
}

impl Frame<'_> {
    fn place(&self, (x, y): At) -> Place {
        let across = self.left + self.panel.x.share(x) * (self.right - self.left);
        (across, self.bottom - self.panel.y.share(y) * (self.bottom - self.top))
    }

    fn holds(&self, (x, y): At) -> bool {
        self.panel.x.holds(x) && self.panel.y.has_place_for(y)
    }

    fn draw_head(&self, canvas: &Canvas) -> Result<()> {
        let width = self.right - self.left;
        let first = self.top - head(self.panel, width) + TITLE_LINE / 2.0;
        let mut middle = first;
        for line in title_lines(self.panel, width) {
            canvas.words(&line, (self.left, middle), PANEL_TITLE.fitted(&line, title_room(self.panel, width)))?;
            middle += TITLE_LINE;
        }
        legend::draw_inline(canvas, &self.panel.keys, self.right, first)?;
        middle += (NOTE - TITLE_LINE) / 2.0;
        for Note { text, sample } in &self.panel.notes {
            let mut from = self.left;
            if let Some(stroke) = sample {
                canvas.line(&[(from, middle), (from + 22.0, middle)], *stroke)?;
                from += 28.0;
            }
            canvas.words(text, (from, middle), SMALL.fitted(text, self.right - from))?;
            middle += NOTE;
        }
        Ok(())
    }

    pub fn draw(&self, canvas: &Canvas, has_values: bool, has_words: bool) -> Result<()> {
        self.draw_head(canvas)?;
        let Panel { x, y, .. } = self.panel;
        let corner = ((self.left, self.top), (self.right, self.bottom));
        if self.panel.is_hatched {
            canvas.hatch(corner.0, corner.1, 9.0, Stroke::new(FAINT, 1.5))?;
        }
        let is_behind = |mark: &Mark| matches!(mark, Mark::Spans(_, Extent::Frame, ..));
        self.layers(canvas, is_behind)?;
        let faint = Stroke::new(FAINT, 0.8);
        for (value, text) in &x.ticks {
            let (at, _) = self.place((*value, 0.0));
            canvas.line(&[(at, self.top), (at, self.bottom)], faint)?;
            if has_words {
                canvas.words(text, (at, self.bottom + 10.0), SMALL.end(HPos::Center))?;
            }
        }
        for (number, (value, text)) in y.ticks.iter().enumerate() {
            let (_, at) = self.place((0.0, *value));
            if !y.is_list {
                canvas.line(&[(self.left, at), (self.right, at)], faint)?;
            } else if number > 0 {
                let (_, edge) = self.place((0.0, value + 0.5));
                canvas.line(&[(self.left, edge), (self.right, edge)], Stroke { width: 0.5, ..faint })?;
            }
            if has_values {
                let words = names(self.panel).end(HPos::Right);
                canvas.words(text, (self.left - 6.0, at), words.fitted(text, WIDEST_NAME))?;
            }
        }
        for (number, (text, color)) in self.panel.texts.iter().enumerate() {
            let (_, at) = self.place((0.0, self.panel.row(number, 0.0)));
            canvas.words(text, (self.right + 10.0, at), SMALL.color(*color).fitted(text, WIDEST_TEXT - 8.0))?;
        }
        let axis = Stroke::new(GREY, 1.0);
        if !x.ticks.is_empty() || y.is_list {
            canvas.line(&[(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)], axis)?;
        }
        self.layers(canvas, |mark| !is_behind(mark))?;
        beyond::draw(canvas, self.panel, corner, |at| self.place(at))
    }

    fn layers(&self, canvas: &Canvas, is_wanted: impl Fn(&Mark) -> bool) -> Result<()> {
        let mut taken = Vec::new();
        for layer in self.panel.layers.iter().filter(|layer| is_wanted(&layer.mark)) {
            if let Mark::Spans(spans, extent, color, alpha) = &layer.mark {
                let (top, bottom) = self.extent(*extent);
                for (left, right, seconds) in on_page(spans, self) {
                    let title = format!("{}, {seconds}", layer.title);
                    let block = || canvas.block((left, top), (right, bottom), *color, *alpha);
                    canvas.titled(if layer.title.is_empty() { "" } else { &title }, block)?;
                }
                continue;
            }
            canvas.titled(&layer.title, || self.mark(canvas, &layer.mark, &mut taken))?;
        }
        Ok(())
    }

    fn extent(&self, extent: Extent) -> (f64, f64) {
        match extent {
            Extent::Frame => (self.top, self.bottom),
            Extent::Above(low, high) => (self.top - high, self.top - low),
            Extent::Values(low, high) => (self.place((0.0, high)).1, self.place((0.0, low)).1),
        }
    }

    /// `taken`: heights of the words of limits that were drawn already.
    fn mark(&self, canvas: &Canvas, mark: &Mark, taken: &mut Vec<f64>) -> Result<()> {
        let all = |points: &[At]| points.iter().map(|at| self.place(*at)).collect::<Vec<_>>();
        let corners = |one: &At, other: &At| {
            let (one, other) = (self.place(*one), self.place(*other));
            ((one.0.min(other.0), one.1.min(other.1)), (one.0.max(other.0), one.1.max(other.1)))
        };
        match mark {
            Mark::Line(points, stroke) => canvas.line(&thinned(all(points)), *stroke),
            Mark::Area(outline, color, alpha) => canvas.area(&thinned(all(outline)), *color, *alpha),
            Mark::Point(at, beside, look) if self.holds(*at) => {
                let (x, y) = self.place(*at);
                let x = (x + beside).max(self.left).min(self.right);
                canvas.point((x, y), *look)
            }
            Mark::Point(..) => Ok(()),
            Mark::Dot(at, color) => canvas.dot(self.place(*at), 2.4, *color),
            Mark::Bar(one, other, color, alpha) => {
                let (from, to) = corners(one, other);
                canvas.block(from, to, *color, *alpha)
            }
            Mark::Cell(one, other, color) => {
                let ((left, top), (right, bottom)) = corners(one, other);
                let left = left.round().min(self.right.round() - 1.0);
                canvas.block((left, top.round()), (right.round().max(left + 1.0), bottom.round()), *color, 1.0)
            }
            Mark::Whisker(from, to, stroke) => {
                let ends = [from, to].map(|end| self.holds(*end));
                whisker(canvas, [self.place(*from), self.place(*to)], ends, *stroke)
            }
            Mark::Spans(..) => Ok(()),
            Mark::Unsampled(spans) => {
                let stroke = Stroke::new(GREY, 0.9);
                on_page(spans, self)
                    .into_iter()
                    .try_for_each(|(left, right, _)| canvas.hatch((left, self.top), (right, self.bottom), 5.0, stroke))
            }
            Mark::Upright(x, stroke) => {
                let (x, _) = self.place((*x, 0.0));
                canvas.line(&[(x, self.bottom), (x, self.top)], *stroke)
            }
            Mark::Limit(limit) => self.limit(canvas, limit, taken),
            Mark::Text(text) => self.text(canvas, text),
            Mark::Absent(why) => self.absent(canvas, why),
        }
    }

    fn limit(&self, canvas: &Canvas, limit: &Limit, taken: &mut Vec<f64>) -> Result<()> {
        if !self.panel.y.holds(limit.level) {
            return Ok(());
        }
        let (end, y) =
            limit.until.map_or((self.right, self.place((0.0, limit.level)).1), |x| self.place((x, limit.level)));
        canvas.line(&[(self.left, y), (end, y)], limit.stroke)?;
        if limit.until.is_some() {
            canvas.line(&[(end, y - 7.0), (end, y + 7.0)], Stroke { dash: None, ..limit.stroke })?;
        }
        let words = SMALL.color(limit.stroke.color).fitted(&limit.text, self.right - self.left - 8.0);
        // Above its line, and above others that are as low; below it where there is no room. A light ground keeps words readable.
        let mut middle = y - 8.0;
        while taken.iter().any(|other| (other - middle).abs() < 14.0) {
            middle -= 1.0;
        }
        if middle - 6.0 < self.top {
            middle = y + 9.0;
        }
        taken.push(middle);
        let wide = words.width(&limit.text);
        let from = if limit.is_at_right { self.right - wide - 6.0 } else { self.left + 4.0 };
        canvas.block((from, middle - 7.0), (from + wide + 4.0, middle + 7.0), PAPER, 0.8)?;
        canvas.words(&limit.text, (from + 2.0, middle), words)
    }

    fn text(&self, canvas: &Canvas, text: &Text) -> Result<()> {
        let (x, y) = self.place(text.at);
        let (x, y) = (x + text.shift.0, y + text.shift.1);
        let room = if text.words.upward { self.bottom - self.top } else { self.right - x };
        let words = if text.is_fitted { text.words.fitted(&text.text, room) } else { text.words };
        canvas.words(&text.text, (x, y), words)
    }

    fn absent(&self, canvas: &Canvas, why: &str) -> Result<()> {
        let stroke = Stroke::new(FAINT, 1.0);
        canvas.outline((self.left, self.top), (self.right, self.bottom), stroke)?;
        let words = SMALL.color(GREY).end(HPos::Center);
        let lines = wrapped(why, words, self.right - self.left - 20.0);
        let middle = (self.top + self.bottom) / 2.0 - (lines.len() as f64 - 1.0) * 7.5;
        for (number, line) in lines.iter().enumerate() {
            let text = words.fitted(line, self.right - self.left - 8.0);
            canvas.words(line, ((self.left + self.right) / 2.0, middle + number as f64 * 15.0), text)?;
        }
        Ok(())
    }
}

/// Without what cannot be seen: points too close to the one before, and those within a level stretch. The last one stays.
fn thinned(places: Vec<Place>) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    let last = places.len().saturating_sub(1);
    for (number, place) in places.into_iter().enumerate() {
        if let [.., one, other] = kept[..]
            && (one.1 - other.1).abs() < 0.05
            && (other.1 - place.1).abs() < 0.05
            && (other.0 - one.0) * (place.0 - other.0) >= 0.0
        {
            kept.pop();
        }
        let is_close = |before: &Place| (place.0 - before.0).abs() < CLOSE && (place.1 - before.1).abs() < CLOSE;
        if number == last || !kept.last().is_some_and(is_close) {
            kept.push(place);
        }
    }
    kept
}

/// Left and right edges of spans on the page, pixels, and their values in words.
fn on_page(spans: &[(f64, f64)], frame: &Frame) -> Vec<(f64, f64, String)> {
    let mut edges: Vec<(f64, f64, f64, f64)> = Vec::new();
    for (start, end) in spans {
        let (left, right) = (frame.place((*start, 0.0)).0, frame.place((*end, 0.0)).0);
        let left = left.min(frame.right - 1.0);
        let right = right.max(left + 1.0);
        match edges.last_mut() {
            Some(last) if left - last.1 < CLOSE => (last.1, last.3) = (last.1.max(right), last.3.max(*end)),
            _ => edges.push((left, right, *start, *end)),
        }
    }
    edges.into_iter().map(|(left, right, from, to)| (left, right, format!("{from:.3} s to {to:.3} s"))).collect()
}

fn names(panel: &Panel) -> Words {
    if !panel.y.is_list {
        return SMALL;
    }
    Words { size: NAME.size.min(panel.height / panel.y.ticks.len().max(1) as f64), ..NAME }
}

pub fn marks_width(panel: &Panel) -> f64 {
    let factor = if panel.y.is_list { 1.08 } else { 1.0 };
    panel.y.ticks.iter().map(|(_, text)| names(panel).width(text) * factor).fold(0.0, f64::max).min(WIDEST_NAME)
}

/// What the keys beside it leave of the width for the title.
fn title_room(panel: &Panel, width: f64) -> f64 {
    width - if panel.keys.is_empty() { 0.0 } else { legend::inline_width(&panel.keys) + 12.0 }
}

fn title_lines(panel: &Panel, width: f64) -> Vec<String> {
    let room = title_room(panel, width);
    // A title that is only a little too wide is made smaller.
    if PANEL_TITLE.width(&panel.title) <= room * 1.3 || !panel.keys.is_empty() {
        return if panel.title.is_empty() { Vec::new() } else { vec![panel.title.clone()] };
    }
    wrapped(&panel.title, PANEL_TITLE, room).into_iter().take(TITLE_LINES).collect()
}

pub fn head(panel: &Panel, width: f64) -> f64 {
    title_lines(panel, width).len() as f64 * TITLE_LINE + panel.notes.len() as f64 * NOTE + above(panel)
}

/// Between the words and the frame: room for what is drawn above that.
fn above(panel: &Panel) -> f64 {
    let highest = panel.layers.iter().map(|layer| match layer.mark {
        Mark::Spans(_, Extent::Above(_, high), ..) => high + 2.0,
        _ => 0.0,
    });
    highest.fold(ABOVE, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::charts::axis::Axis;

    #[test]
    fn short_spans_are_a_pixel_wide_and_near_ones_are_one() {
        let panel = Panel::new("", 10.0, &Axis::span("s", 100.0, 5), Axis::span("", 1.0, 2));
        let frame = Frame { left: 0.0, top: 0.0, right: 100.0, bottom: 10.0, panel: &panel };
        let edges = on_page(&[(1.0, 1.01), (1.2, 1.3), (50.0, 60.0), (55.0, 56.0), (99.99, 100.0)], &frame);
        let places: Vec<(f64, f64)> = edges.iter().map(|edge| (edge.0, edge.1)).collect();
        assert_eq!(places, [(1.0, 2.2), (50.0, 60.0), (99.0, 100.0)]);
        assert_eq!(edges[0].2, "1.000 s to 1.300 s");
    }

    #[test]
    fn lines_are_thinned_to_what_can_be_seen() {
        let level = [(0.0, 5.0), (3.0, 5.0), (6.0, 5.0), (6.1, 5.2), (6.2, 9.0), (6.3, 9.1)].to_vec();
        assert_eq!(thinned(level), [(0.0, 5.0), (6.0, 5.0), (6.2, 9.0), (6.3, 9.1)]);
    }
}
