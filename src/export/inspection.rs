//! The figures of a live server: of the file, of each group of processes, what a commit costs; and each sample.

use super::{
    families as family,
    observation::{BYTES, Labels, ONE, OPERATIONS, Observation, PER_SECOND, SECONDS, number, seconds, word},
    run::{environment, machine, started},
    source::Source,
};
use crate::{
    results::{Availability, Inspection, Machine, MapperGroup, Observed, Provenance, Sampled},
    stats::Estimate,
};

fn labels(source: &Source, found: &Inspection) -> Labels {
    let here = &found.environment;
    machine(&Labels::of(source), &here.host, &here.system, &here.kernel)
        .with("started", &found.started)
        .with("file", found.file.path.display())
        .provenance(Provenance::Measured)
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
    all.extend(labels.clone().on([
        started(&found.started),
        Observation::yes("complete", found.complete).of(&family::COMPLETE),
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
    let then = cost.advice.iter().flat_map(|change| {
        let then = Observation::estimate("commit_then", SECONDS, known(&change.commit_ns));
        labels.with("mitigation", &change.mitigation).on([then]).collect::<Vec<_>>()
    });
    all.extend(then);
    all
}

fn of_group(labels: &Labels, group: &MapperGroup) -> Vec<Observation> {
    let labels = labels
        .with("command", &group.command)
        .with("mapping", group.kind.map_or_else(String::new, word))
        .with("stale", group.stale.map_or_else(String::new, word));
    let rows = labels.on([
        Observation::new("processes", ONE, f64::from(group.processes)).of(&family::INSPECTED_PROCESSES),
        Observation::new("page_tables", BYTES, group.page_table_bytes as f64).of(&family::INSPECTED_PAGE_TABLES),
        Observation::new("writers", ONE, f64::from(group.writers)),
    ]);
    rows.collect()
}

/// Each sample.
pub fn timeline(source: &Source, found: &Inspection) -> Vec<Observation> {
    let labels = labels(source, found);
    let of = |sampled: &Sampled| {
        let labels = labels.with("time_s", number(seconds(sampled.at_ns as f64)));
        let figure = |metric, unit, value: Option<f64>| Observation::new(metric, unit, value);
        let share = |metric, share: &Availability<f64>| figure(metric, ONE, share.value().copied());
        let rows = labels.on([
            figure("mappers", ONE, Some(f64::from(sampled.mappers))),
            figure("file_size", BYTES, Some(sampled.bytes as f64)),
            figure("commits", OPERATIONS, sampled.commits.value().map(|count| *count as f64)),
            figure("lock_waiters", ONE, sampled.lock_waiters.value().map(|count| f64::from(*count))),
            Observation::yes("exclusive", sampled.exclusive.value().copied()),
            figure("tlb_interrupts_per_s", PER_SECOND, sampled.tlb_interrupts_per_s.value().copied()),
            share("cpu_pressure", &sampled.cpu_pressure),
            share("memory_pressure", &sampled.memory_pressure),
            share("io_pressure", &sampled.io_pressure),
            share("throttled", &sampled.throttled),
            figure("blocked", ONE, Some(f64::from(sampled.blocked))),
            figure("cpus_used", ONE, sampled.cpus_used.value().copied()),
        ]);
        rows.collect::<Vec<_>>()
    };
    found.load.samples.iter().flat_map(of).collect()
}
