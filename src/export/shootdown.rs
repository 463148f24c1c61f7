//! The figures of a shootdown result: every condition, and the models.

use super::{
    families as family,
    observation::{Labels, ONE, Observation, SECONDS, number, word},
    run::{environment, head},
    source::Source,
};
use crate::results::{Machine, Shootdown, ShootdownModel, ShootdownRow};

fn labels(source: &Source, found: &Shootdown) -> Labels {
    let machine = Machine::of_environment(&found.environment);
    Labels::of(source, Some(&machine), &found.started).with("seed", found.plan.seed)
}

/// The models.
pub fn summary(source: &Source, found: &Shootdown) -> Vec<Observation> {
    let labels = labels(source, found);
    let mut all = vec![environment(&labels, &Machine::of_environment(&found.environment), &found.mapstorm_version)];
    all.extend(head(&labels, found.complete));
    let measured = Observation::time("measured", found.measured_ns as f64).sample(&family::MEASURED);
    all.extend(labels.clone().on([measured]));
    let model = |model: &ShootdownModel| {
        let ceiling = number(model.ceiling_pages.map(f64::from));
        let labels = labels
            .with("method", &model.method)
            .with("as", word(model.kind))
            .with("ceiling_pages", ceiling)
            .with("rounds", model.rounds);
        let time = |statistic, found| Observation::estimate(statistic, SECONDS, found);
        labels.on([
            time("base", Some(model.base_ns)),
            time("per_page", model.per_page_ns),
            time("per_page_below_ceiling", model.per_page_below_ns),
            time("per_cpu", Some(model.per_cpu_ns)).of(&family::SHOOTDOWN_PER_CPU),
            time("per_other_socket", model.per_other_socket_ns),
            time("responder_lost", model.responder_lost_ns.value().copied()).of(&family::SHOOTDOWN_LOST),
        ])
    };
    all.extend(found.models.iter().flat_map(model));
    all
}

/// Every condition.
pub fn levels(source: &Source, found: &Shootdown) -> Vec<Observation> {
    let labels = labels(source, found);
    let row = |row: &ShootdownRow| {
        let labels = labels
            .with("method", &row.method)
            .with("pages", row.pages)
            .with("responders", row.responders)
            .with("state", word(row.state))
            .with("placement", row.placement.map_or_else(String::new, word))
            .with("as", word(row.kind));
        let (own, lost) = (row.initiator_ns.value(), row.responder_lost_ns.value());
        labels.on([
            Observation::new("interrupts", ONE, row.interrupts_per_operation.value().copied()),
            Observation::new("faults", ONE, row.faults_per_operation.value().copied()),
            Observation::operations("operations", own.map_or(0, |times| times.count)),
            Observation::time("initiator_p50", own.map(|times| times.p50)),
            Observation::time("initiator_p90", own.map(|times| times.p90)),
            Observation::time("initiator_p99", own.map(|times| times.p99)),
            Observation::time("initiator_mean", own.map(|times| times.mean)),
            Observation::time("lost_p50", lost.map(|times| times.p50)),
            Observation::time("lost_p90", lost.map(|times| times.p90)),
            Observation::time("lost_p99", lost.map(|times| times.p99)),
            Observation::time("lost_mean", lost.map(|times| times.mean)),
        ])
    };
    found.rows.iter().flat_map(row).collect()
}
