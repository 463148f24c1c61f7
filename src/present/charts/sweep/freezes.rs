//! Freezes against the load: the longest of each run, how many there were, and the load average.
//! A load average that climbs past the knee was the third sign of the freeze of 2007.

use super::{
    captions,
    grid::{Drawing, Row, panel_width},
    layers::{self, Series},
    view::View,
    x_axis,
};
use crate::{
    present::charts::{
        axis::{Axis, NONE},
        page::Page,
        plot::Plot,
    },
    results::SweptRun,
    scenario::{Clause, Metric},
};

const HEIGHT: f64 = 165.0;

/// Draws the charts: one, or more where there are many groups. None if no run froze.
pub fn plots(view: &View) -> Vec<Plot> {
    if view.runs().all(|run| run.freezes == 0) {
        return Vec::new();
    }
    // A run without a freeze has a longest one of 0: the axis has a place for "none" there.
    let longest = Series::new("longest freeze", (0, 2.4, None), time_or_none, |run| {
        run.longest_freeze_ns.or((run.freezes == 0).then_some(0)).map(|ns| ns as f64)
    });
    let count = Series::new("freezes", (1, 2.4, None), captions::load, |run: &SweptRun| Some(run.freezes as f64));
    let load = Series::new("load average", (2, 2.4, None), captions::load, |run: &SweptRun| run.load_average);
    let limits: Vec<&Clause> = view.report.objectives.iter().filter(|it| it.metric == Metric::LongestFreeze).collect();
    let limit_values = limits.iter().map(|clause| clause.limit.value());
    let lengths: Vec<f64> = longest.values(view).into_iter().chain(limit_values).collect();
    let counts = Axis::numbers("freezes of a run (number)", count.values(view).into_iter(), 5).map(|axis| {
        let mut axis = axis.with_none();
        axis.ticks.retain(|(value, text)| value.fract() == 0.0 || text == NONE);
        axis
    });
    let loads = Axis::numbers("load average, 1 min (processes)", load.values(view).into_iter(), 5);
    let has_load = loads.is_some();
    let axes = [Axis::times("longest freeze", lengths.into_iter(), 5).map(Axis::with_none), counts, loads];
    let x = || x_axis::axis(view, layers::knee_loads(view), panel_width(view));
    let (figures, rows): (Vec<&Series>, Vec<Row>) = [&longest, &count, &load]
        .into_iter()
        .zip(axes)
        .filter_map(|(series, y)| Some((series, Row { x: x(), y: y?, height: HEIGHT })))
        .unzip();
    let page = page(view, &[&longest, &count, &load], has_load, !limits.is_empty());
    let sentences = captions::sentences(view, |_, stop| {
        let longest = captions::spread(stop, &longest.figure, longest.show);
        let count = captions::spread(stop, &count.figure, count.show);
        let load = captions::spread(stop, &load.figure, load.show);
        format!("longest freeze {longest}, freezes of a run {count}, load average {load}")
    });
    let drawing = Drawing { view, stem: "sweep-freezes", page, sentences, rows };
    drawing.plots(layers::knee_notes, |panel, row, group| {
        layers::add_knee(panel, group);
        let series = figures[row];
        if std::ptr::eq(series, &longest) {
            layers::add_limits(panel, &limits);
        }
        series.add_to(panel, (view, group), |stop| stop.x);
    })
}

fn time_or_none(ns: f64) -> String {
    if ns == 0.0 { "none".to_owned() } else { captions::time(ns) }
}

fn page(view: &View, series: &[&Series], has_load: bool, has_limit: bool) -> Page {
    let mut legend = layers::run_keys(view, if has_load { series } else { &series[..2] });
    legend.extend(layers::knee_keys(view));
    let frozen = view.runs().filter(|run| run.freezes > 0).count();
    let mut caption = format!(
        "A freeze: work was due and next to nothing completed, of one instance or of the whole crowd. {frozen} of {} runs froze. {} \
         The load average is that of the last minute when a run ended, so a run shorter than a minute shows part of it, and \
         part of the run before it.",
        view.runs().count(),
        captions::behind(view)
    );
    if !has_load {
        caption.push_str(" Load average: unavailable, the system does not tell.");
    }
    if has_limit {
        caption.push_str(" Line with words: the limit of the objective.");
    }
    Page { title: captions::title(view, "Freezes"), subtitle: captions::measured_where(view), legend, caption }
}
