//! What a commit held under the lock, against the mappers of its file, with the cost model that predictions are made from.
//! Below, where it is predicted, the share of the time that the lock is held.

use super::{
    captions,
    grid::{self, Row},
    layers::{self, Series, predicted_stroke},
    view::{Group, Stop, Verdict, View},
    x_axis,
};
use crate::{
    present::charts::{
        Axis, Key, Look, Panel, Plot, color,
        residuals::{self, ratio},
    },
    results::{CommitModel, PredictedPoint, Role, SweptRun},
    stats::Estimate,
};

const HEIGHT: f64 = 240.0;
const USE_HEIGHT: f64 = 150.0;
const STEPS: u32 = 60;
const FULL: &str = "1: commits come faster than they can be done";

/// Draws the charts: one, or more where there are many groups. None if no commit was made.
pub fn plots(view: &View) -> Vec<Plot> {
    let held = Series::new("held by a commit", (0, 2.4, None), captions::time, |run: &SweptRun| run.hold_ns);
    let by_mappers = by_mappers(view);
    let measured = held.values(view);
    if measured.is_empty() {
        return Vec::new();
    }
    let predictions = view.groups.iter().filter(|_| by_mappers).filter_map(cost_model);
    let ends = predictions.flat_map(|(model, fewest, most)| [fewest, most].map(|at| model.commit_ns(at).value));
    let times: Vec<f64> = measured.into_iter().chain(ends).collect();
    let points = view.groups.iter().filter_map(|group| group.predicted).flat_map(|predicted| &predicted.points);
    let used: Vec<f64> = points.map(|point| point.utilisation.value).chain([1.0]).collect();
    // A model keeps its form on axes that are both linear or both logarithmic.
    let is_wide = by_mappers && [&times, &used].into_iter().any(|values| Axis::is_wide(values.iter().copied()));
    let loads = x_axis::axis(view, std::iter::empty(), is_wide);
    let x = if by_mappers { x_axis::mappers(view, is_wide) } else { loads.clone() };
    let label = "time under the lock";
    let y = match (by_mappers, x.is_logarithmic) {
        (false, _) => Axis::times(label, times, 6),
        (true, false) => Axis::linear_times(label, times, 6),
        (true, true) => Axis::logarithmic_times(label, times, 6),
    };
    let Some(y) = y else { return Vec::new() };
    let mut row = Row { gap: "no commit completed", ..Row::over(x.clone(), y, HEIGHT, vec![held]) };
    if by_mappers {
        row.place = mappers;
        row.models = Box::new(add_cost_model);
    }
    let mut rows = vec![row];
    let ratios: Vec<f64> =
        view.groups.iter().filter(|_| by_mappers).flat_map(residuals).map(|(.., [a, b])| ratio(a, b)).collect();
    if !ratios.is_empty() {
        let y = residuals::axis(ratios);
        rows.push(Row { models: Box::new(add_residuals), ..Row::over(x, y, residuals::HEIGHT, vec![]) });
    }
    let has_residuals = rows.len() > 1;
    if used.iter().filter(|share| share.is_finite()).count() > 1 {
        let label = "lock in use, predicted (share of the time)";
        let is_logarithmic = if view.is_numeric() { loads.is_logarithmic } else { Axis::is_wide(used.iter().copied()) };
        let y = Axis::numbers_on(is_logarithmic, label, used, 4);
        rows.extend(y.map(|y| Row { models: Box::new(add_use), ..Row::over(loads, y, USE_HEIGHT, vec![]) }));
    }
    let finish = |plot: &mut Plot| {
        plot.keys([
            (Key::Line(predicted_stroke(1.8)), "cost model of a commit, with its interval (the band)"),
            layers::predicted_key("predicted from that cost model"),
        ]);
        plot.say(format!(
            "Time under the lock: medians of a commit's phases added up, without waiting for the lock and without checkpoints. Behind \
             each: {} commits.",
            captions::operations(view, Role::Writer)
        ));
        plot.say_if(has_residuals, residuals::READING);
        for group in &view.groups {
            let Some(predicted) = group.predicted else { continue };
            let title = if group.at.is_empty() { String::new() } else { format!("{}: ", group.title()) };
            plot.say(format!("{title}{}.", captions::cost_model(predicted)));
        }
        let mut models = view.groups.iter().filter_map(|group| group.predicted?.cost_model.as_ref());
        plot.say_if(
            models.any(|model| model.per_mapper_ns.contains(0.0)),
            "Where the interval of what a mapper adds holds 0, the addition is not significant.",
        );
    };
    grid::plots(view, ["sweep-commit", "Commits under the lock"], &rows, |_| Vec::new(), finish)
}

