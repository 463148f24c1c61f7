//! The figures of a live server: of the file, of each group of processes, what a commit costs; and each sample.

use super::{
    families as family,
    observation::{BYTES, Labels, ONE, OPERATIONS, Observation, PER_SECOND, SECONDS, number, seconds, word},
    run::{environment, head},
    source::Source,
};
use crate::{
    results::{Availability, Inspection, Machine, MapperGroup, Observed, Provenance, Sampled},
    stats::Estimate,
};

fn labels(source: &Source, found: &Inspection) -> Labels {
    let machine = Machine::of_environment(&found.environment);
    Labels::of(source, Some(&machine), &found.started).with("file", found.file.path.display())
}

/// What was seen, then what is predicted of it.
pub fn summary(source: &Source, found: &Inspection) -> Vec<Observation> {
    let labels = labels(source, found);
    let (load, cost) = (&found.load, &found.commit_cost);
    let seen =
        |statistic, unit, figure: &Observed| Observation::estimate(statistic, unit, figure.value.value().copied());
    let known = |figure: &Availability<Estimate>| figure.value().copied();
    let waiters = found.locks.held.value().map(|_| f64::from(found.locks.most_waiters));
    let mut all = vec![environment(&labels, &Machine::of_environment(&found.environment), &found.mapstorm_version)];
    all.extend(head(&labels, found.complete));
    all.extend(labels.clone().on([
        Observation::yes("complete", found.complete),
        Observation::new("file_size", BYTES, found.file.bytes as f64),
        Observation::new("mappers", ONE, f64::from(cost.mappers)).of(&family::INSPECTED_MAPPERS),
        Observation::new("lock_waiters", ONE, waiters).of(&family::INSPECTED_WAITERS),
        Observation::new("lock_exclusive_share", ONE, found.locks.exclusive_share),
        seen("commits_per_s", PER_SECOND, &load.commits_per_s).of(&family::INSPECTED_COMMITS),
        seen("lookups_per_s", PER_SECOND, &load.lookups_per_s),
        seen("hold", SECONDS, &load.hold_ns),
        seen("cpus_used", ONE, &load.cpus_used),
        seen("cpus_waited_for", ONE, &load.cpus_waited_for),
        Observation::time("scan", found.scan_ns as f64),
        Observation::time("own_cpu", found.own_cpu_ns as f64),
    ]));
    all.extend(found.groups.iter().flat_map(|group| of_group(&labels, group)));
    let labels = labels.provenance(Provenance::Predicted);
    let limit = cost.limit.value();
    all.extend(labels.clone().on([
        Observation::estimate("commit", SECONDS, known(&cost.commit_ns)).of(&family::INSPECTED_COMMIT),
        Observation::estimate("commit_of_mappers", SECONDS, known(&cost.of_mappers_ns)),
        Observation::estimate("utilisation", ONE, known(&cost.utilisation)).of(&family::INSPECTED_UTILISATION),
        Observation::estimate("limit_commits_per_s", PER_SECOND, limit.map(|limit| limit.commits_per_s)),
        Observation::estimate("limit_mappers", ONE, limit.and_then(|limit| limit.mappers)),
    ]));
    all.extend(cost.advice.iter().flat_map(|change| {
        let then = Observation::estimate("commit_then", SECONDS, known(&change.commit_ns));
        labels.with("mitigation", &change.mitigation).on([then])
    }));
    all
}

fn of_group(labels: &Labels, group: &MapperGroup) -> impl Iterator<Item = Observation> + use<> {
    let page_tables = group.page_table_bytes.value().map(|bytes| *bytes as f64);
    let labels = labels
        .with("command", &group.command)
        .with("user", group.user.as_deref().unwrap_or_default())
        .with("service", group.service.as_deref().unwrap_or_default())
        .with("mapping", group.kind.map_or_else(String::new, word))
        .with("stale", group.stale.map_or_else(String::new, word));
    labels.on([
        Observation::new("processes", ONE, f64::from(group.processes)).of(&family::INSPECTED_PROCESSES),
        Observation::new("page_tables", BYTES, page_tables).of(&family::INSPECTED_PAGE_TABLES),
        Observation::new("writers", ONE, f64::from(group.writers)),
    ])
}

/// Each sample.
pub fn timeline(source: &Source, found: &Inspection) -> Vec<Observation> {
    let labels = labels(source, found);
    let of = |sampled: &Sampled| {
        let labels = labels.with("time_s", number(seconds(sampled.at_ns as f64)));
        let number_of = |metric, value: &Availability<f64>| Observation::new(metric, ONE, value.value().copied());
        labels.on([
            Observation::new("mappers", ONE, f64::from(sampled.mappers)),
            Observation::new("file_size", BYTES, sampled.bytes as f64),
            Observation::new("commits", OPERATIONS, sampled.commits.value().map(|count| *count as f64)),
            Observation::new("lock_waiters", ONE, sampled.lock_waiters.value().map(|count| f64::from(*count))),
            Observation::yes("exclusive", sampled.exclusive.value().copied()),
            Observation::new("tlb_interrupts_per_s", PER_SECOND, sampled.tlb_interrupts_per_s.value().copied()),
            number_of("cpu_pressure", &sampled.cpu_pressure),
            number_of("memory_pressure", &sampled.memory_pressure),
            number_of("io_pressure", &sampled.io_pressure),
            number_of("throttled", &sampled.throttled),
            Observation::new("blocked", ONE, f64::from(sampled.blocked)),
            number_of("cpus_used", &sampled.cpus_used),
        ])
    };
    found.load.samples.iter().flat_map(of).collect()
}

#[test]
fn rows_of_different_subjects_differ_and_each_change_names_its_mitigation() {
    use super::{columns::columns, format::ExportTable};
    use crate::results::{PricedChange, ResultKind, fixtures};
    let source = Source { path: "a".into(), kind: ResultKind::Inspection, name: "a".to_owned() };
    let change = |mitigation: &str| PricedChange {
        mitigation: mitigation.to_owned(),
        what_to_do: "a change".to_owned(),
        commit_ns: Availability::Value(Estimate::around(2e6, 1e5)),
    };
    let mut found = fixtures::inspection();
    found.commit_cost.advice = ["read-only", "split"].map(change).to_vec();
    let mut other = found.groups[0].clone();
    (other.user, other.service) = (Some("other".to_owned()), None);
    found.groups.extend([MapperGroup { service: Some("a service".to_owned()), ..other.clone() }, other]);
    let rows = || summary(&source, &found).into_iter().filter(|row| row.is_row);
    let then = rows().filter(|row| row.statistic == "commit_then");
    let named: Vec<String> = then.map(|row| row.label("mitigation").into_owned()).collect();
    assert_eq!(named, ["read-only", "split"]);
    let subject = |row: Observation| {
        let names = columns(ExportTable::Summary, ResultKind::Inspection).iter().map(|(name, _)| *name);
        let names = names.filter(|name| !["unit", "value", "low", "high"].contains(name));
        names.map(|name| row.label(name).into_owned()).collect::<Vec<String>>()
    };
    let distinct: std::collections::BTreeSet<Vec<String>> = rows().map(subject).collect();
    assert_eq!(distinct.len(), rows().count());
}
