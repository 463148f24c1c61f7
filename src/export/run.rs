//! The figures of a run, and those that runs of sweeps and what-ifs have too; the whole distribution of every latency; and figures with a place in
//! time, the timeline and the system's counters, with the same labels, so that the tables can be concatenated.

use hdrhistogram::Histogram;

use super::{
    ExportError, families as family,
    observation::{BYTES, Labels, ONE, Observation, PER_SECOND, SECONDS, number, seconds, word},
    source::Source,
};
use crate::{
    conclude::{
        compare::machine::{Unavailable, of_machine},
        wording::UNAVAILABLE,
    },
    results::{Counter, Counters, Judgement, Machine, Role, Row, Run, TimelineRow, Totals, Verdict, latencies},
};

fn labels(source: &Source, run: &Run) -> Labels {
    Labels::of(source, Some(&Machine::of(run)), &run.started)
        .with("scenario", &run.scenario.name)
        .with("scenario_hash", &run.scenario_hash)
        .with("seed", run.scenario.run.seed)
        .provenance(run.provenance())
}

/// The figures of the whole run, of each role, of each series of each operation; then the verdict and the findings.
pub fn summary(source: &Source, run: &Run) -> Vec<Observation> {
    let labels = labels(source, run);
    let (summary, diagnosis) = (&run.summary, &run.diagnosis);
    let [freezes, longest] = freezes(diagnosis.freezes.len() as u64, diagnosis.longest_freeze_ns());
    // Only a run that recorded stalls has seen them.
    let stalled = run.recording.is_some().then_some(diagnosis.stalled_ns as f64);
    let page_tables = summary.page_table_bytes.map(|bytes| bytes as f64);
    let mut all = vec![environment(&labels, &Machine::of(run), &run.mapstorm_version)];
    all.extend(head(&labels, summary.complete));
    all.extend(labels.clone().on([
        Observation::yes("complete", summary.complete),
        Observation::time("measured", summary.measured_ns as f64).of(&family::MEASURED),
        Observation::time("ready", summary.ready_ns as f64),
        Observation::operations("errors", summary.errors).of(&family::ERRORS),
        freezes,
        longest,
        Observation::time("stalled_time", stalled).of(&family::STALLED_TIME),
        Observation::new("page_tables", BYTES, page_tables).of(&family::PAGE_TABLES),
        Observation::new("load_average", ONE, summary.load_average).of(&family::LOAD_AVERAGE),
        Observation::new("driver_cpu_share", ONE, summary.driver_cpu_share).of(&family::DRIVER_CPU),
    ]));
    all.extend(totals(&labels, [&summary.readers, &summary.writers]));
    all.extend(summary.rows.iter().flat_map(|row| series(&labels, row)));
    all.extend(labels.clone().on([slo_met(diagnosis.verdict.as_ref())]));
    all.extend(labels.clone().on(objectives(diagnosis.verdict.as_ref())));
    for finding in &diagnosis.findings {
        let share = Observation::new(format!("finding {}", finding.cause), ONE, finding.share).of(&family::FINDING);
        all.extend(labels.with("confidence", word(finding.confidence)).on([share]));
    }
    all
}

/// Labels of the machine, and the facts that they have. A fact that is unavailable is no label.
const OF_MACHINE: [(&str, &str); 12] = [
    ("architecture", "architecture"),
    ("file_system", "file system"),
    ("cpu_model", "processor"),
    ("hypervisor", "hypervisor"),
    ("sockets", "sockets"),
    ("cores", "cores"),
    ("threads_per_core", "threads per core"),
    ("cpu_governor", "CPU governor"),
    ("memory_modules", "memory modules"),
    ("disk", "disk"),
    ("write_cache", "disk write cache"),
    ("io_scheduler", "I/O scheduler"),
];

/// The machine, in labels.
pub fn environment(labels: &Labels, machine: &Machine, version: &str) -> Observation {
    let facts = of_machine(machine, Unavailable::Named);
    let known = |key: &str| facts.iter().find(|fact| fact.key == key && fact.value != UNAVAILABLE);
    let value = |key: &str| known(key).map_or("", |fact| &*fact.value);
    let labels = OF_MACHINE.iter().fold(labels.clone(), |labels, (name, key)| labels.with(name, value(key)));
    // The machine is the same whether it was measured or predicted.
    let labels = labels.with("mapstorm_version", version).with("provenance", "").into();
    Observation { labels, ..Observation::new("environment", ONE, 1.0).sample(&family::ENVIRONMENT) }
}

