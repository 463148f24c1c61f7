//! What the mean operation's time goes into: a bar for each kind of operation, divided into late start and phases.
//! The parts add up to the mean response time; percentiles of parts would not add up to anything.

use plotters::style::{RGBColor, text_anchor::HPos};

use super::{
    captions::{behind, closed, measured_where, origin},
    part::Part,
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Stroke, Words},
        legend::Key,
        page::{Page, SMALL},
        palette::{FAINT, INK, INK_ON_COLOR, PAPER},
        plot::{Mark, Panel, Plot, Text},
    },
    results::{Role, Row, TimeSeries},
    scenario::units::short_ns,
};

/// Height of an operation's row, pixels; and the least width of a panel.
const ROW: f64 = 48.0;
const LEAST_WIDTH: f64 = 560.0;
/// What phases do not explain of a response, as a share of it, is drawn from here on; less is the histograms' rounding.
const REST: f64 = 0.02;
/// Where late starts are more than this share, a second section shows the rest on a scale of its own.
const MOSTLY_START_DELAY: f64 = 0.6;
/// Scales that differ less are one.
const SAME_SCALE: f64 = 4.0;

struct Bar {
    role: Role,
    operation: String,
    count: u64,
    /// Mean nanoseconds of each part that there is.
    parts: Vec<(Part, f64)>,
    /// What they leave of the response.
    rest_ns: f64,
}

/// `None`: nothing completed.
pub fn plot(time_series: &TimeSeries) -> Option<Plot> {
    let bars: Vec<Bar> = time_series
        .run
        .summary
        .rows
        .iter()
        .filter(|row| row.series == "response")
        .map(|row| bar(time_series, row))
        .collect();
    let panels = panels(&bars);
    if panels.is_empty() {
        return None;
    }
    let sentence = |bar: &Bar| {
        let Bar { role, operation, count, .. } = bar;
        let (whole, numbers) = (short_ns(bar.whole(true)), bar.numbers(true));
        format!("{role}, {operation} (n = {count}): mean response {whole}: {numbers}.")
    };
    Some(Plot {
        name: "phases".to_owned(),
        page: page(time_series, &bars),
        origin: origin(time_series),
        sentences: bars.iter().map(sentence).collect(),
        columns: 1,
        panels,
    })
}

/// The means of one operation, over all of its operations: a part that some did not have is 0 in those.
fn bar(time_series: &TimeSeries, response: &Row) -> Bar {
    let Row { role, operation, count, .. } = response.clone();
    let rows = time_series.run.summary.rows.iter().filter(|row| row.role == role && row.operation == operation);
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
        self.parts.iter().filter(|(part, _)| *part == Part::StartDelay).map(|(_, ns)| ns).sum()
    }

    /// Length, with or without the late start.
    fn whole(&self, late: bool) -> f64 {
        let parts: f64 = self.parts.iter().map(|(_, ns)| ns).sum();
        parts + self.rest_ns - if late { 0.0 } else { self.late() }
    }

    /// Name, colour and length of what is drawn.
    fn segments(&self, late: bool) -> Vec<(&'static str, RGBColor, f64)> {
        let parts = self.parts.iter().filter(|(part, _)| late || *part != Part::StartDelay);
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

    /// Its segments with their times where those fit, and all of them in words below.
    fn add_to(&self, panel: &mut Panel, number: usize, late: bool) {
        let (top, bottom) = (panel.row(number, -0.42), panel.row(number, 0.04));
        let middle = (top + bottom) / 2.0;
        let mut before = 0.0;
        for (name, color, ns) in self.segments(late) {
            let title = format!("{}, {name}: {} of {}", self.operation, short_ns(ns), short_ns(self.whole(late)));
            panel.add(title, Mark::Bar((before, bottom), (before + ns, top), color, 1.0));
            let edge = Stroke { color: PAPER, width: 0.7, dash: None };
            panel.behind(Mark::Line(vec![(before + ns, bottom), (before + ns, top)], edge));
            let (text, words) = (short_ns(ns), SMALL.color(on(color)).end(HPos::Center));
            if words.width(&text) + 6.0 < ns / panel.x.high() * LEAST_WIDTH {
                panel.text(text, (before + ns / 2.0, middle), (0.0, 0.0), words);
            }
            before += ns;
        }
        let (text, at) = (self.numbers(late), (0.0, panel.row(number, 0.28)));
        let words = Words::of_size(11.5);
        panel.behind(Mark::Text(Text { text, at, shift: (4.0, 0.0), words, is_fitted: true }));
    }
}

