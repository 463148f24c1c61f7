//! What a buyer asks first: response times and commits over processes, machine over machine, with the knees.
//! What was measured is a line through medians, every run a point; what the cost model alone predicts is dashed and hollow.

#[cfg(test)]
mod tests;

use super::origin_of_matched;
use crate::{
    conclude::compare::is_same_point,
    present::charts::{
        At, Axis, DASHED, DOTTED, Dash, FAINT, GREY, Key, Look, Mark, Panel, Plot, Shape, Stroke, WIDTH,
        axis::range,
        color,
        page::{MARGIN, predicted_from},
        sweep::{
            captions,
            latency::role_of,
            layers::{self, Series},
            view::{Group, Stop, View},
            x_axis,
        },
    },
    results::{KeyFigure, PartComparison, PredictedPoint, Provenance, Role, SweepReport, SweptRun},
    scenario::{Clause, Metric, Percentile, Setting},
};

const COLUMNS: usize = 3;
const HEIGHT: f64 = 200.0;
/// A prediction is on the axis unless it is so many times beyond what was measured.
const FAR: f64 = 15.0;
/// So many points make a predicted line.
const STEPS: u32 = 60;
/// Results are told apart without colours too; from the fifth on by colour alone.
const DASHES: [Option<Dash>; 4] = [None, Some((14.0, 4.0)), Some(DOTTED), Some((3.0, 3.0))];

/// A figure of runs over a load.
struct Row {
    title: &'static str,
    label: &'static str,
    figure: fn(&SweptRun) -> Option<f64>,
    place: fn(&Stop) -> f64,
    /// What the figure would be at every place, if a cost model says so.
    predicted: fn(&Group) -> Vec<At>,
    has_knee: bool,
    /// Whether it says what its columns are; the title stands where there is one column.
    is_first: bool,
}

const ROWS: [Row; 3] = [
    Row {
        title: "Readers' response time, p99",
        label: "readers' p99",
        figure: |run| run.figure(KeyFigure::ReaderP99Ns),
        place: |stop| stop.x,
        predicted: |group| predicted_p99(group, Role::Reader),
        has_knee: true,
        is_first: true,
    },
    Row {
        title: "Commits' response time, p99",
        label: "commits' p99",
        figure: |run| run.figure(KeyFigure::CommitP99Ns),
        place: |stop| stop.x,
        predicted: |group| predicted_p99(group, Role::Writer),
        has_knee: true,
        is_first: false,
    },
    Row {
        title: "A commit under the lock, without waiting, median",
        label: "held by a commit",
        figure: |run| run.hold_ns,
        place: |stop| stop.runs.first().map_or(0.0, |run| f64::from(run.mappers)),
        predicted: predicted_commit,
        has_knee: false,
        is_first: false,
    },
];

/// A result in one panel.
struct Line<'v, 'a> {
    number: usize,
    name: String,
    group: &'v Group<'a>,
}

