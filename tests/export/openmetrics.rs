//! OpenMetrics, read by the parsers of the PyPI package `prometheus_client`.

use super::*;

#[test]
fn the_metrics_of_every_kind_are_as_they_were() {
    let mut reported = String::new();
    for result in [READ_ONLY, KNEE, WHAT_IF, COST] {
        let text = String::from_utf8(export(&[result, "--format", "openmetrics"])).unwrap();
        reported += &format!("== {result}\n");
        let mut samples = 0;
        for line in text.lines() {
            match (line.starts_with("# HELP"), line.starts_with('#'), samples) {
                // The help stands in docs/export.md.
                (true, ..) => samples = 0,
                (_, true, _) => reported += &format!("{line}\n"),
                // Of each family the first sample tells the labels.
                (_, _, 0) => {
                    reported += &format!("{line}\n");
                    samples = 1;
                }
                _ => {}
            }
        }
    }
    insta::assert_snapshot!("metrics", reported);
}

/// Reads OpenMetrics with both parsers and prints `[[family, type, unit, help, [[name, labels, value]…]]…]`.
const METRICS: &str = r"
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
text = open(sys.argv[1], encoding='utf-8').read()
def samples(families):
    return [[s.name, sorted(s.labels.items()), s.value] for f in families for s in f.samples]
strict, loose = list(openmetrics(text)), list(prometheus(text))
assert samples(strict) == samples(loose), 'the two formats differ'
assert all(s.timestamp is None for f in strict for s in f.samples), 'the textfile collector wants no timestamps'
assert {f.type for f in loose} <= {'gauge', 'summary'}, 'the textfile collector knows no other types'
keys = [json.dumps(s[:2]) for s in samples(strict)]
lines = [l for l in text.splitlines() if not l.startswith('#')]
assert len(set(keys)) == len(keys) == len(lines), 'a series twice, or a line lost'
print(json.dumps([[f.name, f.type, f.unit, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]] for f in strict]))
";

#[test]
fn prometheus_parsers_read_what_the_results_say() {
    let Some(python) = python("prometheus_client") else { return };
    let whole = output_of(&python, METRICS, &export(&[&ALL[..], &["--format", "openmetrics"]].concat()));
    let samples: Vec<&Value> =
        whole.as_array().unwrap().iter().flat_map(|family| family[4].as_array().unwrap()).collect();
    let value = |name: &str, result: &str, labels: &[(&str, &str)]| {
        let found: Vec<_> = samples
            .iter()
            .filter(|sample| sample[0] == name && result.ends_with(sample[1]["result"].as_str().unwrap()))
            .filter(|sample| labels.iter().all(|(label, is)| sample[1][*label] == *is))
            .map(|sample| sample[2].as_f64().unwrap())
            .collect();
        assert!(found.len() < 2, "{name} of {result} {labels:?}: {found:?}");
        found.first().copied()
    };
    for result in [RUN, READ_ONLY] {
        for row in json(&format!("{result}/run.json"))["summary"]["rows"].as_array().unwrap() {
            let mut labels = ["role", "operation", "series"].map(|key| (key, row[key].as_str().unwrap())).to_vec();
            assert_eq!(value("mapstorm_latency_seconds_count", result, &labels), row["count"].as_f64());
            labels.push(("quantile", "0.99"));
            assert_eq!(value("mapstorm_latency_seconds", result, &labels), row["p99_ns"].as_f64().map(|ns| ns / 1e9));
        }
    }
    assert_eq!(value("mapstorm_slo_met", RUN, &[]), None, "without objectives there is no verdict");
    assert_eq!(value("mapstorm_slo_met", READ_ONLY, &[]), Some(1.0));
    let knee = [("provenance", "measured"), ("estimate", "value")];
    assert_eq!(value("mapstorm_knee_load", KNEE, &knee), Some(2691.0));
    let demap = [("method", "demap"), ("write_size", "1048576"), ("updates", "following"), ("estimate", "value")];
    let demap = [&demap[..], &[("provenance", "emulated")]].concat();
    assert!(value("mapstorm_cost_per_mapper_seconds", COST, &demap).is_some());
    // Alone each result is a document too, and needs no label that tells it from others.
    for result in ALL {
        let alone = output_of(&python, METRICS, &export(&[result, "--format", "openmetrics"]));
        let labelled = alone.as_array().unwrap().iter().flat_map(|family| family[4].as_array().unwrap());
        assert!(labelled.clone().count() > 100 && labelled.clone().all(|sample| sample[1].get("result").is_none()));
    }
}
