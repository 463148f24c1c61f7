//! Latency of a run by percentile, response and service times, with the limits of its objectives.

use hdrhistogram::Histogram;

use super::closed;
use crate::{
    conclude::in_order::{grouped, unique},
    present::charts::{
        Axis, DASHED, INK, Key, Limit, Mark, Panel, Plot, Stroke,
        percentiles::{Curve, LIMIT},
    },
    results::{Role, Series, TimeSeries, names_of},
    scenario::{Clause, Metric, Subject},
    stats::Counts,
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
    let most = curves.iter().map(|curve| curve.values.count()).max().filter(|most| *most > 0)?;
    let limits = objectives.iter().map(|objective| objective.clause.limit.value());
    let up = Axis::logarithmic_times("latency", curves.iter().flat_map(Curve::ends).chain(limits), 9)?;
    let mut panel = Panel::new("", HEIGHT, &Axis::percentiles(most, 12), up);
    curves.iter().for_each(|curve| curve.add_to(&mut panel));
    for Objective { clause, quantile, curve } in &objectives {
        // In the colour of the curve that it is about.
        let stroke = Stroke { color: curve.map_or(INK, |curve| curve.look.color), ..LIMIT };
        let until = Some(if *quantile < 1.0 { 1.0 / (1.0 - quantile) } else { f64::MAX });
        let (level, text) = (clause.limit.value(), clause.to_string());
        let limit = Limit { level, until, text, is_at_right: false, stroke };
        panel.add(format!("objective: {clause}"), Mark::Limit(limit));
    }
    let caption = "Response time counts from when an operation was due, service time from when it began. Each step to the right is \
                   ten times rarer: at 99.9 %, one of 1000 operations took longer. Points: 50, 90, 99 and 99.9 % where enough \
                   values support them, and the slowest operation, where a curve ends.";
    let name = ["latency-by-percentile", "Latency by percentile", caption];
    let mut plot = super::plot(time_series, name, vec![panel]);
    plot.legend = curves.iter().map(Curve::key).collect();
    plot.keys([(Key::Line(LIMIT), "limit of an objective")]);
    plot.say_if(
        !objectives.is_empty(),
        "An objective is met if the response curve passes below the end of its dotted line.",
    );
    plot.say_if(
        objectives.iter().any(|objective| objective.curve.is_none()),
        "One in the colour of words is of operations that have no curve of their own.",
    );
    let readers = &time_series.run.scenario.readers;
    plot.say_if(
        closed(&readers.arrivals) && readers.count > 0,
        "Readers are a closed loop: their operations are due when they begin, so both times are the same.",
    );
    Some(plot)
}

/// Response and service time of each operation of the readers, and of all commits.
fn curves(time_series: &TimeSeries) -> Vec<Curve> {
    let totals = time_series.totals(|tag| tag.ends_with(".response") || tag.ends_with(".service"));
    let named = totals.iter().filter_map(|(tag, values)| {
        let (role, operation, what) = names_of(tag)?;
        Some(((if role == Role::Reader { operation } else { "commit" }, what), values))
    });
    // Readers first; within a role in the order of the tags.
    let named = grouped(named);
    let subjects = unique(named.iter().map(|((subject, _), _)| *subject));
    let curve = |((subject, what), histograms): ((&str, Series), Vec<&Histogram<u64>>)| {
        let recorded = histograms.into_iter().flat_map(Histogram::iter_recorded);
        let values = Counts::of(recorded.map(|value| (value.value_iterated_to(), value.count_at_value())));
        let number = subjects.iter().position(|known| *known == subject).unwrap_or(0);
        let dash = (what == Series::Service).then_some(DASHED);
        Curve::new(format!("{subject}, {what}"), number, dash, values)
    };
    // In a closed loop an operation is due when it begins, so both are one curve.
    let mut distinct: Vec<Curve> = Vec::new();
    for curve in named.into_iter().map(curve) {
        match distinct.iter_mut().find(|known| known.values == curve.values && known.look.color == curve.look.color) {
            Some(known) => known.name = format!("{} and {}", known.name, curve.name.rsplit(", ").next().unwrap_or("")),
            None => distinct.push(curve),
        }
    }
    distinct
}

fn is_of_readers(curve: &Curve) -> bool {
    !curve.name.starts_with("commit")
}

fn objectives<'c>(time_series: &TimeSeries, curves: &'c [Curve]) -> Vec<Objective<'c>> {
    let rows = &time_series.run.summary.rows;
    let kinds = |role: Role| rows.iter().filter(|row| row.role == role && row.series == Series::Response).count();
    let clauses = time_series.run.scenario.slo.clauses.iter().filter_map(|clause| {
        let Metric::Latency { of, at } = clause.metric else { return None };
        // Of several operations of the readers together there is no curve, nor of one kind of commit among several.
        let curve = match of {
            Subject::Reader(operation) => curves.iter().find(|curve| curve.name.starts_with(operation.name())),
            Subject::AllReaders => {
                curves.iter().find(|curve| is_of_readers(curve)).filter(|_| kinds(Role::Reader) == 1)
            }
            Subject::Writer(_) => {
                curves.iter().find(|curve| !is_of_readers(curve)).filter(|_| kinds(Role::Writer) == 1)
            }
            Subject::AllCommits => curves.iter().find(|curve| !is_of_readers(curve)),
        };
        Some(Objective { clause: *clause, quantile: at.quantile(), curve })
    });
    clauses.collect()
}
