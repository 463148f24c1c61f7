//! Latency over time: how many operations of each latency ended when, as a heat map; median and 99th percentile on it.
//! Commits are mostly too few for one: then each is a point.

use super::{
    columns::MOST,
    freezes::Freezes,
    grid::{COLUMNS, Grid, Latencies},
    words::{behind, measured_where},
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Place, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::{self, Key},
        page::{LABEL, MARGIN, Page, SMALL, WIDTH},
        palette::{DASHED, INK, PAPER, PARTS, series},
    },
    results::Course,
    scenario::units::{format_duration_ns, short_ns},
};

/// With fewer commits each is a point.
const LEAST_FOR_CELLS: u64 = 3000;
/// Heights of the two drawings and of their titles, pixels.
const HEIGHTS: [f64; 2] = [270.0, 150.0];
const TITLE: f64 = 28.0;
const BETWEEN: f64 = 24.0;
const BELOW: f64 = 40.0;
const NAME: Words = Words::of_size(12.5).bold();
const MEDIAN: Stroke = Stroke { color: INK, width: 1.6, dash: None };
const P99: Stroke = Stroke { color: PARTS[0], width: 1.6, dash: Some(DASHED) };

/// One role.
struct Panel {
    title: String,
    latencies: Latencies,
    axis: Axis,
    /// `None`: points.
    grid: Option<Grid>,
    height: f64,
}

/// Draws it. `None`: nothing completed.
///
/// # Errors
/// The drawing library fails.
pub fn chart(course: &Course) -> anyhow::Result<Option<Chart>> {
    let roles = [("reader", "readers' response time"), ("writer", "writers' response time")];
    let panels: Vec<Panel> = roles
        .into_iter()
        .zip(HEIGHTS)
        .filter_map(|((role, title), height)| panel(course, role, title, height))
        .collect();
    if panels.is_empty() {
        return Ok(None);
    }
    let page = page(course, &panels);
    let each = |panel: &Panel| TITLE + panel.height + BETWEEN;
    let height = (page.around() + panels.iter().map(each).sum::<f64>() - BETWEEN + BELOW).ceil() as u32;
    let time = Axis::span("seconds since measuring began", course.run.summary.measured_ns as f64 / 1e9, 12);
    let freezes = Freezes::of(&course.run.diagnosis.freezes);
    let svg = paint((WIDTH, height), |canvas| {
        let mut top = page.draw(canvas, height)?.top;
        let marks = panels.iter().flat_map(|panel| &panel.axis.ticks).map(|(_, text)| SMALL.width(text));
        let left = (MARGIN + 26.0 + marks.fold(0.0, f64::max)).round();
        let right = f64::from(WIDTH) - MARGIN - 6.0;
        for panel in &panels {
            let frame_top = (top + TITLE).round();
            let bottom = frame_top + panel.height;
            let frame = Frame { left, right, top: frame_top, bottom, x: &time, y: &panel.axis };
            panel.draw(canvas, &frame, &freezes)?;
            top += each(panel);
        }
        canvas.words(&time.label, ((left + right) / 2.0, top - BETWEEN + 27.0), LABEL)
    })?;
    let told: Vec<String> = panels.iter().map(|panel| panel.in_words()).collect();
    let description = format!("{}. {}\n{}", page.subtitle, page.caption, told.join("\n"));
    Ok(Some(Chart::new("latency-over-time".to_owned(), page.title, description, (WIDTH, height), &svg)))
}

fn panel(course: &Course, role: &str, title: &str, height: f64) -> Option<Panel> {
    let is_dense = role == "reader" || course.run.summary.writers.completed >= LEAST_FOR_CELLS;
    let latencies = Latencies::of(course, role, if is_dense { COLUMNS } else { MOST });
    let axis = Axis::logarithmic_times("time", latencies.values(), if role == "reader" { 9 } else { 6 })?;
    let count = latencies.count();
    let grid = is_dense.then(|| Grid::of(&latencies, &axis));
    Some(Panel { title: format!("{title} (n = {count})"), latencies, axis, grid, height })
}

impl Panel {
    fn draw(&self, canvas: &Canvas, frame: &Frame, freezes: &Freezes) -> anyhow::Result<()> {
        let room = frame.right - frame.left - legend::inline_width(&self.keys()) - 12.0;
        canvas.words(&self.title, (frame.left, frame.top - 17.0), NAME.fitted(&self.title, room))?;
        legend::draw_inline(canvas, &self.keys(), frame.right, frame.top - 17.0)?;
        frame.draw(canvas, true)?;
        let upward = Words { upward: true, ..LABEL };
        canvas.words(&self.axis.label, (MARGIN + 4.0, (frame.top + frame.bottom) / 2.0), upward)?;
        match &self.grid {
            Some(grid) => {
                self.cells(canvas, frame, grid)?;
                self.line(canvas, frame, 0.99, P99)?;
                self.line(canvas, frame, 0.5, MEDIAN)?;
            }
            None => self.points(canvas, frame)?,
        }
        freezes.mark(canvas, frame)
    }

