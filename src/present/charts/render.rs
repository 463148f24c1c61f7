//! The renderer: lays out a plot's words and panels on a page, and draws every mark of it.

use anyhow::Result;
use rayon::prelude::*;

use super::{
    alternative, beyond,
    canvas::{Canvas, Words, paint, wrapped},
    chart::Chart,
    frame::{Frame, WIDEST_TEXT, head, marks_width},
    legend::{self, Key},
    page::{CAPTION, LABEL, MARGIN, SMALL, TITLE, WIDTH},
    plot::{Panel, Plot},
};

/// Width for words from margin to margin; heights of the title with what stands below it, and of a line of the caption, pixels.
const ROOM: f64 = WIDTH as f64 - 2.0 * MARGIN;
const HEAD: f64 = 58.0;
const CAPTION_LINE: f64 = 16.0;
/// Heights of words below panels, pixels.
const MARKS: f64 = 20.0;
const LABEL_LINE: f64 = 16.0;
/// Between panels, pixels.
const GAP: f64 = 20.0;
const BELOW: f64 = 8.0;
const SOURCE: f64 = 16.0;

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
pub fn rendered(plots: impl IntoIterator<Item: Into<Option<Plot>>>) -> Result<Vec<Chart>> {
    let mut plots: Vec<Plot> = plots.into_iter().filter_map(Into::into).collect();
    // The legend says what the wedges are where there are some.
    for plot in plots.iter_mut().filter(|plot| plot.panels.iter().any(|panel| !beyond::of(panel).is_empty())) {
        plot.legend.push((Key::Beyond, beyond::MEANING.to_owned()));
    }
    #[cfg(test)]
    plots.iter().for_each(super::checks::rules);
    plots.par_iter().map(render).collect()
}

fn render<'p>(plot: &'p Plot) -> Result<Chart> {
    let columns = plot.columns.max(1);
    let chunks: Vec<&'p [Panel]> = plot.panels.chunks(columns).collect();
    let marked = plot.panels.iter().map(marks_width).fold(0.0, f64::max);
    let texts = plot.panels.iter().flat_map(|panel| &panel.texts);
    let texts = texts.map(|(text, _)| SMALL.width(text) + 8.0).fold(0.0, f64::max).min(WIDEST_TEXT);
    let x_axis = |line: usize| chunks.get(line).and_then(|line| line.first()).map(|panel| &panel.x);
    // The words of an axis stand once below panels that share it.
    let goes_on = |line: usize| {
        let below = |(column, panel): (usize, &Panel)| {
            let next = chunks.get(line + 1).and_then(|next| next.get(column));
            next.is_some_and(|next| panel.height == 0.0 || (next.height > 0.0 && next.x == panel.x))
        };
        chunks[line].iter().enumerate().all(below)
    };
    let line = |(number, panels): (usize, &&'p [Panel])| Line {
        panels,
        head: 0.0,
        height: panels.iter().map(|panel| panel.height).fold(0.0, f64::max),
        has_words: !goes_on(number),
        has_label: x_axis(number) != x_axis(number + 1),
    };
    let mut lines: Vec<Line> = chunks.iter().enumerate().map(line).collect();
    // A panel's width is needed for the lines of its title, and the lines of labels for that width.
    let label_lines = lines.iter().map(|line| line.label_lines().len()).max().unwrap_or(0);
    let left = MARGIN + label_lines as f64 * LABEL_LINE + marked + 8.0;
    let right = f64::from(WIDTH) - MARGIN - 10.0 - texts;
    // Panels side by side share the values of their axis up, unless each has its own.
    let has_own_values = chunks.iter().any(|line| line.iter().any(|panel| panel.height > 0.0 && panel.y != line[0].y));
    let gap = if has_own_values { GAP + marked } else { GAP };
    let width = (right - left - gap * (columns as f64 - 1.0)) / columns as f64;
    for line in &mut lines {
        line.head = line.panels.iter().map(|panel| head(panel, width)).fold(0.0, f64::max);
    }
    let caption = wrapped(&plot.caption, CAPTION, ROOM);
    let below = legend::height(&plot.legend, ROOM) + caption.len() as f64 * CAPTION_LINE + MARGIN;
    let source = if plot.origin.source.is_empty() { 0.0 } else { SOURCE };
    let inside = HEAD + lines.iter().map(Line::whole).sum::<f64>() + below;
    let (above, height) = (inside.ceil(), (inside + source).ceil() as u32);
    let svg = paint((WIDTH, height), |canvas| {
        let line = |text: &str, y: f64, words: Words| canvas.words(text, (MARGIN, y), words.fitted(text, ROOM));
        line(&plot.title, 22.0, TITLE)?;
        line(&plot.origin.measured, 44.0, CAPTION)?;
        legend::draw(canvas, &plot.legend, (MARGIN, above - below), ROOM)?;
        let mut y = above - MARGIN - caption.len() as f64 * CAPTION_LINE;
        for text in &caption {
            canvas.words(text, (MARGIN, y + CAPTION_LINE / 2.0), CAPTION)?;
            y += CAPTION_LINE;
        }
        line(&plot.origin.source, f64::from(height) - MARGIN - SOURCE / 2.0, CAPTION)?;
        let mut top = HEAD;
        for line in &lines {
            draw_line(canvas, line, (left, top, right), (width, gap), has_own_values)?;
            top += line.whole();
        }
        Ok(())
    })?;
    Ok(Chart::new(plot.name.clone(), plot.title.clone(), alternative::text(plot), (WIDTH, height), &svg))
}