fn mappers(stop: &Stop) -> f64 {
    stop.runs.first().map_or(0.0, |run| f64::from(run.mappers))
}

/// Whether the mappers differ from stop to stop, so that they can go across.
fn by_mappers(view: &View) -> bool {
    let is_ordered = |group: &Group| {
        let stops = &group.stops;
        stops.is_sorted_by(|a, b| mappers(a) < mappers(b)) || stops.is_sorted_by(|a, b| mappers(a) > mappers(b))
    };
    view.is_numeric() && view.groups.iter().all(is_ordered) && view.groups.iter().any(|group| group.stops.len() > 1)
}

/// What commits of a group cost, for the fewest and the most mappers of its runs.
fn cost_model<'a>(group: &Group<'a>) -> Option<(&'a CommitModel, f64, f64)> {
    let counts = || group.runs().map(|run| run.mappers);
    Some((group.predicted?.cost_model.as_ref()?, f64::from(counts().min()?), f64::from(counts().max()?)))
}

fn add_cost_model(panel: &mut Panel, group: &Group) {
    let (Some(predicted), Some((model, fewest, most))) = (group.predicted, cost_model(group)) else { return };
    let places: Vec<f64> = panel.x.along(fewest, most, STEPS).collect();
    panel.band(places.iter().map(|at| (*at, model.commit_ns(*at))), predicted_stroke(1.0).color, 0.13);
    let title = captions::cost_model(predicted);
    panel.model(&title, places.into_iter(), |at| model.commit_ns(at).value, predicted_stroke(1.8));
}

/// Every run of a group with what it measured and what the model gives for its mappers.
fn residuals<'a>(group: &Group<'a>) -> Vec<(&'a SweptRun, f64, [f64; 2])> {
    let Some((model, ..)) = cost_model(group) else { return Vec::new() };
    let values = |run: &'a SweptRun| {
        let mappers = f64::from(run.mappers);
        Some((run, mappers, [run.hold_ns?, model.commit_ns(mappers).value]))
    };
    group.runs().filter_map(values).collect()
}

fn add_residuals(panel: &mut Panel, group: &Group) {
    residuals::add_line(panel);
    for (run, mappers, values) in residuals(group) {
        let look = Look::new((color(0), Verdict::of(run).look().0));
        residuals::add(panel, &format!("held with {mappers} mappers"), mappers, values, look);
    }
}

/// The lock's predicted use with its interval, and the line from which on commits come faster than they can be done.
fn add_use(panel: &mut Panel, group: &Group) {
    layers::add_limit(panel, 1.0, FULL.to_owned(), false);
    let Some(predicted) = group.predicted else { return };
    let is_drawn = |point: &&PredictedPoint| {
        panel.x.holds(point.load) && !point.utilisation.low.is_nan() && !point.utilisation.high.is_nan()
    };
    let shares: Vec<(f64, Estimate)> =
        predicted.points.iter().filter(is_drawn).map(|point| (point.load, point.utilisation)).collect();
    panel.band(shares.into_iter(), predicted_stroke(1.0).color, 0.13);
    let show = |point: &PredictedPoint, share: f64| {
        format!("lock in use {share:.2} ({:.2} to {:.2}) of the time", point.utilisation.low, point.utilisation.high)
    };
    layers::add_predicted(panel, group, |point| Some(point.utilisation.value), show);
}
