//! Throughput against the load: what readers completed and what was due, the scalability law, and the share that was reached.
//! Where no law was fitted the caption says why.

use super::{
    across,
    grid::{Drawing, Note, Row, panel_width},
    marks::{self, Series},
    view::{Group, View},
    words,
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Stroke},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::Page,
        palette::{self, DOTTED, GREY, Shape},
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
pub fn charts(view: &View) -> anyhow::Result<Vec<Chart>> {
    let done = Series::new("completed by readers", (0, 2.4, None), |run| Some(run.readers.completed_per_s));
    let mut due = Series::new("due from readers", (0, 1.4, Some(DOTTED)), |run| Some(run.readers.due_per_s));
    due.stroke.color = GREY;
    let reached = Series::new("completed of due", (0, 2.4, None), SweptRun::readers_reached);
    let values = done.values(view).into_iter().chain(due.values(view));
    let x = || across::axis(view, marks::knee_loads(view).chain(peaks(view)), panel_width(view));
    let values: Vec<f64> = values.collect();
    let y = Axis::numbers("readers' operations a second", values.iter().copied(), 6);
    // A logarithmic axis has no 0 otherwise, and a crowd that froze may complete nothing.
    let y = y.map(|y| if y.is_logarithmic() && values.contains(&0.0) { y.with_none() } else { y });
    let mut rows: Vec<Row> = y.into_iter().map(|y| Row { x: x(), y, height: HEIGHT }).collect();
    let limits: Vec<&Clause> = view.report.objectives.iter().filter(|it| it.metric == Metric::Rate).collect();
    let shares = reached.values(view);
    if rows.is_empty() && shares.is_empty() {
        return Ok(Vec::new());
    }
    let has_rates = !rows.is_empty();
    let all_done = view.runs().all(|run| run.readers.completed == run.readers.due);
    if !shares.is_empty() && (!all_done || !limits.is_empty()) {
        let all = shares.iter().copied().chain(limits.iter().map(|clause| clause.limit.value()));
        let y = Axis::shares("done of due", all.collect::<Vec<_>>().into_iter(), 3);
        rows.push(Row { x: x(), y, height: SHARE_HEIGHT });
    }
    let sentences = words::sentences(view, |_, stop| {
        let per_s = |value: f64| format!("{}/s", words::load(value.round()));
        let rate = words::spread(stop, |run| Some(run.readers.completed_per_s), per_s);
        let due = words::spread(stop, |run| Some(run.readers.due_per_s), per_s);
        let share = words::spread(stop, SweptRun::readers_reached, |share| format!("{:.1} %", share * 100.0));
        format!("readers completed {rate} of {due} due, {share}")
    });
    let page = page(view, &[&done, &due], all_done);
    let drawing = Drawing { view, stem: "sweep-throughput", page, sentences, rows };
    drawing.charts(notes, |canvas, row, group, frame| {
        marks::draw_knee(canvas, group, frame)?;
        if row == 0 && has_rates {
            due.draw_medians(canvas, (view, group), frame)?;
            draw_law(canvas, group, frame)?;
            return done.draw(canvas, (view, group), frame, |stop| stop.x);
        }
        marks::draw_limits(canvas, &limits, frame)?;
        reached.draw(canvas, (view, group), frame, |stop| stop.x)
    })
}

fn peaks<'a>(view: &'a View) -> impl Iterator<Item = f64> + 'a {
    view.groups.iter().filter_map(|group| Some(group.throughput?.law?.peak_load?.value))
}

fn law_stroke() -> Stroke {
    Stroke { color: palette::series(1).0, width: 1.8, dash: None }
}

/// The law over the loads that were tried, and its peak where that is on the axis.
fn draw_law(canvas: &Canvas, group: &Group, frame: &Frame) -> anyhow::Result<()> {
    let Some(law) = group.throughput.and_then(|throughput| throughput.law) else { return Ok(()) };
    let (Some(first), Some(last)) = (group.stops.first(), group.stops.last()) else { return Ok(()) };
    let places: Vec<_> = frame
        .x
        .along(first.x, last.x, STEPS)
        .map(|load| (load, law.throughput_at(load)))
        .filter(|(_, rate)| frame.y.holds(*rate))
        .map(|(load, rate)| frame.place(load, rate))
        .collect();
    canvas.line(&places, law_stroke())?;
    let Some(peak) = law.peak_load.filter(|peak| frame.x.holds(peak.value)) else { return Ok(()) };
    let rate = law.throughput_at(peak.value);
    if !frame.y.holds(rate) {
        return Ok(());
    }
    let (x, y) = frame.place(peak.value, rate);
    frame.interval(canvas, (peak.low, peak.high), y, law_stroke())?;
    canvas.point((x, y), Shape::Triangle, law_stroke().color, false)
}

fn notes(group: &Group) -> Vec<Note> {
    let mut notes = marks::knee_notes(group);
    if let Some(throughput) = group.throughput {
        notes.push(match &throughput.law {
            Some(law) => Note { text: short(law), sample: Some(law_stroke()) },
            None => Note { text: "no scalability law: see below".to_owned(), sample: None },
        });
    }
    notes
}

fn short(law: &Usl) -> String {
    let peak = law.peak_load.map_or_else(|| "no peak".to_owned(), |peak| format!("peak at {:.0}", peak.value));
    format!("scalability law, fitted; {peak}")
}

fn page(view: &View, series: &[&Series], all_done: bool) -> Page {
    let mut legend = marks::run_keys(view, series);
    let laws = || view.groups.iter().filter_map(|group| Some((group, group.throughput?)));
    let mut caption = words::behind(view);
    if all_done {
        caption.push_str(" All that was due was completed, so what was due is hidden behind it.");
    }
    if laws().any(|(_, throughput)| throughput.law.is_some()) {
        legend.push((Key::Stroke(law_stroke()), "Universal Scalability Law, fitted".to_owned()));
    }
    if laws().any(|(_, throughput)| throughput.law.is_some_and(|law| law.peak_load.is_some())) {
        let key = Key::Mark { color: law_stroke().color, shape: Shape::Triangle, hollow: false };
        legend.push((key, "its peak, with the interval".to_owned()));
    }
    legend.extend(marks::knee_keys(view));
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for (group, throughput) in laws() {
        let mut text: Vec<String> = Vec::new();
        if let Some(law) = &throughput.law {
            text.push(format!(
                "Law X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), N = {}: {}",
                throughput.key,
                words::usl(&throughput.key, law)
            ));
        }
        text.extend(throughput.notes.iter().map(|note| words::capitalised(note)));
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
    Page { title: words::title(view, "Throughput"), subtitle: words::measured_where(view), legend, caption }
}