fn draw_line(
    canvas: &Canvas,
    line: &Line,
    (left, top, right): (f64, f64, f64),
    (width, gap): (f64, f64),
    has_own_values: bool,
) -> Result<()> {
    let bottom = top + line.head + line.height;
    for (column, panel) in line.panels.iter().enumerate() {
        if panel.height == 0.0 {
            continue;
        }
        let x = left + column as f64 * (width + gap);
        let frame = Frame { left: x, top: top + line.head, right: x + width, bottom, panel };
        frame.draw(canvas, column == 0 || has_own_values, line.has_words)?;
    }
    let middle = top + line.head + line.height / 2.0;
    for (number, text) in line.label_lines().iter().enumerate() {
        let words = Words { upward: true, ..LABEL.fitted(text, line.height + MARKS) };
        canvas.words(text, (MARGIN + 4.0 + number as f64 * LABEL_LINE, middle), words)?;
    }
    if let Some(first) = line.panels.first().filter(|_| line.has_label) {
        let (label, at) = (&first.x.label, ((left + right) / 2.0, bottom + MARKS + LABEL_LINE / 2.0 - 1.0));
        canvas.words(label, at, LABEL.fitted(label, right - left))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::charts::{
        checks::check,
        plot::{Axis, BAR, Extent, GREY, Key, Look, Mark, Origin, series},
    };

    #[test]
    fn every_mark_says_what_it_is_and_so_does_the_alternative_text() {
        let mut panel = Panel::new("a title", 60.0, &Axis::span("x", 4.0, 4), Axis::span("y", 2.0, 2));
        let look = Look::new(series(0));
        panel.add("median <of> a: 1", Mark::Point((1.0, 1.0), 0.0, look));
        panel.add("off the axis", Mark::Point((1.0, 9.0), 0.0, look));
        panel.add("b: 2", Mark::Bar((2.0, 0.0), (3.0, 2.0), BAR, 1.0));
        panel.behind(Mark::Spans(vec![(1.0, 2.0)], Extent::Frame, BAR, 0.1));
        panel.add("froze", Mark::Spans(vec![(1.0, 2.0)], Extent::Above(0.0, 5.0), BAR, 1.0));
        panel.texts = vec![("9 %".to_owned(), GREY)];
        let absent = Panel::absent("another", &panel.x, "unavailable: no counters");
        let origin = Origin { measured: "s".to_owned(), source: "scenario x, seed 7".to_owned() };
        let mut plot = Plot::new("n", "t", origin, vec![panel, absent]);
        plot.keys([(Key::Mark(look), "a median"), (Key::Mark(look.hollow()), "predicted"), (Key::Whisker, "interval")]);
        plot.say("How it was measured.");
        plot.say_if(false, "Never.");
        let chart = render(&plot).unwrap();
        check(&chart);
        let document = roxmltree::Document::parse(&chart.svg).unwrap();
        let groups = document.descendants().filter(|node| node.tag_name().name() == "g");
        let titles = groups.filter_map(|group| group.first_element_child().and_then(|title| title.text()));
        let titles: Vec<&str> = titles.collect();
        let beyond = "off the axis: goes on beyond the axis";
        assert_eq!(titles, ["median <of> a: 1", "off the axis", "b: 2", "froze, 1.000 s to 2.000 s", beyond]);
        assert_eq!(
            chart.description,
            "s. How it was measured.\na title. Across: x, 0 to 4. Up: y, 0 to 2.\nmedian <of> a: 1\noff the axis\nb: 2\n\
             froze: 1, 1 s together: 1.000 s to 2.000 s\nanother. unavailable: no counters\nLegend: a median.\nscenario x, seed 7"
        );
        assert!(chart.svg.contains("scenario x, seed 7\n</text>"), "{}", chart.svg);
    }
}