    /// Rectangles with edges on whole pixels: else the page would shine through between them.
    fn cells(&self, canvas: &Canvas, frame: &Frame, grid: &Grid) -> anyhow::Result<()> {
        let spans = &self.latencies.spans;
        let x = |at: f64| frame.place(at, 0.0).0.round();
        let y = |row: usize| (frame.bottom - Grid::edge(row) * (frame.bottom - frame.top)).round();
        for patch in grid.patches() {
            let left = x(spans[patch.columns.start].start);
            let right = spans.get(patch.columns.end).map_or(x(spans[patch.columns.end - 1].end), |next| x(next.start));
            let (left, right) = (left.min(frame.right - 1.0), right.max(left + 1.0).min(frame.right));
            canvas.block((left, y(patch.rows.end)), (right, y(patch.rows.start)), grid.color(patch.step), 1.0)?;
        }
        Ok(())
    }

    /// A quantile from column to column, broken where nothing ended.
    fn line(&self, canvas: &Canvas, frame: &Frame, quantile: f64, stroke: Stroke) -> anyhow::Result<()> {
        let mut stretches: Vec<Vec<Place>> = vec![Vec::new()];
        for (span, value) in self.latencies.spans.iter().zip(self.latencies.quantile(quantile)) {
            match (value, stretches.last_mut()) {
                (Some(ns), Some(stretch)) => {
                    stretch.extend([frame.place(span.start, ns), frame.place(span.end, ns)]);
                }
                _ => stretches.push(Vec::new()),
            }
        }
        let halo = Stroke { color: PAPER, width: stroke.width + 1.6, dash: None };
        stretches.iter().try_for_each(|stretch| canvas.line(stretch, halo))?;
        stretches.iter().try_for_each(|stretch| canvas.line(stretch, stroke))
    }

    fn points(&self, canvas: &Canvas, frame: &Frame) -> anyhow::Result<()> {
        for (span, column) in self.latencies.spans.iter().zip(&self.latencies.columns) {
            for (ns, _) in column {
                canvas.dot(frame.place((span.start + span.end) / 2.0, (*ns).max(1) as f64), 2.4, series(0).0)?;
            }
        }
        Ok(())
    }

    fn keys(&self) -> Vec<(Key, String)> {
        let Some(grid) = &self.grid else { return vec![(Key::Dot(series(0).0), "commits".to_owned())] };
        let mut keys = vec![
            (Key::Stroke(MEDIAN), "p50".to_owned()),
            (Key::Stroke(P99), "p99".to_owned()),
            (Key::Heading, "in a cell:".to_owned()),
        ];
        for (step, from) in grid.steps.iter().enumerate() {
            let is_alone = grid.steps.get(step + 1) == Some(&(from + 1));
            let text = if is_alone { from.to_string() } else { format!("{from}+") };
            keys.push((Key::Bar(grid.color(step)), text));
        }
        keys
    }

    fn in_words(&self) -> String {
        let ends = |quantile: f64| {
            let values = || self.latencies.quantile(quantile).into_iter().flatten();
            let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
            format!("from {} to {}", short_ns(low), short_ns(high))
        };
        format!(
            "{}: from column to column the median goes {}, the 99th percentile {}.",
            self.title,
            ends(0.5),
            ends(0.99)
        )
    }
}

fn page(course: &Course, panels: &[Panel]) -> Page {
    let group = course.timeline.len().div_ceil(COLUMNS).max(1) as u64;
    let length = format_duration_ns(course.run.scenario.run.interval_ns * group);
    let mut caption = format!(
        "Each cell is a column of about {length} (longer where the look was late) and a range of latencies; the stronger its colour, the more \
         operations ended there. A gap is a time in which none ended.",
    );
    if !course.run.diagnosis.freezes.is_empty() {
        caption.push_str(" Marks above: freezes.");
    }
    if course.run.scenario.instances.count > 1
        && course.run.diagnosis.freezes.iter().any(|freeze| freeze.instance.is_some())
    {
        caption.push_str(" Grey ones: of single instances.");
    }
    if panels.iter().any(|panel| panel.grid.is_none()) {
        caption.push_str(" Commits are points in the middle of the interval in which they ended.");
    }
    let roles = [("readers", "No operation of a reader completed."), ("writers", "No commit completed.")];
    for (role, sentence) in roles {
        if !panels.iter().any(|panel| panel.title.starts_with(role)) {
            caption.push_str(&format!(" {sentence}"));
        }
    }
    caption.push(' ');
    caption.push_str(&behind(course));
    Page { title: "Latency over time".to_owned(), subtitle: measured_where(course), legend: Vec::new(), caption }
}
