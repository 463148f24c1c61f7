//! What a commit held under the lock, against the mappers of its file, with the cost law that predictions are made from.
//! Below, where it is predicted, the share of the time that the lock is held.

use super::{
    captions,
    grid::{Drawing, Row, panel_width, predicted_stroke},
    layers::{self, Series},
    view::{Group, Stop, View},
    x_axis,
};
use crate::{
    present::charts::{
        axis::Axis,
        legend::Key,
        page::{Page, from_to},
        plot::{At, Mark, Panel, Plot, curve},
    },
    results::{PredictedPoint, SweptRun},
};

const HEIGHT: f64 = 240.0;
const USE_HEIGHT: f64 = 150.0;
const STEPS: u32 = 60;
const FULL: &str = "1: commits come faster than they can be done";
const MAPPERS: &str = "mappers of one file (processes)";

/// Draws the charts: one, or more where there are many groups. None if no commit was made.
pub fn plots(view: &View) -> Vec<Plot> {
    let held = Series::new("held by a commit", (0, 2.4, None), captions::time, |run: &SweptRun| run.hold_ns);
    let by_mappers = by_mappers(view);
    let cost_models = view.groups.iter().flat_map(|group| model_at_ends(group, by_mappers));
    let values = held.values(view).into_iter().chain(cost_models);
    if held.values(view).is_empty() {
        return Vec::new();
    }
    let Some(y) = Axis::times("time under the lock", values.collect::<Vec<_>>().into_iter(), 6) else {
        return Vec::new();
    };
    let loads = || x_axis::axis(view, std::iter::empty(), panel_width(view));
    let x = if by_mappers { x_axis::mappers(view, MAPPERS, panel_width(view)) } else { loads() };
    let mut rows = vec![Row { x, y, height: HEIGHT }];
    let points = || view.groups.iter().filter_map(|group| group.predicted).flat_map(|predicted| &predicted.points);
    let used: Vec<f64> = points().map(|point| point.utilisation.value).chain([1.0]).collect();
    let is_predicted = points().any(|point| point.utilisation.value.is_finite());
    if is_predicted && let Some(y) = Axis::numbers("lock in use, predicted (share of the time)", used.into_iter(), 4) {
        rows.push(Row { x: loads(), y, height: USE_HEIGHT });
    }
    let page = page(view, &held, is_predicted);
    let sentences = captions::sentences(view, told);
    let drawing = Drawing { view, stem: "sweep-commit", page, sentences, rows };
    drawing.plots(
        |_| Vec::new(),
        |panel, row, group| {
            if row == 1 {
                return add_use(panel, group);
            }
            add_cost_model(panel, group, by_mappers);
            let mappers = |stop: &Stop| stop.runs.first().map_or(0.0, |run| f64::from(run.mappers));
            let x = |stop: &Stop| if by_mappers { mappers(stop) } else { stop.x };
            held.add_gaps(panel, group, "no commit completed", x);
            held.add_to(panel, (view, group), x);
        },
    )
}

/// Whether the mappers differ from stop to stop, so that they can go across.
fn by_mappers(view: &View) -> bool {
    let of = |stop: &Stop| stop.runs.first().map(|run| run.mappers);
    view.is_numeric()
        && view.groups.iter().all(|group| {
            group.stops.windows(2).all(|pair| of(&pair[0]) < of(&pair[1]))
                || group.stops.windows(2).all(|pair| of(&pair[0]) > of(&pair[1]))
        })
        && view.groups.iter().any(|group| group.stops.len() > 1)
}

/// Mappers of a group's runs: fewest and most.
fn mappers(group: &Group) -> Option<(f64, f64)> {
    let counts = || group.runs().map(|run| run.mappers);
    Some((f64::from(counts().min()?), f64::from(counts().max()?)))
}

fn model_at_ends(group: &Group, by_mappers: bool) -> Vec<f64> {
    let (Some(cost_model), Some((fewest, most))) =
        (group.predicted.and_then(|it| it.cost_model.as_ref()), mappers(group))
    else {
        return Vec::new();
    };
    if by_mappers { [fewest, most].map(|at| cost_model.commit_ns(at).value).to_vec() } else { Vec::new() }
}

