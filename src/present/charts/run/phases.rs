//! What the mean operation's time goes into: a bar for each kind of operation, divided into start delay and phases.
//! The parts add up to the mean response time; percentiles of parts would not add up to anything.

use crate::{
    present::charts::{Axis, FAINT, INK, INK_ON_COLOR, Key, Mark, PAPER, Panel, Plot, SMALL, Stroke, Text, Words},
    results::{Role, Row, Series, TimeSeries},
    scenario::units::short_ns,
};
use plotters::style::{RGBColor, text_anchor::HPos};

use super::{
    closed,
    part::{PARTS, START_DELAY, part_of},
};

/// Height of an operation's row, pixels; and the least width of a panel.
const ROW: f64 = 48.0;
const LEAST_WIDTH: f64 = 560.0;
/// What phases do not explain of a response, as a share of it, is drawn from here on; less is the histograms' rounding.
const REST: f64 = 0.02;
/// Where start delays are more than this share, a second section shows the rest on a scale of its own.
const MOSTLY_START_DELAY: f64 = 0.6;
/// Scales that differ less are one.
const SAME_SCALE: f64 = 4.0;

/// What the phases do not explain.
const NOT_DIVIDED: &str = "not divided";

/// One kind of operation: what its mean consists of, with name, colour and nanoseconds.
#[derive(Clone)]
struct Bar {
    role: Role,
    operation: String,
    count: u64,
    segments: Vec<(&'static str, RGBColor, f64)>,
}

/// `None`: nothing completed.
pub fn plot(time_series: &TimeSeries) -> Option<Plot> {
    let rows = &time_series.run.summary.rows;
    let responses = rows.iter().filter(|row| row.series == Series::Response);
    let bars: Vec<Bar> = responses.map(|response| bar(rows, response)).collect();
    let panels = panels(&bars);
    if panels.is_empty() {
        return None;
    }
    let caption = "Each bar is the mean over all operations of its kind, n of them; from left to right in the order of an operation, \
                   and of the legend. Start delay and phases make up the response time. The log has no phases of single \
                   operations, so the chart does not show the slowest.";
    let mut plot = super::plot(time_series, ["phases", "Where the time goes", caption], panels);
    plot.keys(PARTS.map(|part| (Key::Area(part.color, 1.0), part.name)));
    plot.keys([(Key::Area(FAINT, 1.0), NOT_DIVIDED)]);
    let scenario = &time_series.run.scenario;
    for (role, name, arrivals) in
        [(Role::Reader, "Readers", &scenario.readers.arrivals), (Role::Writer, "Writers", &scenario.writer.arrivals)]
    {
        let is_drawn = bars.iter().any(|bar| bar.role == role);
        plot.say_if(is_drawn && closed(arrivals), format!("{name} are a closed loop: they cannot have a start delay."));
    }
    plot.say_if(
        bars.iter().any(|bar| bar.start_delay() > 0.0),
        "Start delay: the worker was still busy with the operation before, or was not woken in time.",
    );
    Some(plot)
}

/// The means of one operation, over all of its operations: a part that some did not have is 0 in those.
fn bar(rows: &[Row], response: &Row) -> Bar {
    let Row { role, operation, count, .. } = response.clone();
    let rows = || rows.iter().filter(|row| row.role == role && row.operation == operation);
    let mean = |row: &Row| row.mean_ns * row.count as f64 / count.max(1) as f64;
    let mut segments = Vec::new();
    for (place, part) in PARTS.iter().enumerate() {
        let means: Vec<f64> = rows().filter(|row| part_of(row.series) == Some(place)).map(mean).collect();
        if !means.is_empty() {
            segments.push((part.name, part.color, means.iter().sum()));
        }
    }
    let rest = response.mean_ns - segments.iter().map(|segment| segment.2).sum::<f64>();
    if rest > REST * response.mean_ns {
        segments.push((NOT_DIVIDED, FAINT, rest));
    }
    Bar { segments, role, operation, count }
}

impl Bar {
    fn whole(&self) -> f64 {
        self.segments.iter().map(|(.., ns)| ns).sum()
    }

