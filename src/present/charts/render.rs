//! The renderer: lays out a plot's words and panels on a page, and draws every mark of it.

use anyhow::Result;
use rayon::prelude::*;

use super::{
    canvas::{Canvas, Words, paint, wrapped},
    chart::Chart,
    frame::{Frame, WIDEST_TEXT, head, marks_width},
    page::{LABEL, MARGIN, SMALL, WIDTH},
    palette::GREY,
    plot::{Panel, Plot},
};

/// Heights of words below panels, pixels.
const MARKS: f64 = 20.0;
const LABEL_LINE: f64 = 16.0;
/// Between panels, pixels.
const GAP: f64 = 20.0;
const BELOW: f64 = 8.0;
const ORIGIN: f64 = 16.0;

struct Line<'a> {
    panels: &'a [Panel],
    head: f64,
    height: f64,
    /// Whether the marks of the axis across have words below this line, and whether its label stands there.
    has_words: bool,
    has_label: bool,
}

impl Line<'_> {
    fn whole(&self) -> f64 {
        let words = if self.has_words { MARKS } else { 0.0 };
        self.head + self.height + words + if self.has_label { LABEL_LINE } else { 0.0 } + BELOW
    }

    fn label_lines(&self) -> Vec<String> {
        let label = self.panels.first().map_or("", |panel| &panel.y.label);
        wrapped(label, LABEL, self.height + MARKS)
    }
}

/// Draws all plots that there are.
pub fn rendered(plots: impl IntoIterator<Item = Option<Plot>>) -> Result<Vec<Chart>> {
    let plots: Vec<Plot> = plots.into_iter().flatten().collect();
    plots.par_iter().map(render).collect()
}

/// Draws a plot.
pub fn render(plot: &Plot) -> Result<Chart> {
    let columns = plot.columns.max(1);
    let chunks: Vec<&[Panel]> = plot.panels.chunks(columns).collect();
    let has_labels = chunks.iter().any(|line| line.first().is_some_and(|panel| !panel.y.label.is_empty()));
    let marked = plot.panels.iter().map(marks_width).fold(0.0, f64::max);
    let texts = plot.panels.iter().flat_map(|panel| &panel.texts);
    let texts = texts.map(|(text, _)| SMALL.width(text) + 8.0).fold(0.0, f64::max).min(WIDEST_TEXT);
    // A panel's width is needed for the lines of its title, and the lines of labels for that width.
    let label_lines = if has_labels { chunks.iter().map(|line| label_lines(line)).max().unwrap_or(0) } else { 0 };
    let left = MARGIN + label_lines as f64 * LABEL_LINE + marked + 8.0;
    let right = f64::from(WIDTH) - MARGIN - 10.0 - texts;
    let width = (right - left - GAP * (columns as f64 - 1.0)) / columns as f64;
    let x_axis = |line: usize| chunks.get(line).and_then(|line| line.first()).map(|panel| &panel.x);
    let lines: Vec<Line> = chunks
        .iter()
        .enumerate()
        .map(|(number, panels)| Line {
            panels,
            head: panels.iter().map(|panel| head(panel, width)).fold(0.0, f64::max),
            height: panels.iter().map(|panel| panel.height).fold(0.0, f64::max),
            has_words: columns > 1 || x_axis(number) != x_axis(number + 1),
            has_label: x_axis(number) != x_axis(number + 1),
        })
        .collect();
    let origin = if plot.origin.is_empty() { 0.0 } else { ORIGIN };
    let inside = plot.page.around() + lines.iter().map(Line::whole).sum::<f64>();
    let (above, height) = (inside.ceil() as u32, (inside + origin).ceil() as u32);
    let svg = paint((WIDTH, height), |canvas| {
        let mut top = plot.page.draw(canvas, above)?;
        let y = f64::from(height) - MARGIN - ORIGIN / 2.0;
        let words = SMALL.color(GREY).fitted(&plot.origin, f64::from(WIDTH) - 2.0 * MARGIN);
        canvas.words(&plot.origin, (MARGIN, y), words)?;
        for line in &lines {
            draw_line(canvas, line, (left, top, right), width)?;
            top += line.whole();
        }
        Ok(())
    })?;
    let page = &plot.page;
    let mut description = format!("{}. {}\n{}", page.subtitle, page.caption, plot.sentences.join("\n"));
    if !plot.origin.is_empty() {
        description.push_str(&format!("\n{}", plot.origin));
    }
    Ok(Chart::new(plot.name.clone(), page.title.clone(), description, (WIDTH, height), &svg))
}