/// Samples of every result: when its command began, seconds since 1970 (unavailable if it is no time), and whether it is complete.
pub fn head(labels: &Labels, complete: bool) -> impl Iterator<Item = Observation> + use<> {
    let began = labels.get("started").parse::<jiff::Timestamp>().ok().map(|at| at.as_second() as f64);
    labels.clone().on([
        Observation::new("started", SECONDS, began).sample(&family::STARTED),
        Observation::yes("complete", complete).sample(&family::COMPLETE),
    ])
}

/// What was due from readers and writers, and completed.
pub fn totals(labels: &Labels, roles: [&Totals; 2]) -> impl Iterator<Item = Observation> {
    Role::ALL.into_iter().zip(roles).flat_map(|(role, totals)| {
        labels.with("role", role).with("operation", "all").on([
            Observation::operations("due", totals.due).of(&family::DUE),
            Observation::operations("completed", totals.completed).of(&family::COMPLETED),
            Observation::operations("stalls", totals.stalls).of(&family::STALLS),
            Observation::new("due_per_s", PER_SECOND, totals.due_per_s),
            Observation::new("completed_per_s", PER_SECOND, totals.completed_per_s),
        ])
    })
}

fn series(labels: &Labels, row: &Row) -> impl Iterator<Item = Observation> + use<> {
    let quantile = |statistic, ns: u64| Observation::time(statistic, ns as f64).of(&family::LATENCY);
    labels.with("role", row.role).with("operation", &row.operation).with("series", row.series).on([
        Observation::operations("count", row.count),
        Observation::time("mean", row.mean_ns),
        quantile("p50", row.p50_ns),
        quantile("p90", row.p90_ns),
        quantile("p99", row.p99_ns),
        quantile("p99.9", row.p999_ns),
        quantile("max", row.max_ns),
        // A summary ends with these two.
        Observation::operations("count", row.count).sample(&family::LATENCY),
        Observation::time("sum", row.mean_ns * row.count as f64).sample(&family::LATENCY),
    ])
}

/// How many freezes, and the longest: 0 if there was none.
pub fn freezes(count: u64, longest_ns: Option<u64>) -> [Observation; 2] {
    let longest = Observation::time("longest_freeze", longest_ns.unwrap_or(0) as f64);
    [Observation::new("freezes", ONE, count as f64).of(&family::FREEZES), longest.of(&family::LONGEST_FREEZE)]
}

/// Whether all objectives were met; unavailable if the run is invalid.
pub fn slo_met(verdict: Option<&Verdict>) -> Observation {
    let met = verdict.and_then(|verdict| match verdict.outcome {
        Judgement::Met => Some(true),
        Judgement::NotMet => Some(false),
        Judgement::Invalid => None,
    });
    Observation::yes("slo_met", met).of(&family::SLO_MET)
}

/// Whether each objective was met; unavailable if nothing was measured for it.
pub fn objectives(verdict: Option<&Verdict>) -> impl Iterator<Item = Observation> {
    let clauses = verdict.into_iter().flat_map(|verdict| &verdict.clauses);
    clauses.map(|clause| {
        let met = clause.figure.map(|_| clause.met);
        Observation::yes(format!("objective {}", clause.clause), met).of(&family::OBJECTIVE_MET)
    })
}

/// How many operations took no longer than a time, at most `points` times of each series. The times are those of the histogram's
/// counters, so nothing is interpolated.
pub fn percentiles(
    source: &Source,
    run: &Run,
    points: usize,
) -> anyhow::Result<impl Iterator<Item = Observation> + use<>> {
    let labels = labels(source, run);
    Ok(latencies(&source.path)?.into_iter().flat_map(move |(tag, histogram)| {
        let mut names = tag.splitn(3, '.');
        let labels = ["role", "operation", "series"]
            .into_iter()
            .fold(labels.clone(), |labels, name| labels.with(name, names.next().unwrap_or_default()));
        distribution(&histogram, points).into_iter().flat_map(move |(ns, count)| {
            let quantile = number(count as f64 / histogram.len() as f64);
            labels.with("quantile", quantile).with("count", count).on([Observation::time("", ns as f64)])
        })
    }))
}