/// Readers, then writers; each again without late starts where those hide the rest.
fn panels(bars: &[Bar]) -> Vec<Panel> {
    let mut found: Vec<(String, Vec<&Bar>, bool)> = Vec::new();
    for (role, what) in [("reader", "readers: mean operation"), ("writer", "writers: mean commit")] {
        let of_role: Vec<&Bar> = bars.iter().filter(|bar| bar.role == role).collect();
        if of_role.is_empty() {
            continue;
        }
        found.push((format!("{what}, response time"), of_role.clone(), true));
        let sum = |of: fn(&Bar) -> f64| of_role.iter().map(|bar| of(bar)).sum::<f64>();
        if sum(Bar::late) > MOSTLY_START_DELAY * sum(|bar| bar.whole(true)) {
            found.push((format!("{what}, without the late start"), of_role, false));
        }
    }
    let longest =
        |(_, bars, late): &(String, Vec<&Bar>, bool)| bars.iter().map(|bar| bar.whole(*late)).fold(0.0, f64::max);
    let most: Vec<f64> = found.iter().map(longest).collect();
    let (least, all) = (most.iter().copied().fold(f64::INFINITY, f64::min), most.iter().copied().fold(0.0, f64::max));
    let is_one = all < SAME_SCALE * least;
    let panels = found.into_iter().zip(most).filter_map(|((title, bars, late), own)| {
        let high = if is_one { all } else { own };
        let axis = Axis::times("mean time", std::iter::once(high), 8)?;
        let names: Vec<String> = bars.iter().map(|bar| format!("{} (n = {})", bar.operation, bar.count)).collect();
        let y = Axis::rows(names.iter().map(String::as_str));
        let mut panel = Panel::new(title, y.high() * ROW, axis, y);
        panel.texts = bars.iter().map(|bar| (short_ns(bar.whole(late)), INK)).collect();
        bars.iter().enumerate().for_each(|(number, bar)| bar.add_to(&mut panel, number, late));
        Some(panel)
    });
    panels.collect()
}

/// A colour of words that can be read on this one, by its relative luminance (ITU-R BT.601).
fn on(color: RGBColor) -> RGBColor {
    let luminance = 0.299 * f64::from(color.0) + 0.587 * f64::from(color.1) + 0.114 * f64::from(color.2);
    if luminance > 140.0 { INK_ON_COLOR } else { PAPER }
}

fn page(time_series: &TimeSeries, bars: &[Bar]) -> Page {
    let there = |part: &Part| bars.iter().any(|bar| bar.parts.iter().any(|(known, _)| known == part));
    let mut legend: Vec<(Key, String)> = Part::ALL
        .into_iter()
        .filter(there)
        .map(|part| (Key::Area(part.color(), 1.0), part.name().to_owned()))
        .collect();
    if bars.iter().any(|bar| bar.rest_ns > 0.0) {
        legend.push((Key::Area(FAINT, 1.0), "not divided".to_owned()));
    }
    let mut caption = "Each bar is the mean over all operations of its kind, n of them; from left to right in the order of an \
                       operation, and of the legend. Late start and phases make up the response time. The log has no phases of \
                       single operations, so nothing is said of the slowest."
        .to_owned();
    let of_role = |role: &str| bars.iter().any(|bar| bar.role == role);
    let scenario = &time_series.run.scenario;
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
    caption.push_str(&behind(time_series));
    Page { title: "Where the time goes".to_owned(), subtitle: measured_where(time_series), legend, caption }
}
