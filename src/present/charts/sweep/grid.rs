//! Panels on common axes: a column for every value of the other axis, a row for every figure.
//! More columns than fit go into further lines, or onto further sheets.

use super::view::{Group, View};
use crate::present::charts::{
    axis::Axis,
    canvas::{Canvas, Stroke, Words, paint, wrapped},
    chart::Chart,
    frame::Frame,
    legend::Key,
    page::{LABEL, MARGIN, PANEL_TITLE, Page, Room, SMALL, WIDTH},
    palette::{self, DASHED},
};

/// Panels side by side, at most.
const COLUMNS: usize = 3;
/// Heights, pixels: of a panel's title, of a line of notes above it, of the marks below a frame, of the label below the marks.
const TITLE: f64 = 20.0;
const NOTE: f64 = 15.0;
const MARKS: f64 = 20.0;
const BELOW: f64 = 20.0;
/// Between two columns, and between two rows.
const GAP: f64 = 20.0;
const LABEL_LINE: f64 = 16.0;
const ROW_GAP: f64 = 8.0;

/// A note above a panel, with a short line as its sample.
pub struct Note {
    /// What it says.
    pub text: String,
    /// How what it speaks of is drawn; `None`: it is not drawn.
    pub sample: Option<Stroke>,
}

/// A figure: its axes, the same in all panels.
pub struct Row {
    /// Across.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// Height of a frame, pixels.
    pub height: f64,
}

/// Figures of a sweep, ready to be drawn.
pub struct Drawing<'a> {
    /// The sweep.
    pub view: &'a View<'a>,
    /// Stem of the charts' names.
    pub stem: &'static str,
    /// The words around.
    pub page: Page,
    /// All points in words.
    pub sentences: String,
    /// The figures, from above.
    pub rows: Vec<Row>,
}

/// The panels of one chart.
struct Grid<'a> {
    groups: &'a [Group<'a>],
    rows: &'a [Row],
    notes: Vec<Vec<Note>>,
}

impl Drawing<'_> {
    /// Draws the charts: with one figure two lines of panels fit on a sheet, with more one. `notes` are those above a group's panels,
    /// `draw` draws what a row says of a group.
    pub fn charts(
        mut self,
        notes: impl Fn(&Group) -> Vec<Note>,
        draw: impl Fn(&Canvas, usize, &Group, &Frame) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<Chart>> {
        if self.view.groups.iter().any(Group::is_emulated) {
            self.page.legend.push((Key::Hatch, "emulated: no property of this system".to_owned()));
        }
        let Drawing { view, page, rows, .. } = &self;
        let description = format!("{}. {}\n{}", page.subtitle, page.caption, self.sentences);
        let mut charts = Vec::new();
        for (number, groups) in view.groups.chunks(if rows.len() > 1 { COLUMNS } else { 2 * COLUMNS }).enumerate() {
            let grid = Grid { groups, rows, notes: groups.iter().map(&notes).collect() };
            let size = (WIDTH, grid.height(page));
            let svg = paint(size, |canvas| grid.draw(canvas, page.draw(canvas, size.1)?, &draw))?;
            let name = if number == 0 { self.stem.to_owned() } else { format!("{}-{}", self.stem, number + 1) };
            charts.push(Chart::new(name, page.title.clone(), description.clone(), size, &svg));
        }
        Ok(charts)
    }
}

/// Width of the panels of a sweep, pixels, for marks on the axis across: rather too narrow.
pub fn panel_width(view: &View) -> f64 {
    let columns = columns(view.groups.len()) as f64;
    (f64::from(WIDTH) - 2.0 * MARGIN - 80.0 - GAP * (columns - 1.0)) / columns
}

/// Four panels are two and two.
fn columns(groups: usize) -> usize {
    if groups == 4 { 2 } else { groups.clamp(1, COLUMNS) }
}