/// Values, and how many are no larger; all that occur, or `points` of them: the least, the largest, and evenly many between.
/// A histogram's counters lie evenly on a logarithmic scale, so the few of the tail are not lost among the many of the middle.
fn distribution(histogram: &Histogram<u64>, points: usize) -> Vec<(u64, u64)> {
    let mut below = 0;
    let counted = histogram.iter_recorded().map(|at| {
        below += at.count_at_value();
        (at.value_iterated_to(), below)
    });
    let all: Vec<(u64, u64)> = counted.collect();
    if all.len() <= points {
        return all;
    }
    let last = all.len() - 1;
    let steps = points.saturating_sub(1).max(1);
    (0..points).rev().map(|point| all[last - last * point / steps]).collect()
}

const MS_A_SECOND: f64 = 1e3;

fn interval(labels: &Labels, start_s: f64, length_s: f64, instance: &str) -> Labels {
    labels.with("time_s", number(start_s)).with("length_s", number(length_s)).with("instance", instance)
}

pub fn timeline(source: &Source, run: &Run) -> anyhow::Result<impl Iterator<Item = Observation> + use<>> {
    let labels = labels(source, run);
    Ok(TimelineRow::load(&source.path)?.into_iter().flat_map(move |row| {
        let mut figures = vec![
            Observation::operations("due", row.due),
            Observation::operations("completed", row.completed),
            Observation::new("stalled", ONE, row.stalled as f64),
        ];
        // Times and the machine's figures are those of all workers together.
        if row.is_of_all() {
            let time = |name, ms: Option<f64>| Observation::new(name, SECONDS, ms.map(|ms| ms / MS_A_SECOND));
            let level = |name, unit, value: Option<u64>| Observation::new(name, unit, value.map(|value| value as f64));
            figures.extend([
                time("response_p50", row.response_p50_ms),
                time("response_p90", row.response_p90_ms),
                time("response_p99", row.response_p99_ms),
                time("response_max", row.response_max_ms),
                time("commit_p50", row.commit_p50_ms),
                time("commit_max", row.commit_max_ms),
                level("page_table_bytes", BYTES, row.page_table_bytes),
                level("runnable", ONE, row.runnable),
            ]);
        }
        interval(&labels, row.start_s, row.length_s, &row.instance).on(figures)
    }))
}

pub fn counters(source: &Source, run: &Run) -> Result<impl Iterator<Item = Observation> + use<>, ExportError> {
    if run.recording.is_none() {
        return Err(ExportError::Invalid(format!(
            "{}: this run was without evidence (run.evidence = false), so it has no counters",
            source.path.display()
        )));
    }
    let labels = labels(source, run);
    let Counters { columns, rows } = Counters::load(&source.path)?;
    let unit = |column: &String| match Counter::known(column) {
        Some(counter) => {
            let (name, unit, divisor) = counter.in_base_unit();
            (name.to_owned(), unit, divisor)
        }
        // A column that this version does not know is a number.
        None => (column.clone(), ONE, 1.0),
    };
    let units: Vec<(String, &str, f64)> = columns.iter().map(unit).collect();
    Ok(rows.into_iter().flat_map(move |row| {
        let figures: Vec<Observation> = std::iter::zip(&units, &row.values)
            .map(|((name, unit, divisor), value)| {
                Observation::new(name.clone(), unit, value.map(|value| value / divisor))
            })
            .collect();
        interval(&labels, seconds(row.start_ns as f64), seconds(row.length_ns as f64), "").on(figures)
    }))
}

#[cfg(test)]
mod tests {
    use super::distribution;
    use crate::shm::SharedHistogram;

    #[test]
    fn thinned_distributions_keep_both_ends() {
        let mut histogram = SharedHistogram::empty();
        for value in 1..=1000u64 {
            histogram.record(value * 1000).unwrap();
        }
        let all = distribution(&histogram, usize::MAX);
        assert!(all.len() > 100 && all.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1));
        assert_eq!(all.last().unwrap().1, 1000);
        for points in [2, 3, 50] {
            let some = distribution(&histogram, points);
            assert_eq!((some.len(), some[0], some.last()), (points, all[0], all.last()));
            assert!(some.iter().all(|point| all.contains(point)));
            assert!(some.is_sorted_by(|one, next| one.0 < next.0));
        }
        assert_eq!(distribution(&histogram, 1), [*all.last().unwrap()], "of one point, the one that counts all");
        assert_eq!(distribution(&SharedHistogram::empty(), 5), []);
    }
}
