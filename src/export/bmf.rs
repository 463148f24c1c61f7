//! Results as Bencher Metric Format, for continuous benchmarking: <https://bencher.dev/docs/reference/bencher-metric-format/>.
//! One object: under the name of each benchmark its measures, under each measure a value, with the ends of its interval where it has one.
//!
//! A name is the history of a figure. So it says what was measured under which load, and neither when nor where: a later run of the same
//! load has the same names, and machines are distinguished by Bencher's testbeds.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Serialize;

use super::{
    ExportError, ExportTable,
    observation::{ONE, Observation, PER_SECOND, SECONDS, SECONDS_PER_SECOND},
    observations,
    source::Source,
};
use crate::results::Provenance;

/// What a name consists of, in this order, and what stands before a value that does not speak for itself. What has no value is left out.
const PARTS: [(&str, &str); 25] = [
    ("kind", ""),
    ("scenario", ""),
    ("provenance", ""),
    ("point", ""),
    ("at", ""),
    ("key", "knee of "),
    ("repeat", "repeat="),
    ("run", ""),
    ("method", ""),
    ("mode", ""),
    ("write_size_bytes", "write-size="),
    ("directory", "directory="),
    ("file_system", ""),
    ("format", ""),
    ("updates", ""),
    ("as", ""),
    ("command", ""),
    ("user", "user="),
    ("service", "service="),
    ("mapping", ""),
    ("stale", ""),
    ("mitigation", "with "),
    ("role", ""),
    ("operation", ""),
    ("series", ""),
];

/// Times that are not those of one operation: no threshold on latency is meant for them.
const SPANS: [&str; 7] = ["measured", "ready", "stalled_time", "longest_freeze", "longest_wait", "scan", "own_cpu"];

/// Bencher refuses longer names.
const LONGEST_NAME: usize = 1024;

#[derive(Serialize)]
struct Metric {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// One document of all results: the summary of each, and the knees of sweeps. A value that is unavailable has no benchmark.
///
/// # Errors
/// `ExportError::Invalid`: two figures have one name, or a name is too long. `ExportError::Failed`: a result cannot be read.
pub fn document(sources: &[Source]) -> Result<Vec<u8>, ExportError> {
    let mut benchmarks = Benchmarks::default();
    for source in sources {
        let content = source.content()?;
        for table in [ExportTable::Summary, ExportTable::Knees] {
            if ExportTable::of(source.kind).contains(&table) {
                for observation in observations(source, &content, table, 0)?.filter(|observation| observation.is_row) {
                    benchmarks.add(source, &observation)?;
                }
            }
        }
    }
    let mut text = serde_json::to_vec_pretty(&benchmarks.metrics).context("Bencher Metric Format")?;
    text.push(b'\n');
    Ok(text)
}

#[derive(Default)]
struct Benchmarks<'a> {
    metrics: BTreeMap<String, BTreeMap<&'static str, Metric>>,
    found_in: BTreeMap<String, &'a Source>,
}

impl<'a> Benchmarks<'a> {
    fn add(&mut self, source: &'a Source, observation: &Observation) -> Result<(), ExportError> {
        let (measure, factor) = measure(observation);
        let in_unit = |value: Option<f64>| value.filter(|value| value.is_finite()).map(|value| scaled(value, factor));
        let Some(value) = in_unit(observation.value) else { return Ok(()) };
        let name = name(observation);
        let at = source.path.display();
        if name.chars().count() > LONGEST_NAME {
            return Err(ExportError::Invalid(format!(
                "{at}: --format bmf: a name of more than {LONGEST_NAME} characters, which Bencher refuses; use a shorter scenario name or \
                 directory: {name}"
            )));
        }
        if let Some(other) = self.found_in.insert(name.clone(), source) {
            return Err(ExportError::Invalid(format!(
                "--format bmf: `{name}` is in {} and in {at}, and a name has one value; export the results one by one, each as a report of \
                 its own (of another machine with another --testbed), or give different loads different scenario names (--set name=NAME)",
                other.path.display()
            )));
        }
        let [lower_value, upper_value] = [observation.low, observation.high].map(in_unit);
        self.metrics.insert(name, BTreeMap::from([(measure, Metric { value, lower_value, upper_value })]));
        Ok(())
    }
}

/// The measure of an observation, and how many of the measure's units one of its own is. Thresholds go by measure, so that `latency` and
/// `throughput`, which every project of Bencher has, are what their names say, and nothing else.
fn measure(observation: &Observation) -> (&'static str, f64) {
    match observation.unit {
        SECONDS if !SPANS.contains(&&*observation.statistic) => ("latency", 1e9),
        PER_SECOND if observation.statistic == "completed_per_s" => ("throughput", 1.0),
        PER_SECOND => ("operations-per-second", 1.0),
        SECONDS_PER_SECOND => ("seconds-per-second", 1.0),
        // The load at a knee has the unit of its key.
        "" => ("load", 1.0),
        ONE => ("number", 1.0),
        unit => (unit, 1.0),
    }
}