/// One chart, or more where another axis has many values. None if no numbers are varied, or nothing completed.
pub fn plots(comparison: &PartComparison, sweeps: &[(String, SweepReport)]) -> Vec<Plot> {
    let Some(first) = sweeps.first().and_then(|(_, sweep)| View::of(sweep)) else { return Vec::new() };
    let key = &first.across.key;
    let views: Vec<Option<View>> = sweeps.iter().map(|(_, sweep)| View::along(sweep, key)).collect();
    let known = || views.iter().enumerate().filter_map(|(number, view)| Some((number, view.as_ref()?)));
    if !known().all(|(_, view)| view.is_numeric()) {
        return Vec::new();
    }
    let mut places: Vec<&[Setting]> = Vec::new();
    for group in known().flat_map(|(_, view)| &view.groups) {
        if !places.iter().any(|known| is_same_point(known, &group.at)) {
            places.push(&group.at);
        }
    }
    let names = comparison.names();
    let lines = |at: &[Setting]| -> Vec<Line> {
        let line = known().filter_map(|(number, view)| {
            let group = view.groups.iter().find(|group| is_same_point(&group.at, at))?;
            let provenance = Provenance::of_run(group.is_emulated()).name();
            Some(Line { number, name: format!("{}, {provenance}", names[number]), group })
        });
        line.collect()
    };
    let sheets: Vec<&[&[Setting]]> = places.chunks(COLUMNS).collect();
    let views: Vec<&View> = known().map(|(_, view)| view).collect();
    let sheet = |(number, places): (usize, &&[&[Setting]])| {
        let groups: Vec<Vec<Line>> = places.iter().map(|at| lines(at)).collect();
        let width = (f64::from(WIDTH) - 2.0 * MARGIN - 80.0) / groups.len() as f64 - 20.0;
        let rows: Vec<Vec<Panel>> = ROWS.iter().filter_map(|row| row.panels(&views, &groups, key, width)).collect();
        let name = if number == 0 { "comparison-loads".to_owned() } else { format!("comparison-loads-{}", number + 1) };
        let title = format!("Response times and commits by {key}");
        let columns = groups.len();
        let panels: Vec<Panel> = rows.into_iter().flatten().collect();
        (!panels.is_empty()).then(|| {
            let mut plot = Plot::new(name, title, origin_of_matched(comparison), panels).in_columns(columns);
            explain(&mut plot, &views, groups.iter().flatten());
            plot
        })
    };
    sheets.iter().enumerate().filter_map(sheet).collect()
}

/// Legend and caption.
fn explain<'l, 'v: 'l, 'a: 'v>(plot: &mut Plot, views: &[&View], lines: impl Iterator<Item = &'l Line<'v, 'a>>) {
    let mut keys: Vec<(Key, String)> = Vec::new();
    let of_runs = views.iter().flat_map(|view| layers::run_keys(view, []));
    for (key, text) in lines.map(|line| (Key::Line(line.stroke()), line.name.clone())).chain(of_runs) {
        if keys.iter().all(|(_, known)| *known != text) {
            keys.push((key, text));
        }
    }
    plot.legend = keys;
    plot.keys([
        (Key::Mark(Look::new((GREY, Shape::Square)).hollow()), "predicted by the cost model alone, never run"),
        (Key::Hatched(FAINT), "emulated: no property of this system"),
    ]);
    plot.say(
        "Lines join the medians of the valid runs at each load; runs that are invalid or incomplete are in no median. An upright line is a \
         knee, the largest load that met the objectives; the tint around it reaches from the largest load that all runs met to the \
         smallest that none met.",
    );
    let models = views.iter().flat_map(|view| &view.groups).filter_map(|group| group.predicted?.cost_model.as_ref());
    plot.say(predicted_from(models.map(|model| &*model.source)));
}

impl Line<'_, '_> {
    fn stroke(&self) -> Stroke {
        Stroke::new(color(self.number), 2.2).dashed(DASHES[self.number % DASHES.len()])
    }

    fn add_predicted(&self, panel: &mut Panel, points: Vec<At>) {
        let stroke = Stroke::new(self.stroke().color, 1.3).dashed(Some(DASHED));
        let points: Vec<At> = points.into_iter().filter(|(x, y)| panel.x.holds(*x) && panel.y.holds(*y)).collect();
        panel.behind(Mark::Line(points.clone(), stroke));
        // A long line is marked at its ends only.
        let is_line = points.len() > STEPS as usize / 2;
        let last = points.len().saturating_sub(1);
        for (place, at) in points.into_iter().enumerate() {
            if !is_line || place == 0 || place == last {
                let title = format!("{}, predicted at {}: {}", self.name, captions::load(at.0), captions::time(at.1));
                panel.add(title, Mark::Point(at, 0.0, Look::new((stroke.color, Shape::Square)).hollow()));
            }
        }
    }
}

