//! Bencher Metric Format: what Bencher documents of it, as a JSON schema of our own, of the results of every kind.

use mapstorm::internals::results::ResultKind;
use serde_json::json;

use super::*;

/// Only what Bencher documents, and no key that it does not know: it would be lost without a word.
fn schema() -> jsonschema::Validator {
    let metric = json!({
        "type": "object",
        "properties": {
            "value": {"type": "number"}, "lower_value": {"type": "number"}, "upper_value": {"type": "number"},
        },
        "required": ["value"],
        "additionalProperties": false,
    });
    let measures = json!({
        "type": "object",
        "minProperties": 1,
        // Slugs, not names: the slug of a name is Bencher's choice.
        "propertyNames": {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64},
        "additionalProperties": metric,
    });
    let benchmarks = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "minProperties": 1,
        // Whoever sees a name that ends so sends no alert for it.
        "propertyNames": {"minLength": 1, "maxLength": 1024, "not": {"pattern": "-bencher-ignore$"}},
        "additionalProperties": measures,
    });
    jsonschema::validator_for(&benchmarks).unwrap()
}

fn bmf(results: &[&str]) -> serde_json::Map<String, Value> {
    let document = serde_json::from_slice(&export(&[results, &["--format", "bmf"]].concat())).unwrap();
    let errors: Vec<String> =
        schema().iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{results:?}: {errors:#?}");
    let Value::Object(benchmarks) = document else { panic!("{results:?}: no object") };
    benchmarks
}

#[test]
fn the_schema_refuses_what_bencher_would() {
    for wrong in [
        json!([]),
        json!({}),
        json!({"": {"latency": {"value": 1}}}),
        json!({"a": {}}),
        json!({"a": {"Latency (ns)": {"value": 1}}}),
        json!({"a": {"latency": {"lower_value": 1}}}),
        json!({"a": {"latency": {"value": null}}}),
        json!({"a": {"latency": {"value": 1, "unit": "ns"}}}),
    ] {
        assert!(!schema().is_valid(&wrong), "{wrong}");
    }
    assert!(schema().is_valid(&json!({"a": {"latency": {"value": 1, "upper_value": 2.5}}})));
}

#[test]
fn every_sample_has_a_benchmark_for_each_value_and_none_for_what_is_unavailable() {
    for (kind, directory) in samples::all() {
        let result = directory.to_str().unwrap();
        let benchmarks = bmf(&[result]);
        let values = |name: &str, column: &str| {
            let (_, rows) = table(&export(&[result, "--format", "csv", "--table", name]));
            rows.iter().filter(|row| !row[column].is_empty()).count()
        };
        let knees = if kind == ResultKind::Sweep { values("knees", "load") } else { 0 };
        assert_eq!(benchmarks.len(), values("summary", "value") + knees, "{result}");
        for (name, measures) in &benchmarks {
            let metric = measures.as_object().unwrap().values().next().unwrap();
            let [value, low, high] =
                ["value", "lower_value", "upper_value"].map(|end| metric.get(end).and_then(Value::as_f64));
            let value = value.unwrap();
            assert!(low.is_none_or(|low| low <= value) && high.is_none_or(|high| value <= high), "{result}: {name}");
        }
    }
}

#[test]
fn figures_are_those_of_the_result_in_the_units_of_the_measures() {
    let run = bmf(&[RUN]);
    let written = json(&format!("{RUN}/run.json"));
    let whole = "run/fastmail-150m-6000";
    for row in written["summary"]["rows"].as_array().unwrap() {
        let tag = ["role", "operation", "series"].map(|key| row[key].as_str().unwrap()).join("/");
        for (statistic, key) in [("p50", "p50_ns"), ("p99.9", "p999_ns"), ("max", "max_ns")] {
            let expected = json!({"latency": {"value": row[key].as_f64()}});
            assert_eq!(run[&format!("{whole}/{tag}/{statistic}")], expected, "{tag} {statistic}");
        }
    }
    let readers = &written["summary"]["readers"];
    let figure = |key: &str| readers[key].as_f64().unwrap();
    for (statistic, expected) in [
        ("completed_per_s", json!({"throughput": {"value": figure("completed_per_s")}})),
        ("due_per_s", json!({"operations-per-second": {"value": figure("due_per_s")}})),
        ("due", json!({"operations": {"value": figure("due")}})),
    ] {
        assert_eq!(run[&format!("{whole}/reader/all/{statistic}")], expected);
    }
    assert!(!run.contains_key(&format!("{whole}/slo_met")), "without objectives there is no verdict");
    assert!(run[&format!("{whole}/measured")].get("seconds").is_some(), "the span is no latency");
    let knee = &bmf(&[KNEE])["sweep/base/knee of readers.count"];
    assert_eq!(*knee, json!({"load": {"value": 2691.0, "lower_value": 2691.0, "upper_value": 2810.0}}));
    let emulated = "cost/emulated/demap/read-write/write-size=1048576/directory=./ext4/twoskip/following/per_mapper";
    let cost = bmf(&[COST]);
    let ends = ["value", "lower_value", "upper_value"].map(|end| cost[emulated]["latency"][end].as_f64().unwrap());
    let (_, rows) = table(&export(&[COST, "--format", "csv"]));
    let is_it = |row: &&BTreeMap<String, String>| {
        row["method"] == "demap"
            && row["mode"] == "read-write"
            && row["write_size_bytes"] == "1048576"
            && row["updates"] == "following"
            && row["statistic"] == "per_mapper"
    };
    let row = rows.iter().find(is_it).unwrap();
    for (end, column) in ends.into_iter().zip(["value", "low", "high"]) {
        let expected = row[column].parse::<f64>().unwrap() * 1e9;
        assert!((end - expected).abs() < 1e-3, "{column}: {end} {expected}");
    }
}

#[test]
fn names_are_those_of_the_load_wherever_the_result_is_and_one_load_is_exported_once() {
    let root = tempfile::tempdir().unwrap();
    let copy = root.path().join("another-name-2026-11-27");
    fs::create_dir(&copy).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(COST).join("cost.json");
    fs::copy(file, copy.join("cost.json")).unwrap();
    let copy = copy.to_str().unwrap();
    assert_eq!(bmf(&[copy]), bmf(&[COST]));
    let message = refused(&[COST, copy, "--format", "bmf"]);
    for part in ["`cost/", COST, copy, "one by one", "--testbed"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    // A load that was changed and kept its name would go on with the history of the other.
    assert!(refused(&[RUN, READ_ONLY, "--format", "bmf"]).contains("--set name=NAME"));
    // Others are one document, with the names that each has alone.
    let others = [RUN, KNEE, WHAT_IF, COST];
    let all: serde_json::Map<String, Value> = others.iter().flat_map(|result| bmf(&[result])).collect();
    assert_eq!(bmf(&others), all);
}
