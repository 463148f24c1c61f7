//! The figures of a sweep: of each run, and what the cost model predicts for each point; and the knees.
//! Measured and predicted rows of a point have the same cells under the axes, and differ in `provenance`. Only the figures of a run in
//! `sweep.json` are exported; each also has a result of its own.

use super::{
    families as family,
    observation::{Labels, ONE, Observation, SECONDS, seconds, word},
    run::{environment, freezes, head, objectives, slo_met, totals},
    source::Source,
};
use crate::{
    results::{Predicted, PredictedPoint, Provenance, Responses, SweepReport, SweptRun},
    scenario::{Limit, Setting},
};

fn labels(source: &Source, sweep: &SweepReport) -> Labels {
    let labels = Labels::of(source, sweep.machine.as_ref(), &sweep.started);
    labels.with("scenario", &sweep.scenario).with("seed", sweep.seed)
}

pub fn summary(source: &Source, sweep: &SweepReport) -> Vec<Observation> {
    let labels = labels(source, sweep);
    let machine = sweep.machine.iter().map(|machine| environment(&labels, machine, &sweep.mapstorm_version));
    let runs = sweep.runs.iter().flat_map(|run| of_run(&labels, run));
    let predicted = sweep.predicted.iter().flat_map(|predicted| points(&labels, predicted));
    head(&labels, sweep.complete).chain(machine).chain(runs).chain(predicted).collect()
}

pub fn of_run(labels: &Labels, run: &SweptRun) -> Vec<Observation> {
    let labels = labels
        .with("scenario_hash", &run.scenario_hash)
        .with("seed", run.seed)
        .provenance(run.provenance())
        .at("point", run.settings.clone())
        .with("repeat", run.repeat)
        .with("order", run.order);
    let [freezes, longest] = freezes(run.freezes, run.longest_freeze_ns);
    let mut all = vec![
        Observation::yes("complete", run.complete).of(&family::COMPLETE),
        Observation::operations("errors", run.errors).of(&family::ERRORS),
        Observation::new("mappers", ONE, f64::from(run.mappers)),
        freezes,
        longest,
        Observation::time("hold", run.hold_ns),
        Observation::time("reader_own", run.reader_own_ns),
        Observation::new("load_average", ONE, run.load_average).of(&family::LOAD_AVERAGE),
        slo_met(run.verdict.as_ref()),
    ];
    let finding = run.finding.iter();
    all.extend(finding.map(|top| Observation::new(format!("finding {}", top.cause), ONE, top.share)));
    all.extend(objectives(run.verdict.as_ref()).map(|objective| objective.sample(&family::OBJECTIVE_MET)));
    let totals = totals(&labels, [&run.readers, &run.writers]);
    let responses = run.responses.iter().flat_map(|responses| of_responses(&labels, responses));
    labels.clone().on(all).chain(totals).chain(responses).collect()
}

fn of_responses(labels: &Labels, responses: &Responses) -> impl Iterator<Item = Observation> {
    let quantile = |statistic, ns: u64| Observation::time(statistic, ns as f64).of(&family::LATENCY);
    labels.with("role", responses.role).with("operation", &responses.operation).with("series", "response").on([
        Observation::operations("count", responses.count),
        quantile("p50", responses.p50_ns),
        quantile("p90", responses.p90_ns),
        quantile("p99", responses.p99_ns),
        quantile("max", responses.max_ns),
        Observation::operations("count", responses.count).sample(&family::LATENCY),
    ])
}

/// The points that the cost model predicts.
fn points(labels: &Labels, predicted: &Predicted) -> Vec<Observation> {
    let labels = labels.provenance(Provenance::Predicted);
    let of_point = |point: &PredictedPoint| {
        let load = Setting { key: predicted.key.clone(), value: point.load.to_string(), number: Some(point.load) };
        let utilisation = Observation::estimate("utilisation", ONE, Some(point.utilisation));
        let clauses = point.clauses.iter().map(|found| {
            let (unit, figure) = match found.clause.limit {
                Limit::DurationNs(_) => (SECONDS, seconds(found.figure)),
                Limit::Fraction(_) => (ONE, found.figure),
            };
            Observation::new(found.clause.metric.to_string(), unit, figure)
        });
        let all = [utilisation.of(&family::PREDICTED_UTILISATION)].into_iter().chain(clauses);
        labels.at("point", [&*predicted.at, &[load]].concat()).on(all.collect::<Vec<_>>())
    };
    predicted.points.iter().flat_map(of_point).collect()
}

/// The knees, each load in the unit of its key.
pub fn knees(source: &Source, sweep: &SweepReport) -> Vec<Observation> {
    let labels = labels(source, sweep);
    let knee = |ends| Observation::new("knee", "", None).between(ends).of(&family::KNEE);
    let measured = sweep.knees.iter().flat_map(|found| {
        let labels = labels.at("at", found.at.clone()).with("key", &found.key).with("answer", word(found.answer));
        let labels = labels.with("runs", found.runs).with("invalid", found.invalid);
        labels.on([knee(Some([found.load, found.low, found.high]))])
    });
    let predicted = sweep.predicted.iter().flat_map(|predicted| {
        let found = predicted.knee.as_ref()?;
        let labels = labels.provenance(Provenance::Predicted).at("at", predicted.at.clone());
        let labels = labels.with("key", &predicted.key).with("answer", word(found.answer));
        let labels = labels.with("source", predicted.cost_model.as_ref().map_or("", |cost_model| &cost_model.source));
        let ends = found.load.map(|load| [load.value, load.low, load.high].map(Some));
        labels.on([knee(ends)]).next()
    });
    measured.chain(predicted).collect()
}