/// A value in the measure's unit. Seconds became nanoseconds by a division whose last digit does not come back: a picosecond is exact enough.
fn scaled(value: f64, factor: f64) -> f64 {
    if factor == 1.0 { value } else { (value * factor * 1e3).round() / 1e3 }
}

fn name(observation: &Observation) -> String {
    let measured = Provenance::Measured.name();
    let mut parts: Vec<String> = PARTS
        .iter()
        .map(|(label, before)| (*label, before, observation.labels.get(label)))
        .filter(|(label, _, value)| !value.is_empty() && (*label, *value) != ("provenance", measured))
        .map(|(_, before, value)| format!("{before}{value}"))
        .collect();
    // A knee's statistic is the key that is already there.
    if observation.labels.get("key").is_empty() {
        parts.push(observation.statistic.to_string());
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{super::observation::Labels, *};
    use crate::results::ResultKind;

    fn source(path: &str) -> Source {
        Source { path: path.into(), kind: ResultKind::Run, name: path.to_owned() }
    }

    fn add<'a>(benchmarks: &mut Benchmarks<'a>, source: &'a Source, labels: Labels, one: Observation) -> String {
        let all: Vec<Observation> = labels.on([one]).collect();
        benchmarks.add(source, &all[0]).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn names_say_what_and_under_which_load_but_not_when_or_where() {
        let labels = Labels::default().with("result", "quick-vm-2026").with("kind", "run").with("scenario", "quick");
        let labels = labels.with("started", "2026-11-27T00:00:00Z").with("host", "vm").with("seed", 7);
        let labels = labels.with("role", "reader").with("operation", "lookup").with("series", "response");
        let one = |labels: &Labels| name(&labels.clone().on([Observation::time("p99", 5.0)]).next().unwrap());
        let named = |provenance| one(&labels.provenance(provenance));
        assert_eq!(named(Provenance::Measured), "run/quick/reader/lookup/response/p99");
        assert_eq!(named(Provenance::Predicted), "run/quick/predicted/reader/lookup/response/p99");
    }

    #[test]
    fn what_is_unavailable_has_no_benchmark_and_an_interval_only_known_ends() {
        let (mut benchmarks, a) = (Benchmarks::default(), source("a"));
        let knee = Observation::new("knee", "", None).between(Some([Some(2691.0), Some(2500.0), None]));
        for one in [
            Observation::time("p50", None),
            Observation::new("load_average", "1", f64::NAN),
            Observation::new("unknown", "", None).between(Some([None, Some(1.0), Some(2.0)])),
            knee,
            Observation::time("p99", 4_816_895.0),
            Observation::time("ready", 5e9),
            Observation::new("completed_per_s", PER_SECOND, 12.5),
            Observation::new("due_per_s", PER_SECOND, 0.0),
        ] {
            assert_eq!(add(&mut benchmarks, &a, Labels::default(), one), "");
        }
        let expected = serde_json::json!({
            "knee": {"load": {"value": 2691.0, "lower_value": 2500.0}},
            "p99": {"latency": {"value": 4_816_895.0}},
            "ready": {"seconds": {"value": 5.0}},
            "completed_per_s": {"throughput": {"value": 12.5}},
            "due_per_s": {"operations-per-second": {"value": 0.0}},
        });
        assert_eq!(serde_json::to_value(&benchmarks.metrics).unwrap(), expected);
    }

    #[test]
    fn a_name_twice_or_too_long_is_refused_with_what_to_do() {
        let (mut benchmarks, a, b) = (Benchmarks::default(), source("a"), source("b"));
        let labels = |scenario: &str| Labels::default().with("scenario", scenario);
        assert_eq!(add(&mut benchmarks, &a, labels("quick"), Observation::time("p50", 1.0)), "");
        let refused = add(&mut benchmarks, &b, labels("quick"), Observation::time("p50", 1.0));
        assert!(refused.contains("`quick/p50` is in a and in b") && refused.contains("one by one"), "{refused}");
        assert_eq!(add(&mut benchmarks, &b, labels(&"n".repeat(LONGEST_NAME - 4)), Observation::time("p50", 1.0)), "");
        let refused = add(&mut benchmarks, &b, labels(&"n".repeat(LONGEST_NAME - 3)), Observation::time("p50", 1.0));
        assert!(refused.contains("more than 1024 characters"), "{refused}");
    }
}