impl Grid<'_> {
    fn columns(&self) -> usize {
        columns(self.groups.len())
    }

    fn above(&self) -> f64 {
        let notes = self.notes.iter().map(Vec::len).max().unwrap_or(0);
        let has_titles = self.groups.iter().any(|group| !group.at.is_empty());
        let title = if has_titles { TITLE } else { 0.0 };
        title + notes as f64 * NOTE + 5.0
    }

    /// Whether the label of a row's axis across is to stand below it: the next row has another axis.
    fn is_labelled(&self, number: usize) -> bool {
        self.rows.get(number + 1).is_none_or(|next| next.x.label != self.rows[number].x.label)
    }

    fn row_height(&self, number: usize) -> f64 {
        self.rows[number].height + MARKS + if self.is_labelled(number) { BELOW } else { 0.0 } + ROW_GAP
    }

    fn line_height(&self) -> f64 {
        self.above() + (0..self.rows.len()).map(|number| self.row_height(number)).sum::<f64>()
    }

    /// Height of a whole chart, pixels.
    fn height(&self, page: &Page) -> u32 {
        let lines = self.groups.len().div_ceil(self.columns()) as f64;
        (page.around() + lines * self.line_height() - 2.0).ceil() as u32
    }

    /// Draws titles, notes, axes and labels; `draw` draws what a row says of a group.
    fn draw(
        &self,
        canvas: &Canvas,
        room: Room,
        draw: impl Fn(&Canvas, usize, &Group, &Frame) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let marks =
            self.rows.iter().flat_map(|row| &row.y.ticks).map(|(_, text)| SMALL.width(text)).fold(0.0, f64::max);
        let lines = self.rows.iter().map(|row| label_lines(row).len()).max().unwrap_or(1) as f64;
        let left = MARGIN + 10.0 + lines * LABEL_LINE + marks;
        let right = f64::from(WIDTH) - MARGIN - 10.0;
        let columns = self.columns() as f64;
        let width = (right - left - GAP * (columns - 1.0)) / columns;
        for (place, (group, notes)) in self.groups.iter().zip(&self.notes).enumerate() {
            let column = place % self.columns();
            let x = left + column as f64 * (width + GAP);
            let mut y = room.top + (place / self.columns()) as f64 * self.line_height();
            self.head(canvas, group, notes, (x, y), width)?;
            y += self.above();
            for (number, row) in self.rows.iter().enumerate() {
                let bottom = y + row.height;
                let frame = Frame { left: x, top: y, right: x + width, bottom, x: &row.x, y: &row.y };
                if group.is_emulated() {
                    frame.hatch(canvas)?;
                }
                frame.draw(canvas, column == 0)?;
                draw(canvas, number, group, &frame)?;
                if column == 0 {
                    label_upward(canvas, row, (y + bottom) / 2.0)?;
                }
                if self.is_labelled(number) {
                    let words = LABEL.fitted(&row.x.label, width);
                    canvas.words(&row.x.label, (x + width / 2.0, bottom + MARKS + 6.0), words)?;
                }
                y += self.row_height(number);
            }
        }
        Ok(())
    }

    fn head(
        &self,
        canvas: &Canvas,
        group: &Group,
        notes: &[Note],
        (x, y): (f64, f64),
        width: f64,
    ) -> anyhow::Result<()> {
        let mut middle = y + NOTE / 2.0;
        if !group.at.is_empty() {
            let emulated = if group.is_emulated() { "EMULATED: " } else { "" };
            let title = format!("{emulated}{}", group.title());
            canvas.words(&title, (x, y + TITLE / 2.0), PANEL_TITLE.fitted(&title, width))?;
            middle += TITLE;
        }
        for Note { text, sample } in notes {
            let mut from = x;
            if let Some(stroke) = sample {
                canvas.line(&[(x, middle), (x + 22.0, middle)], *stroke)?;
                from += 28.0;
            }
            canvas.words(text, (from, middle), SMALL.fitted(text, x + width - from))?;
            middle += NOTE;
        }
        Ok(())
    }
}

/// The label of a row in as many lines as it takes.
fn label_lines(row: &Row) -> Vec<String> {
    wrapped(&row.y.label, LABEL, row.height + MARKS)
}

/// Writes it beside the axis.
fn label_upward(canvas: &Canvas, row: &Row, middle: f64) -> anyhow::Result<()> {
    for (number, line) in label_lines(row).iter().enumerate() {
        let words = Words { upward: true, ..LABEL.fitted(line, row.height + MARKS) };
        canvas.words(line, (MARGIN + 4.0 + number as f64 * LABEL_LINE, middle), words)?;
    }
    Ok(())
}

/// A stroke for what is predicted.
pub fn predicted_stroke(width: f64) -> Stroke {
    Stroke { color: palette::series(3).0, width, dash: Some(DASHED) }
}
