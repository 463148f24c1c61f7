//! Freezes against the load: the longest of each run, how many there were, and the load average.
//! A load average that climbs past the knee was the third sign of the freeze of 2007.

use super::{
    across,
    grid::{Drawing, Row, panel_width},
    marks::{self, Series},
    view::View,
    words,
};
use crate::{
    present::charts::{
        axis::{Axis, NONE},
        chart::Chart,
        page::Page,
    },
    results::SweptRun,
    scenario::{Clause, Metric},
};

const HEIGHT: f64 = 165.0;

/// The place of a figure among those here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Figure {
    Longest,
    Count,
    LoadAverage,
}

/// Draws the charts: one, or more where there are many groups. None if no run froze.
pub fn charts(view: &View) -> anyhow::Result<Vec<Chart>> {
    if view.runs().all(|run| run.freezes == 0) {
        return Ok(Vec::new());
    }
    // A run without a freeze has a longest one of 0: the axis has a place for "none" there.
    let longest = Series::new("longest freeze", (0, 2.4, None), |run| {
        run.longest_freeze_ns.or((run.freezes == 0).then_some(0)).map(|ns| ns as f64)
    });
    let count = Series::new("freezes", (1, 2.4, None), |run: &SweptRun| Some(run.freezes as f64));
    let load = Series::new("load average", (2, 2.4, None), |run: &SweptRun| run.load_average);
    let limits: Vec<&Clause> = view.report.objectives.iter().filter(|it| it.metric == Metric::LongestFreeze).collect();
    let axis = |figure: Figure| match figure {
        Figure::Longest => {
            let limits = limits.iter().map(|clause| clause.limit.value());
            let values: Vec<f64> = longest.values(view).into_iter().chain(limits).collect();
            Axis::times("longest freeze", values.into_iter(), 5).map(Axis::with_none)
        }
        Figure::Count => {
            let values = count.values(view);
            let mut axis = Axis::numbers("freezes of a run (number)", values.into_iter(), 5)?.with_none();
            axis.ticks.retain(|(value, text)| value.fract() == 0.0 || text == NONE);
            Some(axis)
        }
        Figure::LoadAverage => {
            let values = load.values(view);
            Axis::numbers("load average, 1 min (processes)", values.into_iter(), 5)
        }
    };
    let mut figures: Vec<Figure> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for figure in [Figure::Longest, Figure::Count, Figure::LoadAverage] {
        let Some(y) = axis(figure) else { continue };
        rows.push(Row { x: across::axis(view, marks::knee_loads(view), panel_width(view)), y, height: HEIGHT });
        figures.push(figure);
    }
    let page = page(view, &[&longest, &count, &load], figures.contains(&Figure::LoadAverage), !limits.is_empty());
    let sentences = words::sentences(view, |_, stop| {
        let none = |value: f64| if value == 0.0 { "none".to_owned() } else { words::time(value) };
        let longest = words::spread(stop, &longest.figure, none);
        let count = words::spread(stop, &count.figure, words::load);
        let load = words::spread(stop, &load.figure, words::load);
        format!("longest freeze {longest}, freezes of a run {count}, load average {load}")
    });
    let drawing = Drawing { view, stem: "sweep-freezes", page, sentences, rows };
    drawing.charts(marks::knee_notes, |canvas, row, group, frame| {
        marks::draw_knee(canvas, group, frame)?;
        let series = match figures[row] {
            Figure::Longest => &longest,
            Figure::Count => &count,
            Figure::LoadAverage => &load,
        };
        if figures[row] == Figure::Longest {
            marks::draw_limits(canvas, &limits, frame)?;
        }
        series.draw(canvas, (view, group), frame, |stop| stop.x)
    })
}

fn page(view: &View, series: &[&Series], has_load: bool, has_limit: bool) -> Page {
    let mut legend = marks::run_keys(view, if has_load { series } else { &series[..2] });
    legend.extend(marks::knee_keys(view));
    let frozen = view.runs().filter(|run| run.freezes > 0).count();
    let mut caption = format!(
        "A freeze: work was due and next to nothing completed, of one instance or of the whole crowd. {frozen} of {} runs froze. {} \
         The load average is that of the last minute when a run ended, so a run shorter than a minute shows part of it, and \
         part of the run before it.",
        view.runs().count(),
        words::behind(view)
    );
    if !has_load {
        caption.push_str(" Load average: unavailable, the system does not tell.");
    }
    if has_limit {
        caption.push_str(" Line with words: the limit of the objective.");
    }
    Page { title: words::title(view, "Freezes"), subtitle: words::measured_where(view), legend, caption }
}