    fn start_delay(&self) -> f64 {
        self.whole() - self.without_delay().whole()
    }

    fn without_delay(&self) -> Bar {
        let mut bar = self.clone();
        bar.segments.retain(|(name, ..)| *name != PARTS[START_DELAY].name);
        bar
    }

    /// Its segments with their times where those fit, and all of them in words below.
    fn add_to(&self, panel: &mut Panel, number: usize) {
        let (top, bottom) = (panel.row(number, -0.42), panel.row(number, 0.04));
        let middle = (top + bottom) / 2.0;
        let mut before = 0.0;
        for (name, color, ns) in self.segments.iter().copied() {
            let title = format!("{}, {name}: {} of {}", self.operation, short_ns(ns), short_ns(self.whole()));
            panel.add(title, Mark::Bar((before, bottom), (before + ns, top), color, 1.0));
            let edge = vec![(before + ns, bottom), (before + ns, top)];
            panel.behind(Mark::Line(edge, Stroke::new(PAPER, 0.7)));
            let (text, words) = (short_ns(ns), SMALL.color(on(color)).end(HPos::Center));
            if words.width(&text) + 6.0 < ns / panel.x.high * LEAST_WIDTH {
                panel.behind(Mark::Text(Text::new(text, (before + ns / 2.0, middle), (0.0, 0.0), words)));
            }
            before += ns;
        }
        let numbers: Vec<String> =
            self.segments.iter().map(|(name, _, ns)| format!("{name} {}", short_ns(*ns))).collect();
        let at = (0.0, panel.row(number, 0.28));
        panel.behind(Mark::Text(Text::new(numbers.join(" · "), at, (4.0, 0.0), Words::of_size(11.5)).fitted()));
    }
}

/// Readers, then writers; each again without start delays where those hide the rest.
fn panels(bars: &[Bar]) -> Vec<Panel> {
    let mut found: Vec<(String, Vec<Bar>)> = Vec::new();
    for (role, what) in [(Role::Reader, "readers: mean operation"), (Role::Writer, "writers: mean commit")] {
        let of_role: Vec<Bar> = bars.iter().filter(|bar| bar.role == role).cloned().collect();
        let sum = |length: fn(&Bar) -> f64| of_role.iter().map(length).sum::<f64>();
        let is_hidden = sum(Bar::start_delay) > MOSTLY_START_DELAY * sum(Bar::whole);
        let rest = is_hidden.then(|| of_role.iter().map(Bar::without_delay).collect());
        found.extend((!of_role.is_empty()).then(|| (format!("{what}, response time"), of_role)));
        found.extend(rest.map(|rest| (format!("{what}, without the start delay"), rest)));
    }
    let longest = |(_, bars): &(String, Vec<Bar>)| bars.iter().map(Bar::whole).fold(0.0, f64::max);
    let most: Vec<f64> = found.iter().map(longest).collect();
    // A panel without time, of operations that none were made of, is not drawn.
    let (least, all) = (most.iter().copied().fold(f64::INFINITY, f64::min), most.iter().copied().fold(0.0, f64::max));
    let panels = found.into_iter().zip(most).filter_map(|((title, bars), own)| {
        let axis = Axis::times("mean time", [if all < SAME_SCALE * least { all } else { own }], 8)?;
        let names: Vec<String> = bars.iter().map(|bar| format!("{} (n = {})", bar.operation, bar.count)).collect();
        let mut panel = Panel::rows(&title, ROW, &axis, &names);
        panel.texts = bars.iter().map(|bar| (short_ns(bar.whole()), INK)).collect();
        bars.iter().enumerate().for_each(|(number, bar)| bar.add_to(&mut panel, number));
        Some(panel)
    });
    panels.collect()
}

/// A colour of words that can be read on this one, by its relative luminance (ITU-R BT.601).
fn on(color: RGBColor) -> RGBColor {
    let luminance = 0.299 * f64::from(color.0) + 0.587 * f64::from(color.1) + 0.114 * f64::from(color.2);
    if luminance > 140.0 { INK_ON_COLOR } else { PAPER }
}
