//! Response times against the load: percentiles of readers and of commits, with the limits that they were to keep.
//! A percentile that an objective is about is drawn as well, with what the cost law predicts for it.

use super::{
    captions,
    grid::{Drawing, Row, panel_width},
    layers::{self, Series},
    view::{Stop, View},
    x_axis,
};
use crate::{
    present::charts::{axis::Axis, legend::Key, page::Page, palette::DOTTED, plot::Plot},
    results::{PredictedPoint, Responses, SweptRun},
    scenario::{Clause, Metric, Percentile, Subject},
};

const LONG_DASHES: (f64, f64) = (16.0, 4.0);
/// A prediction is on the axis unless it is so many times beyond what was measured.
const FAR: f64 = 20.0;
const HEIGHT: f64 = 215.0;

/// The response times of one role, with the objectives for them.
struct Figure<'a> {
    series: Vec<Series<'a>>,
    limits: Vec<&'a Clause>,
}

/// Draws the charts: one, or more where there are many groups. None if nothing completed.
pub fn plots(view: &View) -> Vec<Plot> {
    let mut figures: Vec<Figure> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for (role, label) in [("reader", "readers' response time"), ("writer", "commits' response time")] {
        let figure = figure(view, role);
        let values: Vec<f64> = figure.values(view);
        if view.runs().all(|run| run.all(role).is_none()) {
            continue;
        }
        let Some(y) = Axis::times(label, values.into_iter(), 6) else { continue };
        rows.push(Row { x: x_axis::axis(view, layers::knee_loads(view), panel_width(view)), y, height: HEIGHT });
        figures.push(figure);
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let page = page(view, &figures, &rows);
    let sentences = captions::sentences(view, |_, stop| told(stop));
    let sheet = Drawing { view, stem: "sweep-latency", page, sentences, rows };
    sheet.plots(layers::knee_notes, |panel, row, group| {
        let figure = &figures[row];
        layers::add_knee(panel, group);
        layers::add_limits(panel, &figure.limits);
        for clause in &figure.limits {
            if let Some(predicted) = group.predicted {
                layers::add_predicted(panel, predicted, captions::time, |point| predicted_value(point, clause));
            }
        }
        if let Some(series) = figure.series.first() {
            series.add_gaps(panel, group, "none completed", |stop| stop.x);
        }
        figure.series.iter().for_each(|series| series.add_to(panel, (view, group), |stop| stop.x));
    })
}

impl Figure<'_> {
    /// All that is to be on the axis.
    fn values(&self, view: &View) -> Vec<f64> {
        let measured = self.series.iter().flat_map(|series| series.values(view));
        let limits = self.limits.iter().map(|clause| clause.limit.value());
        let known: Vec<f64> = measured.chain(limits).filter(|value| *value > 0.0).collect();
        let least = known.iter().copied().fold(f64::INFINITY, f64::min);
        let most = known.iter().copied().fold(0.0, f64::max);
        // Predictions that are far off are cut off, rather than that they press the measurements together.
        let predicted_value = self.predicted_value(view).filter(|value| (least / FAR..=most * FAR).contains(value));
        known.iter().copied().chain(predicted_value).collect()
    }

    /// All that is predicted for its objectives.
    fn predicted_value<'b>(&'b self, view: &'b View) -> impl Iterator<Item = f64> + 'b {
        let points = view.groups.iter().filter_map(|group| group.predicted).flat_map(|predicted| &predicted.points);
        points.flat_map(|point| self.limits.iter().filter_map(|clause| predicted_value(point, clause)))
    }
}

fn figure<'a>(view: &View<'a>, role: &'static str) -> Figure<'a> {
    let mut series = vec![
        Series::new("p99", (0, 2.4, None), captions::time, captions::percentile(role, |all| all.p99_ns)),
        Series::new("median", (5, 1.6, Some(DOTTED)), captions::time, captions::percentile(role, |all| all.p50_ns)),
    ];
    let limits: Vec<&Clause> = view.report.objectives.iter().filter(|clause| role_of(clause) == Some(role)).collect();
    for &clause in &limits {
        let name = clause.metric.to_string();
        if !is_drawn(clause.metric) && series.iter().all(|series| series.name != name) {
            let color = series.len() - 1;
            series.push(Series::new(&name, (color, 1.2, Some(LONG_DASHES)), captions::time, move |run| {
                judged(run, clause)
            }));
        }
    }
    Figure { series, limits }
}

/// Whether a metric is one of those that are always drawn.
fn is_drawn(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::Latency { of: Subject::AllReaders | Subject::AllCommits, at: Percentile::P50 | Percentile::P99 }
    )
}

/// Whose response time an objective is about; `None`: no response time.
fn role_of(clause: &Clause) -> Option<&'static str> {
    match clause.metric {
        Metric::Latency { of: Subject::Reader(_) | Subject::AllReaders, .. } => Some("reader"),
        Metric::Latency { of: Subject::Writer(_) | Subject::AllCommits, .. } => Some("writer"),
        Metric::LongestFreeze | Metric::Rate => None,
    }
}

fn judged(run: &SweptRun, clause: &Clause) -> Option<f64> {
    run.verdict.as_ref()?.clauses.iter().find(|judged| judged.clause == *clause)?.figure
}

fn predicted_value(point: &PredictedPoint, clause: &Clause) -> Option<f64> {
    point.clauses.iter().find(|predicted| predicted.clause == *clause).map(|predicted| predicted.figure)
}

fn page(view: &View, figures: &[Figure], rows: &[Row]) -> Page {
    let mut series: Vec<&Series> = Vec::new();
    for one in figures.iter().flat_map(|figure| &figure.series) {
        if series.iter().all(|known| known.name != one.name) {
            series.push(one);
        }
    }
    let mut legend: Vec<(Key, String)> = layers::run_keys(view, &series);
    legend.extend(layers::knee_keys(view));
    let mut caption = format!(
        "{} Behind each percentile: readers' {} operations, commits' {}.",
        captions::behind(view),
        captions::operations(view, "reader"),
        captions::operations(view, "writer")
    );
    if figures.iter().any(|figure| figure.predicted_value(view).next().is_some()) {
        legend.push(layers::predicted_key("predicted for an objective"));
    }
    let is_cut = |(figure, row): (&Figure, &Row)| figure.predicted_value(view).any(|value| !row.y.holds(value));
    if figures.iter().zip(rows).any(is_cut) {
        caption.push_str(" Predictions beyond the axis are cut off.");
    }
    if figures.iter().any(|figure| !figure.limits.is_empty()) {
        caption.push_str(" Lines with words: the limits of the objectives.");
    }
    caption.push_str(&captions::prediction_source(view));
    let title = captions::title(view, "Response times");
    Page { title, subtitle: captions::measured_where(view), legend, caption }
}

fn told(stop: &Stop) -> String {
    let figures = [("reader", "readers"), ("writer", "commits")].map(|(role, name)| {
        let at = |of: fn(&Responses) -> u64| captions::spread(stop, captions::percentile(role, of), captions::time);
        format!("{name} median {}, p99 {}", at(|all| all.p50_ns), at(|all| all.p99_ns))
    });
    figures.join("; ")
}
