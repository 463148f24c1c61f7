//! Response times against the load: percentiles of readers and of commits, with the limits that they were to keep.
//! A percentile that an objective is about is drawn as well, with what the cost model predicts for it.

use super::{
    captions,
    grid::{self, Row},
    layers::{self, Series},
    view::{Group, View},
};
use crate::{
    present::charts::{Axis, DOTTED, Panel, Plot, axis::range},
    results::{KeyFigure, PredictedPoint, Role, SweptRun},
    scenario::{Clause, Metric, Percentile, Subject},
};

const LONG_DASHES: (f64, f64) = (16.0, 4.0);
/// A prediction is on the axis unless it is so many times beyond what was measured.
const FAR: f64 = 20.0;
const HEIGHT: f64 = 215.0;

/// Draws the charts: one, or more where there are many groups. None if nothing completed.
pub fn plots(view: &View) -> Vec<Plot> {
    let roles = [(Role::Reader, "readers' response time"), (Role::Writer, "commits' response time")];
    let roles = roles.into_iter().filter(|(role, _)| view.runs().any(|run| run.all(*role).is_some()));
    let mut rows: Vec<Row> = roles.filter_map(|(role, label)| row(view, role, label)).collect();
    let hidden: Vec<String> = rows.iter_mut().flat_map(|row| take_hidden(view, row)).collect();
    let predictions = |row: &Row| predictions(view, &row.limits);
    let is_cut = rows.iter().any(|row| predictions(row).iter().any(|ns| !row.y.holds(*ns)));
    grid::plots(view, ["sweep-latency", "Response times"], &rows, layers::knee_notes, |plot| {
        plot.keys([layers::predicted_key("predicted for an objective")]);
        let [reads, commits] = [Role::Reader, Role::Writer].map(|role| captions::operations(view, role));
        plot.say(format!("Behind each percentile: readers' {reads} operations, commits' {commits}."));
        plot.say_if(is_cut, "Predictions beyond the axis are cut off.");
        plot.say_if(
            !hidden.is_empty(),
            format!("Not drawn, as it cannot be distinguished from another curve here: {}.", hidden.join(", ")),
        );
        plot.say(captions::predicted_from(view));
    })
}

/// All that is predicted for these objectives.
fn predictions(view: &View, limits: &[&Clause]) -> Vec<f64> {
    let points = view.groups.iter().filter_map(|group| group.predicted).flat_map(|predicted| &predicted.points);
    points.flat_map(|point| limits.iter().filter_map(|clause| predicted_value(point, clause))).collect()
}

/// The response times of one role, with the objectives for them. `None`: there is no time.
fn row<'a>(view: &'a View, role: Role, label: &str) -> Option<Row<'a>> {
    let limits = view.objectives(|clause| role_of(clause) == Some(role));
    let series = series(role, &limits);
    let measured = series.iter().flat_map(|series| series.values(view));
    let of_limits = limits.iter().map(|clause| clause.limit.value());
    let known: Vec<f64> = measured.chain(of_limits).collect();
    let (least, most) = range(known.iter().copied())?;
    // Predictions that are far off are cut off, rather than that they press the measurements together.
    let near = predictions(view, &limits).into_iter().filter(|value| (least / FAR..=most * FAR).contains(value));
    let y = Axis::times(label, known.into_iter().chain(near), 6)?;
    let clauses = limits.clone();
    let models = Box::new(move |panel: &mut Panel, group: &Group| {
        for clause in &clauses {
            let show = |_: &PredictedPoint, ns: f64| captions::time(ns);
            layers::add_predicted(panel, group, |point| predicted_value(point, clause), show);
        }
    });
    Some(Row { limits, gap: "none completed, or too few", models, ..Row::new(view, y, HEIGHT, series) })
}

fn series<'a>(role: Role, limits: &[&'a Clause]) -> Vec<Series<'a>> {
    let [p99, median] = match role {
        Role::Reader => [KeyFigure::ReaderP99Ns, KeyFigure::ReaderP50Ns],
        Role::Writer => [KeyFigure::CommitP99Ns, KeyFigure::CommitP50Ns],
    };
    let mut series = vec![
        Series::new("p99", (0, 2.4, None), captions::time, move |run| run.figure(p99)),
        Series::new("median", (5, 1.6, Some(DOTTED)), captions::time, move |run| run.figure(median)),
    ];
    for &clause in limits {
        let name = clause.metric.to_string();
        if !is_drawn(clause.metric) && series.iter().all(|series| series.name != name) {
            let look = (series.len() - 1, 1.2, Some(LONG_DASHES));
            series.push(Series::new(&name, look, captions::time, move |run| judged(run, clause)));
        }
    }
    series
}

/// Takes out the series that another one would hide, so that no curve is drawn twice; each in words.
fn take_hidden(view: &View, row: &mut Row) -> Vec<String> {
    let (mut kept, mut hidden): (Vec<Series>, Vec<String>) = (Vec::new(), Vec::new());
    for series in std::mem::take(&mut row.series) {
        match kept.iter().find(|other| series.is_hidden_by(other, view, &row.y)) {
            Some(other) => hidden.push(format!("{} ({})", series.name, other.name)),
            None => kept.push(series),
        }
    }
    row.series = kept;
    hidden
}

/// Whether a metric is one of those that are always drawn.
fn is_drawn(metric: Metric) -> bool {
    matches!(metric, Metric::Latency { of: Subject::AllReaders | Subject::AllCommits, at } if [Percentile::P50, Percentile::P99].contains(&at))
}

/// Whose response time an objective is about; `None`: no response time.
pub fn role_of(clause: &Clause) -> Option<Role> {
    match clause.metric {
        Metric::Latency { of: Subject::Reader(_) | Subject::AllReaders, .. } => Some(Role::Reader),
        Metric::Latency { of: Subject::Writer(_) | Subject::AllCommits, .. } => Some(Role::Writer),
        Metric::LongestFreeze | Metric::Rate(_) => None,
    }
}

fn judged(run: &SweptRun, clause: &Clause) -> Option<f64> {
    run.verdict.as_ref()?.clauses.iter().find(|judged| judged.clause == *clause)?.figure
}

fn predicted_value(point: &PredictedPoint, clause: &Clause) -> Option<f64> {
    point.clauses.iter().find(|predicted| predicted.clause == *clause).map(|predicted| predicted.figure)
}