impl Row {
    /// A panel for every value of the other axis, all with the same axes. `None`: nothing of it was measured.
    fn panels(&self, views: &[&View], columns: &[Vec<Line>], key: &str, width: f64) -> Option<Vec<Panel>> {
        let stops = || views.iter().flat_map(|view| view.stops());
        let values = || views.iter().flat_map(|view| view.runs()).filter_map(|run| (self.figure)(run));
        let (least, most) = range(values())?;
        let groups = || views.iter().flat_map(|view| &view.groups);
        let predicted = || groups().flat_map(|group| (self.predicted)(group));
        let knees = groups().filter_map(layers::found).map(|(_, load)| load).filter(|_| self.has_knee);
        let name = |stop: &Stop| if self.has_knee { stop.name.to_owned() } else { (self.place)(stop).to_string() };
        let tried = x_axis::each_once(stops().map(|stop| ((self.place)(stop), name(stop))));
        let label = if self.has_knee { x_axis::label(key, &tried) } else { x_axis::MAPPERS.to_owned() };
        let across: Vec<f64> = tried.iter().map(|(x, _)| *x).chain(knees).collect();
        // What is predicted far beyond all that was measured is cut off.
        let near = predicted().map(|(_, y)| y).filter(|y| (least / FAR..=most * FAR).contains(y));
        let (x, y) = axes((&label, &across), (self.label, values().chain(near).collect()))?;
        let x = x_axis::marked(x, tried, width);
        let panel = |lines: &Vec<Line>| {
            let mut panel = Panel::new(self.title, HEIGHT, &x, y.clone());
            panel.is_hatched = !lines.is_empty() && lines.iter().all(|line| line.group.is_emulated());
            let at = lines.first().map_or_else(String::new, |line| line.group.title());
            if !at.is_empty() {
                panel.title = if self.is_first { at } else { String::new() };
            }
            for line in lines {
                if self.has_knee {
                    let letter = line.name.split(' ').next().unwrap_or_default();
                    panel.notes.extend(layers::knee_note(line.group, &format!("{letter}, knee"), line.stroke()));
                    let stroke = Stroke { width: 1.6, ..line.stroke() };
                    layers::add_measured_knee(&mut panel, line.group, &format!("{}, knee", line.name), (stroke, 0.12));
                }
                line.add_predicted(&mut panel, (self.predicted)(line.group));
                let look = (line.number, line.stroke().width, line.stroke().dash);
                let series = Series::new(&line.name, look, captions::time, self.figure);
                series.add_to(&mut panel, line.group, self.place);
            }
            panel
        };
        Some(columns.iter().map(panel).collect())
    }
}

/// Both linear or both logarithmic, so that a straight line stays one; but a load of 0 has no logarithm.
fn axes((x, loads): (&str, &[f64]), (y, times): (&str, Vec<f64>)) -> Option<(Axis, Axis)> {
    let is_wide = |values: &[f64]| Axis::is_wide(values.iter().copied());
    if loads.iter().all(|load| *load > 0.0) && (is_wide(loads) || is_wide(&times)) {
        let x = Axis::logarithmic_numbers(x, loads.iter().copied(), 7)?;
        return Some((x, Axis::logarithmic_times(y, times, 5)?));
    }
    let most = loads.iter().copied().fold(0.0, f64::max);
    Some((Axis::count(x, most, 7), Axis::times(y, times, 5)?))
}

/// A 99th percentile that is predicted because an objective is about it.
fn predicted_p99(group: &Group, role: Role) -> Vec<At> {
    let is_p99 = |clause: &Clause| matches!(clause.metric, Metric::Latency { at: Percentile::P99, .. });
    let points = group.predicted.iter().flat_map(|predicted| &predicted.points);
    let value = |found: &PredictedPoint| {
        let mut clauses = found.clauses.iter();
        let wanted = clauses.find(|found| is_p99(&found.clause) && role_of(&found.clause) == Some(role))?;
        Some((found.load, wanted.figure))
    };
    points.filter_map(value).collect()
}

/// What the cost model says that a commit takes, from the fewest to the most mappers.
fn predicted_commit(group: &Group) -> Vec<At> {
    let Some(model) = group.predicted.and_then(|predicted| predicted.cost_model.as_ref()) else { return Vec::new() };
    let counts = || group.runs().map(|run| f64::from(run.mappers));
    let Some((fewest, most)) = range(counts()) else { return Vec::new() };
    let places = (0..=STEPS).map(|step| fewest * (most / fewest).powf(f64::from(step) / f64::from(STEPS)));
    places.map(|at| (at, model.commit_ns(at).value)).collect()
}
