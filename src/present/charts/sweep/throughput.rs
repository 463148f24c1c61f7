//! Throughput against the load: what readers completed and what was scheduled, the Universal Scalability Law (USL), and the shares of
//! reads and of commits that completed. Where no USL was fitted the caption says why.

use super::{
    captions,
    grid::{self, Row},
    layers::{self, Series},
    view::{Group, View},
    x_axis,
};
use crate::{
    conclude::{in_order::grouped, wording::capital},
    present::charts::{Axis, DOTTED, GREY, Key, Look, Note, Panel, Plot, Shape, Stroke, color},
    results::{KeyFigure, Role, Throughput},
    scenario::{Clause, Metric, RateOf, units::percent},
    stats::Usl,
};

const HEIGHT: f64 = 240.0;
const SHARE_HEIGHT: f64 = 110.0;
/// A curve is drawn through so many places.
const STEPS: u32 = 60;

/// Draws the charts: one, or more where there are many groups.
pub fn plots(view: &View) -> Vec<Plot> {
    let done = Series::new("completed by readers", (0, 2.4, None), per_s, |run| Some(run.readers.completed_per_s));
    let mut due =
        Series::new("scheduled for readers", (0, 1.4, Some(DOTTED)), per_s, |run| Some(run.readers.due_per_s));
    (due.stroke.color, due.has_runs) = (GREY, false);
    let mut values: Vec<f64> = done.values(view).into_iter().chain(due.values(view)).collect();
    if values.iter().any(|rate| *rate > 0.0) {
        values.extend(fitted(view));
    }
    let is_wide = Axis::is_wide(values.iter().copied());
    let x = x_axis::axis(view, layers::knee_loads(view).chain(peaks(view)), is_wide);
    let is_logarithmic = if view.is_numeric() { x.is_logarithmic } else { is_wide };
    let y = Axis::numbers_on(is_logarithmic, "readers' operations a second", values.iter().copied(), 6);
    // A logarithmic axis has no 0 otherwise, and readers of a file that froze may complete nothing.
    let y = y.map(|y| if y.is_logarithmic && values.contains(&0.0) { y.with_none() } else { y });
    let is_hidden = y.as_ref().is_some_and(|y| due.is_hidden_by(&done, view, y));
    let series = if is_hidden { vec![done] } else { vec![due, done] };
    let mut rows: Vec<Row> = Vec::new();
    rows.extend(y.map(|y| Row { x: x.clone(), models: Box::new(add_usl), ..Row::new(view, y, HEIGHT, series) }));
    // Readers and writers apart: the many lookups would hide that no commit completed.
    rows.extend([Role::Reader, Role::Writer].into_iter().filter_map(|role| shares(view, role, &x)));
    grid::plots(view, ["sweep-throughput", "Throughput"], &rows, notes, |plot| {
        plot.keys([
            (Key::Line(FIT), "Universal Scalability Law (USL), fitted"),
            (Key::Mark(PEAK), "its peak, with the interval"),
        ]);
        plot.say_if(
            is_hidden,
            "What was scheduled for readers cannot be distinguished from what they completed, so it is not drawn.",
        );
        say_models(view, plot);
    })
}

/// What of the scheduled operations of a role completed. `None`: nothing was scheduled.
fn shares<'a>(view: &View<'a>, role: Role, x: &Axis) -> Option<Row<'a>> {
    let (what, who, number, figure, limited) = match role {
        Role::Reader => ("reads", "readers", 0, KeyFigure::ReadersCompletedShare, RateOf::Readers),
        Role::Writer => ("commits", "writers", 2, KeyFigure::CommitsCompletedShare, RateOf::Commits),
    };
    let name = format!("completed by {who}");
    let share = Series::new(&name, (number, 2.4, None), percent, move |run| run.figure(figure));
    let shares = share.values(view);
    let is_limit =
        |clause: &Clause| matches!(clause.metric, Metric::Rate(of) if [limited, RateOf::Lower].contains(&of));
    let y = Axis::shares(&format!("{what} completed, of scheduled"), shares.iter().copied(), 4);
    let (x, limits) = (x.clone(), view.objectives(is_limit));
    (!shares.is_empty()).then(|| Row { x, limits, ..Row::new(view, y, SHARE_HEIGHT, vec![share]) })
}

/// The USL of every group, or why there is none; groups with the same sentence share it.
fn say_models(view: &View, plot: &mut Plot) {
    let text = |throughput: &Throughput| {
        let key = &throughput.key;
        let usl = throughput.usl.as_ref().map(|usl| captions::usl(key, usl));
        let usl = usl.map(|usl| format!("USL X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), N = {key}: {usl}"));
        let notes = throughput.notes.iter().map(|note| capital(note));
        usl.into_iter().chain(notes).collect::<Vec<_>>().join(". ")
    };
    let texts = grouped(view.groups.iter().filter_map(|group| Some((group.throughput.map(text)?, group.title()))));
    let is_one = texts.len() == 1;
    for (text, groups) in texts.into_iter().filter(|(text, _)| !text.is_empty()) {
        let title = if is_one { String::new() } else { format!("{}: ", groups.join("; ")) };
        plot.say(format!("{title}{text}."));
    }
}

fn per_s(value: f64) -> String {
    format!("{}/s", captions::load(value.round()))
}

fn peaks<'a>(view: &'a View) -> impl Iterator<Item = f64> + 'a {
    view.groups.iter().filter_map(|group| Some(group.throughput?.usl?.peak_load?.value))
}

/// What the fitted curves give at the loads that were tried: it is to be on the axis.
fn fitted<'a>(view: &'a View) -> impl Iterator<Item = f64> + 'a {
    view.groups.iter().flat_map(|group| {
        let usl = group.throughput.and_then(|throughput| throughput.usl);
        usl.into_iter().flat_map(|usl| group.stops.iter().map(move |stop| usl.throughput_at(stop.x)))
    })
}

const FIT: Stroke = Stroke::new(color(1), 1.8);

/// The USL over the loads that were tried, and its peak where that is on the axis.
fn add_usl(panel: &mut Panel, group: &Group) {
    let Some(usl) = group.throughput.and_then(|throughput| throughput.usl) else { return };
    let (Some(first), Some(last)) = (group.stops.first(), group.stops.last()) else { return };
    let places: Vec<f64> = panel.x.along(first.x, last.x, STEPS).collect();
    panel.model(&short(&usl), places.into_iter(), |load| usl.throughput_at(load), FIT);
    let Some(peak) = usl.peak_load.filter(|peak| panel.x.holds(peak.value)) else { return };
    let rate = usl.throughput_at(peak.value);
    if panel.y.holds(rate) {
        let ends = ((peak.low, rate), (peak.high, rate));
        panel.interval(&short(&usl), (peak.value, rate), ends, PEAK, FIT);
    }
}

const PEAK: Look = Look::new((color(1), Shape::Triangle));

fn notes(group: &Group) -> Vec<Note> {
    let mut notes = layers::knee_notes(group);
    if let Some(throughput) = group.throughput {
        notes.push(match &throughput.usl {
            Some(usl) => Note { text: short(usl), sample: Some(FIT) },
            None => Note { text: "no USL fitted: see below".to_owned(), sample: None },
        });
    }
    notes
}

fn short(usl: &Usl) -> String {
    let peak = usl.peak_load.map_or_else(|| "no peak".to_owned(), |peak| format!("peak at {:.0}", peak.value));
    format!("USL, fitted; {peak}")
}