fn add_cost_model(panel: &mut Panel, group: &Group, by_mappers: bool) {
    let predicted = group.predicted.filter(|_| by_mappers);
    let (Some(predicted), Some((fewest, most))) = (predicted, mappers(group)) else { return };
    let Some(cost_model) = &predicted.cost_model else { return };
    let places: Vec<f64> = panel.x.along(fewest, most, STEPS).collect();
    let lower = places.iter().map(|at| (*at, cost_model.commit_ns(*at).low));
    let upper = places.iter().rev().map(|at| (*at, cost_model.commit_ns(*at).high));
    panel.behind(Mark::Area(lower.chain(upper).collect(), predicted_stroke(1.0).color, 0.13));
    for part in curve(&panel.y, places.iter().copied(), |at| cost_model.commit_ns(at).value) {
        panel.add(captions::cost_model(predicted), Mark::Line(part, predicted_stroke(1.8)));
    }
}

/// The lock's predicted use with its interval, and the line from which on commits come faster than they can be done.
fn add_use(panel: &mut Panel, group: &Group) {
    layers::add_limit(panel, 1.0, FULL.to_owned(), false);
    let Some(predicted) = group.predicted else { return };
    let points: Vec<&PredictedPoint> = predicted
        .points
        .iter()
        .filter(|it| panel.x.holds(it.load) && !it.utilisation.low.is_nan() && !it.utilisation.high.is_nan())
        .collect();
    let lower = points.iter().map(|point| (point.load, point.utilisation.low));
    let upper = points.iter().rev().map(|point| (point.load, point.utilisation.high));
    let outline: Vec<At> = lower.chain(upper).collect();
    panel.behind(Mark::Area(outline, predicted_stroke(1.0).color, 0.13));
    let show = |share: f64| format!("lock in use {share:.2} of the time");
    layers::add_predicted(panel, predicted, show, |point| Some(point.utilisation.value));
}

fn page(view: &View, held: &Series, is_predicted: bool) -> Page {
    let mut legend = layers::run_keys(view, &[held]);
    let mut caption = format!(
        "Time under the lock: medians of a commit's phases added up, without waiting for the lock and without checkpoints. {} Behind \
         each: {} commits.",
        captions::behind(view),
        captions::operations(view, "writer")
    );
    if view.groups.iter().any(|group| group.predicted.is_some_and(|it| it.cost_model.is_some())) {
        let cost_model = "cost law of a commit, with its interval (the band)";
        legend.push((Key::Line(predicted_stroke(1.8)), cost_model.to_owned()));
    }
    if is_predicted {
        legend.push(layers::predicted_key("predicted from that law"));
    }
    for group in &view.groups {
        let title = group.title();
        let Some(cost_model) = group.predicted.map(captions::cost_model) else { continue };
        let of = if title.is_empty() { String::new() } else { format!("{title}: ") };
        caption.push_str(&format!(" {of}{cost_model}."));
    }
    let cost_models = view.groups.iter().filter_map(|group| group.predicted?.cost_model.as_ref());
    if cost_models.into_iter().any(|cost_model| cost_model.per_mapper_ns.contains(0.0)) {
        caption.push_str(" Where the interval of what a mapper adds holds 0, it is not sure that it adds anything.");
    }
    Page {
        title: captions::title(view, "Commits under the lock"),
        subtitle: captions::measured_where(view),
        legend,
        caption,
    }
}

fn told(group: &Group, stop: &Stop) -> String {
    let mappers = from_to(stop.runs.iter().map(|run| u64::from(run.mappers)));
    let held = captions::spread(stop, |run| run.hold_ns, captions::time);
    let point = group
        .predicted
        .and_then(|it| it.points.iter().find(|it| it.load == stop.x && it.utilisation.value.is_finite()));
    let used = point.map_or_else(String::new, |point| {
        let it = point.utilisation;
        format!("; lock in use, predicted: {:.2} ({:.2} to {:.2})", it.value, it.low, it.high)
    });
    format!("{mappers} mappers, a commit held the lock for {held}{used}")
}
