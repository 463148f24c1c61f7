//! Throughput against the load: what readers completed and what was due, the scalability law, and the share that was reached.
//! Where no law was fitted the caption says why.

use super::{
    captions,
    grid::{Drawing, Row, panel_width},
    layers::{self, Series},
    view::{Group, View},
    x_axis,
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::Stroke,
        legend::Key,
        page::Page,
        palette::{self, DOTTED, GREY, Shape},
        plot::{Look, Mark, Note, Panel, Plot, curve},
    },
    results::SweptRun,
    scenario::{Clause, Metric},
    stats::Usl,
};

const HEIGHT: f64 = 240.0;
const SHARE_HEIGHT: f64 = 110.0;
/// A curve is drawn through so many places.
const STEPS: u32 = 60;

/// Draws the charts: one, or more where there are many groups.
pub fn plots(view: &View) -> Vec<Plot> {
    let done = Series::new("completed by readers", (0, 2.4, None), per_s, |run| Some(run.readers.completed_per_s));
    let mut due = Series::new("due from readers", (0, 1.4, Some(DOTTED)), per_s, |run| Some(run.readers.due_per_s));
    due.stroke.color = GREY;
    let completed_share = Series::new("completed of due", (0, 2.4, None), percent, SweptRun::readers_completed_share);
    let values = done.values(view).into_iter().chain(due.values(view));
    let x = || x_axis::axis(view, layers::knee_loads(view).chain(peaks(view)), panel_width(view));
    let values: Vec<f64> = values.collect();
    let y = Axis::numbers("readers' operations a second", values.iter().copied(), 6);
    // A logarithmic axis has no 0 otherwise, and a crowd that froze may complete nothing.
    let y = y.map(|y| if y.is_logarithmic() && values.contains(&0.0) { y.with_none() } else { y });
    let mut rows: Vec<Row> = y.into_iter().map(|y| Row { x: x(), y, height: HEIGHT }).collect();
    let limits: Vec<&Clause> = view.report.objectives.iter().filter(|it| it.metric == Metric::Rate).collect();
    let shares = completed_share.values(view);
    if rows.is_empty() && shares.is_empty() {
        return Vec::new();
    }
    let has_rates = !rows.is_empty();
    let all_done = view.runs().all(|run| run.readers.completed == run.readers.due);
    if !shares.is_empty() && (!all_done || !limits.is_empty()) {
        let all = shares.iter().copied().chain(limits.iter().map(|clause| clause.limit.value()));
        let y = Axis::shares("done of due", all.collect::<Vec<_>>().into_iter(), 3);
        rows.push(Row { x: x(), y, height: SHARE_HEIGHT });
    }
    let sentences = captions::sentences(view, |_, stop| {
        let rate = captions::spread(stop, |run| Some(run.readers.completed_per_s), per_s);
        let due = captions::spread(stop, |run| Some(run.readers.due_per_s), per_s);
        let share = captions::spread(stop, SweptRun::readers_completed_share, percent);
        format!("readers completed {rate} of {due} due, {share}")
    });
    let page = page(view, &[&done, &due], all_done);
    let drawing = Drawing { view, stem: "sweep-throughput", page, sentences, rows };
    drawing.plots(notes, |panel, row, group| {
        layers::add_knee(panel, group);
        if row == 0 && has_rates {
            due.add_medians(panel, (view, group), |stop| stop.x);
            add_cost_model(panel, group);
            return done.add_to(panel, (view, group), |stop| stop.x);
        }
        layers::add_limits(panel, &limits);
        completed_share.add_to(panel, (view, group), |stop| stop.x);
    })
}

fn per_s(value: f64) -> String {
    format!("{}/s", captions::load(value.round()))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn peaks<'a>(view: &'a View) -> impl Iterator<Item = f64> + 'a {
    view.groups.iter().filter_map(|group| Some(group.throughput?.usl?.peak_load?.value))
}

fn fit_stroke() -> Stroke {
    Stroke { color: palette::series(1).0, width: 1.8, dash: None }
}

/// The law over the loads that were tried, and its peak where that is on the axis.
fn add_cost_model(panel: &mut Panel, group: &Group) {
    let Some(usl) = group.throughput.and_then(|throughput| throughput.usl) else { return };
    let (Some(first), Some(last)) = (group.stops.first(), group.stops.last()) else { return };
    let places: Vec<f64> = panel.x.along(first.x, last.x, STEPS).collect();
    for part in curve(&panel.y, places.into_iter(), |load| usl.throughput_at(load)) {
        panel.add(short(&usl), Mark::Line(part, fit_stroke()));
    }
    let Some(peak) = usl.peak_load.filter(|peak| panel.x.holds(peak.value)) else { return };
    let rate = usl.throughput_at(peak.value);
    if panel.y.holds(rate) {
        panel.add(short(&usl), Mark::Whisker((peak.low, rate), (peak.high, rate), fit_stroke()));
        panel.add(short(&usl), Mark::Point((peak.value, rate), 0.0, fit_style()));
    }
}

fn fit_style() -> Look {
    Look::new((fit_stroke().color, Shape::Triangle))
}

fn notes(group: &Group) -> Vec<Note> {
    let mut notes = layers::knee_notes(group);
    if let Some(throughput) = group.throughput {
        notes.push(match &throughput.usl {
            Some(usl) => Note { text: short(usl), sample: Some(fit_stroke()) },
            None => Note { text: "no scalability law: see below".to_owned(), sample: None },
        });
    }
    notes
}

fn short(usl: &Usl) -> String {
    let peak = usl.peak_load.map_or_else(|| "no peak".to_owned(), |peak| format!("peak at {:.0}", peak.value));
    format!("scalability law, fitted; {peak}")
}

fn page(view: &View, series: &[&Series], all_done: bool) -> Page {
    let mut legend = layers::run_keys(view, series);
    let cost_models = || view.groups.iter().filter_map(|group| Some((group, group.throughput?)));
    let mut caption = captions::behind(view);
    if all_done {
        caption.push_str(" All that was due was completed, so what was due is hidden behind it.");
    }
    if cost_models().any(|(_, throughput)| throughput.usl.is_some()) {
        legend.push((Key::Line(fit_stroke()), "Universal Scalability Law, fitted".to_owned()));
    }
    if cost_models().any(|(_, throughput)| throughput.usl.is_some_and(|usl| usl.peak_load.is_some())) {
        legend.push((Key::Mark(fit_style()), "its peak, with the interval".to_owned()));
    }
    legend.extend(layers::knee_keys(view));
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for (group, throughput) in cost_models() {
        let mut text: Vec<String> = Vec::new();
        if let Some(usl) = &throughput.usl {
            text.push(format!(
                "Law X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), N = {}: {}",
                throughput.key,
                captions::usl(&throughput.key, usl)
            ));
        }
        text.extend(throughput.notes.iter().map(|note| captions::capitalised(note)));
        match told.iter_mut().find(|(known, _)| *known == text.join(". ")) {
            Some((_, groups)) => groups.push(group.title()),
            None => told.push((text.join(". "), vec![group.title()])),
        }
    }
    let is_one = told.len() == 1;
    for (text, groups) in told.into_iter().filter(|(text, _)| !text.is_empty()) {
        let of = if is_one { String::new() } else { format!("{}: ", groups.join("; ")) };
        caption.push_str(&format!(" {of}{text}."));
    }
    Page { title: captions::title(view, "Throughput"), subtitle: captions::measured_where(view), legend, caption }
}