fn label_lines(line: &[Panel]) -> usize {
    let height = line.iter().map(|panel| panel.height).fold(0.0, f64::max);
    wrapped(line.first().map_or("", |panel| &panel.y.label), LABEL, height + MARKS).len()
}

fn draw_line(canvas: &Canvas, line: &Line, (left, top, right): (f64, f64, f64), width: f64) -> Result<()> {
    let bottom = top + line.head + line.height;
    for (column, panel) in line.panels.iter().enumerate() {
        if panel.height == 0.0 {
            continue;
        }
        let x = left + column as f64 * (width + GAP);
        let frame = Frame { left: x, top: top + line.head, right: x + width, bottom, panel };
        frame.draw_head(canvas, top + line.head - head(panel, width), width)?;
        frame.draw(canvas, column == 0, line.has_words)?;
    }
    let middle = top + line.head + line.height / 2.0;
    for (number, text) in line.label_lines().iter().enumerate() {
        let words = Words { upward: true, ..LABEL.fitted(text, line.height + MARKS) };
        canvas.words(text, (MARGIN + 4.0 + number as f64 * LABEL_LINE, middle), words)?;
    }
    match line.panels.first() {
        Some(first) if line.has_label => {
            let label = &first.x.label;
            let words = LABEL.fitted(label, right - left);
            canvas.words(label, ((left + right) / 2.0, bottom + MARKS + LABEL_LINE / 2.0 - 1.0), words)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::charts::{
        axis::Axis,
        checks::check,
        page::Page,
        palette::{BAR, series},
        plot::{Extent, Look, Mark},
    };

    #[test]
    fn every_mark_says_what_it_is_and_the_origin_is_at_the_end() {
        let mut panel = Panel::new("a title", 60.0, Axis::span("x", 4.0, 4), Axis::span("y", 2.0, 2));
        panel.add("median <of> a: 1", Mark::Point((1.0, 1.0), 0.0, Look::new(series(0))));
        panel.add("off the axis", Mark::Point((1.0, 9.0), 0.0, Look::new(series(0))));
        panel.add("b: 2", Mark::Bar((2.0, 0.0), (3.0, 2.0), BAR, 1.0));
        panel.behind(Mark::Spans(vec![(1.0, 2.0)], Extent::Frame, BAR, 0.1));
        panel.add("froze", Mark::Spans(vec![(1.0, 2.0)], Extent::Above(0.0, 5.0), BAR, 1.0));
        let page = Page { title: "t".into(), subtitle: "s".into(), legend: vec![], caption: "c".into() };
        let (sentences, origin) = (vec!["All of it.".to_owned()], "scenario x, seed 7".to_owned());
        let plot = Plot { name: "n".into(), page, origin, sentences, columns: 1, panels: vec![panel] };
        let chart = render(&plot).unwrap();
        check(&chart);
        let document = roxmltree::Document::parse(&chart.svg).unwrap();
        let groups = document.descendants().filter(|node| node.tag_name().name() == "g");
        let titles: Vec<_> = groups.map(|group| group.first_element_child().and_then(|it| it.text())).collect();
        let titles: Vec<&str> = titles.into_iter().flatten().collect();
        assert_eq!(titles, ["median <of> a: 1", "off the axis", "b: 2", "froze, 1.000 s to 2.000 s"]);
        assert_eq!(chart.description, "s. c\nAll of it.\nscenario x, seed 7");
        assert!(chart.svg.contains("scenario x, seed 7\n</text>"), "{}", chart.svg);
    }
}
