//! Latency of a run by percentile, response and service times, with the limits of its objectives.

use super::captions::{behind, closed, measured_where, origin};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::Stroke,
        legend::Key,
        page::Page,
        palette::{DASHED, DOTTED, INK},
        percentiles::{self, Curve},
        plot::{Panel, Plot},
    },
    results::TimeSeries,
    scenario::{Clause, Metric, Subject},
};

const HEIGHT: f64 = 360.0;

/// An objective that limits a latency, and the curve it is about; `None`: it has none of its own.
struct Objective<'c> {
    clause: Clause,
    quantile: f64,
    curve: Option<&'c Curve>,
}

/// `None`: nothing completed.
pub fn plot(time_series: &TimeSeries) -> Option<Plot> {
    let curves = curves(time_series);
    let objectives = objectives(time_series, &curves);
    let most = curves.iter().map(Curve::count).max().filter(|most| *most > 0)?;
    let limits = objectives.iter().map(|objective| objective.clause.limit.value());
    let up = Axis::logarithmic_times("latency", curves.iter().flat_map(Curve::ends).chain(limits), 9)?;
    let mut panel = Panel::new("", HEIGHT, percentiles::axis(most, 12), up);
    curves.iter().for_each(|curve| curve.add_to(&mut panel));
    for Objective { clause, quantile, curve } in &objectives {
        let color = curve.map(|curve| curve.look.color);
        let title = format!("objective: {clause}");
        panel.add(title, percentiles::limit(clause.to_string(), clause.limit.value(), *quantile, color));
    }
    Some(Plot {
        name: "latency-by-percentile".to_owned(),
        page: page(time_series, &curves, &objectives),
        origin: origin(time_series),
        sentences: curves.iter().map(Curve::in_words).collect(),
        columns: 1,
        panels: vec![panel],
    })
}

/// Response and service time of each operation of the readers, and of all commits.
fn curves(time_series: &TimeSeries) -> Vec<Curve> {
    let totals = time_series.totals(|tag| tag.ends_with(".response") || tag.ends_with(".service"));
    let mut curves: Vec<Curve> = Vec::new();
    let mut subjects: Vec<String> = Vec::new();
    // Readers first; within a role in the order of the tags.
    for (tag, values) in totals {
        let mut parts = tag.splitn(3, '.');
        let (Some(role), Some(operation), Some(what)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let subject = if role == "reader" { operation } else { "commit" };
        let name = format!("{subject}, {what}");
        let values = values.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value()));
        if let Some(known) = curves.iter_mut().find(|curve| curve.name == name) {
            let mut all: std::collections::BTreeMap<u64, u64> = known.values.iter().copied().collect();
            values.for_each(|(ns, count)| *all.entry(ns).or_default() += count);
            known.values = all.into_iter().collect();
            continue;
        }
        if !subjects.iter().any(|known| known == subject) {
            subjects.push(subject.to_owned());
        }
        let number = subjects.iter().position(|known| known == subject).unwrap_or(0);
        curves.push(Curve::new(name, number, (what == "service").then_some(DASHED), values.collect()));
    }
    curves
}

fn is_of_readers(curve: &Curve) -> bool {
    !curve.name.starts_with("commit")
}

fn objectives<'c>(time_series: &TimeSeries, curves: &'c [Curve]) -> Vec<Objective<'c>> {
    let rows = &time_series.run.summary.rows;
    let kinds = |role: &str| rows.iter().filter(|row| row.role == role && row.series == "response").count();
    let clauses = time_series.run.scenario.slo.clauses.iter().filter_map(|clause| {
        let Metric::Latency { of, at } = clause.metric else { return None };
        // Of several operations of the readers together there is no curve, nor of one kind of commit among several.
        let curve = match of {
            Subject::Reader(operation) => curves.iter().find(|curve| curve.name.starts_with(operation.name())),
            Subject::AllReaders => curves.iter().find(|it| is_of_readers(it)).filter(|_| kinds("reader") == 1),
            Subject::Writer(_) => curves.iter().find(|it| !is_of_readers(it)).filter(|_| kinds("writer") == 1),
            Subject::AllCommits => curves.iter().find(|curve| !is_of_readers(curve)),
        };
        Some(Objective { clause: *clause, quantile: at.quantile(), curve })
    });
    clauses.collect()
}

fn page(time_series: &TimeSeries, curves: &[Curve], objectives: &[Objective]) -> Page {
    let mut legend: Vec<(Key, String)> = curves.iter().map(Curve::key).collect();
    let mut caption = "Response time counts from when an operation was due, service time from when it began. Each step to \
                       the right is ten times rarer: at 99.9 %, one of 1000 operations took longer. Points: 50, 90, 99 and 99.9 % \
                       where enough values support them, and the slowest operation, where a curve ends."
        .to_owned();
    if !objectives.is_empty() {
        let stroke = Stroke { color: INK, width: 1.4, dash: Some(DOTTED) };
        legend.push((Key::Line(stroke), "limit of an objective".to_owned()));
        caption.push_str(" An objective is met if the response curve passes below the end of its dotted line.");
        if objectives.iter().any(|objective| objective.curve.is_none()) {
            caption.push_str(" One in the colour of words is of operations that have no curve of their own.");
        }
    }
    if closed(&time_series.run.scenario.readers.arrivals) && time_series.run.scenario.readers.count > 0 {
        caption.push_str(
            " Readers are a closed loop: their operations are due when they begin, so both times are the same.",
        );
    }
    if curves.iter().all(is_of_readers) {
        caption.push_str(" No commit completed.");
    }
    if !curves.iter().any(is_of_readers) {
        caption.push_str(" No operation of a reader completed.");
    }
    caption.push(' ');
    caption.push_str(&behind(time_series));
    Page { title: "Latency by percentile".to_owned(), subtitle: measured_where(time_series), legend, caption }
}
